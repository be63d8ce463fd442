/** Of whom nothing is known here nothing is kept: their farewell would be thrown away, and what they had listed would stay. */
import { expect, test } from 'vitest';
import { findListingByUri } from '#domain/listings.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { bucketOf, digestOf, inBuckets, writeBuckets, writeDigest } from '#federation/vocab/digest.ts';
import { listing, makePeer } from '../../support/attack.ts';
import { startNode, until } from '../../support/nodes.ts';
import { startStranger } from '../../support/stranger.ts';

test('a comparison brings no listing of somebody who cannot be asked for, and a Delete takes all that it brought', async () => {
  const [node, friend] = await Promise.all([startNode('lyon'), startStranger('friend')]);
  try {
    await makePeer(node, friend);
    await node.db.write(async (tx) => void (await tx.update(tx.t.peers).set({ cooperative: friend.actor })));
    const peer = (await findPeerByHost(node.db.read, friend.host))!;
    const dora = friend.person('dora');
    const person = friend.documents.get('/users/dora');
    friend.documents.set('/users/dora', 503);
    const note = listing(friend, {}, dora.actor);
    const uri = String(note['id']);
    friend.documents.set(new URL(uri).pathname, note);
    const entries = [{ uri, updated: new Date(String(note['updated'])) }];
    const path = `${new URL(friend.actor).pathname}/catalogue/digest`;
    const document = writeDigest({
      id: `${friend.origin}${path}`,
      total: 1,
      ...digestOf(inBuckets(entries)),
      entries,
    });
    for (const query of ['', '?buckets=all', `?buckets=${writeBuckets([bucketOf(uri)])}`])
      friend.documents.set(`${path}${query}`, document);

    expect(await node.federation.compare(peer.id)).toMatchObject({ state: 'repaired', added: 0, left: 1 });
    expect(await findListingByUri(node.db.read, uri), 'its publisher could not be asked for').toBeUndefined();

    friend.documents.set('/users/dora', person);
    expect(await node.federation.compare(peer.id)).toMatchObject({ state: 'repaired', added: 1, left: 0 });
    expect(await findListingByUri(node.db.read, uri)).toBeDefined();
    const farewell = { id: `${dora.actor}#gone`, type: 'Delete', actor: dora.actor, object: dora.actor };
    await friend.post(`${node.origin}/inbox`, farewell, { by: dora });
    await until('her listing is gone', async () => (await findListingByUri(node.db.read, uri)) === undefined);
  } finally {
    await Promise.all([node.drop(), friend.close()]);
  }
});
