/** Collections, pages, and the two documents by which a server is found. */
import { expect, test } from 'vitest';
import {
  readCollection,
  readCollectionPage,
  writeCollection,
  writeCollectionPage,
} from '#federation/vocab/collection.ts';
import { readNodeInfo, writeNodeInfo } from '#federation/vocab/nodeinfo.ts';
import { readWebFinger, writeWebFinger } from '#federation/vocab/webfinger.ts';
import { ALICE, fixture, overTheWire } from './samples.ts';

const at = 'https://marseille.example/users/toits/catalogue';
test('a collection names its first page, a page its next', () => {
  expect(overTheWire(writeCollection({ id: at, total: 3, first: `${at}?page=1` }))).toEqual({
    '@context': fixture('context'),
    id: at,
    type: 'OrderedCollection',
    totalItems: 3,
    first: `${at}?page=1`,
  });
  expect(readCollection(overTheWire(writeCollection({ id: at, total: 3, first: `${at}?page=1` })))).toEqual({
    first: `${at}?page=1`,
    total: 3,
  });
  const page: unknown = JSON.parse(
    writeCollectionPage({
      id: `${at}?page=1`,
      partOf: at,
      next: `${at}?page=2`,
      items: ['"https://a.example/1"', '{"id":"https://a.example/2"}'],
    }),
  );
  expect(page).toEqual({
    '@context': fixture('context'),
    id: `${at}?page=1`,
    type: 'OrderedCollectionPage',
    partOf: at,
    next: `${at}?page=2`,
    orderedItems: ['https://a.example/1', { id: 'https://a.example/2' }],
  });
  expect(readCollectionPage(page)).toEqual({
    items: ['https://a.example/1', { id: 'https://a.example/2' }],
    next: `${at}?page=2`,
  });
});
test('a page within its collection, or items without any page, are read where they are', () => {
  const items = ['https://a.example/1'];
  expect(
    readCollection({
      id: at,
      type: 'Collection',
      totalItems: 1,
      first: { type: 'CollectionPage', next: `${at}?2`, items },
    }),
  ).toEqual({ total: 1, firstPage: { items, next: `${at}?2` } });
  expect(
    readCollection({ id: at, type: 'Collection', first: { id: `${at}?1`, type: 'CollectionPage', items } }),
  ).toEqual({ first: `${at}?1`, firstPage: { items } });
  expect(readCollection({ id: at, type: 'OrderedCollection', orderedItems: items })).toEqual({ firstPage: { items } });
});
test.each([[1e15], [-1], ['many'], [Infinity]])('a count of %j is not believed', (totalItems) => {
  expect(readCollection({ type: 'Collection', totalItems })).toEqual({});
});
test('at most 200 items of a page are taken, and what is no collection is none', () => {
  expect(
    readCollectionPage({ type: 'CollectionPage', items: Array.from({ length: 5_000 }, () => ALICE) })?.items,
  ).toHaveLength(200);
  expect([readCollection({ type: 'Note' }), readCollection(null), readCollectionPage('x')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('NodeInfo 2.1 goes out and comes back; 2.0 with little in it is understood, too', () => {
  const written = overTheWire(
    writeNodeInfo({
      version: '0.1.0',
      openRegistrations: false,
      usage: { members: 12, activeMonth: 8, activeHalfyear: 10, listings: 30 },
      name: 'Les Toits',
      summary: 'Marseille',
      nodeActor: 'https://marseille.example/users/instance',
      cooperative: 'https://marseille.example/users/toits',
      catalogue: at,
      kinds: ['lodging'],
      languages: ['fr'],
      territory: { name: 'Marseille', radiusKm: 20 },
      charter: 'https://marseille.example/charte',
      listings: { lodging: 28, food: 2 },
      partners: ['lyon.example', 'nantes.localhost:4000'],
    }),
  );
  expect(written).toMatchObject({
    version: '2.1',
    software: { name: 'maillon', version: '0.1.0' },
    protocols: ['activitypub'],
    services: { inbound: [], outbound: [] },
    openRegistrations: false,
    usage: { users: { total: 12 }, localPosts: 30 },
  });
  expect(readNodeInfo(written)).toEqual({
    software: 'maillon',
    version: '0.1.0',
    name: 'Les Toits',
    summary: 'Marseille',
    nodeActor: 'https://marseille.example/users/instance',
    cooperative: 'https://marseille.example/users/toits',
    members: 12,
    listings: 30,
    territory: 'Marseille',
    languages: ['fr'],
    charter: 'https://marseille.example/charte',
    kinds: { lodging: 28, food: 2 },
    partners: ['lyon.example', 'nantes.localhost:4000'],
  });
  expect(
    readNodeInfo({
      software: { name: 'maillon' },
      metadata: { charter: 'javascript:alert(1)', listings: { lodging: -1, x: 3 }, partners: ['a b', 7], territory: 3 },
    }),
  ).toEqual({ software: 'maillon', version: '', kinds: {}, partners: [] });
  expect(
    readNodeInfo({
      version: '2.0',
      software: { name: 'snac', version: '2.94' },
      usage: { users: 'many' },
      metadata: [],
    }),
  ).toEqual({ software: 'snac', version: '2.94' });
  expect(readNodeInfo({ version: '2.0' })).toBeUndefined();
});
test('WebFinger leads to the actor, whatever stands beside it', () => {
  const jrd = overTheWire(
    writeWebFinger({
      handle: 'alice',
      host: 'marseille.example',
      uri: ALICE,
      page: 'https://marseille.example/@alice',
      origin: 'https://marseille.example',
    }),
  );
  expect(jrd).toMatchObject({
    subject: 'acct:alice@marseille.example',
    aliases: [ALICE, 'https://marseille.example/@alice'],
  });
  expect(readWebFinger(jrd)).toBe(ALICE);
  expect(
    readWebFinger({
      links: [
        { rel: 'self', type: 'text/html', href: 'https://x.example/' },
        null,
        { rel: 'self', type: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"', href: ALICE },
      ],
    }),
  ).toBe(ALICE);
  expect(
    readWebFinger({ links: [{ rel: 'self', type: 'application/activity+json', href: 'javascript:alert(1)' }] }),
  ).toBeUndefined();
});
