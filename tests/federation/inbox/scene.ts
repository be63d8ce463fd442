/** A node with one member, a partner with two people, a fediverse server, and one that means harm. */
import type { Engine } from '#db/database.ts';
import { type TestNode, addMember, startNode } from '../../support/nodes.ts';
import { type Person, type Remote, becomePeer, startRemote } from './world.ts';

export type Scene = {
  node: TestNode;
  /** URI of the member here. */
  bob: string;
  remotes: [lyon: Remote, mastodon: Remote, evil: Remote];
  /** Lyon's node and people, Carol of the fediverse, Eve who means harm. */
  people: [server: Person, alice: Person, mallory: Person, carol: Person, eve: Person];
  drop(): Promise<void>;
};

export const startScene = async (engine: Engine): Promise<Scene> => {
  const node = await startNode('marseille', { engine });
  const bob = await addMember(node, 'bob', 'Bob');
  const [lyon, mastodon, evil] = await Promise.all([startRemote('lyon'), startRemote('mastodon'), startRemote('evil')]);
  const server = await lyon.actor('instance', { type: 'Application' });
  const [alice, mallory, carol, eve] = await Promise.all([
    lyon.actor('alice'),
    lyon.actor('mallory'),
    mastodon.actor('carol'),
    evil.actor('eve'),
  ]);
  await becomePeer(node, lyon, server);
  return {
    node,
    bob,
    remotes: [lyon, mastodon, evil],
    people: [server, alice, mallory, carol, eve],
    drop: async () => {
      await node.drop();
      await Promise.all([lyon.down(), mastodon.down(), evil.down()]);
    },
  };
};
