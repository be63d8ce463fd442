/** A friendly face for people who have not chosen a picture yet. */
import { circle, COLOURS as C, ellipse, path, randomOf, rect, stroke, times } from './draw.ts';

/** @param beard where the hair is short @returns a square SVG, 512 × 512, always the same for one seed */
export function portrait(seed: string, beard = false): string {
  const r = randomOf(`portrait ${seed}`);
  const skin = r.pick(['#F2CDB2', '#E0A98A', '#C98B66', '#A86C48', '#7A4B32', '#5C3826']);
  const dark = ['#A86C48', '#7A4B32', '#5C3826'].includes(skin);
  const hair = dark
    ? r.pick(['#1C1614', '#2B2320', '#3A2620', '#8E8A86', '#E4E0DA'])
    : r.pick(['#2B2320', '#4A2F22', '#7C5435', '#B5793C', '#D9B26A', '#8E8A86', '#E4E0DA', '#A8471F']);
  const [back, shirt] = r.pick([
    [C.mint, C.terracotta],
    [C.butter, C.green],
    [C.rose, C.sea],
    [C.sky, C.plum],
    [C.sand, C.leaf],
    ['#E8B98F', C.night],
    ['#A9C6CF', C.sun],
  ] as const);
  const scarf = r.pick([C.sea, C.plum, C.green, C.terracotta]);
  const styles: readonly [[string, string], ...[string, string][]] = [
    ['', path('M140 250 Q130 100 256 96 Q382 100 372 250 Q350 170 290 160 Q220 200 160 180 Z', hair)],
    [
      path('M120 430 Q100 110 256 92 Q412 110 392 430 Z', hair),
      path('M150 240 Q150 110 256 106 Q362 110 362 240 Q320 150 230 150 Q190 200 150 240 Z', hair),
    ],
    [
      circle(256, 84, 58, hair),
      path('M142 250 Q140 108 256 104 Q372 108 370 250 Q340 160 256 158 Q172 160 142 250 Z', hair),
    ],
    [
      times(9, (i) =>
        circle(
          256 + 128 * Math.cos(Math.PI + (i * Math.PI) / 8),
          222 + 118 * Math.sin(Math.PI + (i * Math.PI) / 8),
          50,
          hair,
        ),
      ),
      '',
    ],
    ['', path('M150 214 Q160 112 256 110 Q352 112 362 214 Q330 168 256 166 Q182 168 150 214 Z', hair)],
    [
      path('M130 350 Q110 100 256 96 Q402 100 382 350 Q384 380 340 370 H172 Q128 380 130 350 Z', hair),
      path('M148 236 Q170 150 256 150 Q342 150 364 236 Q376 112 256 104 Q136 112 148 236 Z', hair),
    ],
    ['', ''],
    [
      path('M118 470 Q96 92 256 84 Q416 92 394 470 Z', scarf),
      path('M146 260 Q140 122 256 118 Q372 122 366 260 Q350 160 256 156 Q162 160 146 260 Z', scarf),
    ],
  ];
  const style = r.pick(styles);
  const [behind, before] = style;
  const short = [0, 3, 4, 6].includes(styles.indexOf(style));
  const whiskers =
    short && beard ? path('M152 262 Q150 392 256 396 Q362 392 360 262 Q344 312 256 308 Q168 312 152 262 Z', hair) : '';
  const glasses =
    r.next() < 0.3
      ? `<g fill="none" stroke="${C.ink}" stroke-width="8"><circle cx="210" cy="252" r="38"/><circle cx="302" cy="252" r="38"/><path d="M248 252h16"/></g>`
      : '';
  const smile = r.pick(['M216 318 Q256 360 296 318', 'M222 324 Q256 346 290 324', 'M214 314 Q262 356 300 308']);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="512" height="512">${rect(0, 0, 512, 512, back)}${behind}` +
    path('M70 512 Q80 400 200 392 H312 Q432 400 442 512 Z', shirt) +
    rect(210, 340, 92, 86, skin, 40) +
    path('M204 392 Q256 452 308 392 L308 404 Q256 476 204 404 Z', r.pick([C.cream, C.butter, C.white])) +
    circle(146, 258, 24, skin) +
    circle(366, 258, 24, skin) +
    ellipse(256, 246, 110, 128, skin) +
    whiskers +
    before +
    circle(210, 254, 11, C.ink) +
    circle(302, 254, 11, C.ink) +
    stroke('M188 220 q22 -16 44 -2 M280 218 q22 -14 44 2', hair === '#E4E0DA' ? '#8E8A86' : hair, 9) +
    ellipse(180, 296, 22, 14, C.terracotta, 0.25) +
    ellipse(332, 296, 22, 14, C.terracotta, 0.25) +
    stroke('M256 266 q-12 26 2 30', '#00000033', 7) +
    stroke(smile, whiskers === '' ? '#8A3B2A' : C.cream, 10) +
    glasses +
    '</svg>'
  );
}
