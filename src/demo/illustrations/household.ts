/** What stands in a home, each about 600 wide and 500 high with its foot at the origin. */
import { at, circle, COLOURS as C, ellipse, path, type Random, rect, ring, stroke, times } from './draw.ts';
import type { Thing } from './things.ts';

const bold = (random: Random) => random.pick([C.terracotta, C.green, C.sea, C.plum, C.sun, C.red]);

export const chair: Thing = (random) => {
  const seat = bold(random);
  return (
    stroke('M-150 -250 L-180 0 M150 -250 L180 0 M-100 -250 L-90 -20 M100 -250 L90 -20', C.bark, 26) +
    rect(-180, -290, 360, 60, seat, 26) +
    stroke('M-150 -280 L-170 -590 M150 -280 L170 -590', C.bark, 26) +
    rect(-190, -600, 380, 70, C.bark, 30) +
    times(4, (i) => rect(-110 + i * 64, -540, 22, 260, C.wood))
  );
};
export const sofa: Thing = (random) => {
  const cloth = bold(random);
  return (
    rect(-330, -360, 660, 260, cloth, 60) +
    rect(-390, -270, 130, 230, cloth, 50) +
    rect(260, -270, 130, 230, cloth, 50) +
    rect(-280, -190, 560, 130, '#ffffff33', 34) +
    rect(-270, -190, 266, 120, cloth, 30) +
    rect(4, -190, 266, 120, cloth, 30) +
    rect(-10, -190, 16, 120, '#00000022') +
    at(-180, -180, 1, rect(-80, -110, 160, 130, C.butter, 24), -10) +
    rect(-330, -46, 40, 46, C.bark, 8) +
    rect(290, -46, 40, 46, C.bark, 8)
  );
};
export const table: Thing = (random) =>
  rect(-380, -330, 760, 50, C.wood, 14) +
  rect(-340, -285, 680, 70, C.bark) +
  rect(-100, -275, 200, 50, C.wood, 6) +
  circle(0, -250, 9, C.cream) +
  rect(-340, -290, 46, 290, C.bark, 8) +
  rect(294, -290, 46, 290, C.bark, 8) +
  at(
    -180,
    -330,
    0.8,
    rect(-60, -150, 120, 150, bold(random), 30) +
      stroke('M-10 -150 Q-30 -240 -70 -270 M10 -150 Q30 -250 60 -280 M0 -150 V-290', C.green, 10) +
      circle(-74, -280, 32, C.sun) +
      circle(64, -290, 32, C.terracotta) +
      circle(0, -310, 34, C.rose),
  ) +
  at(
    160,
    -330,
    0.8,
    ellipse(0, -14, 120, 16, C.cream) + path('M-60 -90 H60 Q50 -14 0 -14 Q-50 -14 -60 -90 Z', C.white),
  );
export const shelf: Thing = (random) =>
  rect(-270, -640, 540, 640, C.wood, 12) +
  times(
    3,
    (row) =>
      rect(-240, -612 + row * 200, 480, 176, C.bark) +
      times(6, (i) => {
        const h = random.between(90, 160);
        return rect(
          -226 + i * 78,
          -436 + row * 200 - h,
          random.between(40, 66),
          h,
          random.pick([C.terracotta, C.green, C.sun, C.cream, C.sea, C.rose, C.plum]),
          4,
        );
      }),
  );
export const lamp: Thing = (random) =>
  ellipse(0, -16, 140, 26, C.ink) +
  stroke('M0 -20 L-60 -260 L80 -430', C.ink, 22) +
  circle(-60, -260, 22, C.steel) +
  at(90, -430, 1, path('M-60 -50 L60 -50 L150 130 H-150 Z', bold(random)) + ellipse(0, 130, 150, 26, C.butter), -24);
export const pots: Thing = (random) => {
  const c = bold(random);
  return (
    rect(-260, -300, 400, 300, c, 40) +
    rect(-290, -310, 460, 50, '#00000022', 20) +
    rect(-290, -318, 460, 46, c, 20) +
    rect(-350, -250, 70, 36, C.ink, 16) +
    rect(160, -250, 70, 36, C.ink, 16) +
    path('M-240 -318 Q-60 -430 120 -318 Z', C.stone) +
    circle(-60, -390, 26, C.ink) +
    at(
      270,
      0,
      1,
      ellipse(0, -16, 140, 20, C.white) + ellipse(0, -40, 130, 20, C.cream) + ellipse(0, -64, 120, 20, C.white),
    )
  );
};
export const coat: Thing = (random) => {
  const c = bold(random);
  return (
    stroke('M0 -610 q44 -40 0 -70 q-40 10 -30 40', C.steel, 14) +
    stroke('M-170 -520 L0 -600 L170 -520', C.wood, 22) +
    path(
      'M-70 -570 L70 -570 L200 -500 L260 -170 L170 -150 L150 -330 L170 0 H-170 L-150 -330 L-170 -150 L-260 -170 L-200 -500 Z',
      c,
    ) +
    path('M-70 -570 L0 -440 L70 -570 L30 -590 H-30 Z', C.cream) +
    rect(-4, -440, 8, 440, '#00000033') +
    times(4, (i) => circle(24, -390 + i * 96, 13, C.cream)) +
    rect(-130, -200, 90, 22, '#00000033', 8) +
    rect(50, -200, 90, 22, '#00000033', 8)
  );
};
export const toys: Thing = (random) =>
  times(3, (i) => rect(-330 + i * 130, -120, 120, 120, [C.terracotta, C.sun, C.sea][i] ?? C.sun, 14)) +
  rect(-265, -240, 120, 120, C.leaf, 14) +
  path('M-270 -240 L-205 -340 L-140 -240 Z', C.plum) +
  at(
    210,
    0,
    1,
    circle(-74, -330, 44, C.wood) +
      circle(74, -330, 44, C.wood) +
      circle(0, -270, 110, C.wood) +
      ellipse(0, -90, 120, 110, C.wood) +
      ellipse(0, -240, 50, 38, C.cream) +
      circle(-36, -296, 11, C.ink) +
      circle(36, -296, 11, C.ink) +
      circle(0, -256, 13, C.ink) +
      ellipse(-96, -20, 54, 36, C.bark) +
      ellipse(96, -20, 54, 36, C.bark) +
      ellipse(0, -90, 66, 62, bold(random)),
  );
export const pram: Thing = (random) => {
  const c = bold(random);
  return (
    ring(-150, -80, 72, C.ink, 18) +
    ring(150, -80, 72, C.ink, 18) +
    stroke('M-150 -80 L130 -270 M150 -80 L-110 -270', C.steel, 16) +
    path('M-250 -330 H210 Q210 -180 60 -170 H-100 Q-250 -180 -250 -330 Z', c) +
    path('M-20 -330 A230 230 0 0 1 210 -330 V-560 Q40 -560 -20 -330 Z', '#00000022') +
    path('M0 -330 Q0 -560 210 -560 Q270 -430 210 -330 Z', c) +
    stroke('M-240 -320 L-340 -450 h-50', C.ink, 20)
  );
};
export const boxes: Thing = (random) => {
  const box = (x: number, y: number, w: number, h: number) =>
    rect(x - w / 2, y - h, w, h, C.wood, 6) +
    rect(x - w / 2, y - h, w, 40, '#00000014') +
    rect(x - 28, y - h, 56, h * 0.5, C.butter) +
    rect(x + w / 2 - 96, y - 60, 60, 30, C.bark, 4);
  return (
    box(-160, 0, 320, 250) +
    box(180, 0, 300, 210) +
    box(-100, -250, 260, 190) +
    at(
      180,
      -210,
      0.8,
      rect(-60, -200, 120, 200, bold(random), 20) + path('M-110 -190 L-70 -340 H70 L110 -190 Z', C.butter),
    )
  );
};
export const cookpot: Thing = (random) =>
  pots(random) + times(3, (i) => stroke(`M${-160 + i * 100} -430 q-36 -50 0 -100 t0 -90`, '#ffffffaa', 18));
export const jars: Thing = (random) =>
  [
    [-230, 0.85],
    [0, 1.1],
    [230, 0.85],
  ]
    .map(([x = 0, scale = 1]) =>
      at(
        x,
        0,
        scale,
        rect(-110, -330, 220, 330, '#ffffff99', 40) +
          rect(-96, -230, 192, 216, bold(random), 30) +
          rect(-96, -360, 192, 50, C.steel, 12) +
          rect(-60, -180, 120, 84, C.cream, 8) +
          rect(-84, -300, 18, 120, '#ffffffaa', 9),
      ),
    )
    .join('');
