/** Writes what a whole run measured: JSON for programs, a table and a chart for people. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Figure } from './run.ts';

const DIR = fileURLToPath(new URL('./results/', import.meta.url));

const machine = (): string =>
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${release()}`;
const versions = (): string =>
  `Node ${process.versions.node}, V8 ${process.versions.v8}, OpenSSL ${process.versions.openssl}`;

/** Two digits where they say something. */
const short = (value: number): string => (value >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(2));

export const writeResults = (figures: Figure[]): void => {
  mkdirSync(DIR, { recursive: true });
  const measured = new Date().toISOString();
  const head = { measured, machine: machine(), versions: versions() };
  writeFileSync(`${DIR}latest.json`, `${JSON.stringify({ ...head, figures }, undefined, 2)}\n`);
  const lines = figures.map(
    (one) =>
      `| ${one.name} | **${short(one.value)} ${one.unit}** | ${one.target} | ${one.holds ? 'holds' : 'misses'} | ${one.detail} |`,
  );
  const table = [
    '# Benchmark',
    '',
    `Measured ${measured.slice(0, 10)} on ${head.machine}; ${head.versions}. What each figure means: [docs/performance.md](../../docs/performance.md).`,
    '',
    '![Chart of the figures](latest.svg)',
    '',
    '| figure | measured | meant to be | | how |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
  writeFileSync(`${DIR}latest.md`, table);
  writeFileSync(`${DIR}latest.svg`, chart(figures, `${head.machine}; ${head.versions}`));
};

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** How far a figure is on the good side of its target: 1 = just at it, 2 = twice as good. */
const margin = ({ value, target }: Figure): number | undefined => {
  const bound = Number(/[\d.,]+/.exec(target)?.[0].replaceAll(',', ''));
  if (!Number.isFinite(bound) || bound === 0) return undefined;
  return target.startsWith('≥') ? value / bound : bound / Math.max(value, 1e-9);
};

const [WIDTH, ROW, LEFT, TOP] = [960, 34, 430, 56];
const SPAN = WIDTH - LEFT - 130;

/** One bar per figure that has a target; the line in the middle is the target. */
const chart = (figures: Figure[], caption: string): string => {
  const bars = figures.flatMap((figure) => {
    const times = margin(figure);
    return times === undefined ? [] : [{ figure, times }];
  });
  // Each doubling takes as much room as the one before: 1/4 to 16 times.
  const x = (times: number): number => LEFT + (SPAN * (Math.log2(Math.min(16, Math.max(0.25, times))) + 2)) / 6;
  const rows = bars.map(({ figure, times }, i) => {
    const y = TOP + i * ROW;
    const [from, to] = [Math.min(x(1), x(times)), Math.max(x(1), x(times))];
    return `<text x="${LEFT - 12}" y="${y + 15}" text-anchor="end">${escape(figure.name)}</text><rect x="${from.toFixed(1)}" y="${y}" width="${Math.max(2, to - from).toFixed(1)}" height="20" rx="3" fill="${figure.holds ? '#1C6349' : '#A3232B'}"/><text x="${(to + 8).toFixed(1)}" y="${y + 15}">${escape(`${short(figure.value)} ${figure.unit}`)}</text>`;
  });
  const height = TOP + bars.length * ROW + 40;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1F2421" role="img" aria-label="Figures of the benchmark against their targets"><rect width="${WIDTH}" height="${height}" fill="#FBF8F3"/><text x="${LEFT}" y="24" font-size="15" font-weight="600">Right of the line: better than meant to be (each step twice)</text>${[0.5, 1, 2, 4, 8, 16].map((times) => `<line x1="${x(times).toFixed(1)}" x2="${x(times).toFixed(1)}" y1="${TOP - 12}" y2="${height - 36}" stroke="${times === 1 ? '#1F2421' : '#E4DDD2'}"/>`).join('')}${rows.join('')}<text x="16" y="${height - 14}" font-size="11" fill="#5B635E">${escape(caption)}</text></svg>\n`;
};
