/** Partners know each other's identity by keys that their nodes name while they become partners, not by the first sign-in. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identityKeys, replaceIdentityKeys } from '#domain/identity/keys.ts';
import { changedEntities, findPin } from '#domain/identity/pins.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { thumbprintOf } from '#domain/thumbprint.ts';
import { toDecide } from '#domain/to-decide.ts';
import { createClock } from '../faults/support/waiting.ts';
import { answer, toConsent, traveller, trust } from '../support/away.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, startNode, until } from '../support/nodes.ts';
import { peerId, peerUp } from '../support/peers.ts';
import { visit } from '../support/visitor.ts';

const DAY_MS = 24 * 3_600_000;

test('a key that is renewed in time is taken without anybody, though nobody signs in meanwhile', async () => {
  const clock = createClock();
  const overrides = { now: clock.now };
  const nodes = await Promise.all([startNode('marseille', { overrides }), startNode('lyon', { overrides })]);
  const [marseille, lyon] = nodes;
  await peerUp(marseille, lyon);
  const shown = async (): Promise<string[]> =>
    (await identityKeys(lyon.db.read, lyon.site, 'federation')).map((key) => thumbprintOf(key.publicPem) ?? '');
  const pinned = async (): Promise<string[]> => (await findPin(marseille.db.read, lyon.host))!.thumbprints.toSorted();
  const first = await pinned();
  // A year: a new one beside the old one. Two weeks: the new one signs. Four: the old one is gone.
  for (const days of [366, 15, 15]) {
    clock.ahead += days * DAY_MS;
    await lyon.down();
    await lyon.up();
    await lyon.federation.identity.trustRound();
    await marseille.federation.identity.trustRound();
    expect(await pinned()).toEqual((await shown()).toSorted());
  }
  expect(await pinned()).toHaveLength(1);
  expect(await pinned()).not.toEqual(first);
  expect(await changedEntities(marseille.db.read)).toEqual([]);
  // What is known of it is never older than a day and a round, and never older than a week is believed.
  const [row] = await marseille.db.read.select().from(marseille.db.read.t.entities);
  expect(row!.expires.getTime() - clock.now().getTime()).toBeLessThanOrEqual(7 * DAY_MS);
  await Promise.all(nodes.map(async (node) => node.drop()));
});

eachEngine('the keys of a partner’s identity', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  const own = async (node: TestNode): Promise<string[]> =>
    (await identityKeys(node.db.read, node.site, 'federation')).map((key) => thumbprintOf(key.publicPem) ?? '');
  const pinned = async (at: TestNode, of: TestNode): Promise<string[] | undefined> =>
    (await findPin(at.db.read, of.host))?.thumbprints;
  /** @returns the address at which alice ends */
  const signsIn = async (): Promise<string> => {
    const alice = traveller();
    const question = await toConsent(alice, marseille!, lyon!, 'alice');
    return question.url.includes('/sign-in/consent/') ? (await answer(alice, question, 'yes')).url : question.text;
  };
  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    await addMember(lyon!, 'alice', 'Alice');
    await trust(marseille!, lyon!);
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  test('are known on both sides before anybody signs in', async () => {
    expect(await pinned(marseille!, lyon!)).toEqual(await own(lyon!));
    expect(await pinned(lyon!, marseille!)).toEqual(await own(marseille!));
    expect(await marseille!.db.read.$count(marseille!.db.read.t.entities)).toBe(0);
    expect(await signsIn()).toBe(`${marseille!.origin}/listings`);
  });

  test('of partners from before are learnt with the next sign-in, by the word of their node', async () => {
    await marseille!.db.write(async (tx) => {
      await tx.delete(tx.t.entityPins);
      await tx.delete(tx.t.entities);
    });
    expect(await signsIn()).toBe(`${marseille!.origin}/listings`);
    expect(await pinned(marseille!, lyon!)).toEqual(await own(lyon!));
  });

  test('changed without the old one’s word: nobody signs in from there before an admin has approved', async () => {
    const before = await own(lyon!);
    await replaceIdentityKeys(lyon!.db, lyon!.site);
    await lyon!.down();
    await lyon!.up();
    expect(await signsIn()).toContain('se présente avec une nouvelle clé');
    // However often it is asked: what is known stays.
    expect(await signsIn()).toContain('se présente avec une nouvelle clé');
    expect(await pinned(marseille!, lyon!)).toEqual(before);
    expect((await changedEntities(marseille!.db.read)).map(({ host }) => host)).toEqual([lyon!.host]);
    const { jobs } = marseille!.db.read.t;
    const letters = async () =>
      (await marseille!.db.read.select().from(jobs)).filter((job) => job.data['name'] === 'identityKeyChanged');
    expect(await letters()).toHaveLength(1);
    const todo = await toDecide(marseille!.db.read, marseille!.site.now(), { admin: true });
    expect(todo.map(({ kind }) => kind)).toContain('identity');
    const ada = visit(marseille!);
    await ada.signIn('ada');
    const id = await peerId(marseille!, lyon!);
    const page = await ada.open(`/admin/peers/${id}`);
    expect(page.text('main')).toContain('montre une nouvelle clé d’identité');
    expect((await ada.open('/admin/peers')).text('main')).toContain('Nouvelle clé d’identité à vérifier');
    await ada.send(page, {}, { action: `/admin/peers/${id}/identity-keys` });
    expect(await pinned(marseille!, lyon!)).toEqual(await own(lyon!));
    expect(await signsIn()).toBe(`${marseille!.origin}/listings`);
    expect(await changedEntities(marseille!.db.read)).toEqual([]);
  });

  test('are forgotten with the partnership', async () => {
    const peer = (await findPeerByHost(marseille!.db.read, lyon!.host))!;
    await marseille!.db.write((tx) => cutPeer(tx, marseille!.site, peer, true));
    expect(await pinned(marseille!, lyon!)).toBeUndefined();
    await until('Lyon forgets, too', async () => (await pinned(lyon!, marseille!)) === undefined);
  });
});
