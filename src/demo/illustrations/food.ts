/** What grows, bakes or ripens: a crate, a board or a table full of what the title names. */
import {
  at,
  byWords,
  circle,
  COLOURS as C,
  ellipse,
  path,
  type Random,
  rect,
  stillLife,
  stroke,
  times,
} from './draw.ts';

type Thing = (random: Random) => string;

const leafOn = (y: number, colour: string = C.green) =>
  path(`M0 ${y} q-50 -46 -70 -10 q30 20 70 10 q50 -50 74 -14 q-34 26 -74 14 Z`, colour);
const tomato: Thing = (r) =>
  ellipse(0, -74, 92, 78, r.pick([C.red, '#D4553B', '#E08A3A', '#B23A3A'])) +
  ellipse(-34, -104, 20, 12, C.white, 0.35) +
  leafOn(-142);
const apple: Thing = (r) => {
  const c = r.pick([C.red, C.moss, '#D9A63A', '#B94B3E']);
  return (
    circle(-34, -76, 62, c) +
    circle(34, -76, 62, c) +
    ellipse(0, -56, 78, 54, c) +
    stroke('M0 -120 q4 -40 22 -54', C.bark, 9) +
    path('M10 -146 q50 -50 84 -10 q-44 34 -84 10 Z', C.leaf)
  );
};
const carrot: Thing = () =>
  at(
    0,
    -20,
    1,
    times(3, (i) =>
      path('M-8 0 q-40 -90 8 -170 q48 80 8 170 Z', i % 2 ? C.leaf : C.green).replace(
        '<path',
        `<path transform="translate(0 -150) rotate(${-26 + i * 26})"`,
      ),
    ) +
      path('M-46 -160 Q0 -190 46 -160 Q34 0 0 60 Q-34 0 -46 -160 Z', '#E0813A') +
      stroke('M-30 -110 h26 M10 -70 h22 M-20 -30 h20', '#B85F22', 6),
  );
const squash: Thing = (r) => {
  const c = r.pick(['#D9792F', '#E5A43B', '#6F8F4E']);
  return (
    ellipse(-60, -90, 74, 88, c) +
    ellipse(60, -90, 74, 88, c) +
    ellipse(0, -90, 78, 94, '#00000018') +
    ellipse(0, -92, 58, 94, c) +
    rect(-14, -220, 28, 50, C.green, 10)
  );
};
const greens: Thing = (r) =>
  times(7, (i) =>
    at(
      0,
      -10,
      1,
      path('M0 0 C-70 -60 -70 -170 0 -220 C70 -170 70 -60 0 0 Z', [C.leaf, C.moss, C.green][i % 3] ?? C.leaf),
      -66 + i * 22,
    ),
  ) + ellipse(0, -34, 74, 44, r.pick([C.mint, C.moss, '#9FC27F']));
const bread: Thing = (r) =>
  r.next() < 0.5
    ? path('M-170 0 Q-190 -140 0 -150 Q190 -140 170 0 Q0 30 -170 0 Z', C.wood) +
      times(3, (i) => stroke(`M${-90 + i * 80} -104 q30 36 14 78`, C.cream, 13))
    : at(
        0,
        -60,
        1,
        rect(-220, -58, 440, 104, '#C98F4E', 56) + times(5, (i) => stroke(`M${-150 + i * 72} -34 l40 48`, C.cream, 12)),
        -8,
      );
const honey: Thing = () =>
  rect(-84, -190, 168, 190, '#E0992B', 30) +
  rect(-84, -120, 168, 74, C.cream) +
  path('M-22 -98 l22 -12 l22 12 v26 l-22 12 l-22 -12 Z', C.sun) +
  rect(-76, -226, 152, 44, C.bark, 10);
const jam: Thing = (r) =>
  rect(-80, -170, 160, 170, r.pick([C.plum, C.red, '#D9792F', C.moss]), 26) +
  rect(-52, -120, 104, 66, C.cream, 6) +
  path('M-92 -160 Q0 -240 92 -160 L74 -196 H-74 Z', C.rose) +
  rect(-82, -206, 164, 40, C.rose, 12);
const cheese: Thing = (r) =>
  r.next() < 0.5
    ? path('M-180 0 V-90 L150 -150 L190 -70 V0 Z', '#EBC362') +
      path('M-180 -90 L150 -150 L190 -70 Z', C.butter) +
      circle(-70, -36, 20, '#D2A23F') +
      circle(60, -50, 26, '#D2A23F') +
      circle(130, -20, 12, '#D2A23F')
    : ellipse(0, -22, 170, 34, C.stone) +
      rect(-170, -110, 340, 90, C.cream) +
      ellipse(0, -110, 170, 40, C.white) +
      path('M0 -110 L120 -138 L160 -98 Z', C.butter);
const egg: Thing = (r) =>
  ellipse(0, -62, 52, 68, r.pick(['#E5B48C', C.cream, '#D69F76', '#F3E3CB'])) + ellipse(-16, -86, 12, 18, C.white, 0.5);
const bottle: Thing = (r) => {
  const c = r.pick([C.green, '#C98A2B', C.plum, '#A9B457']);
  return (
    rect(-56, -240, 112, 240, c, 24) +
    rect(-24, -350, 48, 140, c, 12) +
    rect(-28, -370, 56, 36, C.bark, 6) +
    rect(-56, -170, 112, 104, C.cream) +
    circle(0, -118, 28, r.pick([C.terracotta, C.leaf, C.sun]))
  );
};
const milk: Thing = () =>
  rect(-70, -200, 140, 200, C.white, 24) +
  rect(-36, -270, 72, 90, C.white, 14) +
  rect(-42, -288, 84, 34, C.sea, 8) +
  rect(-70, -140, 140, 70, C.sky) +
  circle(0, -105, 22, C.white);
const berry: Thing = (r) =>
  r.next() < 0.6
    ? path('M0 0 Q-80 -60 -52 -112 Q0 -140 52 -112 Q80 -60 0 0 Z', C.red) +
      times(6, (i) => circle(-24 + (i % 3) * 24, -92 + Math.floor(i / 3) * 34, 5, C.butter)) +
      leafOn(-116, C.leaf)
    : circle(0, -46, 46, C.plum) + circle(-12, -60, 9, C.rose);
const lemon: Thing = () =>
  ellipse(0, -62, 90, 62, C.sun) +
  circle(88, -62, 18, C.sun) +
  ellipse(-20, -82, 26, 12, C.white, 0.5) +
  path('M-70 -104 q10 -60 70 -54 q-10 56 -70 54 Z', C.leaf);
const potato: Thing = (r) =>
  ellipse(0, -54, 84, 56, r.pick(['#CFA468', '#B98A55', '#C77D63'])) +
  circle(-30, -64, 6, C.bark) +
  circle(20, -40, 6, C.bark) +
  circle(36, -76, 5, C.bark);
const aubergine: Thing = () =>
  at(
    0,
    -20,
    1,
    path('M-50 -150 Q0 -190 50 -150 Q96 -20 0 20 Q-96 -20 -50 -150 Z', '#4E2A4A') +
      path('M-54 -150 Q0 -220 54 -150 L24 -132 L0 -150 L-24 -132 Z', C.leaf) +
      ellipse(-30, -70, 10, 44, C.white, 0.25),
    24,
  );
const courgette: Thing = () =>
  at(
    0,
    -46,
    1,
    rect(-190, -44, 380, 88, C.green, 44) +
      stroke('M-130 -14 h230 M-100 16 h230', C.leaf, 8) +
      rect(180, -20, 44, 40, C.moss, 10),
    -6,
  );
const mushroom: Thing = () =>
  rect(-32, -90, 64, 90, C.cream, 24) +
  path('M-110 -80 Q-90 -190 0 -190 Q90 -190 110 -80 Z', '#B07A50') +
  circle(-40, -130, 13, C.cream) +
  circle(34, -140, 17, C.cream);
const sack: Thing = (r) =>
  path('M-110 0 Q-150 -150 -80 -230 H80 Q150 -150 110 0 Z', C.sand) +
  path('M-94 -220 Q0 -280 94 -220 Q0 -180 -94 -220 Z', r.pick([C.moss, '#B5653B', C.butter, C.bark])) +
  rect(-60, -140, 120, 84, C.cream, 8) +
  stroke('M0 -72 V-124 M0 -106 l-22 -18 M0 -106 l22 -18 M0 -84 l-22 -18 M0 -84 l22 -18', C.wood, 8);
const fish: Thing = () =>
  at(
    0,
    -70,
    1,
    path('M-170 0 Q-20 -110 130 0 Q-20 110 -170 0 Z', C.steel) +
      path('M110 0 L200 -60 V60 Z', C.sea) +
      circle(-110, -12, 11, C.ink) +
      stroke('M-60 -40 q30 40 0 80', C.sea, 8),
  );
const pasta: Thing = () =>
  path('M-170 -70 H170 Q150 20 0 20 Q-150 20 -170 -70 Z', C.terracotta) +
  times(7, (i) => stroke(`M${-140 + i * 40} -74 q30 -90 ${60 - i * 6} -6`, C.butter, 15)) +
  circle(-20, -132, 30, C.red) +
  leafOn(-150, C.leaf);
const garlic: Thing = (r) => {
  const c = r.pick([C.white, '#C98A5A', '#9B4A63']);
  return (
    path('M0 -160 Q14 -120 70 -90 Q96 0 0 0 Q-96 0 -70 -90 Q-14 -120 0 -160 Z', c) +
    stroke('M0 -120 Q-40 -60 -14 -8 M0 -120 Q40 -60 14 -8', '#00000022', 6) +
    stroke('M0 -155 q10 -40 0 -60', C.moss, 14)
  );
};

const THINGS: readonly (readonly [string, Thing])[] = [
  ['tomat pomodor', tomato],
  ['pomme mele apple poire pere peche abricot pesche albicocche kaki figue', apple],
  ['carotte carote carrot', carrot],
  ['courgette zucchin concombre', courgette],
  ['courge potiron potimarron zucca butternut pumpkin melon pasteque', squash],
  [
    'salade mesclun insalata blette epinard chou cavol herbes basilic basilico aromates fenouil salad poireau asperge',
    greens,
  ],
  ['pain pane baguette brioche focaccia bread fougasse levain viennoiserie galette', bread],
  ['miel miele honey', honey],
  ['confiture marmellat confettura jam compote tapenade pesto sauce conserve', jam],
  ['fromage formaggi chevre tomme parmigian pecorino ricotta cheese brousse faisselle', cheese],
  ['oeuf uova egg', egg],
  ['huile olio vin vino jus succo cidre biere birra sirop aceto vinaigre kombucha', bottle],
  ['lait latte yaourt yogurt kefir milk', milk],
  ['fraise fragole framboise cerise ciliegie raisin uva prune myrtille berr', berry],
  ['citron limoni agrume orange clementine arance lemon', lemon],
  ['patate potato', potato],
  ['aubergine melanzane ratatouille', aubergine],
  ['champignon fungh mushroom pleurote cepe', mushroom],
  ['farine farina lentille pois ceci haricot fagiol riz riso noix noci chataigne cafe semences', sack],
  ['poisson pesce sardine fish truite', fish],
  ['pates pasta tortellini ravioli lasagn tagliatelle repas plat soupe pizza', pasta],
  ['ail aglio oignon cipoll echalote', garlic],
];
const SMALL = new Set<Thing>([tomato, apple, egg, berry, lemon, potato, garlic]);

export function foodScene(title: string, random: Random): string {
  const seasonal = [tomato, carrot, greens, squash, apple, lemon, aubergine, courgette] as const;
  const basket = /panier|cesta|cassetta|legum|verdur|invendus/i.test(title);
  const thing = /pommes? de terre/i.test(title) ? potato : basket ? undefined : byWords(title, THINGS);
  if (!thing)
    return stillLife(
      random,
      crate(random, () => random.pick(seasonal)),
    );
  if (SMALL.has(thing))
    return stillLife(
      random,
      random.pick([() => crate(random, () => thing), () => bowl(random, thing), () => heap(random, thing)])(),
    );
  if (thing === carrot || thing === greens || thing === courgette || thing === aubergine)
    return stillLife(
      random,
      crate(random, () => thing),
    );
  const places = random.pick([
    [
      [520, 1010, 1.75],
      [1060, 1040, 2.1],
    ],
    [
      [420, 990, 1.5],
      [820, 1040, 2.1],
      [1210, 1000, 1.6],
    ],
    [[800, 1040, 2.5]],
  ] as const);
  const board = rect(260, 1020, 1080, 46, C.bark, 16);
  return stillLife(
    random,
    (random.next() < 0.5 ? board : '') + places.map(([x, y, s]) => at(x, y, s, thing(random))).join(''),
  );
}

function crate(random: Random, of: () => Thing): string {
  const wood = random.pick([C.wood, '#D0A06A', C.bark]);
  const row = (y: number, count: number, from: number) =>
    times(count, (i) =>
      at(
        from + i * ((1600 - from * 2) / (count - 1)),
        y + random.between(-12, 12),
        1.18,
        of()(random),
        random.between(-12, 12),
      ),
    );
  const slat = (y: number) => rect(340, y, 920, 92, wood, 8) + rect(340, y + 76, 920, 16, '#00000018', 8);
  return (
    rect(350, 640, 900, 420, '#5B3C25', 8) +
    row(735, 5, 460) +
    row(815, 6, 435) +
    slat(800) +
    slat(906) +
    slat(1012) +
    rect(330, 690, 56, 420, wood, 8) +
    rect(1214, 690, 56, 420, wood, 8) +
    circle(358, 846, 8, C.ink, 0.4) +
    circle(1242, 846, 8, C.ink, 0.4) +
    circle(358, 952, 8, C.ink, 0.4) +
    circle(1242, 952, 8, C.ink, 0.4)
  );
}

function bowl(random: Random, thing: Thing): string {
  const colour = random.pick([C.green, C.cream, C.sea, C.terracotta]);
  return (
    times(4, (i) => at(530 + i * 180, 800, 1.3, thing(random), random.between(-15, 15))) +
    times(3, (i) => at(620 + i * 180, 730, 1.3, thing(random), random.between(-15, 15))) +
    path('M330 740 H1270 Q1240 1060 930 1070 H670 Q360 1060 330 740 Z', colour) +
    rect(310, 722, 980, 46, colour, 23) +
    rect(310, 750, 980, 18, '#00000018', 9) +
    stroke('M420 870 q60 40 120 0 t120 0 t120 0 t120 0 t120 0 t120 0', C.butter, 12)
  );
}

function heap(random: Random, thing: Thing): string {
  const rows = [
    [800, 1],
    [690, 0],
  ] as const;
  return (
    times(3, (i) => at(560 + i * 240, 850, 1.6, thing(random), random.between(-10, 10))) +
    times(rows.length + 2, (i) => at(440 + i * 245, 1030, 1.75, thing(random), random.between(-10, 10)))
  );
}
