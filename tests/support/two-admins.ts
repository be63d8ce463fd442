/** What the admins of Lyon and Marseille do to come to an agreement, each at their own node. */
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Tx } from '#db/database.ts';
import { refusePeering, requestPeering, type Terms } from '#domain/handshake.ts';
import { agree, counterPeering, repeatLastWord, withdrawPeering } from '#domain/negotiation.ts';
import { type PeerRow, cutPeer, findPeerByHost } from '#domain/peers.ts';
import type { Result } from '#domain/types.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { type TestNode, until } from './nodes.ts';

/** Everything, both ways. */
export const OPEN: Terms = { give: OPEN_SCOPE, take: OPEN_SCOPE };

/** @param marseille and lyon: their nodes, which may not have started yet */
export const adminsOf = (marseille: () => TestNode, lyon: () => TestNode) => {
  const peerAt = async (node: TestNode): Promise<PeerRow> =>
    (await findPeerByHost(node.db.read, node === lyon() ? marseille().host : lyon().host))!;
  const stateAt = async (node: TestNode): Promise<string | undefined> => (await peerAt(node))?.state;
  const both = async (state: string): Promise<void> => {
    const shown = async (): Promise<unknown[]> => [await stateAt(lyon()), await stateAt(marseille())];
    await until(`both show ${state}`, async () => (await shown()).every((one) => one === state)).catch(async () =>
      expect(await shown()).toEqual([state, state]),
    );
  };
  /** Something that an admin does; `lost`: what would have been told never leaves. */
  const does = async <T>(node: TestNode, work: (tx: Tx, peer: PeerRow) => Promise<T>, lost = false): Promise<T> => {
    const peer = await peerAt(node);
    const done = await node.db.write(async (tx) => {
      const result = await work(tx, peer);
      if (lost) await tx.delete(tx.t.announcements).where(eq(tx.t.announcements.state, 'waiting'));
      return result;
    });
    node.federation.worker.wake();
    return done;
  };
  const well = async <T>(result: Promise<Result<T>>): Promise<T> => {
    const done = await result;
    if (!done.ok) throw new Error(JSON.stringify(done.errors));
    return done.value;
  };
  const ask = async (terms: Terms = OPEN, lost = false): Promise<void> => {
    const found = await well(lyon().federation.port.inspect(marseille().host));
    await does(lyon(), (tx) => well(requestPeering(tx, lyon().site, found, 'Bonjour de Lyon', { terms })), lost);
  };
  const asked = async (terms: Terms = OPEN): Promise<void> => {
    await ask(terms);
    await until('it is asked', async () => (await stateAt(marseille())) === 'received');
  };
  const accepts = (node: TestNode, lost = false) => does(node, (tx, peer) => well(agree(tx, node.site, peer)), lost);
  const counters = (node: TestNode, terms: Terms, lost = false) =>
    does(node, (tx, peer) => well(counterPeering(tx, node.site, peer, terms, 'Plutôt ainsi ?')), lost);
  const refuses = (reason: string, lost = false) =>
    does(marseille(), (tx, peer) => refusePeering(tx, marseille().site, peer, reason), lost);
  const withdraws = (lost = false) => does(lyon(), (tx, peer) => well(withdrawPeering(tx, lyon().site, peer)), lost);
  const saysAgain = (node: TestNode) => does(node, (tx, peer) => repeatLastWord(tx, node.site, peer));
  const countered = () =>
    until('Lyon sees the other terms', async () => {
      const [ours, theirs] = [await peerAt(lyon()), await peerAt(marseille())];
      return ours.state === 'countered' && ours.turn === 'us' && theirs.state === 'countered' && theirs.turn === 'them';
    });
  /** Both have the same terms, each from its side. */
  const agreedOn = async (terms: Terms): Promise<void> => {
    await both('active');
    const [ours, theirs] = [await peerAt(lyon()), await peerAt(marseille())];
    const mirror = { give: terms.take, take: terms.give };
    expect({ give: ours.give, take: ours.take }).toEqual(terms);
    expect({ give: theirs.give, take: theirs.take }).toEqual(mirror);
    expect({ give: ours.theirGive, take: ours.theirTake }).toEqual(mirror);
    expect({ give: theirs.theirGive, take: theirs.theirTake }).toEqual(terms);
  };
  const ends = async (): Promise<void> => {
    await does(lyon(), (tx, peer) => cutPeer(tx, lyon().site, peer, true));
    await both('cut');
  };
  return {
    peerAt,
    stateAt,
    both,
    does,
    well,
    ask,
    asked,
    accepts,
    counters,
    refuses,
    withdraws,
    saysAgain,
    countered,
    agreedOn,
    ends,
  };
};
