import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueToken } from '#domain/tokens.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

eachEngine('the read API', (engine) => {
  let node: TestNode;
  const get = async (path: string, token?: string): Promise<{ status: number; body: Record<string, unknown> & { items?: { title: string }[] } }> => {
    const answer = await node.fetch(new Request(`${node.origin}/api/v1${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }));
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const titles = async (path: string, token?: string): Promise<string[]> => ((await get(path, token)).body.items ?? []).map((item) => item.title);
  beforeAll(async () => {
    node = await startNode('api', { engine });
    await addMember(node, 'alice', 'Alice');
    await publish(node, 'alice', { title: 'Hôtel de l’abbaye' });
    await publish(node, 'alice', { title: 'Canapé à Lyon', place: 'Lyon' });
    await publish(node, 'alice', { title: 'Cherche un vélo', kind: 'goods', purpose: 'request', 'attributes.beds': '', 'attributes.amenities': [] });
    await publish(node, 'alice', { title: 'Entre membres', audience: 'members' });
  });
  afterAll(() => node.drop());

  test('finds what is public, by words without accents or plural, kind, purpose and place', async () => {
    expect(await titles('/listings')).toEqual(['Cherche un vélo', 'Canapé à Lyon', 'Hôtel de l’abbaye']);
    expect(await titles('/listings?q=hotels')).toEqual(['Hôtel de l’abbaye']);
    expect(await titles('/listings?q=abbay')).toEqual(['Hôtel de l’abbaye']);
    expect(await titles('/listings?kind=goods&purpose=request')).toEqual(['Cherche un vélo']);
    expect(await titles('/listings?near=45.76,4.84&radius_km=20')).toEqual(['Canapé à Lyon']);
  });
  test('goes on where a page ended', async () => {
    const first = await get('/listings?limit=2');
    expect(first.body.items).toHaveLength(2);
    expect(await titles(`/listings?limit=2&cursor=${String(first.body['next'])}`)).toEqual(['Hôtel de l’abbaye']);
  });
  test('a token sees what members see; a wrong one is told so', async () => {
    const token = await node.db.write((tx) => issueToken(tx, new Date(), 'api', {}));
    expect(await titles('/listings', token)).toContain('Entre membres');
    expect((await get('/listings', 'mln_wrong')).status).toBe(401);
  });
  test('a faulty parameter is named, with what would be right', async () => {
    const answer = await get('/listings?near=here&limit=1000');
    expect(answer.status).toBe(400);
    expect(answer.body['errors']).toEqual([{ field: 'near', message: 'Give latitude,longitude, for example 43.3,5.4.' }, { field: 'limit', message: expect.any(String) }]);
  });
  test('describes itself', async () => {
    expect((await get('/openapi.json')).body).toMatchObject({ openapi: '3.1.0', paths: { '/listings': {}, '/listings/{id}': {}, '/peers': {}, '/instance': {} } });
    expect((await get('/instance')).body).toMatchObject({ name: 'Coop api' });
  });
});
