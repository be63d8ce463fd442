/** Who we say we are, and how others are understood. */
import { generateKeyPairSync } from 'node:crypto';
import { Application, Group, Organization, Export, Person } from '@fedify/vocab';
import { preloadedContexts } from '@fedify/vocab-runtime';
import { describe, expect, test } from 'vitest';
import { type ActorDocument, readActor, writeActor } from '#federation/vocab/actor.ts';
import { ALICE, fixture, overTheWire } from './samples.ts';

const spki = (key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }): string =>
  key.export({ type: 'spki', format: 'pem' }).toString();
const rsa = spki(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);
const ed25519 = spki(generateKeyPairSync('ed25519').publicKey);
const alice: ActorDocument = {
  uri: ALICE,
  type: 'Person',
  kind: 'member',
  handle: 'alice',
  name: 'Alice',
  html: '<p>Du port.</p>',
  url: ALICE,
  inbox: `${ALICE}/inbox`,
  outbox: `${ALICE}/outbox`,
  followers: `${ALICE}/followers`,
  following: `${ALICE}/following`,
  sharedInbox: 'https://marseille.example/inbox',
  catalogue: undefined,
  generator: 'https://marseille.example/users/instance',
  icon: 'https://marseille.example/media/alice.webp',
  languages: ['fr', 'en'],
  discoverable: false,
  indexable: false,
  manuallyApproves: false,
  oidcIssuer: 'https://marseille.example',
  published: new Date('2026-01-01T00:00:00Z'),
  updated: new Date('2026-02-01T00:00:00Z'),
  rsa: { id: `${ALICE}#main-key`, pem: rsa },
  ed25519: { id: `${ALICE}#ed25519-key`, pem: ed25519 },
};
const documentLoader = async (url: string) => {
  const document = preloadedContexts[url];
  if (document === undefined) throw new Error(`${url} would have to be fetched`);
  return { contextUrl: null, documentUrl: url, document };
};
const bundled = { documentLoader, contextLoader: documentLoader };

test('a member is a Person with an RSA key, a Multikey, a shared inbox and its node', () => {
  const { '@context': _, ...document } = overTheWire(writeActor(alice));
  const implemented = document['generator'];
  expect(document).toEqual({
    id: ALICE,
    type: 'Person',
    preferredUsername: 'alice',
    name: 'Alice',
    summary: '<p>Du port.</p>',
    url: ALICE,
    inbox: `${ALICE}/inbox`,
    outbox: `${ALICE}/outbox`,
    followers: `${ALICE}/followers`,
    following: `${ALICE}/following`,
    endpoints: { sharedInbox: 'https://marseille.example/inbox' },
    oidcIssuer: 'https://marseille.example',
    icon: { type: 'Image', mediaType: 'image/webp', url: 'https://marseille.example/media/alice.webp' },
    generator: implemented,
    languages: ['fr', 'en'],
    discoverable: false,
    indexable: false,
    manuallyApprovesFollowers: false,
    published: '2026-01-01T00:00:00.000Z',
    updated: '2026-02-01T00:00:00.000Z',
    publicKey: { id: `${ALICE}#main-key`, type: 'CryptographicKey', owner: ALICE, publicKeyPem: rsa },
    assertionMethod: [
      {
        id: `${ALICE}#ed25519-key`,
        type: 'Multikey',
        controller: ALICE,
        publicKeyMultibase: expect.stringMatching(/^z6Mk\w{44}$/),
      },
    ],
  });
  expect(implemented).toMatchObject({
    type: 'Application',
    id: 'https://marseille.example/users/instance',
    implements: expect.arrayContaining([expect.objectContaining({ href: 'https://w3id.org/fep/0837' })]),
  });
});

test.each([
  ['Application', Application, 'node'],
  ['Organization', Organization, 'cooperative'],
  ['Group', Group, 'community'],
  ['Person', Person, 'member'],
] as const)('a server built on Fedify finds both keys of our %s without a fetch', async (type, cls, kind) => {
  const actor = await cls.fromJsonLd(
    overTheWire(writeActor({ ...alice, type, kind, generator: kind === 'node' ? undefined : alice.generator })),
    bundled,
  );
  expect((await Array.fromAsync(actor.getPublicKeys(bundled))).map((key) => key.id?.href)).toEqual([
    `${ALICE}#main-key`,
  ]);
  const proving = await Array.fromAsync(actor.getAssertionMethods(bundled));
  expect(proving.map((key) => [key.id?.href, key.controllerId?.href, key.publicKey?.algorithm.name])).toEqual([
    [`${ALICE}#ed25519-key`, ALICE, 'Ed25519'],
  ]);
  expect(actor.endpoints?.sharedInbox?.href).toBe('https://marseille.example/inbox');
});

test('of who is suspended it says that, the handle, and what servers need', async () => {
  const open = {
    discoverable: true,
    indexable: true,
    exports: `${ALICE}/exports`,
    alsoKnownAs: ['https://old.example/a'],
  };
  const movedTo = 'https://lyon.example/users/alice';
  const document = overTheWire(writeActor({ ...alice, ...open, movedTo, suspended: true }));
  expect(JSON.stringify(document)).not.toMatch(/Alice|Du port|alice\.webp|old\.example|exports/);
  for (const gone of ['icon', 'languages', 'oidcIssuer', 'service', 'alsoKnownAs'])
    expect(document, gone).not.toHaveProperty(gone);
  const { suspended, name, discoverable, indexable } = document;
  expect({ suspended, name, discoverable, indexable }).toEqual({
    suspended: true,
    name: 'alice',
    discoverable: false,
    indexable: false,
  });
  // Others find the term, and all they need to know the keys by.
  const read = await Person.fromJsonLd(document, bundled);
  expect(read.suspended).toBe(true);
  expect(readActor(document)).toMatchObject({
    ok: true,
    value: { movedTo, publicKeys: [{ id: `${ALICE}#main-key` }] },
  });
});

test('what we say of an actor is read back', () => {
  const read = readActor(overTheWire(writeActor(alice)));
  expect(read).toMatchObject({
    ok: true,
    value: {
      uri: ALICE,
      type: 'Person',
      kind: 'member',
      handle: 'alice',
      name: 'Alice',
      html: '<p>Du port.</p>',
      icon: 'https://marseille.example/media/alice.webp',
      sharedInbox: 'https://marseille.example/inbox',
      languages: ['fr', 'en'],
      publicKeys: [{ owner: ALICE, pem: rsa }],
      multikeys: [{ controller: ALICE }],
      manuallyApproves: false,
    },
  });
});

test("Mastodon's actor: page, moved to, alias, approval by hand", () => {
  expect(readActor(fixture('mastodon-actor'))).toMatchObject({
    ok: true,
    value: {
      handle: 'frank',
      url: 'https://mastodon.example/@frank',
      movedTo: 'https://new.example/users/frank',
      alsoKnownAs: ['https://old.example/users/frank'],
      manuallyApproves: true,
      discoverable: true,
      icon: 'https://files.mastodon.example/frank.png',
      publicKeys: [{ id: 'https://mastodon.example/users/frank#main-key' }],
    },
  });
});

const actor = (change: Record<string, unknown>) =>
  readActor({ id: 'https://o.example/a', type: 'Person', inbox: 'https://o.example/a/inbox', ...change });
describe('tolerance', () => {
  test('lists of one, links as objects, nothing but what must be', () => {
    expect(actor({})).toMatchObject({
      ok: true,
      value: { handle: 'a', name: 'a', url: 'https://o.example/a', publicKeys: [] },
    });
    expect(
      actor({
        type: ['Person', 'toot:Thing'],
        icon: [{ type: 'Image', url: [{ type: 'Link', href: 'https://o.example/i.png' }] }],
        url: [
          { type: 'Link', mediaType: 'application/json', href: 'https://o.example/j' },
          { type: 'Link', mediaType: 'text/html', href: 'https://o.example/h' },
        ],
        publicKey: [{ id: 'https://o.example/a#1', publicKeyPem: 'x' }, null, 'https://o.example/a#2'],
      }),
    ).toMatchObject({
      ok: true,
      value: {
        kind: 'member',
        icon: 'https://o.example/i.png',
        url: 'https://o.example/h',
        publicKeys: [{ id: 'https://o.example/a#1', owner: 'https://o.example/a' }],
      },
    });
    expect(actor({ icon: { type: 'Link', href: 'https://o.example/l.png' } })).toMatchObject({
      value: { icon: 'https://o.example/l.png' },
    });
  });
  test("a shared inbox at a third party's host is not believed", () => {
    const read = actor({ endpoints: { sharedInbox: 'https://victim.example/inbox' } });
    expect(read.ok && read.value).not.toHaveProperty('sharedInbox');
  });
  test("a handle cannot pass for somebody's elsewhere", () => {
    expect(actor({ preferredUsername: ' bob@bank.example/x\n' })).toMatchObject({
      value: { handle: 'bobbank.examplex' },
    });
    expect(actor({ preferredUsername: '@@' })).toMatchObject({ value: { handle: 'a' } });
  });
  test.each([
    ['no object', null],
    ['no id', { id: 7 }],
    ['no inbox', { inbox: 'nowhere' }],
    ['a type that is none', { type: 'Note' }],
    ["a type of JavaScript's own", { type: 'constructor' }],
    ['javascript as id', { id: 'javascript:alert(1)' }],
  ])('%s is refused with a reason', (_what, change) => {
    const read = change === null ? readActor(change) : actor(change);
    expect(read.ok ? '' : read.reason).not.toBe('');
  });
});

test('a member who has other addresses, and has moved to one of them, says so to every software', async () => {
  const there = 'https://lyon.example/users/alix';
  const document = overTheWire(writeActor({ ...alice, alsoKnownAs: [there], movedTo: there }));
  expect(document).toMatchObject({ alsoKnownAs: [there], movedTo: there });
  expect(readActor(document)).toMatchObject({ ok: true, value: { alsoKnownAs: [there], movedTo: there } });
  const person = await Person.fromJsonLd(document, bundled);
  expect([person.successorId?.href, person.aliasIds.map((id) => id.href)]).toEqual([there, [there]]);
  for (const key of ['alsoKnownAs', 'movedTo']) expect(writeActor(alice)).not.toHaveProperty(key);
});

test('a member says where a program asks for all that is theirs, as FEP-9091 has it', async () => {
  const there = 'https://marseille.example/api/v1/me/exports';
  const document = overTheWire(writeActor({ ...alice, exports: there }));
  expect(document).toMatchObject({
    service: [{ id: `${ALICE}#export`, type: 'https://w3id.org/fep/9091#Export', serviceEndpoint: there }],
  });
  const person = await Person.fromJsonLd(document, bundled);
  const services = [];
  for await (const service of person.getServices()) services.push(service);
  expect(services.map((one) => [one instanceof Export, one.id?.href, one.endpoint?.href])).toEqual([
    [true, `${ALICE}#export`, there],
  ]);
  expect(readActor(document).ok).toBe(true);
  expect(writeActor(alice)).not.toHaveProperty('service');
});
