/** A partner that is gone for two weeks and comes back: what the admin sees, which letters come, and that both end equal. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { follow } from '#domain/follows.ts';
import { daysOfHost } from '#domain/host-days.ts';
import { enqueueJob } from '#domain/jobs.ts';
import { findListingByUri, updateListing } from '#domain/listings.ts';
import { letterOf } from '#domain/mail.ts';
import { pausePeer } from '#domain/peer-scopes.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { createClock, settle, work } from '../faults/support/waiting.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../support/nodes.ts';
import { peerId, peerUp } from '../support/peers.ts';
import { type Visitor, visit } from '../support/visitor.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

eachEngine('the health of a partner', (engine) => {
  let [marseille, lyon, nantes]: TestNode[] = [];
  const clock = createClock();
  let ada: Visitor;
  let path = '';
  const sweep = async (): Promise<void> => {
    await marseille!.db.write((tx) => enqueueJob(tx, clock.now(), 'sweep', {}, 'sweep'));
    marseille!.jobs.wake();
    await marseille!.jobs.idle();
  };
  const letters = async (name: string): Promise<string[]> =>
    (
      await marseille!.db.read
        .select()
        .from(marseille!.db.read.t.jobs)
        .where(eq(marseille!.db.read.t.jobs.type, 'mail'))
    )
      .map(letterOf)
      .filter((letter) => letter.name === name)
      .map((letter) => letter.params['list'] ?? '');
  const pass = async (ms: number): Promise<void> => {
    for (let gone = 0; gone < ms; gone += 6 * HOUR_MS) {
      clock.ahead += 6 * HOUR_MS;
      await work([marseille!]);
    }
  };
  /** Hours go by: whoever governs gives the password again. */
  const see = async (where: string) => {
    ada = visit(marseille!);
    await ada.signIn('ada');
    return ada.open(where);
  };
  /** Lyon's line in the list of partners. */
  const stateOf = async (): Promise<string> =>
    (await see('/admin/peers')).html
      .replaceAll('\u00A0', ' ')
      .split('<li>')
      .find((line) => line.includes(lyon!.host)) ?? '';

  beforeAll(async () => {
    const overrides = { now: clock.now };
    [marseille, lyon, nantes] = await Promise.all([
      startNode('marseille', { engine, overrides }),
      startNode('lyon', { engine, overrides }),
      startNode('nantes', { engine, overrides }),
    ]);
    await Promise.all([addMember(marseille!, 'alice', 'Alice'), addMember(lyon!, 'bob', 'Bob')]);
    await publish(lyon!, 'bob', { title: 'Studio à Lyon' });
    await peerUp(lyon!, marseille!);
    await peerUp(nantes!, marseille!);
    path = `/admin/peers/${await peerId(marseille!, lyon!)}`;
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop(), nantes?.drop()]);
  });

  test('all is well, and the counts of the day have what passed', async () => {
    await publish(marseille!, 'alice', { title: 'Chambre' });
    await settle(clock, [marseille!, lyon!, nantes!]);
    expect(await stateOf()).toContain('Tout va bien');
    await marseille!.down();
    await marseille!.up();
    const today = (await daysOfHost(marseille!.db.read, clock.now(), lyon!.host)).at(-1)!;
    expect(today.delivered).toBeGreaterThan(0);
    expect(today.received).toBeGreaterThan(0);
    expect(today.failed).toBe(0);
    const page = await see(path);
    expect(page.text('figcaption')).toMatch(/arrivés? .*aucun raté .*reçus?/);
    expect(page.text('main')).toMatch(/Dernière réception ?\d/);
  });

  test('before a pause and a cut their effects are told', async () => {
    const alice = `${marseille!.origin}/users/alice`;
    await marseille!.db.write((tx) =>
      follow(tx, marseille!.site, alice, { uri: `${lyon!.origin}/users/bob`, local: false }),
    );
    const cut = await see(`${path}/cut`);
    expect(cut.text('.effects')).toMatch(
      /Une de ses annonces quitte le catalogue\..*Un de vos membres y suit un compte.*Aucune conversation/,
    );
    expect((await ada.open(`${path}/rest`)).text('.effects')).toContain('Une de ses annonces est cachée.');
    expect((await findPeerByHost(marseille!.db.read, lyon!.host))?.state).toBe('active');
    expect((await ada.open('/admin/peers/none/cut')).status).toBe(404);
  });

  test('gone for two weeks: one letter for all that fail, none for who rests; back: equal, one letter', async () => {
    await Promise.all([lyon!.down(), nantes!.down()]);
    const kept = await publish(marseille!, 'alice', { title: 'Pendant la panne' });
    const changed = await publish(marseille!, 'alice', { title: 'À changer' });
    await work([marseille!]);
    await sweep();
    expect(await letters('failing')).toEqual([]);
    expect(await stateOf()).toContain('En difficulté : le serveur est injoignable');
    await pass(1.1 * DAY_MS);
    await sweep();
    await sweep();
    const [letter, ...more] = await letters('failing');
    expect(more).toEqual([]);
    expect(letter).toMatch(
      new RegExp(`Coop lyon \\(${lyon!.host}\\), depuis le .*\\n– Coop nantes|Coop nantes[^]*Coop lyon`),
    );
    expect(await stateOf()).toContain('En panne depuis plus d’un jour');
    // Nantes rests at our wish from now on: its return is no news.
    await marseille!.db.write(async (tx) => pausePeer(tx, marseille!.site, await peerId(marseille!, nantes!)));
    await pass(12.5 * DAY_MS);
    await marseille!.db.write((tx) =>
      updateListing(tx, marseille!.site, changed, draft({ title: 'Changée pendant la panne' })),
    );
    await sweep();
    expect(await letters('failing')).toHaveLength(1);
    const page = await see(path);
    expect(page.text('main')).toMatch(/Retard du plus ancien ?1[34] jours.*au repos jusqu’à/);
    expect(page.text('main')).toContain('si cela dure plus d’un jour, écrivez à la personne qui l’administre');

    await lyon!.up();
    const again = await ada.send(page, {}, { action: `${path}/attempt` });
    expect(again.path).toBe(path);
    await settle(clock, [marseille!, lyon!], HOUR_MS);
    await until('all is at Lyon', async () => (await findListingByUri(lyon!.db.read, kept.uri)) !== undefined);
    expect((await findListingByUri(lyon!.db.read, changed.uri))?.title).toBe('Changée pendant la panne');
    expect(await lyon!.federation.compare(await peerId(lyon!, marseille!))).toMatchObject({ state: 'equal' });
    expect(await marseille!.federation.compare(await peerId(marseille!, lyon!))).toMatchObject({ state: 'equal' });
    await sweep();
    await sweep();
    expect(await letters('wellAgain')).toEqual([`– Coop lyon (${lyon!.host})`]);
    expect(await stateOf()).toContain('Tout va bien');
  });

  test('counts of days that are over are removed', async () => {
    const { hostDays } = marseille!.db.read.t;
    expect(await marseille!.db.read.$count(hostDays)).toBeGreaterThan(0);
    clock.ahead += 40 * DAY_MS;
    await sweep();
    expect(await marseille!.db.read.$count(hostDays)).toBe(0);
  });
});
