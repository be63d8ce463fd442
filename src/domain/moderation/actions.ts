/** What a moderator may decide, and what each decision is. */

export const ACTIONS = [
  'none',
  'warn',
  'limit',
  'suspend',
  'removeListing',
  'keepBack',
  'removeMessage',
  'hideListing',
  'hideMember',
] as const;
export type Action = (typeof ACTIONS)[number];

export const isAction = (text: string): text is Action => ACTIONS.some((one) => one === text);

/** May end by themselves after some days. */
export const TIMED: readonly Action[] = ['limit', 'suspend'];
/** Can be taken back: of the others nothing is left that could be. */
export const LIFTABLE: readonly Action[] = [
  'warn',
  'limit',
  'suspend',
  'removeListing',
  'keepBack',
  'removeMessage',
  'hideListing',
  'hideMember',
];
/** On what a decision rests (DSA art. 17(3) d and e). */
export const GROUNDS = ['rules', 'law'] as const;

/** So long a decision may be contested (DSA art. 20(1): six months at least). */
export const APPEAL_MS = 184 * 24 * 3_600_000;
