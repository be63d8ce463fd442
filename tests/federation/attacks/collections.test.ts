/** What a partner's collections may make a node read, and for how long. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { findPeerByHost } from '#domain/peers.ts';
import { backfill } from '#federation/peering/backfill.ts';
import { attack, listing, makePeer } from '../../support/attack.ts';
import { type TestNode, addMember, startNode } from '../../support/nodes.ts';
import { type Json, type Stranger, startStranger } from '../../support/stranger.ts';
import { inboxOf } from '../inbox/world.ts';

let node: TestNode;
let [f, victim]: [Stranger, Stranger] = [undefined as never, undefined as never];

beforeAll(async () => {
  [f, victim, node] = await Promise.all([startStranger('friend'), startStranger('victim'), startNode('lyon')]);
  await addMember(node, 'alice', 'Alice');
  await makePeer(node, f);
});
afterAll(async () => {
  await Promise.all([node?.drop(), f?.close(), victim?.close()]);
});

/** Lets the friend's catalogue be copied anew. */
const copy = async (
  limits?: Parameters<typeof backfill>[3],
): Promise<{ state: string; error: string | null; listings: number }> => {
  const { db } = node;
  const peer = (await findPeerByHost(db.read, f.host))!;
  await db.write(async (tx) => {
    await tx.update(tx.t.peers).set({ cooperative: f.actor, backfillNext: null, backfillDone: 0, backfillTotal: null });
  });
  await backfill(inboxOf(node), peer.id, undefined, limits);
  const after = (await findPeerByHost(db.read, f.host))!;
  const listings = await db.read.$count(db.read.t.listings, eq(db.read.t.listings.host, f.host));
  return { state: after.backfillState, error: after.backfillError, listings };
};
const catalogue = (page: (n: number) => Json, change: Json = {}): void => {
  const id = `${f.actor}/catalogue`;
  f.documents.set(new URL(id).pathname, { id, type: 'OrderedCollection', totalItems: 3, first: `${id}/0`, ...change });
  for (let n = 0; n < 200; n++)
    f.documents.set(`${new URL(id).pathname}/${n}`, {
      id: `${id}/${n}`,
      type: 'OrderedCollectionPage',
      partOf: id,
      ...page(n),
    });
};

attack('infinite or self-pointing collection pages', async () => {
  const id = `${f.actor}/catalogue`;
  const count = async (work: () => Promise<unknown>): Promise<number> => {
    const before = f.log.length;
    await work();
    return f.log.length - before;
  };
  catalogue(() => ({ orderedItems: [], next: `${id}/0` }));
  expect(await count(async () => expect(await copy()).toMatchObject({ state: 'failed', listings: 0 }))).toBeLessThan(5);
  catalogue((n) => ({ orderedItems: ['x', 1, null], next: `${id}/${n + 1}` }));
  expect(await count(async () => expect((await copy()).error).toMatch(/on and on/))).toBeLessThan(30);
  catalogue((n) => ({ orderedItems: [listing(f)], next: `${id}/${n + 1}` }));
  const many = await copy({ listings: 30, emptyPages: 20, runMs: 60_000 });
  expect(many).toMatchObject({ state: 'failed', listings: 30 });
  expect(await count(() => copy({ listings: 1_000, emptyPages: 20, runMs: 100 }))).toBeLessThan(30);
});

attack('collection pages that lead elsewhere, or speak for others', async () => {
  const before = victim.log.length;
  const strange = listing(victim);
  catalogue(() => ({
    orderedItems: [strange, { ...listing(f), attributedTo: victim.actor }],
    next: `${victim.origin}/page`,
  }));
  expect((await copy()).error).toMatch(/leave its server/);
  expect(victim.log.length).toBe(before);
  expect(await node.db.read.$count(node.db.read.t.listings, eq(node.db.read.t.listings.host, victim.host))).toBe(0);
});

attack('`totalItems` of 1e15', async () => {
  for (const totalItems of [1e15, -1, 'many', 1e308]) {
    catalogue(() => ({ orderedItems: [] }), { totalItems });
    expect((await copy()).state).toBe('done');
    expect((await findPeerByHost(node.db.read, f.host))!.backfillTotal).toBeNull();
  }
});
