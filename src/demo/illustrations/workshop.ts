/** Machines of a shared workshop, and goods on wheels in the street. */
import {
  at,
  byWords,
  circle,
  COLOURS as C,
  path,
  plant,
  type Random,
  rect,
  ring,
  scene,
  stillLife,
  stroke,
  times,
} from './draw.ts';
import { boxes } from './household.ts';
import { bicycle, pottery, sewing } from './things.ts';

const printer = (r: Random) =>
  rect(-330, -640, 660, 640, C.ink, 26) +
  rect(-280, -590, 560, 480, r.pick([C.sky, C.mint, C.butter] as const), 10) +
  rect(-280, -470, 560, 22, C.steel) +
  rect(-60, -500, 120, 80, r.pick([C.terracotta, C.sun] as const), 10) +
  path('M-18 -420 H18 L6 -380 H-6 Z', C.steel) +
  r.pick([
    () =>
      path('M-90 -150 L-60 -280 Q0 -390 60 -280 L90 -150 Z', C.terracotta) +
      times(5, (i) => rect(-86 + i * 4, -176 - i * 34, 172 - i * 8, 5, '#00000022')),
    () => rect(-110, -270, 220, 120, C.green, 8) + rect(-40, -370, 80, 110, C.green, 8),
    () => ring(0, -250, 84, C.plum, 40),
  ])() +
  rect(-220, -150, 440, 24, C.steel, 6) +
  rect(-280, -90, 560, 60, '#2F3733', 10) +
  circle(230, -60, 16, C.sun) +
  rect(-240, -76, 120, 32, C.mint, 6) +
  at(270, -640, 1, ring(0, -70, 60, r.pick([C.terracotta, C.leaf, C.sun] as const), 44));
const laser = (r: Random) =>
  rect(-430, -300, 860, 300, r.pick([C.green, C.sea, C.brick] as const), 24) +
  path('M-400 -300 L-330 -560 H330 L400 -300 Z', '#2F3733') +
  path('M-350 -310 L-295 -530 H295 L350 -310 Z', C.sky) +
  rect(-250, -360, 500, 34, C.wood, 4) +
  rect(-330, -470, 660, 18, C.steel) +
  rect(-40, -490, 80, 60, C.ink, 8) +
  stroke('M0 -430 V-352', C.red, 8) +
  circle(0, -346, 20, C.sun) +
  times(4, (i) => stroke(`M0 -350 l${-90 + i * 60} ${-50 - (i % 2) * 30}`, C.sun, 6)) +
  rect(160, -220, 200, 120, C.ink, 10) +
  rect(180, -200, 100, 60, C.mint, 6) +
  circle(325, -160, 18, C.red) +
  rect(-380, -230, 300, 40, '#ffffff33', 10) +
  rect(-380, -160, 220, 20, '#ffffff33', 10);
const cnc = (r: Random) =>
  rect(-430, -130, 860, 130, C.steel, 10) +
  rect(-400, -180, 800, 54, C.wood, 4) +
  path('M-220 -180 q40 -60 90 0 q50 -70 100 0 Z', C.bark) +
  rect(-400, -560, 60, 430, C.ink, 8) +
  rect(340, -560, 60, 430, C.ink, 8) +
  rect(-400, -560, 800, 90, r.pick([C.terracotta, C.sea, C.green] as const), 12) +
  rect(-30, -590, 160, 240, C.ink, 16) +
  rect(-6, -560, 112, 40, C.sun, 8) +
  rect(38, -350, 24, 150, C.steel) +
  path('M38 -210 H62 L50 -170 Z', C.ink) +
  times(9, () => circle(r.between(-80, 220), r.between(-250, -190), r.between(6, 12), C.butter));
const bench = (r: Random) =>
  rect(-460, -250, 920, 70, C.wood, 8) +
  rect(-420, -180, 60, 180, C.bark) +
  rect(360, -180, 60, 180, C.bark) +
  rect(-400, -110, 800, 34, C.bark) +
  at(
    -150,
    -250,
    1,
    rect(-190, -70, 380, 70, C.bark, 10) +
      path('M-150 -70 Q-130 -170 -80 -150 L-60 -70 Z', C.wood) +
      rect(90, -150, 46, 90, C.wood, 20) +
      path('M-20 -70 L40 -130 H70 L30 -70 Z', C.steel),
  ) +
  at(
    250,
    -250,
    1,
    path('M-150 0 H170 V-60 Q60 -120 -150 -30 Z', C.steel, 0.9) +
      path('M150 -90 q90 -30 90 50 q0 60 -90 50 Z', r.pick([C.terracotta, C.green] as const)),
  ) +
  times(8, () => stroke(`M${r.between(-330, 100)} -262 q14 -30 30 -8 q10 20 -10 14`, C.butter, 7)) +
  rect(-300, -660, 620, 24, C.bark) +
  times(5, (i) =>
    rect(
      -250 + i * 120,
      -640,
      30,
      [150, 190, 120, 170, 140][i] ?? 140,
      [C.terracotta, C.steel, C.sun, C.green, C.wood][i] ?? C.steel,
      10,
    ),
  );
const board = (r: Random) =>
  rect(-400, -500, 800, 460, r.pick([C.green, '#245E7A', C.plum] as const), 24) +
  rect(-90, -340, 200, 180, C.ink, 8) +
  times(5, (i) => rect(-130, -325 + i * 34, 40, 12, C.steel) + rect(110, -325 + i * 34, 40, 12, C.steel)) +
  stroke(
    'M-360 -440 H-200 V-300 H-130 M-360 -120 H-240 V-200 H-130 M360 -440 H240 V-300 H150 M0 -160 V-90 H260 M0 -340 V-450 H180',
    C.butter,
    9,
  ) +
  times(4, (i) => circle(-350 + (i % 2) * 700, -450 + Math.floor(i / 2) * 360, 22, C.cream)) +
  rect(220, -220, 110, 70, C.sun, 8) +
  circle(-270, -250, 40, C.red) +
  rect(-350, -340, 60, 34, C.cream, 4) +
  rect(-440, -210, 70, 90, C.steel, 6) +
  at(
    360,
    -20,
    1,
    rect(-20, -420, 40, 230, C.sun, 16) + rect(-8, -190, 16, 150, C.steel) + path('M-8 -46 H8 L0 0 Z', C.ink),
    22,
  );

const MACHINES = [
  ['laser decoupe gravure taglio incision', laser],
  ['3d imprim stampa impression', printer],
  ['cnc fraiseuse fresa fresatur numerique', cnc],
  ['coudre couture cucire cucito surjeteuse sartoria tessut', sewing],
  ['bois legno menuiserie falegnam rabot etabli wood mobil etagere', bench],
  ['tornio ceramic argill argile potier poterie tour', pottery],
  ['electro elettron soud saldar radio amplific arduino saldatura circuit sensor capteur', board],
] as const;

export const makingScene = (title: string, random: Random): string => {
  const machine = byWords(title, MACHINES, true) ?? random.pick([laser, printer, cnc, bench, board]);
  return stillLife(
    random,
    at(800, 1050, machine === sewing ? 1.35 : 1.12, machine(random)) +
      (random.next() < 0.4 ? at(1420, 1020, 0.9, plant(random)) : ''),
  );
};

export function deliveryScene(title: string, random: Random): string {
  const [sky, walls] = random.pick([
    [C.sky, [C.rose, C.cream, C.butter]],
    [C.blush, [C.mint, C.terracotta, C.cream]],
    [C.butter, [C.cream, '#D98C74', C.mint]],
    [C.night, [C.dusk, '#35606B', '#5A4A5E']],
  ] as const);
  let x = -40;
  let street = '';
  while (x < 1600) {
    const width = random.between(200, 340);
    const top = random.between(280, 520);
    street +=
      rect(x, top, width, 700, random.pick(walls)) +
      rect(x - 6, top - 16, width + 12, 24, C.brick) +
      times(6, (i) =>
        rect(
          x + 40 + (i % 2) * (width - 150),
          top + 60 + Math.floor(i / 2) * 150,
          66,
          90,
          sky === C.night ? C.sun : C.dusk,
          6,
        ),
      );
    x += width;
  }
  const load = random.pick([
    () => boxes(random),
    () =>
      rect(-200, -260, 400, 260, C.wood, 8) +
      times(5, (i) => circle(-150 + i * 75, -280, 46, [C.red, C.leaf, C.sun, '#E0813A', C.moss][i] ?? C.red)) +
      rect(-210, -240, 420, 70, C.bark, 6),
    () =>
      rect(-190, -320, 380, 320, random.pick([C.green, C.terracotta, C.sea] as const), 20) +
      path('M-50 -160 l30 40 l70 -90', C.cream),
  ] as const);
  const trailer = /remorque|rimorchio|trailer/i.test(title);
  const rider =
    stroke('M-110 -370 L-40 -570 L110 -400', random.pick([C.green, C.plum, C.sea, C.brick]), 60) +
    stroke('M-100 -370 L20 -260 L-10 -130', C.night, 46) +
    circle(-10, -690, 72, random.pick(['#E0A98A', '#8D5A3C', '#C98B66'] as const)) +
    path('M-90 -700 a80 80 0 0 1 160 0 Z', random.pick([C.sun, C.terracotta, C.cream])) +
    circle(38, -682, 8, C.ink) +
    stroke('M18 -648 q24 12 36 -6', C.brick, 7);
  const hitch = trailer
    ? stroke('M-220 -130 H-420', C.ink, 18) +
      rect(-720, -190, 320, 30, C.bark, 8) +
      ring(-560, -90, 80, C.ink, 18) +
      at(-560, -190, 0.75, load())
    : stroke('M220 -130 H470', C.ink, 20) +
      rect(250, -180, 380, 30, C.bark, 8) +
      ring(560, -90, 80, C.ink, 18) +
      at(440, -180, 0.85, load());
  return scene(
    rect(0, 0, 1600, 1200, sky) +
      circle(random.between(200, 1400), 190, 90, sky === C.night ? C.cream : C.sun) +
      street +
      rect(0, 900, 1600, 300, C.stone) +
      rect(0, 900, 1600, 30, C.sand) +
      times(6, (i) => rect(60 + i * 290, 1130, 150, 16, C.cream, 8)) +
      at(trailer ? 1010 : 600, 1090, 1, bicycle(random) + rider + hitch),
  );
}
