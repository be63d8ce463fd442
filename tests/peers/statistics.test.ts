/** What three cooperatives weigh together: agreed on both ways, signed, without anybody being recognised; lies are refused. */
import { createPrivateKey } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKeys } from '#domain/actors.ts';
import { getCooperative, publishStatistics } from '#domain/cooperative.ts';
import { sendMessage } from '#domain/conversations.ts';
import { nodeUri } from '#domain/ids.ts';
import { canonicalDomain } from '#domain/domain-names.ts';
import { findAccountByHandle, suspendMember } from '#domain/members.ts';
import { restrict } from '#domain/moderation/restrictions.ts';
import { setScopes } from '#domain/peer-scopes.ts';
import { addUp, findSnapshot, planStatistics } from '#domain/snapshots.ts';
import { openPlaces } from '#domain/places.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { monthBefore, showable, weigh } from '#domain/statistics.ts';
import { multikeyOf } from '#federation/vocab/actor.ts';
import { addProof } from '#federation/vocab/proof.ts';
import { writeIndex, writeSnapshot } from '#federation/vocab/snapshot.ts';
import { createClock } from '../faults/support/waiting.ts';
import { api } from '../support/app.ts';
import { makePeer } from '../support/attack.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerId, peerUp } from '../support/peers.ts';
import { startStranger } from '../support/stranger.ts';
import { visit } from '../support/visitor.ts';

type Json = Record<string, unknown>;
const DAY_MS = 24 * 3_600_000;

describe('what may be shown beside a total', () => {
  const cells = (...all: number[]) => all.map((n) => ({ n }));
  test.each([
    [[7, 5], 12, [7, 5]],
    [[7, 4], 11, []],
    [[12, 7, 3], 22, [12]],
    [[12, 7, 3, 3], 25, [12, 7]],
    [[4, 4], 8, []],
    [[9, 6], 18, [9]],
    [[9, 6], 20, [9, 6]],
  ])('%j of %i: %j', (given, total, shown) => {
    const left = showable(cells(...given), total);
    expect(left.map(({ n }) => n)).toEqual(shown);
    const hidden = total - left.reduce((sum, { n }) => sum + n, 0);
    expect(hidden === 0 || hidden >= 5).toBe(true);
  });
});

eachEngine('three cooperatives weigh together', (engine) => {
  let [marseille, lyon, bologna]: TestNode[] = [];
  const clock = createClock();
  let month = '';
  const all = (): TestNode[] => [marseille!, lyon!, bologna!];
  const agree = async (one: TestNode, other: TestNode): Promise<void> => {
    const both = { ...OPEN_SCOPE, data: [...OPEN_SCOPE.data, 'statistics' as const] };
    await one.db.write(async (tx) => setScopes(tx, one.site, await peerId(one, other), { give: both, take: both }));
  };
  const get = async (node: TestNode, path: string): Promise<{ status: number; json: Json }> => {
    const answer = await node.fetch(new Request(`${node.origin}${path}`, { headers: { accept: 'application/json' } }));
    return { status: answer.status, json: answer.status === 200 ? ((await answer.json()) as Json) : {} };
  };
  const gather = async (node: TestNode): Promise<void> => {
    clock.ahead += DAY_MS;
    await planStatistics(node.db, node.site);
    node.jobs.wake();
    await node.jobs.idle();
  };

  beforeAll(async () => {
    const overrides = { now: clock.now };
    [marseille, lyon, bologna] = await Promise.all([
      startNode('marseille', { engine, overrides }),
      startNode('lyon', { engine, overrides }),
      startNode('bologna', { engine, overrides }),
    ]);
    const alice = await addMember(marseille!, 'alice', 'Alice');
    for (const handle of ['bob', 'carla', 'dora']) await addMember(marseille!, handle, handle);
    await addMember(lyon!, 'luc', 'Luc');
    await addMember(bologna!, 'gino', 'Gino');
    for (let i = 0; i < 6; i++) await publish(marseille!, 'alice', { title: `Chambre ${i}` });
    for (let i = 0; i < 5; i++)
      await publish(marseille!, 'alice', { title: `Panier ${i}`, kind: 'food', place: 'Aix-en-Provence' });
    // What not everybody finds: whoever took what they find from the number would have it.
    await publish(marseille!, 'alice', { title: 'Entre nous', audience: 'members' });
    await publish(marseille!, 'alice', { title: 'Entre coopératives', kind: 'food', audience: 'peers' });
    await addMember(marseille!, 'sam', 'Sam');
    await addMember(marseille!, 'lima', 'Lima');
    await publish(marseille!, 'sam', { title: 'De qui est suspendu' });
    await publish(marseille!, 'lima', { title: 'De qui est limitée' });
    const sam = (await findAccountByHandle(marseille!.db.read, 'sam'))!;
    await marseille!.db.write(async (tx) => {
      await suspendMember(tx, marseille!.site, sam.id);
      await restrict(tx, new Date(), `${marseille!.origin}/users/lima`, 'limited', 'd1');
    });
    for (let i = 0; i < 5; i++) await publish(lyon!, 'luc', { title: `Studio ${i}`, place: 'Lyon' });
    // Too few to be told apart from a person.
    for (let i = 0; i < 3; i++) await publish(bologna!, 'gino', { title: `Letto ${i}`, place: 'Bologna' });
    const [listing] = await marseille!.db.read.select().from(marseille!.db.read.t.listings);
    for (const handle of ['bob', 'carla', 'dora', 'ada', 'eve']) {
      const from = `${marseille!.origin}/users/${handle}`;
      if (handle === 'eve') await addMember(marseille!, handle, handle);
      const about = { uri: listing!.uri, title: listing!.title };
      await marseille!.db.write((tx) =>
        sendMessage(tx, marseille!.site, from, { uri: alice, local: true }, about, 'Bonjour'),
      );
    }
    await peerUp(lyon!, marseille!);
    await peerUp(bologna!, marseille!);
    for (const other of [lyon!, bologna!]) {
      await agree(marseille!, other);
      await agree(other, marseille!);
    }
    await Promise.all(all().map((node) => node.settled()));
    // The month is over.
    const now = clock.now();
    clock.ahead += Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 3, 12) - now.getTime();
    month = monthBefore(clock.now());
  });
  afterAll(async () => {
    await Promise.all(all().map((node) => node?.drop()));
  });

  test('nothing is published before an admin says so', async () => {
    expect((await get(marseille!, '/statistics')).status).toBe(404);
    expect((await get(marseille!, '/together')).status).toBe(404);
    await gather(marseille!);
    expect(await findSnapshot(marseille!.db.read, marseille!.host, month)).toBeUndefined();
  });

  test('published and agreed on: the sums are on the page and in the JSON, and small numbers nowhere', async () => {
    for (const node of all()) await node.db.write((tx) => publishStatistics(tx, node.site.now(), true));
    await gather(lyon!);
    await gather(bologna!);
    await gather(marseille!);
    const { json: own } = await get(marseille!, `/statistics/${month}`);
    expect(own).toMatchObject({
      type: 'StatisticsSnapshot',
      attributedTo: nodeUri(marseille!.site),
      month,
      members: 7,
      exchanges: 5,
      listings: { total: 11, kinds: { lodging: 6, food: 5 }, areas: [{ code: 'FR-13', n: 11 }] },
    });
    const { body: anybody } = await api(
      marseille!,
      'GET',
      `/listings?peer=${encodeURIComponent(marseille!.host)}&limit=100`,
    );
    expect((anybody['items'] as Json[]).length).toBe(11);
    const { json: small } = await get(bologna!, `/statistics/${month}`);
    expect([small['members'], small['listings'], small['exchanges']]).toEqual([undefined, undefined, undefined]);
    const { json } = await get(marseille!, '/together.json');
    expect(json).toMatchObject({
      months: [{ month, cooperatives: 3, members: 7, listings: 16, exchanges: 5 }],
      latest: { month, listingsByKind: { lodging: 11, food: 5 } },
    });
    const page = await (await marseille!.fetch(new Request(`${marseille!.origin}/together`))).text();
    expect(page).toContain('Ce que nous pesons ensemble');
    expect(page).toMatch(/Rhône \(69\)[^]*Coop bologna/);
    // They did not agree with each other.
    await gather(lyon!);
    expect((await addUp(lyon!.db.read, lyon!.site)).cooperatives.map(({ host }) => host).toSorted()).toEqual(
      [lyon!.host, marseille!.host].toSorted(),
    );
  });

  test('whoever a rule keeps out of lists is in none of these', async () => {
    const { domainRules } = marseille!.db.read.t;
    const domain = canonicalDomain(lyon!.host)!;
    await marseille!.db.write((tx) =>
      tx.insert(domainRules).values({ domain, severity: 'silence', comment: '', created: clock.now() }),
    );
    const { json } = await get(marseille!, '/together.json');
    expect(json).toMatchObject({
      months: [{ cooperatives: 2, listings: 11 }],
      latest: { listingsByKind: { lodging: 6 } },
    });
    expect(JSON.stringify(json)).not.toContain(lyon!.host);
    await marseille!.db.write((tx) => tx.delete(domainRules));
  });

  test('whoever agrees no longer is added up no longer', async () => {
    const id = await peerId(lyon!, marseille!);
    await lyon!.db.write((tx) => setScopes(tx, lyon!.site, id, { give: OPEN_SCOPE, take: OPEN_SCOPE }));
    const hosts = async () => (await addUp(marseille!.db.read, marseille!.site)).cooperatives.map(({ host }) => host);
    await until('Marseille hears it', async () => !(await hosts()).includes(lyon!.host));
    await agree(lyon!, marseille!);
    await until('and that they agree again', async () => (await hosts()).includes(lyon!.host));
  });

  test('absurd, too small, of another month, another’s, or late: refused, each with its reason', async () => {
    const { snapshots } = marseille!.db.read.t;
    const home = lyon!.site;
    const cooperative = (await getCooperative(lyon!.db.read))!;
    const honest = await weigh(lyon!.db.read, home, cooperative, openPlaces(), month);
    const after = async (body: object): Promise<string> => {
      await lyon!.db.write(async (tx) => {
        const { snapshots: s } = tx.t;
        await tx
          .update(s)
          .set({ body: { ...body } })
          .where(eq(s.host, lyon!.host));
      });
      await marseille!.db.write(async (tx) => {
        await tx.delete(tx.t.snapshots).where(eq(tx.t.snapshots.host, lyon!.host));
      });
      await gather(marseille!);
      const [row] = await marseille!.db.read.select().from(snapshots).where(eq(snapshots.host, lyon!.host));
      return row!.state === 'kept' ? 'kept' : row!.reason;
    };
    expect(await after(honest)).toBe('kept');
    expect(await after({ ...honest, members: 3 })).toBe('tooSmall');
    expect(await after({ ...honest, members: 1e15 })).toBe('absurd');
    expect(await after({ ...honest, members: 7.5 })).toBe('absurd');
    expect(await after({ ...honest, listings: { total: 6, kinds: { food: 7 }, areas: [] } })).toBe('absurd');
    expect(await after({ ...honest, month: '2020-01' })).toBe('wrongMonth');
    expect(await after({ ...honest, attributedTo: nodeUri(marseille!.site) })).toBe('notTheirs');
    expect(await after({ ...honest, name: 7 })).toBe('unreadable');
    // Known by another key than the one that signs.
    const { peerKeys } = marseille!.db.read.t;
    const [known] = await marseille!.db.read.select().from(peerKeys).where(eq(peerKeys.host, lyon!.host));
    const [other] = await marseille!.db.read.select().from(peerKeys).where(eq(peerKeys.host, bologna!.host));
    const know = (proving: string | null) =>
      marseille!.db.write(async (tx) => {
        await tx.update(tx.t.peerKeys).set({ proving }).where(eq(tx.t.peerKeys.host, lyon!.host));
      });
    await know(other!.proving);
    expect(await after(honest)).toBe('keyWaits');
    await know(known!.proving);
    expect(await after(honest)).toBe('kept');
    // Gone quiet: what it published last is of a month that is long over.
    clock.ahead += 62 * DAY_MS;
    await gather(marseille!);
    const late = await findSnapshot(marseille!.db.read, lyon!.host, monthBefore(clock.now()));
    expect(late).toMatchObject({ state: 'refused', reason: 'stale' });
  });

  test('a partner of other software: without a signature, and with one over something else', async () => {
    const stranger = await startStranger('nantes');
    try {
      const keys = await generateKeys();
      const multikey = multikeyOf(keys.ed25519.publicPem);
      const by = {
        verificationMethod: `${stranger.actor}#ed25519`,
        privateKey: createPrivateKey(keys.ed25519.privatePem),
      };
      const actor = stranger.documents.get('/users/nantes') as Json;
      stranger.documents.set('/users/nantes', {
        ...actor,
        type: 'Application',
        assertionMethod: [
          { id: by.verificationMethod, type: 'Multikey', controller: stranger.actor, publicKeyMultibase: multikey },
        ],
      });
      await makePeer(marseille!, stranger);
      const both = { ...OPEN_SCOPE, data: ['statistics' as const] };
      await marseille!.db.write(async (tx) => {
        const scopes = { give: both, take: both, theirGive: both, theirTake: both };
        await tx.update(tx.t.peers).set(scopes).where(eq(tx.t.peers.host, stranger.host));
      });
      const last = monthBefore(clock.now());
      const id = `${stranger.origin}/statistics`;
      const plain = writeSnapshot(`${id}/${last}`, stranger.actor, {
        month: last,
        name: 'Les Nantais',
        territory: { name: 'Nantes', latitude: 47.2, longitude: -1.5, radiusKm: 20 },
        members: 40,
      });
      const signed = addProof(plain, { ...by, created: clock.now() });
      stranger.documents.set('/statistics', writeIndex(id, [last]));
      const after = async (document: Json): Promise<string> => {
        stranger.documents.set(`/statistics/${last}`, document);
        await gather(marseille!);
        const row = await findSnapshot(marseille!.db.read, stranger.host, last);
        return row?.state === 'kept' ? 'kept' : (row?.reason ?? 'nothing');
      };
      expect(await after(plain)).toBe('unsigned');
      expect(await after({ ...signed, members: 4_000 })).toBe('wrongSignature');
      const ada = visit(marseille!);
      await ada.signIn('ada');
      expect((await ada.open('/admin/statistics')).text('main')).toContain('la signature n’est pas celle de sa clé');
      expect(await after(signed)).toBe('kept');
    } finally {
      await stranger.close();
    }
  });
});
