/** The demo's nodes while it joins them. */
import type { Node } from '#src/node.ts';
import type { DemoNode } from './types.ts';

export type Running = { demo: DemoNode; node: Node; origin: string };
export const host = (one: Running): string => new URL(one.origin).host;

/** Waits up to 30 s. */
export const until = async (check: () => Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 600 && !(await check()); i++) await new Promise((resolve) => setTimeout(resolve, 50));
};
