/** Two nodes become partners as two admins make them so. */
import { lastComparisons } from '#domain/comparisons.ts';
import { acceptPeering, requestPeering } from '#domain/handshake.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { type TestNode, until } from './nodes.ts';

/** `a` asks, `b` accepts; resolves when both are partners and both have the other's catalogue. */
export const peerUp = async (a: TestNode, b: TestNode): Promise<void> => {
  const found = await a.federation.port.inspect(b.host);
  if (!found.ok) throw new Error(JSON.stringify(found.errors));
  await a.db.write((tx) => requestPeering(tx, a.site, found.value, ''));
  await until('the request comes', async () => (await findPeerByHost(b.db.read, a.host))?.state === 'received');
  const asking = (await findPeerByHost(b.db.read, a.host))!;
  await b.db.write((tx) => acceptPeering(tx, b.site, asking));
  const settled = async (one: TestNode, other: TestNode): Promise<boolean> => {
    const peer = await findPeerByHost(one.db.read, other.host);
    if (peer?.state !== 'active') return false;
    const last = (await lastComparisons(one.db.read, [peer.id])).get(peer.id);
    return last?.state === 'equal' || last?.state === 'repaired';
  };
  await until('both are partners', async () => (await settled(a, b)) && (await settled(b, a)));
};

/** The partner's id in the books of `node`. */
export const peerId = async (node: TestNode, other: TestNode): Promise<string> =>
  (await findPeerByHost(node.db.read, other.host))!.id;
