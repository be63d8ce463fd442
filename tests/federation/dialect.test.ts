/** Which dialect of signatures a server is sent: the one it is known to take. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptHostNow } from '#domain/queue.ts';
import { freshId, says } from '../support/attack.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, startNode, until } from '../support/nodes.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';

eachEngine('a server that signs in the new dialect', (engine) => {
  let node: TestNode;
  let friend: Stranger;
  let alice = '';
  /** Dialects of what it was sent, in order. */
  const heard: string[] = [];
  let takesNew = true;
  beforeAll(async () => {
    [node, friend] = await Promise.all([startNode('marseille', { engine }), startStranger('friend')]);
    alice = await addMember(node, 'alice', 'Alice');
    const inbox = new URL(`${friend.actor}/inbox`).pathname;
    friend.answers.set(inbox, (request, response) => {
      const isNew = request.headers['signature-input'] !== undefined;
      heard.push(isNew ? 'rfc9421' : 'cavage');
      response.writeHead(isNew && !takesNew ? 401 : 202).end();
    });
  });
  afterAll(async () => {
    await Promise.all([node?.drop(), friend?.close()]);
  });

  const follow = async (): Promise<void> => {
    const activity = says(friend, 'Follow', { id: freshId(friend), object: alice });
    expect((await friend.post(`${node.origin}/inbox`, activity, { dialect: 'rfc9421' })).status).toBe(202);
  };

  test('is answered in it, and in the old one if it does not take what it sends', async () => {
    await follow();
    await until('it is answered', async () => heard.length > 0);
    expect(heard).toEqual(['rfc9421']);
    takesNew = false;
    await follow();
    await until('it is refused', async () => heard.length > 1);
    await node.settled();
    await node.db.write((tx) => attemptHostNow(tx, node.site.now(), friend.host));
    await until('it is tried again', async () => heard.length > 2);
    expect(heard).toEqual(['rfc9421', 'rfc9421', 'cavage']);
  });
});
