/** Objects that several kinds show, each about 600 wide and 500 high with its foot at the origin. */
import { at, circle, COLOURS as C, ellipse, path, type Random, rect, ring, stroke, times } from './draw.ts';

export type Thing = (random: Random) => string;
const bold = (random: Random) => random.pick([C.terracotta, C.green, C.sea, C.plum, C.sun, C.red]);

const wheel = (x: number) =>
  ring(x, -130, 120, C.ink, 18) +
  ring(x, -130, 104, C.stone, 6) +
  times(6, (i) =>
    stroke(
      `M${x} -130 L${x + 104 * Math.cos((i * Math.PI) / 3)} ${-130 + 104 * Math.sin((i * Math.PI) / 3)}`,
      C.steel,
      4,
    ),
  ) +
  circle(x, -130, 18, C.ink);
export const bicycle: Thing = (random) => {
  const frame = bold(random);
  return (
    wheel(-220) +
    wheel(220) +
    stroke('M-220 -130 L-110 -320 H130 L-10 -130 Z M-110 -320 L-10 -130 M220 -130 L130 -320 L110 -390', frame, 24) +
    stroke('M110 -390 q70 -10 80 40', C.ink, 20) +
    stroke('M-110 -320 L-126 -370', C.ink, 18) +
    rect(-190, -396, 130, 32, C.bark, 16) +
    circle(-10, -130, 36, C.ink) +
    stroke('M-10 -130 L30 -70 h36', C.ink, 14)
  );
};
export const books: Thing = (random) => {
  const spine = (y: number, w: number, x: number) =>
    rect(x - w / 2, y - 78, w, 74, bold(random), 8) +
    rect(x - w / 2 + 40, y - 78, 20, 74, C.cream) +
    rect(x + w / 2 - 70, y - 78, 16, 74, C.butter);
  return (
    spine(0, 520, 0) +
    spine(-78, 460, 24) +
    spine(-156, 500, -16) +
    at(
      20,
      -236,
      1,
      path('M0 0 Q-110 -60 -220 -20 V-170 Q-110 -210 0 -150 Z', C.white) +
        path('M0 0 Q110 -60 220 -20 V-170 Q110 -210 0 -150 Z', C.cream) +
        stroke(
          'M-180 -130 q70 -26 140 6 M-180 -90 q70 -26 140 6 M40 -124 q70 -30 140 -6 M40 -84 q70 -30 140 -6',
          C.steel,
          7,
        ),
    )
  );
};
export const laptop: Thing = (random) =>
  rect(-290, -410, 580, 360, C.ink, 24) +
  rect(-262, -384, 524, 306, random.pick([C.sky, C.mint, C.blush]), 8) +
  rect(-230, -350, 200, 30, C.green, 8) +
  rect(-230, -300, 300, 18, C.stone, 8) +
  rect(-230, -264, 250, 18, C.stone, 8) +
  rect(-230, -210, 140, 90, bold(random), 8) +
  rect(-70, -210, 140, 90, C.sun, 8) +
  rect(90, -350, 140, 230, C.white, 8) +
  path('M-350 -50 H350 L320 0 H-320 Z', C.steel) +
  rect(-60, -50, 120, 16, C.stone, 6);
export const toolbox: Thing = (random) => {
  const box = bold(random);
  return (
    at(
      -150,
      -170,
      1,
      rect(-24, -330, 48, 240, C.wood, 16) + path('M-110 -380 H80 q40 0 40 40 v30 H-110 Z', C.steel),
      -14,
    ) +
    at(60, -180, 1, rect(-22, -220, 44, 200, C.sun, 18) + rect(-10, -380, 20, 170, C.steel), 6) +
    at(
      190,
      -180,
      1,
      rect(-20, -300, 40, 260, C.steel, 10) + path('M-60 -300 a66 66 0 1 1 120 0 l-36 0 v-50 h-48 v50 Z', C.steel),
      20,
    ) +
    rect(-310, -230, 620, 230, box, 20) +
    rect(-310, -230, 620, 50, '#00000022', 20) +
    rect(-60, -190, 120, 50, C.cream, 10) +
    stroke('M-130 -236 v-60 q0 -30 30 -30 h200 q30 0 30 30 v60', C.ink, 22)
  );
};
export const gardening: Thing = (random) => {
  const can = bold(random);
  return (
    at(
      150,
      0,
      1,
      path('M-150 -240 H110 L90 0 H-130 Z', can) +
        path('M-140 -180 L-290 -330 L-250 -350 L-130 -250 Z', can) +
        path('M-330 -330 L-230 -400 L-220 -350 L-290 -300 Z', C.ink) +
        stroke('M100 -210 q120 20 60 130 q-20 40 -70 50', can, 24),
    ) +
    at(
      -240,
      0,
      0.9,
      path('M-100 -150 H100 L74 0 H-74 Z', C.terracotta) +
        rect(-112, -178, 224, 44, C.brick, 8) +
        stroke('M0 -170 V-350', C.green, 14) +
        path('M0 -250 q-110 -10 -120 -110 q110 0 120 110 Z', C.leaf) +
        path('M0 -290 q100 -10 120 -120 q-110 0 -120 120 Z', C.green),
    ) +
    (random.next() < 0.5 ? times(3, (i) => circle(-330 + i * 90, -440 + (i % 2) * 50, 30, C.sun)) : '')
  );
};
export const sewing: Thing = (random) => {
  const body = bold(random);
  return (
    rect(-300, -60, 600, 60, C.bark, 10) +
    rect(-280, -110, 560, 54, body, 14) +
    rect(140, -400, 130, 310, body, 30) +
    rect(-270, -410, 540, 120, body, 50) +
    rect(-250, -310, 90, 130, body, 20) +
    rect(-212, -190, 10, 90, C.steel) +
    ring(290, -340, 54, C.ink, 18) +
    rect(120, -470, 44, 64, C.sun, 6) +
    rect(-40, -450, 20, 44, C.steel) +
    path('M-300 -116 Q-120 -150 80 -116 L40 -10 Q-160 30 -360 0 Z', random.pick([C.butter, C.mint, C.rose])) +
    circle(50, -350, 26, C.cream)
  );
};
export const drill: Thing = (random) => {
  const c = bold(random);
  return at(
    0,
    -60,
    1,
    rect(-230, -300, 380, 140, c, 44) +
      path('M-190 -180 H-70 L-100 40 H-220 Z', c) +
      rect(-250, 20, 200, 70, C.ink, 16) +
      path('M150 -270 L230 -250 V-210 L150 -190 Z', C.ink) +
      rect(226, -238, 150, 16, C.steel) +
      rect(-60, -170, 40, 60, C.ink, 12) +
      rect(-180, -262, 150, 20, '#ffffff55', 10),
  );
};
export const guitar: Thing = (random) =>
  at(
    40,
    -30,
    1,
    circle(0, -120, 160, C.wood) +
      circle(0, -320, 118, C.wood) +
      rect(-90, -300, 180, 140, C.wood) +
      circle(0, -260, 56, C.bark) +
      rect(-22, -700, 44, 420, C.bark) +
      rect(-36, -790, 72, 110, bold(random), 10) +
      rect(-70, -120, 140, 26, C.ink, 6) +
      times(4, (i) => rect(-15 + i * 9, -700, 3, 600, C.cream)),
    16,
  );
export const tent: Thing = (random) => {
  const c = bold(random);
  return (
    path('M-400 0 L-80 -470 L400 0 Z', c) +
    path('M-400 0 L-80 -470 L150 0 Z', '#ffffff2a') +
    path('M-200 0 L-80 -330 L30 0 Z', C.night) +
    path('M-80 -330 L-150 0 H-240 Z', C.cream) +
    stroke('M-80 -480 L-80 -440 M-400 0 L-450 20 M400 0 L450 20', C.ink, 12)
  );
};
export const camera: Thing = (random) =>
  rect(-290, -340, 580, 340, C.ink, 44) +
  rect(-290, -280, 580, 70, bold(random)) +
  rect(-120, -400, 240, 80, C.ink, 24) +
  circle(0, -170, 140, C.steel) +
  circle(0, -170, 112, C.night) +
  circle(0, -170, 70, C.sea) +
  circle(-34, -204, 22, C.sky) +
  rect(170, -320, 80, 30, C.butter, 10) +
  rect(-230, -376, 90, 40, C.red, 14);
export const papers: Thing = (random) =>
  at(
    -100,
    0,
    1,
    rect(-200, -440, 380, 440, C.white, 10) +
      times(6, (i) => rect(-160, -380 + i * 56, i % 3 === 2 ? 190 : 300, 18, C.stone, 8)),
    -6,
  ) +
  at(
    110,
    0,
    1,
    rect(-190, -420, 380, 420, C.cream, 10) +
      rect(-150, -376, 130, 100, bold(random), 8) +
      times(4, (i) => rect(-150, -240 + i * 54, i === 3 ? 140 : 300, 18, C.stone, 8)) +
      circle(110, -320, 54, C.sun),
    5,
  ) +
  at(
    300,
    -10,
    1,
    rect(-18, -420, 36, 340, C.green, 6) + path('M-18 -84 H18 L0 0 Z', C.butter) + rect(-18, -440, 36, 40, C.rose, 8),
    24,
  );
export const speech: Thing = (random) => {
  const [a, b] = random.pick([
    [C.terracotta, C.green],
    [C.sea, C.sun],
    [C.plum, C.leaf],
    [C.green, C.rose],
  ] as const);
  return (
    path(
      'M-360 -600 h420 q50 0 50 50 v190 q0 50 -50 50 h-250 l-90 100 v-100 h-80 q-50 0 -50 -50 v-190 q0 -50 50 -50 Z',
      a,
    ) +
    times(3, (i) => rect(-330, -540 + i * 70, i === 2 ? 180 : 360, 26, '#ffffffcc', 13)) +
    path(
      'M-60 -330 h370 q50 0 50 50 v140 q0 50 -50 50 h-50 v90 l-90 -90 h-230 q-50 0 -50 -50 v-140 q0 -50 50 -50 Z',
      b,
    ) +
    times(2, (i) => rect(-50, -272 + i * 68, i ? 200 : 330, 26, '#ffffffcc', 13))
  );
};
export const hands: Thing = (random) => {
  const [one, two] = random.pick([
    ['#E0A98A', '#8D5A3C'],
    ['#C98B66', '#F0CBB0'],
    ['#6F4630', '#E7B797'],
  ] as const);
  const [sleeve, cuff] = random.pick([
    [C.terracotta, C.green],
    [C.sea, C.sun],
    [C.plum, C.leaf],
  ] as const);
  const arm = (skin: string, cloth: string) =>
    rect(-560, -90, 300, 180, cloth, 20) +
    rect(-290, -74, 190, 148, skin, 30) +
    path('M-130 -74 Q40 -110 120 -40 Q150 -10 120 20 L20 74 H-130 Z', skin);
  return (
    at(0, -260, 1.1, arm(one, sleeve), 8) +
    `<g transform="scale(-1 1)">${at(0, -260, 1.1, arm(two, cuff) + times(3, (i) => rect(40, -46 + i * 38, 130, 32, two, 16)), 8)}</g>` +
    circle(0, -480, 30, C.sun) +
    stroke('M0 -560 v-40 M-80 -530 l-30 -30 M80 -530 l30 -30', C.sun, 16)
  );
};
export const heart: Thing = (random) =>
  at(
    0,
    -40,
    1,
    rect(-260, -70, 520, 110, C.cream, 30) +
      rect(-250, -150, 500, 90, bold(random), 30) +
      rect(-240, -226, 480, 86, C.mint, 30) +
      path(
        'M0 -260 C-130 -350 -190 -450 -110 -520 C-60 -560 -10 -530 0 -480 C10 -530 60 -560 110 -520 C190 -450 130 -350 0 -260 Z',
        C.terracotta,
      ),
  );
export const scissors: Thing = () =>
  at(
    0,
    -240,
    1,
    stroke('M-120 130 L150 -260', C.steel, 34) +
      stroke('M120 130 L-150 -260', C.stone, 34) +
      ring(-160, 180, 66, C.terracotta, 30) +
      ring(160, 180, 66, C.terracotta, 30) +
      circle(0, -44, 18, C.ink),
  );
export const paint: Thing = (random) => {
  const c = bold(random);
  return (
    rect(-280, -300, 300, 300, C.steel, 12) +
    rect(-280, -210, 300, 130, C.cream) +
    ellipse(-130, -300, 150, 40, c) +
    path('M-230 -290 v110 q20 34 40 0 v-60 q20 24 40 0 v-50 Z', c) +
    at(
      210,
      -20,
      1,
      rect(-26, -240, 52, 240, C.wood, 20) +
        rect(-90, -350, 180, 120, C.ink, 10) +
        path('M-90 -350 H90 L70 -480 H-80 Z', c),
      16,
    )
  );
};
export const hive: Thing = (random) => {
  const c = bold(random);
  return (
    rect(-250, -50, 40, 50, C.bark) +
    rect(210, -50, 40, 50, C.bark) +
    times(
      3,
      (i) =>
        rect(-240, -190 - i * 135, 480, 130, i % 2 === 0 ? c : C.cream, 8) +
        rect(-60, -140 - i * 135, 120, 22, '#00000022', 11),
    ) +
    rect(-130, -84, 260, 22, C.ink, 8) +
    rect(-280, -510, 560, 56, C.bark, 12) +
    times(4, (i) =>
      at(
        -330 + i * 210,
        -560 + (i % 2) * 130,
        1,
        circle(-12, -22, 18, C.white, 0.8) +
          circle(14, -22, 18, C.white, 0.8) +
          rect(-30, -14, 60, 32, C.sun, 16) +
          rect(-8, -14, 10, 32, C.ink) +
          rect(12, -14, 8, 32, C.ink),
      ),
    )
  );
};
export const pottery: Thing = (random) => {
  const clay = random.pick(['#B5653B', C.stone, '#D9A07A']);
  return (
    rect(-60, -240, 120, 200, C.steel) +
    rect(-260, -50, 520, 50, C.ink, 16) +
    path('M-330 -250 H330 L290 -170 H-290 Z', C.bark) +
    rect(-200, -286, 400, 40, C.steel, 18) +
    path('M-110 -286 Q-210 -400 -120 -490 Q-80 -530 -100 -570 H100 Q80 -530 120 -490 Q210 -400 110 -286 Z', clay) +
    stroke('M-150 -400 Q0 -376 150 -400 M-136 -450 Q0 -430 136 -450 M-140 -350 Q0 -326 140 -350', '#00000026', 8) +
    circle(300, -300, 40, clay)
  );
};
