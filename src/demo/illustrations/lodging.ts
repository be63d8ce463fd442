/** A roof: house fronts, houses, huts, boats, arcades, and rooms seen from inside. */
import {
  at,
  byWords,
  circle,
  COLOURS as C,
  ellipse,
  path,
  plant,
  type Random,
  rect,
  scene,
  stroke,
  times,
} from './draw.ts';

type Sky = { sky: string; far: string; near: string; sea: string; light: boolean };
const SKIES: readonly [Sky, ...Sky[]] = [
  { sky: C.sky, far: '#9DBFA8', near: C.moss, sea: '#5E9DAA', light: true },
  { sky: C.blush, far: '#D9A58A', near: '#8FA66F', sea: '#6AA0A6', light: true },
  { sky: C.butter, far: '#E2B27A', near: C.leaf, sea: C.sea, light: true },
  { sky: C.night, far: '#2F5560', near: '#1D4A40', sea: '#1B3540', light: false },
  { sky: '#E6A183', far: '#A8675C', near: '#4F6B55', sea: '#47768A', light: true },
];
const FRONTS: readonly [string, ...string[]] = [
  C.rose,
  C.butter,
  C.cream,
  '#E3946B',
  '#D9C2A0',
  '#E8B04A',
  '#B9CDB2',
  '#D98C74',
];
const SHUTTERS: readonly [string, ...string[]] = [C.green, C.sea, C.plum, C.leaf, C.brick, C.dusk];

export function lodgingScene(title: string, random: Random): string {
  const kinds = [
    ['chambre camera stanza room lit letto matelas canape divano', room],
    ['maison mas villa casa gite cascina bastide house', house],
    ['tenda tente cabane cabanon yourte capanna cabin roulotte tiny', hut],
    ['bateau peniche voilier barca boat', boat],
    ['portico portici palazzo loggia', arcade],
    [
      'mansard soppalco appartement studio appartamento monolocale bilocale loft t2 t3 immeuble flat colocation',
      fronts,
    ],
  ] as const;
  const draw = byWords(title, kinds) ?? random.pick([fronts, house, room]);
  return draw(random);
}

function outside(random: Random, sea: boolean): { back: string; light: boolean; near: string } {
  const { sky, far, near, sea: water, light } = random.pick(SKIES);
  const x = random.between(180, 1420);
  const orb = light
    ? circle(x, 260, 105, sky === C.butter ? C.terracotta : C.sun)
    : circle(x, 240, 86, C.cream) + circle(x + 38, 220, 74, sky);
  const stars = light
    ? ''
    : times(26, () => circle(random.between(0, 1600), random.between(20, 560), random.between(2, 5), C.cream));
  const clouds = light
    ? times(2, (i) =>
        at(
          random.between(200, 700) + i * 650,
          random.between(140, 320),
          random.between(0.7, 1.1),
          ellipse(0, 0, 130, 34, C.white, 0.7) + ellipse(-40, -30, 70, 40, C.white, 0.7),
        ),
      )
    : '';
  const h = random.between(560, 680);
  const hills = path(`M0 ${h} Q${random.between(200, 500)} ${h - 250} 800 ${h - 20} T1600 ${h - 60} V1200 H0 Z`, far);
  const waves = sea
    ? rect(0, 700, 1600, 500, water) +
      times(9, () => {
        const [wx, wy] = [random.between(0, 1500), random.between(730, 980)];
        return stroke(`M${wx} ${wy} q30 -16 60 0 t60 0`, C.sky, 6);
      })
    : path(`M0 760 Q500 ${random.between(620, 740)} 900 780 T1600 740 V1200 H0 Z`, near);
  return { back: rect(0, 0, 1600, 1200, sky) + stars + orb + clouds + hills + waves, light, near };
}

function opening(
  x: number,
  y: number,
  width: number,
  height: number,
  shutter: string,
  lit: boolean,
  balcony = false,
): string {
  const w = width / 2;
  return (
    rect(x - w, y, width, height, lit ? C.sun : C.night, 4) +
    rect(x - 3, y, 6, height, C.cream) +
    rect(x - w, y + height * 0.45, width, 6, C.cream) +
    rect(x - w - w * 0.95, y - 4, w * 0.85, height + 8, shutter, 3) +
    rect(x + w + w * 0.1, y - 4, w * 0.85, height + 8, shutter, 3) +
    rect(x - w - 8, y + height, width + 16, 12, C.stone) +
    (balcony
      ? rect(x - width, y + height - 4, width * 2, 14, C.ink, 3) +
        rect(x - width, y + height * 0.55, width * 2, 8, C.ink, 3) +
        times(9, (i) => rect(x - width + (i * (width * 2 - 6)) / 8, y + height * 0.55, 6, height * 0.45, C.ink))
      : '')
  );
}

function fronts(random: Random): string {
  const { back, light } = outside(random, random.next() < 0.4);
  let x = random.between(-160, -20);
  let houses = '';
  let last = '';
  while (x < 1600) {
    const width = random.between(290, 430);
    const top = random.between(240, 470);
    let wall = random.pick(FRONTS);
    if (wall === last) wall = C.cream;
    last = wall;
    const shutter = random.pick(SHUTTERS);
    const columns = width > 370 ? 2 : 1;
    const floors = Math.floor((900 - top) / 210);
    houses +=
      rect(x, top, width, 1100 - top, wall) +
      rect(x - 10, top - 26, width + 20, 34, C.brick, 4) +
      rect(x + width - 26, top + 8, 26, 1100 - top, C.bark.concat('22'));
    for (let floor = 0; floor < floors; floor += 1) {
      for (let column = 0; column < columns; column += 1) {
        const cx = columns === 1 ? x + width / 2 : x + width * (0.28 + column * 0.45);
        const open = random.next();
        houses += opening(cx, top + 60 + floor * 205, 62, 118, shutter, !light ? open < 0.6 : open < 0.12, open > 0.72);
      }
    }
    const door = x + width / 2;
    houses += path(`M${door - 52} 1060 V900 a52 52 0 0 1 104 0 V1060 Z`, shutter) + circle(door + 28, 980, 7, C.sun);
    x += width;
  }
  const line =
    random.next() < 0.5
      ? stroke('M0 330 Q800 470 1600 310', C.ink, 4) +
        times(7, (i) =>
          rect(
            330 + i * 140,
            388 - Math.abs(i - 3) * 5,
            78,
            96,
            random.pick([C.white, C.rose, C.sun, C.sea, C.mint]),
            6,
          ),
        )
      : '';
  return scene(
    back +
      houses +
      line +
      rect(0, 1050, 1600, 150, C.sand) +
      rect(0, 1050, 1600, 14, C.stone) +
      at(random.between(120, 1480), 1130, 0.8, plant(random)),
  );
}

function house(random: Random): string {
  const { back, light, near } = outside(random, random.next() < 0.3);
  const wall = random.pick(FRONTS);
  const shutter = random.pick(SHUTTERS);
  const x = random.between(380, 520);
  const w = random.between(640, 820);
  const wing =
    random.next() < 0.5
      ? rect(x + w - 20, 700, 300, 360, C.cream) +
        path(`M${x + w - 40} 710 l170 -90 l190 90 Z`, C.terracotta) +
        opening(x + w + 130, 790, 80, 110, shutter, !light)
      : '';
  const tree = (tx: number, s: number) =>
    random.pick([
      at(
        tx,
        1080,
        s,
        rect(-16, -230, 32, 230, C.bark) + ellipse(0, -330, 140, 170, C.green) + ellipse(-50, -290, 70, 90, C.leaf),
      ),
      at(tx, 1080, s, path('M0 0 C-90 -220 -60 -520 0 -660 C60 -520 90 -220 0 0 Z', C.green)),
      at(
        tx,
        1080,
        s,
        stroke('M0 0 Q20 -180 -10 -330', C.bark, 30) +
          ellipse(-10, -420, 220, 90, C.green) +
          ellipse(40, -460, 130, 60, C.leaf),
      ),
    ]);
  return scene(
    back +
      path('M0 1000 Q800 930 1600 1010 V1200 H0 Z', near) +
      tree(random.between(130, 280), random.between(0.9, 1.2)) +
      wing +
      rect(x, 560, w, 500, wall) +
      path(`M${x - 50} 575 L${x + w * 0.5} ${random.between(330, 420)} L${x + w + 50} 575 Z`, C.terracotta) +
      rect(x - 50, 565, w + 100, 22, C.brick) +
      rect(x + w * 0.72, 400, 60, 130, C.brick) +
      opening(x + w * 0.22, 650, 84, 130, shutter, !light) +
      opening(x + w * 0.78, 650, 84, 130, shutter, false) +
      opening(x + w * 0.5, 640, 84, 130, shutter, !light, true) +
      path(`M${x + w * 0.5 - 62} 1062 V890 a62 62 0 0 1 124 0 V1062 Z`, shutter) +
      opening(x + w * 0.22, 870, 84, 120, shutter, false) +
      opening(x + w * 0.78, 870, 84, 120, shutter, !light) +
      path(`M${x + w * 0.5 - 60} 1060 h120 L${x + w * 0.5 + 190} 1200 h-380 Z`, C.sand) +
      tree(random.between(1370, 1500), random.between(0.7, 1.05)) +
      times(14, () =>
        circle(
          random.between(40, 1560),
          random.between(1110, 1190),
          random.between(8, 14),
          random.pick([C.sun, C.rose, C.white, C.terracotta]),
        ),
      ),
  );
}

function hut(random: Random): string {
  const { back, light, near } = outside(random, random.next() < 0.7);
  const wood = random.pick([C.wood, C.sea, C.terracotta, C.leaf]);
  return scene(
    back +
      path('M0 980 Q700 880 1600 990 V1200 H0 Z', random.pick([near, C.sand])) +
      path('M420 560 L820 330 L1220 560 Z', C.brick) +
      rect(480, 556, 680, 470, wood) +
      times(12, (i) => rect(480 + i * 57, 556, 5, 470, C.ink.concat('33'))) +
      rect(560, 660, 190, 170, light ? C.sky : C.sun, 6) +
      rect(650, 660, 10, 170, C.cream) +
      rect(560, 740, 190, 10, C.cream) +
      rect(880, 650, 180, 376, C.cream, 6) +
      circle(1030, 850, 10, C.bark) +
      rect(430, 1020, 780, 34, C.bark, 6) +
      times(5, (i) => rect(470 + i * 165, 1050, 26, 90, C.bark)) +
      at(330, 1120, 0.9, plant(random)) +
      at(1330, 1140, 0.9, stroke('M-90 0 L-60 -120 H60 L90 0', C.bark, 16) + rect(-90, -150, 180, 40, C.sun, 8)),
  );
}

function boat(random: Random): string {
  const { back, light } = outside(random, true);
  const hull = random.pick([C.green, C.terracotta, C.plum, C.dusk]);
  return scene(
    back +
      path('M250 820 H1380 Q1340 1010 1200 1010 H420 Q290 1010 250 820 Z', hull) +
      rect(240, 800, 1150, 30, C.cream, 8) +
      rect(470, 610, 640, 200, C.cream, 14) +
      rect(440, 590, 700, 34, C.brick, 10) +
      times(4, (i) => circle(560 + i * 155, 705, 48, C.bark) + circle(560 + i * 155, 705, 38, light ? C.sky : C.sun)) +
      rect(1170, 420, 16, 390, C.bark) +
      path('M1186 430 L1330 480 L1186 530 Z', C.sun) +
      at(390, 800, 0.55, plant(random)) +
      at(320, 800, 0.45, plant(random)) +
      rect(0, 1000, 1600, 200, '#34707F') +
      times(7, (i) => stroke(`M${100 + i * 220} ${1060 + (i % 3) * 40} q30 -16 60 0 t60 0`, C.sky, 6)),
  );
}

function arcade(random: Random): string {
  const { back, light } = outside(random, false);
  const wall = random.pick(['#D9814F', '#E3A35C', '#C96F55', '#E8C08A'] as const);
  const shutter = random.pick(SHUTTERS);
  return scene(
    back +
      rect(1130, 120, 130, 700, C.brick) +
      rect(1115, 105, 160, 30, C.bark) +
      rect(100, 330, 1400, 760, wall) +
      rect(80, 300, 1440, 40, C.brick, 4) +
      times(5, (i) =>
        opening(240 + i * 280, 420, 84, 150, shutter, light ? i === 1 : random.next() < 0.6, random.next() < 0.25),
      ) +
      rect(100, 660, 1400, 16, C.cream) +
      times(
        5,
        (i) =>
          path(`M${140 + i * 280} 1090 V830 a100 100 0 0 1 200 0 V1090 Z`, light ? C.bark : '#3A2A20') +
          path(
            `M${190 + i * 280} 1090 V860 a50 50 0 0 1 100 0 V1090 Z`,
            random.pick([shutter, C.sun, C.cream] as const),
          ),
      ) +
      rect(0, 1080, 1600, 120, C.sand) +
      times(16, (i) => rect(i * 100, 1080, 5, 120, C.stone)),
  );
}

function room(random: Random): string {
  const [wall, floor] = random.pick([
    [C.blush, C.wood],
    [C.mint, C.sand],
    [C.cream, C.terracotta],
    [C.sky, C.wood],
    [C.butter, C.bark],
    ['#DDA98E', C.sand],
  ] as const);
  const day = random.next() < 0.75;
  const blanket = random.pick([C.terracotta, C.green, C.sun, C.sea, C.plum] as const);
  const left = random.next() < 0.5;
  const wx = left ? 210 : 950;
  const view =
    rect(wx, 170, 440, 470, day ? C.sky : C.night) +
    circle(wx + 310, 280, 56, day ? C.sun : C.cream) +
    (random.next() < 0.5
      ? rect(wx, 500, 440, 140, C.sea)
      : path(`M${wx} 640 v-120 q110 -90 220 -20 t220 -30 v170 Z`, C.leaf));
  const art = random.pick([
    () => rect(0, 0, 230, 290, C.white, 6) + rect(24, 24, 182, 242, C.mint) + circle(115, 130, 56, C.terracotta),
    () =>
      rect(0, 0, 290, 230, C.white, 6) +
      rect(24, 24, 242, 182, C.butter) +
      path('M24 206 l90 -120 l60 60 l50 -70 l42 130 Z', C.green),
    () =>
      times(
        3,
        (i) =>
          rect(i * 130, (i % 2) * 40, 110, 140, C.white, 6) +
          rect(i * 130 + 14, (i % 2) * 40 + 14, 82, 112, [C.terracotta, C.sea, C.sun][i] ?? C.sun),
      ),
    () =>
      rect(-20, 200, 380, 22, C.bark, 6) +
      times(6, (i) =>
        rect(
          10 + i * 44,
          90 + (i % 3) * 16,
          34,
          110 - (i % 3) * 16,
          [C.green, C.terracotta, C.cream, C.sea, C.plum, C.sun][i] ?? C.sun,
          4,
        ),
      ) +
      at(310, 200, 0.5, plant(random)),
    () => circle(140, 130, 120, C.bark) + circle(140, 130, 104, C.sky) + path('M70 100 q60 -70 120 -50', C.white, 0.6),
  ])();
  const panel = random.pick([
    '',
    rect(0, 640, 1600, 260, '#ffffff44') + rect(0, 636, 1600, 12, C.white),
    times(10, (i) => rect(i * 160 + 60, 0, 8, 900, '#ffffff55')),
  ]);
  const curtain = (x: number) => path(`M${x} 130 h110 q-20 280 10 560 h-130 q30 -280 10 -560 Z`, blanket, 0.9);
  const bed =
    rect(0, 0, 860, 40, C.bark, 8) +
    rect(-10, -260, 60, 400, C.bark, 20) +
    rect(30, -80, 830, 110, C.white, 30) +
    rect(300, -110, 570, 150, blanket, 34) +
    rect(60, -150, 220, 100, C.cream, 40) +
    rect(300, -110, 90, 150, C.white, 20) +
    rect(820, 20, 40, 100, C.bark, 8) +
    times(4, (i) => rect(430 + i * 110, -110, 20, 150, C.white.concat('55')));
  const lamp =
    rect(-6, -240, 12, 240, C.bark) +
    path('M-70 -230 L-44 -340 H44 L70 -230 Z', C.sun) +
    rect(-110, 0, 220, 24, C.bark) +
    rect(-95, 20, 20, 180, C.bark) +
    rect(75, 20, 20, 180, C.bark);
  return scene(
    rect(0, 0, 1600, 1200, wall) +
      panel +
      rect(0, 900, 1600, 300, floor) +
      rect(0, 886, 1600, 18, C.white) +
      rect(wx - 22, 148, 484, 514, C.white, 8) +
      view +
      rect(wx + 210, 170, 18, 470, C.white) +
      rect(wx, 390, 440, 16, C.white) +
      rect(wx - 80, 120, 600, 16, C.bark, 8) +
      curtain(wx - 70) +
      curtain(wx + 400) +
      at(left ? 1000 : 330, 220, 1, art) +
      ellipse(820, 1110, 560, 60, random.pick([C.rose, C.mint, C.butter] as const)) +
      at(left ? 1600 - 90 : 90, 930, 1, `<g transform="scale(${left ? -1 : 1} 1.25)">${bed}</g>`) +
      at(left ? 420 : 1180, 860, 1, lamp) +
      at(left ? 190 : 1420, 1090, 1.15, plant(random)),
  );
}
