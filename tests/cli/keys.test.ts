/** New keys from the terminal, while the node runs: its partner takes what is signed with them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findListingByUri } from '#domain/listings.ts';
import { machine } from '../support/cli.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';

let [marseille, lyon]: TestNode[] = [];
beforeAll(async () => {
  [marseille, lyon] = await Promise.all([startNode('marseille'), startNode('lyon')]);
  await addMember(marseille!, 'alice', 'Alice');
  await peerUp(lyon!, marseille!);
});
afterAll(async () => {
  await Promise.all([marseille?.drop(), lyon?.drop()]);
});

test('an admin renews a member’s keys; her actor lists the new ones, and partners take what they sign', async () => {
  const box = machine(marseille!.env);
  const keyOf = async (): Promise<string> => {
    const answer = await marseille!.fetch(
      new Request(`${marseille!.origin}/users/alice`, { headers: { accept: 'application/activity+json' } }),
    );
    const actor = (await answer.json()) as { publicKey: { id: string } };
    return actor.publicKey.id;
  };
  const before = await keyOf();
  expect(await box.maillon(['keys', 'renew', 'nobody'])).toMatchObject({ code: 1, out: '' });
  const done = await box.maillon(['keys', 'renew', '@alice']);
  expect([done.code, done.err]).toEqual([0, expect.stringContaining('alice has new keys')]);
  // As the node does by itself within half a minute.
  marseille!.federation.forgetKeys(`${marseille!.origin}/users/alice`);
  expect(await keyOf()).toBe(`${before}-2`);
  const { uri } = await publish(marseille!, 'alice', { title: 'Signée de neuf' });
  await until('it is at Lyon', async () => (await findListingByUri(lyon!.db.read, uri)) !== undefined);
  box.drop();
});
