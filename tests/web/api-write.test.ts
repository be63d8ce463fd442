/** A program writes a member's listings: by the form's own rules, once, and with what is wrong named by field. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createListing, findListing } from '#domain/listings.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { restrict } from '#domain/moderation/restrictions.ts';
import { issueToken } from '#domain/tokens.ts';
import { api } from '../support/app.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, draft, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';

const ROOM = {
  kind: 'lodging',
  title: 'Chambre par programme',
  text: 'Une chambre claire, à dix minutes de l’hôpital.',
  price: { type: 'money', amount: '42.50', currency: 'EUR', unit: 'night' },
  quantity: 2,
  place: { name: 'Marseille', precision: 'town' },
  attributes: { beds: 1, amenities: ['wifi'] },
  tags: ['calme'],
  audience: 'peers',
};
type Row = Record<string, unknown> & { id: string };
type Faults = { field: string; message: string; remedy: string }[];

eachEngine('writing by the API', (engine) => {
  let [node, lyon]: TestNode[] = [];
  let token: string;
  const write = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    api(node!, method, path, token, body, headers);
  const faultsOf = async (body: unknown): Promise<string[]> => {
    const answer = await write('POST', '/listings', body);
    expect(answer.status).toBe(422);
    const errors = answer.body['errors'] as Faults;
    for (const error of errors)
      expect([error.message === '', error.remedy === ''], error.field).toEqual([false, false]);
    return errors.map((error) => error.field).toSorted();
  };
  const here = (title: string, at = node!) =>
    at.db.read.$count(at.db.read.t.listings, eq(at.db.read.t.listings.title, title));

  beforeAll(async () => {
    [node, lyon] = await Promise.all([startNode('api', { engine }), startNode('lyon', { engine })]);
    await addMember(node!, 'alice', 'Alice');
    await peerUp(node!, lyon!);
    const { id } = (await findAccountByHandle(node!.db.read, 'alice'))!;
    token = await node!.db.write((tx) =>
      issueToken(tx, new Date(), 'api', { account: id, data: { name: 'x', scopes: 'listings:read listings:write' } }),
    );
  });
  afterAll(async () => {
    await Promise.all([node?.drop(), lyon?.drop()]);
  });

  test('a listing that is reserved stays so, whole for its owner, when a program changes it', async () => {
    const { site, db } = node!;
    const made = await db.write((tx) =>
      createListing(
        tx,
        site,
        'alice',
        {
          ...draft({ title: 'Réservée', text: 'Le mot du portail' }),
          access: { for: 'reserved', codes: ['care-worker'] },
        },
        'published',
      ),
    );
    const read = await write('GET', '/me/listings');
    expect(JSON.stringify(read.body)).toContain('Le mot du portail');
    const changed = await write('PATCH', `/listings/${made.id}`, { title: 'Toujours réservée' });
    expect(changed).toMatchObject({ status: 200, body: { title: 'Toujours réservée', text: 'Le mot du portail' } });
    const after = (await findListing(db.read, made.id))!;
    expect(after.held).toMatchObject({ access: 'reserved', codes: ['care-worker'] });
    expect(JSON.stringify(after)).not.toContain('Le mot du portail');
  });

  test('a program says for whom a listing is and what holders pay, reads it back, and opens it again', async () => {
    const bad = await faultsOf({
      ...ROOM,
      title: 'Fausse',
      for_holders: { access: 'priced', attestations: ['nobody'] },
    });
    expect(bad).toEqual(['for_holders.attestations', 'for_holders.price']);
    expect(await faultsOf({ ...ROOM, for_holders: { access: 'reserved', attestations: [] } })).toEqual([
      'for_holders.attestations',
    ]);
    const holders = { access: 'priced', attestations: ['care-worker'], price: '37.13' };
    const made = await write('POST', '/listings', { ...ROOM, title: 'Autre tarif', for_holders: holders });
    expect(made).toMatchObject({ status: 201, body: { for_holders: holders, price: { amount: '42.50' } } });
    const { id } = made.body as Row;
    // Who is none reads that there is one, and not what it is.
    const open = await api(node!, 'GET', `/listings/${id}`);
    expect(JSON.stringify(open.body)).not.toContain('37.13');
    // Another kind of price has to say what holders pay of it.
    const kind = await write('PATCH', `/listings/${id}`, { price: { type: 'free' } });
    expect([kind.status, (kind.body['errors'] as Faults)[0]?.field]).toEqual([422, 'for_holders.price']);
    const hours = await write('PATCH', `/listings/${id}`, {
      price: { type: 'hours', hours: 2 },
      for_holders: { ...holders, price: 1.5 },
    });
    expect(hours).toMatchObject({ status: 200, body: { for_holders: { price: '1.5' }, price: { hours: 2 } } });
    const kept = await write('PATCH', `/listings/${id}`, { title: 'Autre tarif encore' });
    expect(kept).toMatchObject({ body: { for_holders: { access: 'priced', price: '1.5' } } });
    const reserved = await write('PATCH', `/listings/${id}`, {
      for_holders: { access: 'reserved', attestations: ['care-worker'] },
    });
    expect(reserved.body['for_holders']).toEqual({ access: 'reserved', attestations: ['care-worker'] });
    const all = await write('PATCH', `/listings/${id}`, { for_holders: null });
    expect(all).toMatchObject({ status: 200, body: { for_holders: null, text: ROOM.text } });
    expect((await findListing(node!.db.read, id))?.held).toBeNull();
  });

  test('of changes at the same moment none undoes another: each is made, or told that it was not', async () => {
    const { site, db } = node!;
    const made = await db.write((tx) => createListing(tx, site, 'alice', draft({ title: 'Ouverte' }), 'published'));
    const changes: Record<string, unknown>[] = [
      { title: 'Nouveau titre' },
      { text: 'Un texte nouveau, assez long.' },
      { quantity: 3 },
      { tags: ['calme'] },
      { audience: 'members' },
    ];
    const answers = await Promise.all(
      changes.map(async (change) => ({ change, ...(await write('PATCH', `/listings/${made.id}`, change)) })),
    );
    const done = answers.filter((answer) => answer.status === 200);
    expect(done.length).toBeGreaterThan(0);
    expect(answers.filter((answer) => answer.status === 409).length).toBe(changes.length - done.length);
    expect(await findListing(db.read, made.id)).toMatchObject(Object.assign({}, ...done.map(({ change }) => change)));
  });

  test('a listing is made, changed, kept from a partner, paused and deleted; the partner hears of each', async () => {
    const made = await write('POST', '/listings', ROOM);
    expect(made.status).toBe(201);
    const row = made.body as Row;
    expect(row).toMatchObject({
      title: 'Chambre par programme',
      state: 'published',
      text: ROOM.text,
      price: ROOM.price,
      attributes: { beds: 1, amenities: ['wifi'] },
      tags: ['calme'],
      audience: 'peers',
      precision: 'town',
      withheld: [],
      place: { name: 'Marseille' },
    });
    expect(made.headers.get('location')).toBe(`${node!.origin}/api/v1/listings/${row.id}`);
    await until('Lyon has it', async () => (await here('Chambre par programme', lyon!)) === 1);

    const path = `/listings/${row.id}`;
    const changed = await write('PATCH', path, { title: 'Chambre au calme', price: { type: 'hours', hours: 1.5 } });
    expect(changed.body).toMatchObject({
      title: 'Chambre au calme',
      price: { type: 'hours', hours: 1.5 },
      tags: ['calme'],
    });
    await until('Lyon has heard it', async () => (await here('Chambre au calme', lyon!)) === 1);
    expect((await write('PATCH', path, { withheld: ['nobody.example'] })).status).toBe(422);
    const kept = await write('PATCH', path, { withheld: [lyon!.host] });
    expect(kept.body['withheld']).toEqual([lyon!.host]);
    await until('Lyon has it no more', async () => (await here('Chambre au calme', lyon!)) === 0);
    expect((await write('PATCH', path, { tags: [] })).body, 'what is not spoken of stays').toMatchObject({
      tags: [],
      withheld: [lyon!.host],
    });
    expect((await write('PATCH', path, { state: 'paused' })).body['state']).toBe('paused');
    expect((await write('PATCH', path, { state: 'closed' })).body['state']).toBe('closed');
    const back = await write('PATCH', path, { state: 'paused', title: 'Pas ainsi' });
    expect([back.status, await here('Pas ainsi')], 'all of a change or nothing').toEqual([409, 0]);
    expect((await write('PATCH', path, { state: 'draft' })).status).toBe(409);
    expect((await write('DELETE', path)).status).toBe(204);
    expect([(await write('DELETE', path)).status, (await write('PATCH', path, { title: 'Encore' })).status]).toEqual([
      404, 404,
    ]);
  });

  test('each fault is named by its field, at once, and nothing is written', async () => {
    const before = await node!.db.read.$count(node!.db.read.t.listings);
    expect(await faultsOf({})).toEqual(['kind', 'place.name', 'price.type', 'text', 'title']);
    expect(
      await faultsOf({
        ...ROOM,
        title: 'x',
        price: { type: 'money', amount: 'beaucoup', currency: 'EUR' },
        place: { name: 'Nulle Part-les-Bains' },
        valid_until: '2020-01-01',
        language: '!!',
        withheld: ['nobody.example'],
        attributes: { beds: 'trois' },
      }),
    ).toEqual(['attributes.beds', 'language', 'place.name', 'price.amount', 'title', 'valid_until', 'withheld']);
    expect(await faultsOf({ ...ROOM, price: { type: 'hours', hours: -1 } })).toEqual(['price.hours']);
    expect(await faultsOf({ ...ROOM, title: 7, colour: 'red', price: { type: 'gold', sum: 1 } })).toEqual([
      'colour',
      'price.sum',
      'price.type',
      'title',
    ]);
    expect(await faultsOf({ ...ROOM, state: 'closed' })).toEqual(['state']);
    expect(await faultsOf([])).toEqual(['body']);
    expect(await node!.db.read.$count(node!.db.read.t.listings)).toBe(before);
  });

  test('what is no JSON, too large, or not to be stored is told as that', async () => {
    const send = async (body: BodyInit, type = 'application/json'): Promise<number> =>
      (
        await node!.fetch(
          new Request(`${node!.origin}/api/v1/listings`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': type },
            body,
          }),
        )
      ).status;
    expect(await send('{')).toBe(400);
    expect(await send('{}', 'text/plain')).toBe(415);
    expect(await send(JSON.stringify({ ...ROOM, text: 'x'.repeat(300_000) }))).toBe(413);
    expect(await send(JSON.stringify({ ...ROOM, text: 'avant\0après, et plus' }))).toBe(400);
    expect(await send(JSON.stringify({ ...ROOM, attributes: { beds: '\ud800' } }))).toBe(400);
    expect(await send(`{"__proto__": {"kind": "lodging"}}`)).toBe(422);
  });

  test('the same key makes one listing, also at once, and none after it was deleted', async () => {
    const body = { ...ROOM, title: 'Une seule fois' };
    const key = { 'idempotency-key': 'order-17' };
    const all = await Promise.all(Array.from({ length: 6 }, () => write('POST', '/listings', body, key)));
    expect(all.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(all.map((one) => one.body['id'])).size).toBe(1);
    expect(await here('Une seule fois')).toBe(1);
    await write('DELETE', `/listings/${String(all[0]!.body['id'])}`);
    expect((await write('POST', '/listings', body, key)).status).toBe(410);
    expect((await write('POST', '/listings', body, { 'idempotency-key': 'x'.repeat(201) })).status).toBe(400);
    expect((await write('POST', '/listings', body, { 'idempotency-key': 'order-18' })).status).toBe(201);
  });

  test('a draft may lack what publishing needs, and says it then; of a limited member a moderator sees it first', async () => {
    const draft = await write('POST', '/listings', { kind: 'goods', title: 'Ébauche', state: 'draft' });
    expect([draft.status, draft.body['state']]).toEqual([201, 'draft']);
    const path = `/listings/${String(draft.body['id'])}`;
    expect((await write('GET', path)).status, 'nobody else sees it').toBe(404);
    const early = await write('PATCH', path, { state: 'published' });
    expect((early.body['errors'] as Faults).map((one) => one.field)).toEqual(expect.arrayContaining(['text']));
    await node!.db.write((tx) => restrict(tx, new Date(), `${node!.origin}/users/alice`, 'limited', 'd1'));
    const late = await write('PATCH', path, {
      state: 'published',
      text: 'Un vélo qui roule bien.',
      price: { type: 'free' },
      place: { name: 'Lyon' },
    });
    expect(late.body).toMatchObject({ state: 'draft', awaits: true });
  });
});
