/** A thread that grew long can be read to its beginning. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MESSAGES_SHOWN, sendMessage } from '#domain/conversations.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { visit } from '../support/visitor.ts';

let node: TestNode;
let thread = '';
beforeAll(async () => {
  node = await startNode('marseille');
  const alice = await addMember(node, 'alice', 'Alice');
  const bob = await addMember(node, 'bob', 'Bob');
  const listing = await publish(node, 'alice', {});
  let at = Date.now() - 10_000_000;
  const site = { ...node.site, now: () => new Date((at += 1_000)) };
  await node.db.write(async (tx) => {
    for (let i = 1; i <= MESSAGES_SHOWN + 5; i++) {
      const to = { uri: alice, local: true };
      const sent = await sendMessage(
        tx,
        site,
        bob,
        to,
        { uri: listing.uri, title: listing.title },
        `Message numéro ${i}.`,
      );
      if (sent.ok) thread = sent.value.conversation;
    }
  });
});
afterAll(() => node?.drop());

test('the newest first, and a way to those before', async () => {
  const alice = visit(node);
  await alice.signIn('alice');
  const page = await alice.open(`/conversations/${thread}`);
  expect(page.html).toContain(`Message numéro ${MESSAGES_SHOWN + 5}.`);
  expect(page.html).not.toContain('Message numéro 5.');
  const way = page.all('a').find((link) => (link.attribs['href'] ?? '').includes('?before='));
  const before = await alice.open(way!.attribs['href']!);
  expect(before.all('.bubble')).toHaveLength(5);
  expect(before.html).toContain('Message numéro 1.');
  expect(before.html).not.toContain('?before=');
});
