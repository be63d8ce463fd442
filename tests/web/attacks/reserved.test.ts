/**
 * What is reserved for holders of an attestation is looked for everywhere by those who hold none: strangers, members,
 * partners, followers elsewhere and programs. One word stands in all that must not be seen.
 */
import { and, eq, getTableName } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { sqliteTables } from '#db/schema/tables.ts';
import { exportListings } from '#domain/export.ts';
import { type ListingRow, createListing, findListing, touchListing, updateListing } from '#domain/listings.ts';
import { findAccountByActor } from '#domain/members.ts';
import { REFUSALS_A_DAY } from '#domain/refused-messages.ts';
import { issueToken } from '#domain/tokens.ts';
import { attack, says } from '../../support/attack.ts';
import { traveller, trust } from '../../support/away.ts';
import { visitWith } from '../../support/attesting.ts';
import { type TestNode, addMember, draft, startNode, until } from '../../support/nodes.ts';
import { shoot } from '../../support/shots.ts';
import { type Stranger, startStranger } from '../../support/stranger.ts';
import { visit } from '../../support/visitor.ts';

const WORD = /garance/i;
const PRICE = /37[.,]13/;
const WRITTEN = {
  title: 'Chambre près de l’hôpital',
  text: 'Papier peint garance, entrée par la cour.',
  price: '37,13',
  quantity: '7',
  language: 'fr',
  tags: 'garance',
  place: 'Marseille',
  precision: 'exact',
  latitude: '43.29123',
  longitude: '5.36456',
};
const RESERVED = { access: 'reserved', attestations: ['care-worker'] };

let [node, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
let fan: Stranger;
/** One that was open until the server that it was for was down. */
let third: ListingRow = undefined as never;
/** One that was reserved from the beginning, one that everybody could read before. */
let [born, once, priced]: [ListingRow, ListingRow, ListingRow] = [
  undefined as never,
  undefined as never,
  undefined as never,
];

const withPicture = async (listing: ListingRow): Promise<void> => {
  await node.db.write(async (tx) => {
    await tx.insert(tx.t.pictures).values({
      id: `p${listing.row}`,
      owner: listing.publisher,
      listing: listing.id,
      key: 'ab'.repeat(20),
      mediaType: 'image/webp',
      alt: 'Le mur garance',
      width: 100,
      height: 100,
      position: 0,
      created: new Date(),
    });
    await touchListing(tx, node.site, listing);
  });
};
beforeAll(async () => {
  [node, lyon, fan] = await Promise.all([startNode('marseille'), startNode('lyon'), startStranger('fan')]);
  await Promise.all([
    addMember(node, 'bob', 'Bob'),
    addMember(node, 'dora', 'Dora'),
    addMember(lyon, 'alice', 'Alice'),
  ]);
  await trust(node, lyon);
  const bob = `${node.origin}/users/bob`;
  expect((await fan.post(`${bob}/inbox`, says(fan, 'Follow', { object: bob }))).status).toBe(202);
  const create = (change: Record<string, string | string[]>): Promise<ListingRow> =>
    node.db.write((tx) => createListing(tx, node.site, 'bob', draft(change), 'published'));
  born = await create({ ...WRITTEN, ...RESERVED });
  once = await create({ ...WRITTEN, title: 'Autre chambre' });
  priced = await create({
    title: 'Vélo',
    text: 'Un vélo pour tous.',
    price: '50',
    access: 'priced',
    attestations: ['care-worker'],
    holderPrice: '37,13',
  });
  await withPicture(born);
  await withPicture(once);
  const { listings } = lyon.db.read.t;
  const copy = async () => (await lyon.db.read.select().from(listings).where(eq(listings.uri, once.uri)))[0];
  await until('Lyon has what was open', async () => WORD.test((await copy())?.html ?? ''));
  const now = (await findListing(node.db.read, once.id))!;
  await node.db.write((tx) =>
    updateListing(tx, node.site, now, draft({ ...WRITTEN, ...RESERVED, title: 'Autre chambre' })),
  );
  await until('Lyon has the teaser', async () => (await copy())?.held !== null);
  await node.settled();
}, 60_000);
afterAll(async () => {
  await Promise.all([node?.drop(), lyon?.drop(), fan?.close()]);
});

/** Names of all tables in which a pattern stands in some row. */
const tablesWith = async (of: TestNode, pattern: RegExp): Promise<string[]> => {
  const found: string[] = [];
  for (const [name, table] of Object.entries(sqliteTables)) {
    const rows: unknown[] = await of.db.read.select().from(of.db.read.t[name as 'facts']);
    if (pattern.test(JSON.stringify(rows))) found.push(getTableName(table));
  }
  return found.toSorted();
};
const PAGES = (): string[] => [
  '/',
  '/listings',
  '/listings?q=garance',
  '/listings?kind=lodging',
  '/@bob',
  '/attestations',
  ...[born, once].flatMap(({ id }) => [
    `/listings/${id}`,
    `/reports/new?listing=${id}`,
    `/listings/${id}/message`,
    `/listings/${id}/edit`,
    `/api/v1/listings/${id}`,
  ]),
  '/api/v1/listings',
  '/api/v1/listings?q=garance',
];
const as2 = async (url: string): Promise<string> =>
  (await shoot({ url, method: 'GET', headers: { accept: 'application/activity+json' } })).text;

attack('reserved: what a stranger opens, searches or asks the API for', async () => {
  for (const path of PAGES()) {
    const page = await visit(node).open(path);
    expect(page.html, path).not.toMatch(/papier peint|mur garance|entrée par la cour|37[.,]13|43\.29123/i);
    expect(page.html, path).not.toContain('ab'.repeat(20));
  }
  expect((await visit(node).open('/listings?q=garance')).text('main')).toContain('Aucune annonce');
  const teaser = await visit(node).open(`/listings/${born.id}`);
  expect(teaser.html).not.toMatch(WORD);
  expect(teaser.text('main')).toContain('Réservé : Personnel soignant');
  expect(teaser.html).not.toContain('application/ld+json');
});
attack('reserved: what a member without it opens', async () => {
  const dora = visit(node);
  await dora.signIn('dora');
  for (const path of PAGES()) {
    const page = await dora.open(path);
    expect(page.html, path).not.toMatch(/papier peint|mur garance|37[.,]13|43\.29123/i);
  }
  // Neither the form to write, nor what it would send.
  const there = await dora.open(`/listings/${born.id}/message`);
  expect(there.path).toBe(`/listings/${born.id}`);
  expect(await node.db.read.$count(node.db.read.t.conversations)).toBe(0);
});
attack('reserved: what its publisher and the moderators see is whole', async () => {
  for (const handle of ['bob', 'ada']) {
    const who = visit(node);
    await who.signIn(handle);
    const page = await who.open(`/listings/${born.id}`);
    expect(page.html, handle).toMatch(WORD);
    expect(page.html, handle).toMatch(PRICE);
    expect(page.html, handle).toContain('ab'.repeat(20));
  }
});
attack('reserved: what a guest without it opens', async () => {
  const alice = traveller('fr', '127.0.3.1');
  await visitWith(alice, node, lyon, 'alice');
  for (const path of PAGES())
    expect((await alice.open(`${node.origin}${path}`)).text, path).not.toMatch(/papier peint|mur garance|37[.,]13/i);
});
attack('reserved: what a program with a token gets', async () => {
  const token = await node.db.write((tx) => issueToken(tx, new Date(), 'api', {}));
  const ask = (path: string) =>
    shoot({ url: `${node.origin}/api/v1${path}`, method: 'GET', headers: { authorization: `Bearer ${token}` } });
  const list = await ask('/listings');
  expect(list.text).not.toMatch(/garance|37[.,]13|43\.29123/i);
  expect(JSON.parse(list.text).items).toHaveLength(3);
  const one = JSON.parse((await ask(`/listings/${born.id}`)).text);
  expect(one).toMatchObject({
    price: { type: 'quote' },
    for_holders: { access: 'reserved', attestations: ['care-worker'] },
  });
});
attack('reserved: documents, outbox and catalogue as ActivityPub', async () => {
  const bob = `${node.origin}/users/bob`;
  const [coop] = await node.db.read.select().from(node.db.read.t.cooperative);
  const urls = [
    ...[born, once].flatMap((row) => [row.uri, row.proposalUri, `${node.origin}/listings/${row.id}`]),
    `${bob}/outbox?page=first`,
    `${node.origin}/users/${coop!.handle}/outbox?page=first`,
    `${node.origin}/users/${coop!.handle}/catalogue?page=first`,
  ];
  const { activities } = node.db.read.t;
  const all = await node.db.read.select({ uri: activities.uri }).from(activities);
  for (const url of [...urls, ...all.map((row) => row.uri)])
    expect(await as2(url), url).not.toMatch(/garance|37[.,]13|43\.29123/i);
  const note = JSON.parse(await as2(born.uri));
  expect(note.content).toContain('Réservé à : Personnel soignant');
  expect(note.tag).toEqual([]);
  expect(note.attachment).toHaveLength(1);
});
attack('reserved: what followers on other software were sent', async () => {
  await until('they have the teasers', async () =>
    JSON.stringify(fan.received).includes('Réservé à : Personnel soignant'),
  );
  const about = fan.received.filter((one) => JSON.stringify(one).includes(born.uri));
  expect(about.length).toBeGreaterThan(0);
  expect(JSON.stringify(about)).not.toMatch(/garance|37[.,]13|43\.29123/i);
});
attack('reserved: rows of the partner, and rows of its own', async () => {
  expect(await tablesWith(lyon, WORD)).toEqual([]);
  expect(await tablesWith(lyon, PRICE)).toEqual([]);
  // Its own: aside, and what was said of the one that was open, which is shown to nobody any more.
  expect(await tablesWith(node, WORD)).toEqual(['activities', 'hidden_halves', 'pictures']);
  const { activities, deliveries } = node.db.read.t;
  const said = await node.db.read.select().from(activities);
  expect(said.filter((row) => WORD.test(row.body) && (row.listed || row.object !== once.uri))).toEqual([]);
  expect(await node.db.read.$count(deliveries, eq(deliveries.state, 'waiting'))).toBe(0);
});
attack('reserved: what waits for a server that is down is not sent whole', async () => {
  const inbox = '/users/fan/inbox';
  fan.answers.set(inbox, (request, response) => {
    request.resume();
    response.writeHead(503).end();
  });
  const title = 'Encore une';
  const open = await node.db.write((tx) =>
    createListing(tx, node.site, 'bob', draft({ ...WRITTEN, title }), 'published'),
  );
  const { activities, deliveries, hosts } = node.db.read.t;
  await until('it was tried', async () => {
    const rows = await node.db.read
      .select({ attempts: deliveries.attempts })
      .from(deliveries)
      .innerJoin(activities, eq(activities.uri, deliveries.activity))
      .where(and(eq(activities.object, open.uri), eq(deliveries.host, fan.host)));
    return rows.some((row) => row.attempts > 0);
  });
  const now = (await findListing(node.db.read, open.id))!;
  await node.db.write((tx) => updateListing(tx, node.site, now, draft({ ...WRITTEN, ...RESERVED, title })));
  fan.answers.delete(inbox);
  await node.db.write(
    async (tx) => void (await tx.update(hosts).set({ retry: null, failures: 0 }).where(eq(hosts.host, fan.host))),
  );
  await until('the teaser comes', async () => {
    node.federation.worker.wake();
    return JSON.stringify(fan.received).includes(title);
  });
  await node.settled();
  third = open;
  const about = fan.received.filter((one) => JSON.stringify(one).includes(open.uri));
  expect(JSON.stringify(about)).not.toMatch(/garance|37[.,]13/i);
});
attack('reserved: whoever writes about it from elsewhere without having shown one', async () => {
  const bob = `${node.origin}/users/bob`;
  const letter = says(fan, 'Create', {
    to: [bob],
    object: {
      id: `${fan.actor}/notes/about`,
      type: 'Note',
      attributedTo: fan.actor,
      to: [bob],
      inReplyTo: born.uri,
      content: '<p>Bonjour, c’est pour moi.</p>',
    },
  });
  const before = fan.received.length;
  for (let i = 0; i < 3; i++) expect((await fan.post(`${bob}/inbox`, letter)).status).toBe(202);
  const told = () => fan.received.slice(before);
  await until('the answer has come', async () => told().length >= 2);
  await node.settled();
  expect(told().map((one) => one['type'])).toEqual(expect.arrayContaining(['Reject', 'Create']));
  expect(told()).toHaveLength(2);
  const [no, note] = [told().find((one) => one['type'] === 'Reject')!, told().find((one) => one['type'] === 'Create')!];
  expect(no).toMatchObject({ actor: bob, refusal: 'notHolder', object: { id: `${fan.actor}/notes/about` } });
  expect(note).toMatchObject({
    actor: `${node.origin}/users/instance`,
    to: [fan.actor],
    object: {
      inReplyTo: `${fan.actor}/notes/about`,
      content: expect.stringContaining('Réservé à : Personnel soignant'),
    },
  });
  expect(JSON.stringify(told())).not.toMatch(/garance|37[.,]13|43\.29123/i);
  expect(await node.db.read.$count(node.db.read.t.conversations)).toBe(0);
  expect(await node.db.read.$count(node.db.read.t.messages)).toBe(0);
});
attack('reserved: a flood of letters about it, each with another id', async () => {
  const bob = `${node.origin}/users/bob`;
  const before = fan.received.length;
  const write = async (n: number, about: string): Promise<void> => {
    const object = {
      id: `${fan.actor}/notes/flood-${n}`,
      type: 'Note',
      attributedTo: fan.actor,
      to: [bob],
      inReplyTo: about,
      content: '<p>Encore moi.</p>',
    };
    expect((await fan.post(`${bob}/inbox`, says(fan, 'Create', { to: [bob], object }))).status).toBe(202);
  };
  const told = (type: string) => fan.received.slice(before).filter((one) => one['type'] === type);
  for (let n = 0; n < REFUSALS_A_DAY + 5; n++) await write(n, once.uri);
  await until('the day’s answers have come', async () => told('Reject').length >= REFUSALS_A_DAY);
  // About another listing they are told still, which comes after whatever else was to be said.
  await write(1_000, third.uri);
  await until('the other’s answer has come', async () => told('Create').length >= 2);
  await node.settled();
  expect(told('Reject')).toHaveLength(REFUSALS_A_DAY + 1);
  expect(told('Create')).toHaveLength(2);
  expect(await node.db.read.$count(node.db.read.t.messages)).toBe(0);
});
attack('priced: the price of holders, before those who are none', async () => {
  const dora = visit(node);
  await dora.signIn('dora');
  for (const page of [await visit(node).open(`/listings/${priced.id}`), await dora.open(`/listings/${priced.id}`)]) {
    expect(page.html).not.toMatch(PRICE);
    expect(page.text('main')).toContain('Il y a un autre tarif pour : Personnel soignant');
    expect(page.text('main')).toContain('50 €');
  }
  expect(await as2(priced.uri)).not.toMatch(PRICE);
  const bob = visit(node);
  await bob.signIn('bob');
  expect((await bob.open(`/listings/${priced.id}`)).html).toMatch(PRICE);
});
attack('priced: the price of holders, wherever else a price could stand', async () => {
  const [typed, told] = ['29,71', /29[.,]71|(?:amount|price)\w*"?:"?2971\b/i];
  const bike = { title: 'Tandem', text: 'Pour deux.', price: '60', access: 'priced', attestations: ['care-worker'] };
  const tandem = await node.db.write((tx) =>
    createListing(tx, node.site, 'bob', draft({ ...bike, holderPrice: '31' }), 'published'),
  );
  const { listings } = lyon.db.read.t;
  const copy = async () => (await lyon.db.read.select().from(listings).where(eq(listings.uri, tandem.uri)))[0];
  await until('Lyon has it', async () => (await copy()) !== undefined);
  // What changes is told, too: that it has changed, and nothing of what.
  const changed = await node.db.write((tx) =>
    updateListing(tx, node.site, tandem, draft({ ...bike, holderPrice: typed })),
  );
  await until('Lyon has the change', async () => (await copy())?.updated.getTime() === changed.updated.getTime());
  await until('so has the follower', async () =>
    fan.received.some((one) => one['type'] === 'Update' && JSON.stringify(one).includes(tandem.uri)),
  );
  await node.settled();
  // Of its own tables one has it; nothing that is kept to be shown, sent, counted or searched.
  expect(await tablesWith(node, told)).toEqual(['hidden_halves']);
  expect(await tablesWith(lyon, told)).toEqual([]);
  expect(JSON.stringify(fan.received)).not.toMatch(told);

  const paths = [
    '/',
    '/listings',
    '/listings?q=29,71',
    '/listings?q=tandem',
    '/@bob',
    '/together',
    '/together.json',
    ...['', '/message', '/edit'].map((rest) => `/listings/${tandem.id}${rest}`),
    `/reports/new?listing=${tandem.id}`,
  ];
  const guest = traveller('fr', '127.0.3.2');
  await visitWith(guest, node, lyon, 'alice');
  const [stranger, dora, bob] = [visit(node), visit(node), visit(node)];
  await dora.signIn('dora');
  await bob.signIn('bob');
  for (const path of paths) {
    // What one has typed oneself into the search comes back.
    const seen = (html: string): string => html.replaceAll(/value="29,71"|q=29(?:,|%2C)71/gi, '');
    for (const who of [stranger, dora]) expect(seen((await who.open(path)).html), path).not.toMatch(told);
    expect(seen((await guest.open(`${node.origin}${path}`)).text), path).not.toMatch(told);
  }
  expect((await stranger.open(`/listings/${tandem.id}`)).html, 'of the open price').toContain('"price":"60');
  expect((await bob.open(`/listings/${tandem.id}`)).html, 'its publisher').toMatch(told);

  const doras = (await findAccountByActor(node.db.read, `${node.origin}/users/dora`))!;
  const tokens = await node.db.write(async (tx) => [
    await issueToken(tx, new Date(), 'api', {}),
    await issueToken(tx, new Date(), 'api', { account: doras.id }),
  ]);
  for (const authorization of [undefined, ...tokens.map((token) => `Bearer ${token}`)])
    for (const path of ['/listings', `/listings/${tandem.id}`, '/listings?q=tandem', '/me/listings']) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const answer = await shoot({ url: `${node.origin}/api/v1${path}`, method: 'GET', headers });
      expect(answer.text, path).not.toMatch(told);
    }
  const mine = await shoot({
    url: `${node.origin}/api/v1/me/listings`,
    method: 'GET',
    headers: { authorization: `Bearer ${tokens[1]!}` },
  });
  expect(mine.status, 'the token is hers').toBe(200);
  const [coop] = await node.db.read.select().from(node.db.read.t.cooperative);
  const bobs = `${node.origin}/users/bob`;
  for (const url of [
    tandem.uri,
    tandem.proposalUri,
    `${bobs}/outbox?page=first`,
    ...['outbox?page=first', 'catalogue?page=first', 'catalogue/digest'].map(
      (path) => `${node.origin}/users/${coop!.handle}/${path}`,
    ),
  ])
    expect(await as2(url), url).not.toMatch(told);
  const exported = async (handle?: string): Promise<string> =>
    (
      await Array.fromAsync(
        exportListings(node.db.read, node.site, { format: 'json', ...(handle === undefined ? {} : { handle }) }),
      )
    ).join('');
  expect(await exported('dora')).not.toMatch(told);
  expect(await exported('bob'), 'their own').toMatch(/"holder_price":"29\.71"/);
});
