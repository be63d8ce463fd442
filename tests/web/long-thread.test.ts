/** A thread that grew long can be read to its beginning, and so can a list of many; whatever came in one moment. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '#db/database.ts';
import { MESSAGES_SHOWN, sendMessage } from '#domain/conversations.ts';
import { eachEngine } from '../support/databases.ts';
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

eachEngine('of one moment', (engine) => {
  let at: TestNode;
  beforeAll(async () => {
    at = await startNode('lyon', { engine });
    const [alice, bob] = [await addMember(at, 'alice', 'Alice'), await addMember(at, 'bob', 'Bob')];
    const now = new Date();
    const site = { ...at.site, now: () => now };
    const write = (tx: Tx, about: string, text: string) =>
      sendMessage(tx, site, bob, { uri: alice, local: true }, { uri: `${bob}/items/${about}`, title: about }, text);
    await at.db.write(async (tx) => {
      for (let i = 0; i < 35; i++) await write(tx, `Fil ${i}.`, 'Bonjour');
      for (let i = 1; i < MESSAGES_SHOWN + 5; i++) await write(tx, 'Fil 0.', `Message ${i}.`);
    });
  });
  afterAll(() => at?.drop());

  /** What is on all pages, each found once. */
  const walked = async (path: string, what: RegExp): Promise<string[]> => {
    const alice = visit(at);
    await alice.signIn('alice');
    const found: string[] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const page = await alice.open(next);
      found.push(...[...page.html.matchAll(what)].map(([text]) => text));
      next = page.all('a').find((link) => (link.attribs['href'] ?? '').includes('?before='))?.attribs['href'];
    }
    return found;
  };

  test('no thread and no message is left out between two pages', async () => {
    const threads = await walked('/conversations', /<strong>Fil \d+\.<\/strong>/g);
    expect([threads.length, new Set(threads).size]).toEqual([35, 35]);
    const { conversations: c } = at.db.read.t;
    const [long] = await at.db.read.select().from(c).where(eq(c.title, 'Fil 0.'));
    const messages = await walked(`/conversations/${long!.id}`, /Message \d+\./g);
    expect([messages.length, new Set(messages).size]).toEqual([MESSAGES_SHOWN + 4, MESSAGES_SHOWN + 4]);
  });
});
