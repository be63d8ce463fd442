/** Comparing catalogues: what was lost on the way is found and brought, and nothing else is asked for. */
import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askComparison, lastComparisons, planComparisons } from '#domain/comparisons.ts';
import { removeCopy } from '#domain/copies.ts';
import { catalogueUri, nodeUri } from '#domain/ids.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { type ListingRow, findListingByUri, moveListing, updateListing } from '#domain/listings.ts';
import { createKeyring } from '#federation/keys.ts';
import { linesOf } from '#federation/peering/digest.ts';
import { signedHeaders } from '#federation/signatures.ts';
import { digestOf, inBuckets, readBuckets, readDigest } from '#federation/vocab/digest.ts';
import { eachEngine } from '../../support/databases.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../../support/nodes.ts';
import { peerId, peerUp } from '../../support/peers.ts';

test('the digest is what FEDERATION.md says it is, worked out by hand', () => {
  const line = { uri: 'https://coop.example/users/alice/items/1', updated: new Date('2026-01-02T03:04:05.006Z') };
  const sha = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
  const empty = sha('');
  const bucket = sha(line.uri)[0]!;
  const whole = Buffer.concat(
    Array.from({ length: 256 }, (_, i) => (i === bucket ? sha(`${line.uri} 2026-01-02T03:04:05.006Z\n`) : empty)),
  );
  const { digest, buckets } = digestOf(inBuckets([line]));
  expect(digest).toBe(sha(whole).toString('base64url'));
  expect(buckets[bucket]).toEqual(sha(`${line.uri} 2026-01-02T03:04:05.006Z\n`).subarray(0, 8));
});

test.each([
  ['nothing', undefined],
  ['a short digest', { totalItems: 1, digest: 'abc' }],
  ['a count beyond reason', { totalItems: 1e15, digest: 'a'.repeat(43) }],
  ['too few buckets', { totalItems: 1, digest: 'a'.repeat(43), buckets: 'AAAA' }],
])('%s is no digest', (_, doc) => {
  expect(readDigest(doc)).toBeUndefined();
});
test('entries that are none are left out', () => {
  const doc = {
    totalItems: 2,
    digest: 'a'.repeat(43),
    entries: [
      ['https://a.example/1', '2026-01-01T00:00:00.000Z'],
      ['javascript:1', '2026-01-01'],
      7,
      ['https://a.example/2'],
    ],
  };
  expect(readDigest(doc)?.entries).toHaveLength(1);
});
test.each([
  ['07,a1', [7, 161]],
  ['7', undefined],
  ['0g', undefined],
  ['', undefined],
  ['00,01,02', undefined],
] as const)('buckets %j', (text, buckets) => {
  expect(readBuckets(text, 2)).toEqual(buckets);
});

eachEngine('two partners', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  const rows: ListingRow[] = [];
  let id = '';
  /** What Lyon asks Marseille for, by path. */
  const asked: string[] = [];

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    await addMember(marseille!, 'alice', 'Alice');
    for (let i = 0; i < 30; i++) rows.push(await publish(marseille!, 'alice', { title: `Chambre ${i}` }));
    await publish(marseille!, 'alice', { title: 'Pour les membres', audience: 'members' });
    await publish(marseille!, 'alice', { title: 'Pour les partenaires', audience: 'peers' });
    await peerUp(lyon!, marseille!);
    id = await peerId(lyon!, marseille!);
    const fetch = marseille!.fetch;
    marseille!.fetch = (request, env) => {
      asked.push(new URL(request.url).pathname + new URL(request.url).search);
      return fetch(request, env);
    };
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  const compareNow = async () => {
    asked.length = 0;
    return (await lyon!.federation.compare(id))!;
  };
  const copy = (row: ListingRow) => findListingByUri(lyon!.db.read, row.uri);
  const lines = async (node: TestNode, whose: 'ours' | { host: string }): Promise<string> =>
    digestOf(inBuckets(await linesOf(node.db.read, whose, { host: lyon!.host, give: null, theirTake: null }))).digest;
  const areEqual = async (): Promise<boolean> =>
    (await lines(marseille!, 'ours')) === (await lines(lyon!, { host: marseille!.host }));

  test('when they are equal, one answer with one digest is all that is asked', async () => {
    expect(await compareNow()).toMatchObject({ state: 'equal', total: 31, added: 0, changed: 0, removed: 0 });
    expect(asked.filter((path) => path.includes('/catalogue/digest'))).toHaveLength(1);
    expect(asked.filter((path) => path.includes('/items/'))).toEqual([]);
  });

  test('one lost, one stale, one that should be gone, one paused: only these are asked for, and all is equal', async () => {
    // Lost at Lyon, as a server loses what it acknowledged.
    await lyon!.db.write(async (tx) => {
      await tx.delete(tx.t.listings).where(eq(tx.t.listings.uri, rows[0]!.uri));
    });
    // Changed, deleted and paused at Marseille, and never told.
    await marseille!.db.write(async (tx) => {
      await updateListing(tx, marseille!.site, rows[1]!, draft({ title: 'Chambre 1, repeinte' }));
      await deleteListing(tx, marseille!.site, rows[2]!);
      await moveListing(tx, marseille!.site, rows[3]!, 'paused');
      await tx.update(tx.t.announcements).set({ state: 'done' });
    });
    expect(await areEqual()).toBe(false);
    expect(await compareNow()).toMatchObject({ state: 'repaired', added: 1, changed: 2, removed: 1, left: 0 });
    expect(asked.filter((path) => path.includes('/items/')).toSorted()).toEqual(
      rows
        .filter((_, i) => [0, 1, 3].includes(i))
        .map((row) => new URL(row.uri).pathname)
        .toSorted(),
    );
    expect((await copy(rows[0]!))?.title).toBe('Chambre 0');
    expect((await copy(rows[1]!))?.title).toBe('Chambre 1, repeinte');
    expect(await copy(rows[2]!)).toBeUndefined();
    expect((await copy(rows[3]!))?.state).toBe('paused');
    expect(await areEqual()).toBe(true);
    expect(await compareNow()).toMatchObject({ state: 'equal' });
  });

  test('a partner that was restored from a backup has the older version for good', async () => {
    await lyon!.db.write(async (tx) => {
      const later = new Date(rows[4]!.updated.getTime() + 60_000);
      await tx
        .update(tx.t.listings)
        .set({ title: 'Plus récent', updated: later })
        .where(eq(tx.t.listings.uri, rows[4]!.uri));
      await removeCopy(tx, [rows[5]!.uri], rows[5]!.publisher, later);
    });
    expect(await copy(rows[5]!)).toBeUndefined();
    expect(await compareNow()).toMatchObject({ state: 'repaired', added: 1, changed: 1 });
    expect((await copy(rows[4]!))?.title).toBe('Chambre 4');
    expect((await copy(rows[5]!))?.title).toBe('Chambre 5');
    expect(await areEqual()).toBe(true);
  });

  test('what is kept away from one partner goes from there, though everybody else may read it', async () => {
    await marseille!.db.write(async (tx) => {
      await updateListing(tx, marseille!.site, rows[6]!, { ...draft({ title: 'Chambre 6' }), withheld: [lyon!.host] });
      await tx.update(tx.t.announcements).set({ state: 'done' });
    });
    expect((await copy(rows[6]!))?.title).toBe('Chambre 6');
    expect(await compareNow()).toMatchObject({ state: 'repaired', added: 0, changed: 0, removed: 1 });
    expect(await copy(rows[6]!)).toBeUndefined();
    expect(await compareNow()).toMatchObject({ state: 'equal' });
  });

  test('what is kept away in the middle of a comparison does not come back by it', async () => {
    await lyon!.db.write(async (tx) => {
      await tx.delete(tx.t.listings).where(eq(tx.t.listings.uri, rows[7]!.uri));
    });
    const fetch = marseille!.fetch;
    marseille!.fetch = async (request, env) => {
      // The owner's word comes after its list was read, and before the listing is asked for.
      if (request.url === rows[7]!.uri) {
        marseille!.fetch = fetch;
        await marseille!.db.write((tx) =>
          updateListing(tx, marseille!.site, rows[7]!, { ...draft({ title: 'Chambre 7' }), withheld: [lyon!.host] }),
        );
        await until('Lyon was told', async () =>
          (await lyon!.db.read.select().from(lyon!.db.read.t.tombstones)).some(({ uri }) => uri === rows[7]!.uri),
        );
      }
      return fetch(request, env);
    };
    expect(await compareNow()).toMatchObject({ added: 0, changed: 0 });
    expect(await copy(rows[7]!)).toBeUndefined();
    expect(await compareNow()).toMatchObject({ state: 'equal' });
  });

  test('a stranger is told nothing, and nonsense is answered with a remedy', async () => {
    const url = `${catalogueUri(`${marseille!.origin}/users/coop-marseille`)}/digest`;
    expect((await marseille!.fetch(new Request(url))).status).toBe(403);
    const keys = (await createKeyring(lyon!.db.read).of(nodeUri(lyon!.site)))!;
    const signed = signedHeaders({
      method: 'GET',
      url: `${url}?buckets=zz`,
      keyId: keys.rsa.id,
      privateKey: keys.rsa.privateKey,
      dialect: 'cavage',
      now: new Date(),
    });
    const nonsense = await marseille!.fetch(new Request(`${url}?buckets=zz`, { headers: signed }));
    expect([nonsense.status, await nonsense.json()]).toEqual([400, expect.objectContaining({ field: 'buckets' })]);
  });

  test('an admin asks for it, and the job notes what came of it; at night it comes by itself', async () => {
    await lyon!.db.write(async (tx) => {
      await tx.delete(tx.t.listings).where(eq(tx.t.listings.uri, rows[8]!.uri));
      await askComparison(tx, new Date(), id);
    });
    await until(
      'it is noted',
      async () => (await lastComparisons(lyon!.db.read, [id])).get(id)?.added === 1 && (await areEqual()),
    );
    const now = new Date();
    expect(await planComparisons(lyon!.db, now)).toBe(0);
    // Whatever the hour at which this runs, it is more than eight hours away.
    const night = new Date(now.getTime() + 2 * 86_400_000);
    night.setHours(3);
    expect(await planComparisons(lyon!.db, night)).toBe(1);
  });

  test('a partner that is down is said to be, and one that was cut stays cut', async () => {
    await marseille!.down();
    expect(await compareNow()).toMatchObject({ state: 'failed' });
    expect((await lastComparisons(lyon!.db.read, [id])).get(id)?.detail).toContain('cannot be reached');
    await marseille!.up();
    await lyon!.db.write(async (tx) => {
      await tx.update(tx.t.peers).set({ state: 'cut' }).where(eq(tx.t.peers.id, id));
    });
    expect(await lyon!.federation.compare(id)).toBeUndefined();
  });
});
