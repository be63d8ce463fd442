/** Documents that are kept: each answer is what the database says now, whoever asked before. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteListing } from '#domain/listing-deletion.ts';
import { type ListingRow, findListing, updateListing } from '#domain/listings.ts';
import { findAccountByHandle, suspendMember } from '#domain/members.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, draft, publish, startNode } from '../support/nodes.ts';

eachEngine('a document that is asked for again', (engine) => {
  let node: TestNode;
  let row: ListingRow;
  beforeAll(async () => {
    node = await startNode('marseille', { engine });
    await addMember(node, 'alice', 'Alice');
    row = await publish(node, 'alice', { title: 'Chambre' });
  });
  afterAll(() => node?.drop());

  const get = async (uri: string, headers: Record<string, string> = {}) => {
    const response = await node.fetch(
      new Request(uri, { headers: { accept: 'application/activity+json', ...headers } }),
    );
    const text = await response.text();
    return {
      status: response.status,
      etag: response.headers.get('etag') ?? '',
      text,
      id: response.headers.get('x-request-id'),
    };
  };
  /** Asked for three times, so that it is kept if it ever is. */
  const kept = async (uri: string) => {
    await get(uri);
    await get(uri);
    return get(uri);
  };

  test('is the same, is 304 for who has it, and carries the number of its request', async () => {
    const [first, second] = [await kept(row.uri), await get(row.uri)];
    expect(second).toMatchObject({ status: 200, etag: first.etag, text: first.text });
    expect(second.id).toMatch(/^[\w-]{36}$/);
    expect(second.id).not.toBe(first.id);
    expect(await get(row.uri, { 'if-none-match': first.etag })).toMatchObject({ status: 304, text: '' });
    expect((await get(row.uri, { accept: 'text/html' })).status).toBe(303);
  });

  test('is the new one after a change, and 410 once it is gone', async () => {
    const before = await kept(row.uri);
    const now = (await findListing(node.db.read, row.id))!;
    await node.db.write((tx) => updateListing(tx, node.site, now, draft({ title: 'Grande chambre' })));
    const after = await get(row.uri);
    expect(after.text).toContain('Grande chambre');
    expect(await get(row.uri, { 'if-none-match': before.etag })).toMatchObject({ status: 200 });
    const other = await publish(node, 'alice', { title: 'Canapé' });
    expect((await kept(other.uri)).status).toBe(200);
    await node.db.write((tx) => deleteListing(tx, node.site, other));
    expect((await get(other.uri)).status).toBe(410);
  });

  test('is not to be had by way of the activities that told it, once it is withdrawn, for members, or of who is suspended', async () => {
    await addMember(node, 'carla', 'Carla');
    const rows: ListingRow[] = [];
    for (const title of ['Effacée', 'Rentrée', 'Restée']) rows.push(await publish(node, 'carla', { title }));
    await node.settled();
    const { activities, listings } = node.db.read.t;
    const creates = await node.db.read.select().from(activities).where(eq(activities.type, 'Create'));
    const outbox = `${node.origin}/users/carla/outbox?page=first`;
    const seen = async (): Promise<string[]> => {
      const texts: string[] = [(await kept(outbox)).text];
      for (const { uri } of creates) texts.push((await kept(uri)).text);
      return ['Effacée', 'Rentrée', 'Restée'].filter((title) => texts.some((text) => text.includes(title)));
    };
    expect(await seen()).toEqual(['Effacée', 'Rentrée', 'Restée']);
    await node.db.write(async (tx) => {
      await deleteListing(tx, node.site, rows[0]!);
      await tx.update(tx.t.listings).set({ audience: 'members' }).where(eq(listings.id, rows[1]!.id));
    });
    await node.settled();
    expect(await seen()).toEqual(['Restée']);
    const inIt = (JSON.parse((await kept(outbox)).text) as { orderedItems: unknown[] }).orderedItems.length;
    const collection = await kept(outbox.replace('?page=first', ''));
    expect(JSON.parse(collection.text)).toMatchObject({ totalItems: inIt });
    // What is hidden was counted once.
    const mine = await node.db.read.select().from(activities).where(eq(activities.actor, rows[0]!.publisher));
    expect(mine.filter((one) => one.listed).length).toBeGreaterThan(inIt);
    const carla = (await findAccountByHandle(node.db.read, 'carla'))!;
    await node.db.write((tx) => suspendMember(tx, node.site, carla.id));
    expect(await seen()).toEqual([]);
  });

  test('is for partners alone once the public part is closed; actors stay', async () => {
    const partners = await publish(node, 'alice', { title: 'Pour les partenaires', audience: 'peers' });
    expect((await kept(partners.uri)).status).toBe(404);
    expect((await kept(row.uri)).status).toBe(200);
    await node.db.write(async (tx) => {
      await tx.update(tx.t.cooperative).set({ publicOpen: false });
    });
    expect((await get(row.uri)).status).toBe(404);
    expect((await kept(row.uri)).status).toBe(404);
    expect((await kept(row.publisher)).status).toBe(200);
  });
});
