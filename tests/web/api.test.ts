/** A program reads what a cooperative shares. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importListings, parseListings } from '#domain/import.ts';
import { openPlaces } from '#domain/places.ts';
import { issueToken } from '#domain/tokens.ts';
import { KINDS } from '#domain/types.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { peerRow } from '../support/peer-row.ts';

type Said = { status: number; headers: Headers; body: Record<string, unknown> & { items?: Record<string, unknown>[] } };

eachEngine('the API', (engine) => {
  let node: TestNode;
  let token: string;
  const ask = (path: string, init: RequestInit = {}): Response | Promise<Response> =>
    node.fetch(new Request(`${node.origin}/api/v1${path}`, init));
  const get = async (path: string, bearer?: string): Promise<Said> => {
    const answer = await ask(path, bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } });
    return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) };
  };
  const titles = async (path: string, bearer?: string): Promise<unknown[]> =>
    ((await get(path, bearer)).body.items ?? []).map((item) => item['title']);
  const peer = (host: string, name: string, state: string) =>
    node.db.write((tx) =>
      tx
        .insert(tx.t.peers)
        .values(peerRow({ host, nodeActor: `https://${host}/users/instance`, name, state, software: 'maillon' })),
    );
  /** As if a peer had sent a copy of this listing. */
  const asCopyOf = (id: string, host: string) =>
    node.db.write((tx) =>
      tx
        .update(tx.t.listings)
        .set({ local: false, host, publisher: `https://${host}/users/zoe` })
        .where(eq(tx.t.listings.id, id)),
    );

  beforeAll(async () => {
    node = await startNode('api', { engine });
    await addMember(node, 'alice', 'Alice');
    await publish(node, 'alice', { title: 'Hôtel de l’abbaye' });
    await publish(node, 'alice', { title: 'Canapé à Lyon', place: 'Lyon' });
    await publish(node, 'alice', {
      title: 'Cherche un vélo',
      kind: 'goods',
      purpose: 'request',
      'attributes.beds': '',
      'attributes.amenities': [],
      priceType: 'hours',
      price: '1,5',
    });
    await publish(node, 'alice', { title: 'Entre membres', audience: 'members' });
    token = await node.db.write((tx) => issueToken(tx, new Date(), 'api', {}));
  });
  afterAll(() => node.drop());

  test('finds what is public, by words without accents or plural, kind, purpose and place', async () => {
    expect(await titles('/listings')).toEqual(['Cherche un vélo', 'Canapé à Lyon', 'Hôtel de l’abbaye']);
    expect(await titles('/listings?q=hotels')).toEqual(['Hôtel de l’abbaye']);
    expect(await titles('/listings?q=abbay')).toEqual(['Hôtel de l’abbaye']);
    expect(await titles('/listings?kind=goods&purpose=request')).toEqual(['Cherche un vélo']);
    expect(await titles('/listings?near=45.76,4.84&radius_km=20')).toEqual(['Canapé à Lyon']);
    expect(await titles('/listings?kind=goods&kind=lodging')).toHaveLength(3);
    expect(await titles('/listings?kind=goods,%20food')).toEqual(['Cherche un vélo']);
    expect(await titles(`/listings?peer=${node.host}`)).toHaveLength(3);
    expect(await titles('/listings?peer=nobody.example')).toEqual([]);
  });

  test('gives a listing whole, by the same shape in the list and alone', async () => {
    const [item] = (await get('/listings?kind=lodging&q=canape')).body.items ?? [];
    expect(item).toMatchObject({
      title: 'Canapé à Lyon',
      kind: 'lodging',
      purpose: 'offer',
      own: true,
      price: { type: 'money', amount: '42.50', currency: 'EUR', unit: 'night' },
      place: { name: 'Lyon', accuracy: 1_000 },
      cooperative: { host: node.host, name: 'Coop api' },
      published: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      url: expect.stringContaining('/listings/'),
      uri: expect.stringContaining('/users/alice/items/'),
    });
    expect((await get(`/listings/${String(item?.['id'])}`)).body).toEqual(item);
    expect((await get('/listings?kind=goods')).body.items?.[0]?.['price']).toEqual({
      type: 'hours',
      hours: 1.5,
      unit: 'unit',
    });
  });

  test('goes on where a page ended', async () => {
    const first = await get('/listings?limit=2');
    expect(first.body.items).toHaveLength(2);
    const second = await get(`/listings?limit=2&cursor=${String(first.body['next'])}`);
    expect(second.body).toMatchObject({ items: [{ title: 'Hôtel de l’abbaye' }], next: null });
  });

  test('a token sees what members see; a wrong one is told so, a revoked one too', async () => {
    expect(await titles('/listings', token)).toContain('Entre membres');
    const [hidden] = (await get('/listings?q=membres', token)).body.items ?? [];
    expect((await get(`/listings/${String(hidden?.['id'])}`)).status).toBe(404);
    expect((await get(`/listings/${String(hidden?.['id'])}`, token)).status).toBe(200);
    const wrong = await get('/listings', 'mln_wrong');
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(wrong.body).toMatchObject({ status: 401, detail: expect.stringContaining('maillon token issue') });
    expect((await get('/listings', `${token}x`)).status).toBe(401);
  });

  test('names every faulty parameter, with what would be right', async () => {
    const answer = await get(
      '/listings?near=here&limit=1000&kind=castle,food&purpose=gift&cursor=!&radius_km=-1&knd=x&q=a&q=b&peer=a/b',
    );
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      status: 400,
      title: expect.any(String),
      detail: expect.any(String),
    });
    const errors = answer.body['errors'] as { field: string; message: string; remedy: string }[];
    expect(errors.map((error) => error.field).toSorted()).toEqual([
      'cursor',
      'kind',
      'knd',
      'limit',
      'near',
      'peer',
      'purpose',
      'q',
      'radius_km',
    ]);
    expect(errors.find((error) => error.field === 'near')).toEqual({
      field: 'near',
      message: '"here" is not a position.',
      remedy: 'Give latitude,longitude, for example 43.3,5.4.',
    });
    expect(errors.find((error) => error.field === 'knd')).toMatchObject({
      message: 'There is no parameter "knd" here.',
      remedy: expect.stringContaining('kind'),
    });
    for (const path of ['near=95,4', 'near=4,190', 'radius_km=20', 'limit=0', 'limit=1.5', 'near=1e1,2'])
      expect((await get(`/listings?${path}`)).status, path).toBe(400);
  });

  test('a radius without a place is told as that', async () => {
    const [error] = (await get('/listings?radius_km=5')).body['errors'] as { field: string; message: string }[];
    expect(error).toMatchObject({ field: 'radius_km', message: 'It needs "near".' });
  });

  test('takes only what a path has, from anywhere, and says in JSON what there is not', async () => {
    const posted = await ask('/peers', { method: 'POST', body: '{}' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    const nowhere = await get('/nothing');
    expect([
      nowhere.status,
      nowhere.headers.get('content-type'),
      nowhere.headers.get('access-control-allow-origin'),
    ]).toEqual([404, 'application/problem+json', '*']);
    const preflight = await ask('/listings', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://site.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      expect.stringContaining('Authorization'),
    ]);
    expect((await get(`/listings/${'x'.repeat(60)}`)).status).toBe(404);
  });

  test('does not send again what has not changed', async () => {
    const first = await ask('/listings');
    const tag = first.headers.get('etag') ?? '';
    const again = await ask('/listings', { headers: { 'if-none-match': tag } });
    expect([tag === '', again.status, await again.text()]).toEqual([false, 304, '']);
    expect(again.headers.get('vary')).toMatch(/Authorization/);
    expect(
      (await ask('/listings', { headers: { 'if-none-match': tag, authorization: `Bearer ${token}` } })).status,
    ).toBe(200);
  });

  test('slows down who asks too much, and nobody else', async () => {
    const from = (address: string) =>
      Promise.resolve(
        node.fetch(new Request(`${node.origin}/api/v1/instance`), { incoming: { socket: { remoteAddress: address } } }),
      );
    const answers = await Promise.all(Array.from({ length: 310 }, () => from('192.0.2.7')));
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(10);
    expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await from('192.0.2.8')).status).toBe(200);
  });

  test('shows partners and what they share, and of former partners nothing', async () => {
    await peer('lyon.example', 'Les Jardins de Lyon', 'active');
    await peer('gone.example', 'Partis', 'cut');
    const honey = await publish(node, 'alice', {
      title: 'Miel de Lyon',
      kind: 'food',
      'attributes.beds': '',
      'attributes.amenities': [],
    });
    const secret = await publish(node, 'alice', { title: 'Entre partenaires', audience: 'peers' });
    const stale = await publish(node, 'alice', { title: 'Resté en arrière' });
    await asCopyOf(honey.id, 'lyon.example');
    await asCopyOf(secret.id, 'lyon.example');
    await asCopyOf(stale.id, 'gone.example');
    expect((await get('/peers')).body.items).toEqual([
      { host: 'lyon.example', name: 'Les Jardins de Lyon', software: 'maillon', marks: [], listings: 1 },
    ]);
    expect((await get('/peers', token)).body.items).toMatchObject([{ listings: 2 }]);
    expect((await get('/listings?peer=LYON.example')).body.items).toMatchObject([
      { title: 'Miel de Lyon', own: false, cooperative: { host: 'lyon.example', name: 'Les Jardins de Lyon' } },
    ]);
    expect((await get(`/listings/${stale.id}`, token)).status).toBe(404);
  });

  test('does not show what is paused, expired, or of somebody who is suspended', async () => {
    const row = await publish(node, 'alice', { title: 'Bientôt fini' });
    const set = (values: { state?: string; validUntil?: Date | null }) =>
      node.db.write((tx) => tx.update(tx.t.listings).set(values).where(eq(tx.t.listings.id, row.id)));
    const { actors } = node.db.read.t;
    expect((await get(`/listings/${row.id}`)).status).toBe(200);
    await set({ state: 'paused' });
    expect((await get(`/listings/${row.id}`)).status).toBe(404);
    await set({ state: 'published', validUntil: new Date(Date.now() - 1) });
    expect((await get(`/listings/${row.id}`)).status).toBe(404);
    await set({ validUntil: null });
    await node.db.write((tx) => tx.update(tx.t.actors).set({ suspended: true }).where(eq(actors.uri, row.publisher)));
    expect((await get(`/listings/${row.id}`)).status).toBe(404);
    expect(await titles('/listings?q=bientot')).toEqual([]);
    await node.db.write((tx) => tx.update(tx.t.actors).set({ suspended: false }).where(eq(actors.uri, row.publisher)));
  });

  test('finds at once what was imported', async () => {
    const parsed = parseListings(
      'kind,title,text,price_type,place\nservice,Réparation de vélos,Je répare les vélos le samedi.,free,Marseille',
      'csv',
    );
    if (!parsed.ok) throw new Error('unread');
    await importListings(node.db, node.site, {
      handle: 'alice',
      lines: parsed.value.lines,
      places: openPlaces(),
      kinds: KINDS,
    });
    expect(await titles('/listings?q=reparation&kind=service')).toEqual(['Réparation de vélos']);
  });

  test('is closed to strangers when the cooperative is', async () => {
    await node.db.write((tx) => tx.update(tx.t.cooperative).set({ publicOpen: false }));
    expect((await get('/listings')).status).toBe(401);
    expect((await get('/peers')).status).toBe(401);
    expect((await get('/listings', token)).status).toBe(200);
    expect((await get('/instance')).body).toMatchObject({ name: 'Coop api', origin: node.origin });
    await node.db.write((tx) => tx.update(tx.t.cooperative).set({ publicOpen: true }));
  });

  test('describes itself', async () => {
    const { body } = await get('/openapi.json');
    expect(body).toMatchObject({
      openapi: '3.1.0',
      paths: { '/listings': {}, '/listings/{id}': {}, '/peers': {}, '/instance': {} },
      components: { securitySchemes: { token: { scheme: 'bearer' } } },
    });
    const parameters = (body['paths'] as Record<string, { get: { parameters: { name: string; schema: unknown }[] } }>)[
      '/listings'
    ]!.get.parameters;
    expect(parameters.map((parameter) => parameter.name)).toEqual([
      'q',
      'kind',
      'purpose',
      'peer',
      'near',
      'radius_km',
      'cursor',
      'limit',
    ]);
    expect(parameters.find(({ name }) => name === 'kind')?.schema).toEqual({
      type: 'array',
      items: { type: 'string', enum: [...KINDS] },
    });
  });
});

test('a node that is not set up says so', async () => {
  const node = await startNode('empty', { setUp: false });
  const answer = await node.fetch(new Request(`${node.origin}/api/v1/instance`));
  expect([answer.status, await answer.json()]).toEqual([
    404,
    expect.objectContaining({ detail: 'This node is not set up yet.' }),
  ]);
  await node.drop();
});
