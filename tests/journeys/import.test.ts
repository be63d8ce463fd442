/** Two hundred listings out of a spreadsheet, and out of it once more. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importListings, parseListings } from '#domain/import.ts';
import { openPlaces } from '#domain/places.ts';
import { KINDS } from '#domain/types.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

eachEngine('import', (engine) => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startNode('import', { engine });
    await addMember(node, 'alice', 'Alice');
  });
  afterAll(() => node.drop());
  const run = async (file: string) => {
    const parsed = parseListings(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8'), 'csv');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return importListings(node.db, node.site, {
      handle: 'alice',
      lines: parsed.value.lines,
      places: openPlaces(),
      kinds: KINDS,
    });
  };
  test('two hundred come in, and a second run changes nothing', async () => {
    expect(await run('listings-200.csv')).toEqual({ created: 200, updated: 0, unchanged: 0, faults: [] });
    expect(await run('listings-200.csv')).toEqual({ created: 0, updated: 0, unchanged: 200, faults: [] });
  });
  test('of twelve lines seven are faulty: each is named by line and field, the five good ones are in', async () => {
    const report = await run('listings-faulty.csv');
    expect(report.created).toBe(5);
    expect(new Set(report.faults.map((fault) => fault.line)).size).toBe(7);
  });
  test('where a place is shown cannot be computed from what is public, and is one point for one address', async () => {
    const [a, b] = [
      await publish(node, 'alice', { title: 'Une chambre' }),
      await publish(node, 'alice', { title: 'Une autre chambre' }),
    ];
    // Both numbers together: one of the two may well be the same by chance.
    const shownAt = [a.latitude, a.longitude];
    expect([b.latitude, b.longitude]).toEqual(shownAt);
    expect([a.exactLatitude, a.exactLongitude]).not.toEqual(shownAt);
    const { shown } = await import('#domain/places.ts');
    const exact = { name: a.exactName!, latitude: a.exactLatitude!, longitude: a.exactLongitude! };
    for (const seed of [a.id, a.uri, a.publisher]) {
      const { latitude, longitude } = shown(exact, 'neighbourhood', seed);
      expect([latitude, longitude]).not.toEqual(shownAt);
    }
  });
});
