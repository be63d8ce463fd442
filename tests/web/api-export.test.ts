/** A program takes a member's data along for them (FEP-9091): with a scope of its own, as often as the page, and no other's. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askUrl, api, memberOf, registered, tokensFor, verifierOf } from '../support/app.ts';
import type { Traveller } from '../support/away.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';

const SCOPE = 'account:export';

eachEngine('a program that takes a member’s data along', (engine) => {
  let node: TestNode;
  let alice: Traveller;
  let [client, token, others, actor] = ['', '', '', ''];
  let state: Record<string, unknown>;

  beforeAll(async () => {
    node = await startNode('exporting', { engine });
    actor = await addMember(node, 'alice', 'Alice');
    await addMember(node, 'bob', 'Bob');
    await publish(node, 'alice', { title: 'À emporter' });
    alice = await memberOf(node, 'alice');
    client = await registered(node, 'bob', 'Valise');
    token = String((await tokensFor(node, alice, client, { scope: SCOPE })).access_token);
    others = String((await tokensFor(node, await memberOf(node, 'bob'), client, { scope: SCOPE })).access_token);
  });
  afterAll(() => node.drop());
  const path = (url: unknown): string => String(url).replace(`${node.origin}/api/v1`, '');

  test('finds the place in the actor’s document, and the member reads that it gets everything', async () => {
    const found = await node.fetch(new Request(actor, { headers: { accept: 'application/activity+json' } }));
    const document = (await found.json()) as { service: { type: string; serviceEndpoint: string }[] };
    expect(document.service).toMatchObject([
      { type: 'https://w3id.org/fep/9091#Export', serviceEndpoint: `${node.origin}/api/v1/me/exports` },
    ]);
    const question = await alice.open(askUrl(node, client, verifierOf(), { scope: SCOPE }));
    expect(question.text).toContain('une copie de tout ce qui est à vous');
  });

  test('needs that very scope', async () => {
    const all = 'listings:read listings:write profile:read';
    const lesser = String((await tokensFor(node, alice, client, { scope: all })).access_token);
    for (const [method, to] of [
      ['POST', '/me/exports'],
      ['GET', '/me/exports/x'],
      ['GET', '/me/exports/x/file'],
    ] as const) {
      const refused = await api(node, method, to, lesser);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([403, expect.stringContaining(SCOPE)]);
      expect((await api(node, method, to)).status).toBe(401);
    }
    expect((await api(node, 'GET', '/me', token)).status).toBe(403);
  });

  test('asks, looks, fetches; what is another’s is not there', async () => {
    const asked = await api(node, 'POST', '/me/exports', token);
    expect(asked.status).toBe(202);
    expect(asked.headers.get('location')).toBe(asked.body['url']);
    state = asked.body;
    const look = async () => (await api(node, 'GET', path(state['url']), token)).body;
    await until('it is made', async () => (await look())['state'] === 'ready');
    state = await look();
    expect((await api(node, 'GET', path(state['url']), others)).status).toBe(404);
    expect((await api(node, 'GET', path(state['file']), others)).status).toBe(404);
    const file = await node.fetch(
      new Request(String(state['file']), { headers: { authorization: `Bearer ${token}` } }),
    );
    expect([file.status, file.headers.get('content-type'), file.headers.get('cache-control')]).toEqual([
      200,
      'application/x-tar',
      'no-store',
    ]);
    const bytes = Buffer.from(await file.arrayBuffer());
    expect(bytes.length).toBe(state['bytes']);
    const names: string[] = [];
    const extract = tar.extract();
    Readable.from([bytes]).pipe(extract);
    for await (const entry of extract) {
      names.push(entry.header.name);
      entry.resume();
    }
    expect(names).toEqual(expect.arrayContaining(['manifest.yml', 'maillon/profile.json', 'listings.json']));
  });

  test('two at once are one, and five a day is the end, together with the page', async () => {
    const both = await Promise.all([1, 2].map(() => api(node, 'POST', '/me/exports', token)));
    expect(both.map((one) => one.status)).toEqual([202, 202]);
    expect(both[0]!.body['id']).toBe(both[1]!.body['id']);
    for (let n = 2; n < 6; n++) {
      await node.settled();
      await until('none is being made', async () => {
        const { exports } = node.db.read.t;
        return (await node.db.read.select().from(exports)).every((row) => row.state !== 'making');
      });
      await api(node, 'POST', '/me/exports', token);
    }
    await until('none is being made', async () => {
      const { exports } = node.db.read.t;
      return (await node.db.read.select().from(exports)).every((row) => row.state !== 'making');
    });
    await node.settled();
    const refused = await api(node, 'POST', '/me/exports', token);
    expect(refused.status).toBe(429);
    const { exports } = node.db.read.t;
    // Two are kept; that there were more is known all the same.
    const all = (await node.db.read.select().from(exports)).map((row) => row.state);
    expect(all.filter((one) => one === 'ready')).toHaveLength(2);
    expect(readdirSync(join(node.dir, 'moving', 'out'))).toHaveLength(2);
    expect(refused.headers.get('retry-after')).toBe('86400');
  });
});
