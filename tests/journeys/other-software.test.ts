/** Servers that are no nodes: one of other software is followed and its listings come; what is no server is told apart. */
import { type Server, createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findListingByUri } from '#domain/listings.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, freePort, publish, startNode, until } from '../support/nodes.ts';
import { shoot } from '../support/shots.ts';
import { type Json, type Person, type Stranger, startStranger } from '../support/stranger.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

/** A certificate that nobody vouches for, and of another name. */
const CERTIFICATE = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrNVEBSFg1FvMcvTp
DK5CB+9dcb+gHb4aNV4w8QjNW3OhRANCAAQfeoH9Ay61IO/rCZGsVDkZtIERO8bo
L1TynSFaTILKq8Y8n523sh/ujHBgKqs/Oj1ixApdb9sUN0wRZOOTGIqx
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBjzCCATWgAwIBAgIUERdEExHcyh8HuqAMauEpE9wLcgIwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRZWxzZXdoZXJlLmV4YW1wbGUwIBcNMjYxMTI1MjAxMzA4WhgP
MjEyNjExMDEyMDEzMDhaMBwxGjAYBgNVBAMMEWVsc2V3aGVyZS5leGFtcGxlMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEH3qB/QMutSDv6wmRrFQ5GbSBETvG6C9U
8p0hWkyCyqvGPJ+dt7If7oxwYCqrPzo9YsQKXW/bFDdMEWTjkxiKsaNTMFEwHQYD
VR0OBBYEFL/PXhM0h2Tq5GyOA+2cqdk+HtHMMB8GA1UdIwQYMBaAFL/PXhM0h2Tq
5GyOA+2cqdk+HtHMMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIg
URThm7d0Qut4Krj6zzhoSQgi09yNqMXOwLH1jhogpGYCIQDQcwc7lIC+CFE+QVjk
VvWwKRN5wRmrIzWv03Tqgc58VQ==
-----END CERTIFICATE-----`,
};
const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public';

eachEngine('the admin of Marseille', (engine) => {
  let marseille: TestNode;
  let ada: Visitor;
  let floh: Stranger;
  let [instance, dora]: Person[] = [];
  const servers: Server[] = [];

  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return (server.address() as AddressInfo).port;
  };
  const looks = async (domain: string): Promise<Visited> => {
    const page = await ada.open('/admin/peers');
    return ada.send(page, { domain }, { action: '/admin/peers/preview' });
  };
  const peer = async () => (await findPeerByHost(marseille.db.read, floh.host))!;

  beforeAll(async () => {
    [marseille, floh] = await Promise.all([startNode('marseille', { engine }), startStranger('floh')]);
    await addMember(marseille, 'alice', 'Alice');
    instance = floh.person('instance', { document: { type: 'Application', name: 'Flohmarkt am Fluss' } });
    dora = floh.person('dora');
    floh.files.set('/nodeinfo/2.1', {
      type: 'application/json',
      body: JSON.stringify({
        version: '2.1',
        software: { name: 'flohmarkt', version: '0.20' },
        usage: { localPosts: 7 },
      }),
    });
    floh.files.set('/.well-known/nodeinfo', {
      type: 'application/json',
      body: JSON.stringify({
        links: [{ rel: 'http://nodeinfo.diaspora.software/ns/schema/2.1', href: `${floh.origin}/nodeinfo/2.1` }],
      }),
    });
    ada = visit(marseille);
    await ada.signIn('ada');
  });
  afterAll(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await Promise.all([marseille?.drop(), floh?.close()]);
  });

  test('a Flohmarkt is told to be none of ours, and followed; no words of ours go to it', async () => {
    const page = await looks(floh.host);
    expect(page.text('.notice')).toContain(`${floh.host} n’est pas un nœud Maillon mais un serveur flohmarkt 0.20`);
    expect(page.text('main')).toContain('Suivre ce serveur');
    const asked = await ada.send(page, {}, { action: '/admin/peers' });
    expect(asked.status).toBe(200);
    await until('the Follow comes', async () => floh.received.length > 0);
    await marseille.settled();
    expect(floh.received.map((activity) => activity['type'])).toEqual(['Follow']);
    expect(floh.received[0]).toMatchObject({ actor: `${marseille.origin}/users/instance`, object: instance!.actor });
    expect(await peer()).toMatchObject({ state: 'asked', plain: true, name: 'Flohmarkt am Fluss' });
  });

  test('its Accept names a Follow of another id; its listings come into the catalogue under its name', async () => {
    const accept: Json = {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${floh.origin}/accept/1`,
      type: 'Accept',
      actor: instance!.actor,
      object: {
        id: `${floh.origin}/follow/fixed`,
        type: 'Follow',
        actor: `${marseille.origin}/users/instance`,
        object: instance!.actor,
      },
    };
    expect((await floh.post(`${marseille.origin}/inbox`, accept, { by: instance! })).status).toBe(202);
    expect((await peer()).state).toBe('active');
    const item = `${dora!.actor}/items/42`;
    const create: Json = {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${item}/create`,
      type: 'Create',
      actor: dora!.actor,
      to: [PUBLIC],
      object: {
        id: item,
        type: 'Note',
        attributedTo: dora!.actor,
        to: [PUBLIC],
        name: 'Kaffeemühle',
        content: '<p>15 EUR</p>',
        published: '2026-05-01T12:00:00Z',
        attachment: [
          {
            type: 'Proposal',
            id: `${item}#proposal`,
            attributedTo: dora!.actor,
            name: 'Kaffeemühle',
            purpose: 'offer',
            publishes: {
              type: 'Intent',
              action: 'transfer',
              resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
            },
            reciprocal: {
              type: 'Intent',
              action: 'transfer',
              resourceQuantity: { hasUnit: 'EUR', hasNumericalValue: '15' },
            },
          },
        ],
      },
    };
    expect((await floh.post(`${marseille.origin}/inbox`, create, { by: dora! })).status).toBe(202);
    expect(await findListingByUri(marseille.db.read, item)).toMatchObject({ title: 'Kaffeemühle', priceAmount: 1500 });
    const shown = await visit(marseille).open('/listings?q=Kaffeemühle');
    expect(shown.text('.peer')).toContain('Flohmarkt am Fluss');
  });

  test('once it follows back it gets what is public, and never what is for partners alone', async () => {
    const follow: Json = {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${floh.origin}/follow/2`,
      type: 'Follow',
      actor: instance!.actor,
      object: `${marseille.origin}/users/instance`,
    };
    await publish(marseille, 'alice', { title: 'Avant' });
    await marseille.settled();
    expect((await floh.post(`${marseille.origin}/inbox`, follow, { by: instance! })).status).toBe(202);
    const kept = await publish(marseille, 'alice', { title: 'Pour les partenaires', audience: 'peers' });
    const shared = await publish(marseille, 'alice', { title: 'Pour tous' });
    await marseille.settled();
    const names = floh.received.flatMap(({ type, object }) =>
      type === 'Create' && typeof object === 'object' && object !== null && 'name' in object ? [object.name] : [],
    );
    expect(names).toEqual(['Pour tous']);
    const read = (uri: string) => shoot(floh.ask(uri, { by: instance! }));
    expect([(await read(kept.uri)).status, (await read(shared.uri)).status]).toEqual([404, 200]);
  });

  test('what is typed is no node: each has its own words, and what was typed stays', async () => {
    const html = await listen(
      createPlainServer((_, response) => response.setHeader('content-type', 'text/html').end('<h1>Hallo</h1>')),
    );
    const empty = await listen(createPlainServer((_, response) => response.writeHead(404).end()));
    const ill = await listen(createPlainServer((_, response) => response.writeHead(503).end()));
    const wrong = await listen(createServer(CERTIFICATE, (_, response) => response.end()) as unknown as Server);
    await marseille.db.write(async (tx) => {
      await tx
        .insert(tx.t.domainRules)
        .values({ domain: 'blocked.localhost', severity: 'suspend', comment: '', created: new Date() });
    });
    const words: [string, string][] = [
      ['pas un nom !', 'n’est pas une adresse de serveur'],
      [marseille.host, 'C’est notre propre adresse'],
      [`blocked.localhost:${html}`, 'est bloqué ici'],
      [`down.localhost:${await freePort()}`, 'est injoignable'],
      [`html.localhost:${html}`, 'une page web ordinaire'],
      [`empty.localhost:${empty}`, 'ne parle pas le langage'],
      [`ill.localhost:${ill}`, 'répond par une erreur'],
      [`127.0.0.1:${wrong}`, 'Le certificat de 127.0.0.1'],
    ];
    for (const [typed, said] of words) {
      const page = await looks(typed);
      expect([typed, page.status, page.faults()]).toEqual([
        typed,
        422,
        [{ field: 'domain', message: expect.stringContaining(said), tied: true }],
      ]);
      expect(page.values('/admin/peers/preview')['domain']).toEqual([typed]);
    }
    const messages = new Set(words.map(([, said]) => said));
    expect(messages.size).toBe(words.length);
  });
});
