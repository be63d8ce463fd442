/** A partner that is away for two weeks, and clocks that jump. */
import { and, eq } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { enqueueJob } from '#domain/jobs.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { findListing, findListingByUri, updateListing } from '#domain/listings.ts';
import { replayDead } from '#domain/queue.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, draft, publish, startNode } from '../support/nodes.ts';
import { peerId, peerUp } from '../support/peers.ts';
import { ALL_WELL, audit, report, verdictOf } from './audit.ts';
import { type Clock, createClock, settle, work } from './support/waiting.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

eachEngine('time', (engine) => {
  let nodes: TestNode[] = [];
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.drop()));
  });
  const start = async (clocks: [Clock, Clock]): Promise<[TestNode, TestNode]> => {
    const [marseille, lyon] = await Promise.all([
      startNode('marseille', { engine, overrides: { now: clocks[0].now } }),
      startNode('lyon', { engine, overrides: { now: clocks[1].now } }),
    ]);
    nodes = [marseille, lyon];
    await Promise.all([addMember(marseille, 'alice', 'Alice'), addMember(lyon, 'bob', 'Bob')]);
    await peerUp(lyon, marseille);
    return [marseille, lyon];
  };
  const judge = async (what: string): Promise<void> => {
    const found = await audit(nodes.map((node) => ({ name: node.host, host: node.host, db: node.db.read })));
    report(`${what}: ${verdictOf(found)}`);
    expect(verdictOf(found)).toBe(ALL_WELL);
  };

  test('a partner is away for fifteen days: what is older than two weeks is given up and can be sent again, the rest comes', async () => {
    const clock = createClock();
    const [marseille, lyon] = await start([clock, clock]);
    await settle(clock, [marseille, lyon]);
    await lyon.down();
    const { deliveries, hosts } = marseille.db.read.t;
    const count = (state: string): Promise<number> =>
      marseille.db.read.$count(deliveries, and(eq(deliveries.host, lyon.host), eq(deliveries.state, state)));
    const begin = clock.ahead;
    const uris: string[] = [];
    while (clock.ahead - begin < 15 * DAY_MS) {
      if ((clock.ahead - begin) % DAY_MS === 0)
        uris.push((await publish(marseille, 'alice', { title: `Jour ${uris.length}` })).uri);
      // At first often, then every six hours: the steps of the back-off.
      for (let i = 0; i < 3; i++) {
        await work([marseille]);
        clock.ahead += 2 * HOUR_MS;
      }
    }
    await work([marseille]);
    const [host] = await marseille.db.read.select().from(hosts).where(eq(hosts.host, lyon.host));
    const [dead, left] = [await count('dead'), await count('waiting')];
    expect(dead).toBeGreaterThan(0);
    expect(dead).toBeLessThan(5);
    expect(left).toBe(uris.length - dead);
    // Some at first, then four a day.
    expect(host!.failures).toBeLessThan(80);
    await lyon.up();
    clock.ahead += 7 * HOUR_MS;
    await settle(clock, [marseille, lyon], 7 * HOUR_MS);
    for (const uri of uris.slice(dead)) expect(await findListingByUri(lyon.db.read, uri), uri).toBeDefined();
    for (const uri of uris.slice(0, dead)) expect(await findListingByUri(lyon.db.read, uri), uri).toBeUndefined();
    expect(await replayDead(marseille.db, clock.now(), { host: lyon.host })).toBe(dead);
    await settle(clock, [marseille, lyon]);
    expect(await lyon.federation.compare(await peerId(lyon, marseille))).toMatchObject({ state: 'equal' });
    await judge(
      `away for 15 days (${engine}): ${host!.failures} attempts, ${left} waited, ${dead} given up and sent again`,
    );
  });

  test('a clock jumps two hours ahead and back, and two hours back and ahead: nothing hangs, nothing is lost', async () => {
    const [here, there] = [createClock(), createClock()];
    const [marseille, lyon] = await start([here, there]);
    const at = (uri: string) => findListingByUri(lyon.db.read, uri);
    /** A few minutes pass at both, and no more. */
    const minutes = async (): Promise<void> => {
      for (let i = 0; i < 6; i++) {
        here.ahead += 90_000;
        there.ahead += 90_000;
        await work([marseille, lyon]);
      }
    };
    for (const jump of [2 * HOUR_MS, -2 * HOUR_MS]) {
      const before = await publish(marseille, 'alice', { title: `Avant le saut de ${jump}` });
      here.ahead += jump;
      const during = await publish(marseille, 'alice', { title: `Pendant ${jump}` });
      const changed = await marseille.db.write((tx) =>
        updateListing(tx, marseille.site, before, draft({ title: `Changée pendant ${jump}` })),
      );
      await work([marseille, lyon]);
      // Lyon does not believe a signature of another time, and Marseille tries again.
      expect(await at(during.uri)).toBeUndefined();
      // Something that a process took with the wrong time, and left behind when it died; and a job of that time.
      const { deliveries } = marseille.db.read.t;
      await marseille.db.write(async (tx) => {
        await tx.update(deliveries).set({ leased: here.now() }).where(eq(deliveries.state, 'waiting'));
        await enqueueJob(tx, new Date(here.now().getTime() + 300_000), 'sweep', {}, `sweep of ${jump}`);
      });
      here.ahead -= jump;
      await minutes();
      expect((await at(during.uri))?.title).toBe(`Pendant ${jump}`);
      expect((await at(before.uri))?.title).toBe(`Changée pendant ${jump}`);
      expect(await marseille.db.read.$count(marseille.db.read.t.jobs, eq(marseille.db.read.t.jobs.type, 'sweep'))).toBe(
        0,
      );
      // What was changed with the wrong clock can be changed and deleted with the right one.
      const row = (await findListing(marseille.db.read, changed.id))!;
      await marseille.db.write((tx) => updateListing(tx, marseille.site, row, draft({ title: 'À la bonne heure' })));
      await minutes();
      expect((await at(before.uri))?.title).toBe('À la bonne heure');
      const last = (await findListing(marseille.db.read, during.id))!;
      await marseille.db.write((tx) => deleteListing(tx, marseille.site, last));
      await minutes();
      expect(await at(during.uri)).toBeUndefined();
      // The other one's clock jumps, too.
      there.ahead += jump;
      const { uri } = await publish(marseille, 'alice', { title: `L’autre horloge, ${jump}` });
      await work([marseille, lyon]);
      there.ahead -= jump;
      await minutes();
      expect(await at(uri)).toBeDefined();
    }
    await judge(`clocks jump two hours ahead and back (${engine})`);
  });
});
