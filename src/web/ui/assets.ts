/** Our own static files, read once, named by their content so that browsers may keep them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};
const NAMES = ['app.css', 'logo.svg', 'favicon.svg', 'place.js', 'forms.js', 'listing-form.js', 'passkey.js'] as const;

export type Asset = { body: Buffer; type: string; hash: string };
const files = new Map<string, Asset>(
  NAMES.map((name) => {
    const body = readFileSync(new URL(`../assets/${name}`, import.meta.url));
    return [
      name,
      {
        body,
        type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/plain',
        hash: createHash('sha256').update(body).digest('hex').slice(0, 12),
      },
    ];
  }),
);

export const findAsset = (name: string): Asset | undefined => files.get(name);
/** @returns the address of a file, with its content's hash */
export const asset = (name: (typeof NAMES)[number]): string => `/assets/${name}?v=${files.get(name)?.hash ?? ''}`;

const luminance = (hex: string): number => {
  const part = (i: number): number => {
    const value = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
};
const contrast = (a: string, b: string): number => {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
};
const mix = (hex: string, other: string, share: number): string =>
  `#${[1, 3, 5]
    .map((i) =>
      Math.round(
        Number.parseInt(hex.slice(i, i + 2), 16) * (1 - share) + Number.parseInt(other.slice(i, i + 2), 16) * share,
      )
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

/** The nearest shade of a colour that can be read on a ground and on that ground tinted by it (contrast 4.5 or more). */
const readable = (hex: string, ground: string, towards: string, tint: number): string => {
  for (let share = 0; share <= 1; share += 0.05) {
    const shade = mix(hex, towards, share);
    if (contrast(shade, ground) >= 4.6 && contrast(shade, mix(shade, ground, tint)) >= 4.6) return shade;
  }
  return towards;
};

/** The same colour made lighter until it reads well on a dark ground: its hue stays, where mixing with white would grey it. */
const lightened = (hex: string, ground: string, tint: number): string => {
  const [r, g, b] = [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255) as [number, number, number];
  const [max, min] = [Math.max(r, g, b), Math.min(r, g, b)];
  const chroma = max - min;
  const hue =
    chroma === 0 ? 0 : max === r ? ((g - b) / chroma + 6) % 6 : max === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
  // Full colours glare on a dark ground: two thirds of the saturation are enough.
  const saturation = chroma === 0 ? 0 : 0.67 * (chroma / (1 - Math.abs(max + min - 1)));
  for (let lightness = Math.max(0.5, (max + min) / 2); lightness < 1; lightness += 0.02) {
    const reach = saturation * Math.min(lightness, 1 - lightness);
    const channel = (n: number): string => {
      const k = (n + hue * 2) % 12;
      return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
        .toString(16)
        .padStart(2, '0');
    };
    const shade = `#${channel(0)}${channel(8)}${channel(4)}`;
    if (contrast(shade, ground) >= 7 && contrast(shade, mix(shade, ground, tint)) >= 4.6) return shade;
  }
  return '#ffffff';
};

const GROUNDS = { light: '#fbf8f3', dark: '#1e2421' };
export type Shade = {
  colour: string;
  /** On the page's ground. */
  contrast: number;
};

/**
 * The colour as it is used: what could not be read on the ground of a theme is made darker or lighter until it can.
 * @param accent `#rrggbb` as the cooperative chose it @returns `mended`: it had to be changed in the light theme
 */
export const accentShades = (accent: string): { light: Shade; dark: Shade; mended: boolean } => {
  const light = readable(accent, GROUNDS.light, '#000000', 0.9);
  const dark = lightened(accent, GROUNDS.dark, 0.86);
  return {
    light: { colour: light, contrast: contrast(light, GROUNDS.light) },
    dark: { colour: dark, contrast: contrast(dark, GROUNDS.dark) },
    mended: light.toLowerCase() !== accent.toLowerCase(),
  };
};

/** @returns a stylesheet with a variant that can be read in each theme */
export const accentCss = (accent: string): string => {
  const light = accentShades(accent).light.colour;
  const dark = accentShades(accent).dark.colour;
  return `:root{--accent:${light};--on-accent:${contrast('#ffffff', light) >= 4.5 ? '#ffffff' : '#0f1512'};--tint:${mix(light, GROUNDS.light, 0.9)}}
@media (prefers-color-scheme:dark){:root{--accent:${dark};--on-accent:#0f1512;--tint:${mix(dark, GROUNDS.dark, 0.86)}}}`;
};
