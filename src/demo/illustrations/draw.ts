/** The few strokes that all illustrations are made of. Everything is a string of SVG; nothing here reads a title as markup. */
import { createHash } from 'node:crypto';

export const COLOURS = {
  paper: '#FBF8F3',
  cream: '#FFF4E0',
  sand: '#EDDFC8',
  stone: '#CFC3B1',
  green: '#1C6349',
  leaf: '#3F8A63',
  moss: '#7FA66B',
  mint: '#BBD8C2',
  terracotta: '#C8663C',
  brick: '#A8471F',
  rose: '#EBBFA6',
  blush: '#F6DDCC',
  sun: '#F2B33D',
  butter: '#F8DC96',
  sea: '#3B7A8A',
  sky: '#C4E0DD',
  night: '#23414C',
  dusk: '#47566B',
  ink: '#1F2421',
  wood: '#BE8A58',
  bark: '#7C5435',
  plum: '#7A3E56',
  white: '#FFFFFF',
  red: '#C63F34',
  steel: '#8FA0A0',
} as const;
const C = COLOURS;

export type Random = {
  /** In [0, 1). */
  next(): number;
  /** In [from, to]. */
  between(from: number, to: number): number;
  pick<const T extends readonly [unknown, ...unknown[]]>(of: T): T[number];
};

/** The same seed draws the same picture, on every machine. */
export function randomOf(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    pick: (of) => of[Math.floor(next() * of.length)],
  };
}

const n = (value: number) => String(Math.round(value * 10) / 10);

export const rect = (x: number, y: number, width: number, height: number, fill: string, round = 0) =>
  `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(round)}" fill="${fill}"/>`;
export const circle = (x: number, y: number, r: number, fill: string, opacity = 1) =>
  `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}"${opacity < 1 ? ` opacity="${n(opacity)}"` : ''}/>`;
export const ellipse = (x: number, y: number, rx: number, ry: number, fill: string, opacity = 1) =>
  `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}"${opacity < 1 ? ` opacity="${n(opacity)}"` : ''}/>`;
export const path = (d: string, fill: string, opacity = 1) =>
  `<path d="${d}" fill="${fill}"${opacity < 1 ? ` opacity="${n(opacity)}"` : ''}/>`;
export const stroke = (d: string, colour: string, width: number) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${n(width)}" stroke-linecap="round" stroke-linejoin="round"/>`;
export const ring = (x: number, y: number, r: number, colour: string, width: number) =>
  `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="none" stroke="${colour}" stroke-width="${n(width)}"/>`;
/** A drawing around the origin (its foot at 0,0), put at a point, enlarged and turned. */
export const at = (x: number, y: number, scale: number, drawing: string, turn = 0) =>
  `<g transform="translate(${n(x)} ${n(y)})${turn === 0 ? '' : ` rotate(${n(turn)})`} scale(${Math.round(scale * 100) / 100})">${drawing}</g>`;
export const times = (count: number, draw: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => draw(i)).join('');

/** 4:3, 1600 × 1200. */
export const scene = (content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 1200" width="1600" height="1200">${content}</svg>`;

type Room = readonly [wall: string, motif: string, table: string, edge: string];
const ROOMS: readonly [Room, ...Room[]] = [
  [C.blush, C.cream, C.wood, C.bark],
  [C.mint, C.sky, C.sand, C.stone],
  [C.butter, C.cream, C.terracotta, C.brick],
  [C.sky, C.paper, C.wood, C.bark],
  [C.sand, C.blush, C.green, '#144936'],
  [C.rose, C.butter, C.paper, C.stone],
  ['#9CC0AE', C.butter, C.cream, C.stone],
  ['#E8C77C', C.cream, C.bark, '#5B3C25'],
  ['#A9C6CF', C.blush, C.terracotta, C.brick],
];

/** A wall, something quiet on it and a table whose top is at y = 880: the stage of every still life. */
export function stillLife(random: Random, things: string): string {
  const [wall, motif, table, edge] = random.pick(ROOMS);
  const side = random.pick([-1, 1]);
  const x = 800 + side * random.between(150, 380);
  const backs: readonly [() => string, ...(() => string)[]] = [
    () => circle(x, 560, random.between(330, 430), motif),
    () => path(`M${n(x - 330)} 880 V480 a330 330 0 0 1 660 0 V880 Z`, motif),
    () => windowOn(x - 240, 130, motif),
    () =>
      rect(0, 250, 1600, 14, edge) +
      times(5, (i) => at(180 + i * 310 + random.between(-40, 40), 250, 0.55, jarOf(random))),
    () => bunting(random),
    () => times(7, (i) => rect(i * 240 + 40, 0, 110, 880, motif)),
    () =>
      times(24, (i) =>
        rect((i % 6) * 270 + (Math.floor(i / 6) % 2) * 20 + 10, Math.floor(i / 6) * 222 - 8, 252, 204, motif, 10),
      ),
  ];
  return scene(
    rect(0, 0, 1600, 1200, wall) +
      random.pick(backs)() +
      rect(0, 880, 1600, 320, table) +
      rect(0, 880, 1600, 22, edge) +
      ellipse(800, 985, 560, 44, C.ink, 0.14) +
      things,
  );
}

function windowOn(x: number, y: number, glass: string): string {
  return (
    rect(x - 24, y - 24, 528, 588, C.white, 12) +
    rect(x, y, 480, 540, glass) +
    circle(x + 340, y + 160, 64, C.sun) +
    path(`M${n(x)} ${y + 540} v-150 q120 -110 240 -30 t240 -40 v220 Z`, C.moss) +
    rect(x + 230, y, 20, 540, C.white) +
    rect(x, y + 250, 480, 20, C.white) +
    rect(x - 50, y + 555, 580, 30, C.white, 8)
  );
}

function jarOf(random: Random): string {
  const colour = random.pick([C.terracotta, C.green, C.sun, C.plum, C.sea]);
  return random.pick([
    () => rect(-60, -170, 120, 170, colour, 26) + rect(-45, -196, 90, 34, C.cream, 10),
    () => plant(random),
    () => rect(-80, -150, 44, 150, colour) + rect(-32, -190, 52, 190, C.cream) + rect(24, -160, 40, 160, C.leaf),
  ])();
}

function bunting(random: Random): string {
  const flags = [C.terracotta, C.sun, C.green, C.rose, C.sea];
  const first = Math.floor(random.between(0, 5));
  return (
    stroke('M-20 90 Q800 330 1620 90', C.bark, 8) +
    times(11, (i) => {
      const t = (i + 0.5) / 11;
      const y = 90 + 480 * t * (1 - t);
      return at(t * 1600, y, 1, path('M-52 0 H52 L0 120 Z', flags[(i + first) % 5] ?? C.sun), (0.5 - t) * 24);
    })
  );
}

/** A pot plant, foot at the origin, about 300 high. */
export function plant(random: Random): string {
  const green = random.pick([C.green, C.leaf, C.moss]);
  return (
    times(5, (i) =>
      at(0, -100, 1, path('M0 0 C-50 -70 -40 -160 0 -210 C40 -160 50 -70 0 0 Z', i % 2 ? C.leaf : green), -56 + i * 28),
    ) +
    path('M-78 -120 H78 L58 0 H-58 Z', C.terracotta) +
    rect(-88, -138, 176, 34, C.brick, 6)
  );
}

/**
 * The entry one of whose words begins a word of the title (accents and case aside), else undefined. Of several, the one
 * named first in the title, or with `inOrder` the one that comes first in the entries (so that special goes before general).
 */
export function byWords<T>(
  title: string,
  entries: readonly (readonly [words: string, value: T])[],
  inOrder = false,
): T | undefined {
  const plain = ` ${title
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/œ/g, 'oe')
    .replace(/[^a-z0-9]+/g, ' ')} `;
  let best: { at: number; value: T } | undefined;
  for (const [words, value] of entries) {
    for (const word of words.split(' ')) {
      const where = plain.indexOf(` ${word}`);
      if (where >= 0 && inOrder) return value;
      if (where >= 0 && (!best || where < best.at)) best = { at: where, value };
    }
  }
  return best?.value;
}
