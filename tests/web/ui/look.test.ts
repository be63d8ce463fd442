import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { accentCss, asset, findAsset } from '#web/ui/assets.ts';

const root = new URL('../../../src/web/', import.meta.url);
const css = readFileSync(new URL('assets/app.css', root), 'utf8');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));

const luminance = (hex: string): number =>
  [1, 3, 5]
    .map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i]!, 0);
const contrast = (a: string, b: string): number => {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};
const tokens = (rule: string): Record<string, string> =>
  Object.fromEntries(
    [...rule.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{3,6})/gi)].map(([, name, hex]) => [
      name!,
      hex!.length === 4 ? hex!.replaceAll(/[0-9a-f]/gi, '$&$&') : hex!,
    ]),
  );
const [day, night] = css
  .split('@media (prefers-color-scheme: dark)')
  .slice(0, 2)
  .map((part) => tokens(part.slice(0, 900)));

test('every text colour can be read on the page and on a card, by day and by night', () => {
  for (const theme of [day!, { ...day!, ...night! }]) {
    for (const ground of ['paper', 'surface']) {
      for (const word of ['ink', 'muted', 'accent', 'warm', 'danger'])
        expect(contrast(theme[word]!, theme[ground]!), `${word} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(theme['on-accent']!, theme['accent']!)).toBeGreaterThanOrEqual(4.5);
  }
});

test.each(['#1C6349', '#ffff00', '#000000', '#ffffff', '#ff00aa', '#808080', '#0000ff', '#ff0000'])(
  'a cooperative that chooses %s still has links and buttons that can be read',
  (accent) => {
    const [light, dark] = accentCss(accent).split('@media').map(tokens);
    for (const ground of ['#fbf8f3', '#ffffff', light!['tint']!])
      expect(contrast(light!['accent']!, ground), ground).toBeGreaterThanOrEqual(4.5);
    for (const ground of ['#151917', '#1e2421', dark!['tint']!])
      expect(contrast(dark!['accent']!, ground), ground).toBeGreaterThanOrEqual(4.5);
    for (const theme of [light!, dark!])
      expect(contrast(theme['on-accent']!, theme['accent']!)).toBeGreaterThanOrEqual(4.5);
  },
);

test('the stylesheet also serves those who read from right to left', () => {
  expect(
    css.match(
      /(?:margin|padding|border)-(?:left|right|top|bottom)|text-align:\s*(?:left|right)|[;{\s](?:left|right|top|bottom|width|height):/g,
    ) ?? [],
  ).toEqual([]);
});

test('nothing moves for those who asked for less motion', () => {
  const calm = css.replaceAll(/@media \(prefers-reduced-motion: no-preference\) \{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, '');
  expect(calm).not.toMatch(/transition|animation/);
});

test('the look asks nothing of anybody else', () => {
  expect(css).not.toMatch(/@import|url\(|https?:/);
});

test('a file that changed has a new address', () => {
  expect(asset('app.css')).toBe(`/assets/app.css?v=${findAsset('app.css')!.hash}`);
});

test('every attribute in a template is quoted, for an unquoted one lets what was typed out of its place', () => {
  const loose = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/<[a-z][^<>`]*?\s[a-z-]+=\$\{/g)].map((match) => `${path}: ${match[0].slice(-40)}`),
  );
  expect(loose).toEqual([]);
});

test('HTML that is already safe comes in by one door', () => {
  expect(
    sources
      .filter(({ path, text }) => !path.startsWith('ui/') && /\braw\(|import[^;]*\braw\b[^;]*hono\/html/.test(text))
      .map(({ path }) => path),
  ).toEqual([]);
});

test('no page carries a style or script of its own', () => {
  expect(sources.filter(({ text }) => /\sstyle="|\son[a-z]+="|<style/.test(text)).map(({ path }) => path)).toEqual([]);
});
