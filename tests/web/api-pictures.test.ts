/** A program adds, describes, orders and takes out the pictures of a member's listings, by the form's own limits. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createListing } from '#domain/listings.ts';
import { listPictures } from '#domain/media.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { issueToken } from '#domain/tokens.ts';
import { api } from '../support/app.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, draft, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { SVG, bomb, painted } from '../support/photographs.ts';
import { shoot } from '../support/shots.ts';

type Picture = { id: string; alt: string; url: string; width: number };
type Told = { status: number; body: Record<string, unknown> };

eachEngine('pictures by the API', (engine) => {
  let [node, lyon]: TestNode[] = [];
  let [token, reading, bobs]: string[] = [];
  const tokenOf = async (handle: string, scopes: string): Promise<string> => {
    const { id } = (await findAccountByHandle(node!.db.read, handle))!;
    return node!.db.write((tx) => issueToken(tx, new Date(), 'api', { account: id, data: { name: 'x', scopes } }));
  };
  const made = async (state: 'draft' | 'published' = 'published', title = 'Avec des images'): Promise<string> => {
    const { site, db } = node!;
    return (await db.write((tx) => createListing(tx, site, 'alice', draft({ title }), state))).id;
  };
  const send = async (
    path: string,
    body: FormData | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    by = token!,
  ): Promise<Told> => {
    const sent = new Request('http://here.example/', { method: 'POST', body });
    const type = sent.headers.get('content-type');
    const answer = await shoot({
      url: `${node!.origin}/api/v1${path}`,
      method: 'POST',
      headers: { authorization: `Bearer ${by}`, ...(type === null ? {} : { 'content-type': type }), ...headers },
      body: Buffer.from(await sent.arrayBuffer()),
    });
    return { status: answer.status, body: JSON.parse(answer.text) as Told['body'] };
  };
  const form = (bytes: Buffer | undefined, alt?: string): FormData => {
    const made = new FormData();
    if (bytes !== undefined) made.set('picture', new Blob([new Uint8Array(bytes)]), 'x.png');
    if (alt !== undefined) made.set('alt', alt);
    return made;
  };
  const photo = async (colour: string) => new Uint8Array(await painted(60, 40, colour));
  const add = async (id: string, alt: string, colour: string, key?: string): Promise<Told> =>
    send(`/listings/${id}/pictures?alt=${encodeURIComponent(alt)}`, await photo(colour), {
      'content-type': 'image/png',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    });
  const fieldsOf = (answer: Told): string[] =>
    (answer.body['errors'] as { field: string; remedy: string }[]).map(({ field, remedy }) => {
      expect(remedy).not.toBe('');
      return field;
    });
  const altsOf = async (id: string): Promise<string[]> =>
    (await listPictures(node!.db.read, [id])).map((one) => one.alt);
  const change = (method: string, id: string, picture: string, body?: unknown, by = token) =>
    api(node!, method, `/listings/${id}/pictures/${picture}`, by, body);

  beforeAll(async () => {
    [node, lyon] = await Promise.all([startNode('api', { engine }), startNode('lyon', { engine })]);
    await addMember(node!, 'alice', 'Alice');
    await addMember(node!, 'bob', 'Bob');
    await peerUp(node!, lyon!);
    token = await tokenOf('alice', 'listings:read listings:write');
    reading = await tokenOf('alice', 'listings:read');
    bobs = await tokenOf('bob', 'listings:write');
  });
  afterAll(async () => {
    await Promise.all([node?.drop(), lyon?.drop()]);
  });

  test('a form and a body alone each add one; the page of the owner, the file and the partner have them', async () => {
    const id = await made('published', 'Pour les partenaires');
    const first = await send(`/listings/${id}/pictures`, form(Buffer.from(await photo('#a00')), ' La porte '));
    expect(first).toMatchObject({ status: 201, body: { alt: 'La porte', width: 60, height: 40 } });
    expect(await add(id, 'Le jardin', '#0a0')).toMatchObject({ status: 201, body: { alt: 'Le jardin' } });
    const { url } = first.body as Picture;
    expect((await shoot({ url, method: 'GET', headers: {} })).headers.get('content-type')).toBe('image/webp');
    const mine = await api(node!, 'GET', '/me/listings', token);
    const item = (mine.body['items'] as { id: string; pictures: Picture[] }[]).find((one) => one.id === id);
    expect(item?.pictures.map((one) => one.alt)).toEqual(['La porte', 'Le jardin']);
    await until('the partner has both', async () => {
      const rows = await lyon!.db.read.select().from(lyon!.db.read.t.listings);
      return rows.find((row) => row.title === 'Pour les partenaires')?.remotePictures.length === 2;
    });
  });

  test('the same key adds one, also twice at once; once it is taken out the key says so', async () => {
    const id = await made();
    const both = await Promise.all([add(id, 'Une', '#123', 'k-1'), add(id, 'Une', '#123', 'k-1')]);
    expect(both.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([200, 201]);
    expect(both[0]!.body['id']).toBe(both[1]!.body['id']);
    expect(await altsOf(id)).toEqual(['Une']);
    // The same key at another listing is another picture.
    expect((await add(await made(), 'Une', '#123', 'k-1')).status).toBe(201);
    expect((await change('DELETE', id, both[0]!.body['id'] as string)).status).toBe(204);
    expect((await add(id, 'Une', '#123', 'k-1')).status).toBe(410);
    expect((await add(id, 'Une', '#123', 'k'.repeat(201))).status).toBe(400);
  });

  test('they are put in order, described and taken out one by one', async () => {
    const id = await made();
    const ids: string[] = [];
    for (const [alt, colour] of [
      ['a', '#111'],
      ['b', '#222'],
      ['c', '#333'],
    ] as const)
      ids.push((await add(id, alt, colour)).body['id'] as string);
    const moved = await change('PATCH', id, ids[2]!, { position: 1, alt: 'd' });
    expect([moved.status, (moved.body['items'] as Picture[]).map((one) => one.alt)]).toEqual([200, ['d', 'a', 'b']]);
    expect((await change('PATCH', id, ids[2]!, { position: 8 })).status).toBe(200);
    expect(await altsOf(id)).toEqual(['a', 'b', 'd']);
    expect((await change('DELETE', id, ids[0]!)).status).toBe(204);
    expect(await altsOf(id)).toEqual(['b', 'd']);
    expect((await change('DELETE', id, ids[0]!)).status).toBe(404);
    for (const [body, field] of [
      [{ alt: '  ' }, 'alt'],
      [{ alt: 'x'.repeat(1_501) }, 'alt'],
      [{ position: 0 }, 'position'],
      [{ place: 1 }, 'place'],
    ] as const) {
      const answer = await change('PATCH', id, ids[1]!, body);
      expect([answer.status, fieldsOf(answer)], field).toEqual([422, [field]]);
    }
    expect(await altsOf(id)).toEqual(['b', 'd']);
  });

  test('what is no picture, too large, without words or too many is named by its field, and nothing is kept', async () => {
    const id = await made();
    const to = `/listings/${id}/pictures`;
    expect(fieldsOf(await send(to, form(undefined)))).toEqual(['alt', 'picture']);
    for (const bytes of [Buffer.from(SVG), bomb(), Buffer.from('no picture')]) {
      const answer = await send(to, form(bytes, 'x'));
      expect([answer.status, fieldsOf(answer)]).toEqual([422, ['picture']]);
    }
    expect((await send(to, form(Buffer.alloc(11 * 1024 * 1024), 'x'))).status).toBe(413);
    expect((await send(to, new Uint8Array(4), { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await send(to, new Uint8Array(4), { 'content-type': 'multipart/form-data; boundary=x' })).status).toBe(400);
    expect(await altsOf(id)).toEqual([]);
    for (let i = 0; i < 8; i++) expect((await add(id, `${i}`, `#${i}${i}${i}`)).status).toBe(201);
    const ninth = await add(id, 'neuf', '#999');
    expect([ninth.status, fieldsOf(ninth)]).toEqual([422, ['picture']]);
  });

  test('a draft may wait for its words, and is not published without them', async () => {
    const id = await made('draft');
    const { body } = await add(id, '', '#456');
    const early = await api(node!, 'PATCH', `/listings/${id}`, token, { state: 'published' });
    expect([early.status, fieldsOf(early)]).toEqual([422, ['pictures']]);
    expect((await change('PATCH', id, body['id'] as string, { alt: 'Une table' })).status).toBe(200);
    expect((await api(node!, 'PATCH', `/listings/${id}`, token, { state: 'published' })).status).toBe(200);
  });

  test('no other member, and no token that may only read, touches them', async () => {
    const id = await made();
    const { body } = await add(id, 'Une', '#567');
    const to = `/listings/${id}/pictures`;
    const picture = form(Buffer.from(await photo('#678')), 'x');
    expect((await send(to, picture, {}, bobs)).status).toBe(404);
    expect((await send(to, picture, {}, reading)).status).toBe(403);
    expect((await send(to, picture, {}, 'none')).status).toBe(401);
    for (const method of ['PATCH', 'DELETE']) {
      const said = method === 'PATCH' ? { alt: 'autre' } : undefined;
      expect((await change(method, id, body['id'] as string, said, bobs)).status).toBe(404);
      expect((await change(method, id, body['id'] as string, said, reading)).status).toBe(403);
      // Of another listing of the same member it is none either.
      expect((await change(method, await made(), body['id'] as string, said)).status).toBe(404);
    }
    expect(await altsOf(id)).toEqual(['Une']);
  });
});
