/** Nodes in one process with one clock that can be set; back-offs pass when it is. */
import { eq, ne } from 'drizzle-orm';
import type { TestNode } from '../../support/nodes.ts';

export type Clock = { ahead: number; now: () => Date };
export const createClock = (): Clock => {
  const clock: Clock = { ahead: 0, now: () => new Date(Date.now() + clock.ahead) };
  return clock;
};

/** One go at what is due. */
export const work = async (nodes: TestNode[]): Promise<void> => {
  for (const node of nodes) {
    node.federation.worker.wake();
    node.jobs.wake();
  }
  for (const node of nodes) {
    await node.federation.worker.idle();
    await node.jobs.idle();
  }
};

/** @returns how much waits to be told or sent */
export const waiting = async (node: TestNode): Promise<number> => {
  const { announcements, deliveries } = node.db.read.t;
  return (
    (await node.db.read.$count(announcements, eq(announcements.state, 'waiting'))) +
    (await node.db.read.$count(deliveries, eq(deliveries.state, 'waiting')))
  );
};

/** Time passes in steps until nothing waits. @throws after 60 of them */
export const settle = async (clock: Clock, nodes: TestNode[], stepMs = 120_000): Promise<void> => {
  for (let i = 0; i < 60; i++) {
    clock.ahead += stepMs;
    await work(nodes);
    const left = await Promise.all(nodes.map(waiting));
    if (left.every((n) => n === 0)) return;
  }
  const [node] = nodes;
  const { deliveries } = node!.db.read.t;
  const rows = await node!.db.read.select().from(deliveries).where(ne(deliveries.state, 'done')).limit(3);
  throw new Error(`It never settles: ${JSON.stringify(rows)}`);
};
