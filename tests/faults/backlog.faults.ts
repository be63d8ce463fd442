/** A hundred thousand deliveries wait (twenty thousand in the short form): a person's message still goes out at once. */
import { type Server, createServer } from 'node:http';
import { and, eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { sendMessage } from '#domain/conversations.ts';
import { updateListing } from '#domain/listings.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { report } from './audit.ts';
import { LONG, pause } from './support/chance.ts';

const BACKLOG = LONG ? 100_000 : 20_000;
const HOSTS = 40;
/** Of these half take what they get, half are down. */
const MESSAGES = 7;
const MIB = 1_048_576;

/** Deliveries as a busy day and some partners that are down leave them. */
const fill = async (node: TestNode, port: number, down: number): Promise<void> => {
  const now = node.site.now();
  const actor = `${node.origin}/users/alice`;
  for (let from = 0; from < BACKLOG; from += 500)
    await node.db.write(async (tx) => {
      const numbers = Array.from({ length: 500 }, (_, i) => from + i);
      await tx.insert(tx.t.activities).values(
        numbers.map((n) => ({
          uri: `${actor}/activities/backlog-${n}`,
          actor,
          type: 'Update',
          object: `${actor}/items/backlog-${n}`,
          listed: false,
          body: JSON.stringify({ id: `${actor}/activities/backlog-${n}`, type: 'Update', content: 'x'.repeat(2_500) }),
          created: now,
        })),
      );
      await tx.insert(tx.t.deliveries).values(
        numbers.map((n) => {
          const host = `host${n % HOSTS}.localhost:${n % 2 === 0 ? port : down}`;
          return {
            activity: `${actor}/activities/backlog-${n}`,
            inbox: `http://${host}/inbox`,
            host,
            key: `${actor}#main-key`,
            priority: 5,
            state: 'waiting',
            attempts: 0,
            due: now,
            created: now,
          };
        }),
      );
    });
};

eachEngine('a backlog', (engine) => {
  test('a message of a person goes out within a second, changes of one listing become one, memory stays bounded', async () => {
    const [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    await Promise.all([addMember(marseille, 'alice', 'Alice'), addMember(lyon, 'bob', 'Bob')]);
    await peerUp(lyon, marseille);
    const about = await publish(marseille, 'alice', { title: 'Chambre' });
    const bob = await marseille.federation.port.lookup(`@bob@${lyon.host}`);
    if (!bob.ok) throw new Error(JSON.stringify(bob.errors));
    await Promise.all([marseille.settled(), lyon.settled()]);
    let taken = 0;
    const server: Server = createServer((request, response) => {
      request.resume();
      taken++;
      response.writeHead(202).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await fill(marseille, typeof address === 'object' && address !== null ? address.port : 0, 9);
    // Lyon rests just now: what changes meanwhile is told once.
    await marseille.db.write(async (tx) => {
      const retry = new Date(Date.now() + 3_600_000);
      const row = { host: lyon.host, failures: 1, retry, updated: new Date(), failing: new Date() };
      await tx.insert(tx.t.hosts).values(row).onConflictDoUpdate({ target: tx.t.hosts.host, set: row });
    });
    let row = about;
    for (let n = 0; n < 30; n++)
      row = await marseille.db.write((tx) => updateListing(tx, marseille.site, row, draft({ title: `Chambre ${n}` })));
    const { deliveries, announcements } = marseille.db.read.t;
    await until(
      'all changes are told',
      async () => (await marseille.db.read.$count(announcements, eq(announcements.state, 'waiting'))) === 0,
      60_000,
    );
    const forLyon = await marseille.db.read.$count(
      deliveries,
      and(eq(deliveries.host, lyon.host), eq(deliveries.state, 'waiting')),
    );
    expect(forLyon).toBeLessThanOrEqual(2);
    await marseille.db.write(async (tx) => {
      await tx
        .update(tx.t.hosts)
        .set({ retry: null, failing: null, failures: 0 })
        .where(eq(tx.t.hosts.host, lyon.host));
    });

    const memory = process.memoryUsage().rss;
    const { messages } = lyon.db.read.t;
    const times: number[] = [];
    for (let n = 1; n <= MESSAGES; n++) {
      const start = performance.now();
      await marseille.db.write((tx) =>
        sendMessage(
          tx,
          marseille.site,
          `${marseille.origin}/users/alice`,
          { uri: bob.value.uri, local: false },
          about,
          `Bonjour ${n}`,
        ),
      );
      await until('Bob has it', async () => (await lyon.db.read.$count(messages)) === n, 30_000);
      times.push(performance.now() - start);
      await pause(100);
    }
    const waits = await marseille.db.read.$count(deliveries, eq(deliveries.state, 'waiting'));
    // It was a backlog all the while.
    expect(waits).toBeGreaterThan(BACKLOG / 4);
    const grown = (process.memoryUsage().rss - memory) / MIB;
    const median = times.toSorted((a, b) => a - b)[Math.floor(MESSAGES / 2)]!;
    report(
      `backlog of ${BACKLOG} (${engine}): a message is there after ${Math.round(median)} ms (slowest ${Math.round(Math.max(...times))} ms) while ${taken} others went out; 30 changes of a listing wait as ${forLyon}; memory +${Math.round(grown)} MiB`,
    );
    expect(median).toBeLessThan(1_000);
    expect(grown).toBeLessThan(250);
    server.closeAllConnections();
    server.close();
    await Promise.all([marseille.drop(), lyon.drop()]);
  });
});
