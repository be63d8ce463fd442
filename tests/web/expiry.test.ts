/** A listing past its day, and what links to a page say of it. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { follow } from '#domain/follows.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { visit } from '../support/visitor.ts';

eachEngine('a listing past its day', (engine) => {
  let node: TestNode;
  let [past, last]: string[] = [];
  beforeAll(async () => {
    node = await startNode('marseille', { engine });
    const alice = await addMember(node, 'alice', 'Alice');
    const bob = await addMember(node, 'bob', 'Bob');
    await node.db.write((tx) => follow(tx, node.site, bob, { uri: alice, local: true }));
    await publish(node, 'alice', { title: 'Chambre toujours là' });
    past = (await publish(node, 'alice', { title: 'Chambre d’hier' })).id;
    last = (await publish(node, 'alice', { title: 'Chambre la plus récente', validUntil: '2099-12-31' })).id;
    await node.db.write((tx) =>
      tx
        .update(tx.t.listings)
        .set({ validUntil: new Date(Date.now() - 1_000) })
        .where(eq(tx.t.listings.id, past!)),
    );
  });
  afterAll(() => node.drop());

  test('is in no list: home, catalogue, its publisher’s page, the stream of who follows them', async () => {
    const [stranger, bob] = [visit(node), visit(node)];
    await bob.signIn('bob');
    for (const page of [
      await stranger.open('/'),
      await stranger.open('/listings'),
      await stranger.open('/@alice'),
      await bob.open('/'),
    ]) {
      expect(page.html, page.path).toContain('Chambre toujours là');
      expect(page.html, page.path).not.toContain('Chambre d’hier');
      // Newest first.
      expect(page.html.indexOf('Chambre la plus récente')).toBeLessThan(page.html.indexOf('Chambre toujours là'));
    }
  });
  test('says so on its own page, to its publisher too, and asks search engines to leave it', async () => {
    const page = await visit(node).open(`/listings/${past}`);
    expect(page.text('.state')).toBe('Expirée');
    expect(page.html).toContain('<meta name="robots" content="noindex">');
    const alice = visit(node);
    await alice.signIn('alice');
    expect((await alice.open('/listings/mine')).all('.state').length).toBe(3);
    expect((await alice.open('/listings/mine')).html).toContain('Expirée');
  });
  test('one that is still valid says until when to machines, and what it is to those who preview links', async () => {
    const { html } = await visit(node).open(`/listings/${last}`);
    expect(html).not.toContain('noindex');
    expect(html).toContain('<meta property="og:type" content="website">');
    expect(html).toMatch(/"validThrough":"2\d{3}-\d\d-\d\dT/);
    expect(html).toContain('<link rel="alternate" type="application/activity+json"');
  });
});
