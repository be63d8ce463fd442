/**
 * A node that is killed again and again, at any moment, while its members publish, change and delete, and two partners
 * send to it and receive from it. Whoever got no answer tries again, as people and servers do.
 */
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Engine } from '#db/database.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { findListing, updateListing } from '#domain/listings.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../../support/nodes.ts';
import { peerUp } from '../../support/peers.ts';
import { ALL_WELL, type Promised, audit, nothingPromised, promise, report, verdictOf } from '../audit.ts';
import { LONG, chance, pause } from './chance.ts';
import { type Member, memberAt } from './member.ts';
import { type NodeProcess, answers, spawnNode } from './process.ts';
import { waiting } from './waiting.ts';

const KILLS: Record<Engine, number> = LONG ? { sqlite: 300, postgres: 150 } : { sqlite: 20, postgres: 10 };

/** The whole scenario on one engine; the two run beside each other, in files of their own. */
export const killUnderLoad = async (engine: Engine): Promise<void> => {
  const dice = chance(`kill ${engine}`);
  let ahead = 0;
  const overrides = { now: () => new Date(Date.now() + ahead) };
  const [marseille, lyon, bologna] = await Promise.all([
    startNode('marseille', { engine, overrides }),
    startNode('lyon', { engine, overrides }),
    startNode('bologna', { engine, overrides }),
  ]);
  for (const handle of ['alice', 'amir', 'anna']) await addMember(marseille, handle, handle);
  await Promise.all([addMember(lyon, 'bob', 'Bob'), addMember(bologna, 'carla', 'Carla')]);
  await peerUp(lyon, marseille);
  await peerUp(bologna, marseille);
  await peerUp(lyon, bologna);
  const port = marseille.env['PORT']!;
  const members = await Promise.all(
    ['alice', 'amir', 'anna'].map((handle) => memberAt({ port, origin: marseille.origin }, handle)),
  );
  await marseille.down();

  const promised = nothingPromised();
  let stop = false;
  const stopped = (): boolean => stop;
  let said = 0;
  const load = Promise.all([
    ...members.map((member) => use(member, promised, dice, stopped)),
    ...[
      { node: lyon, handle: 'bob' },
      { node: bologna, handle: 'carla' },
    ].map(async (partner) => {
      said += await deal(partner, dice, stopped);
    }),
  ]);
  for (let kill = 0; kill < KILLS[engine]; kill++) {
    const node = spawnNode(marseille.env);
    // Some are killed before they listen: while they open the database and take up what was left.
    if (dice.next() < 0.2) await pause(dice.between(50, 600));
    else {
      await answers(marseille.env, node);
      // The partners' back-off is for hours of trouble; here minutes pass in a second.
      await Promise.all([lyon, bologna].map(sendNow));
      // In the middle of the load, however slow the machine is just now.
      const before = promised.answers;
      await until('somebody was answered', async () => promised.answers > before, 5_000).catch(() => {});
      await pause(dice.between(0, 300));
    }
    await node.kill();
  }
  const node: NodeProcess = spawnNode(marseille.env);
  await answers(marseille.env, node);
  stop = true;
  await load;
  expect(await node.stop(), node.said()).toBe(0);
  // A quarter of an hour later: the leases of those that were killed have run out, and whatever several were killed at
  // is tried again.
  ahead = 15 * 60_000;
  await marseille.up();
  // What is not is found by the audit.
  await drained([marseille, lyon, bologna]);

  const found = await audit([
    { name: 'Marseille', host: marseille.host, db: marseille.db.read, promised },
    { name: 'Lyon', host: lyon.host, db: lyon.db.read },
    { name: 'Bologna', host: bologna.host, db: bologna.db.read },
  ]);
  report(
    `kill -9 under load (${engine}): ${KILLS[engine]} kills, ${promised.listings.size} listings promised here, ${said} told by partners: ${verdictOf(found)}`,
  );
  expect(verdictOf(found)).toBe(ALL_WELL);
  expect(promised.listings.size).toBeGreaterThanOrEqual(KILLS[engine] / 2);
  await Promise.all([marseille.drop(), lyon.drop(), bologna.drop()]);
};

type Dice = ReturnType<typeof chance>;

/** A member publishes, now and then changes, now and then deletes. What was answered is promised. */
const use = async (member: Member, promised: Promised, dice: Dice, stopped: () => boolean): Promise<void> => {
  const own: string[] = [];
  for (let n = 0; !stopped(); n++) {
    const title = `${member.handle} ${n}`;
    const id = own.length > 0 ? dice.of(own) : '';
    const lot = dice.next();
    if (id !== '' && lot < 0.25) {
      await member.rename(id, `${title}, changed`);
      promise(promised, id, { title: `${title}, changed` });
    } else if (id !== '' && lot < 0.35) {
      await member.remove(id);
      promise(promised, id, 'deleted');
      own.splice(own.indexOf(id), 1);
    } else {
      const made = await member.publish(title);
      promise(promised, made, { title });
      own.push(made);
    }
    await pause(dice.between(0, 30));
  }
};

/** A partner publishes, changes and deletes, all the while. @returns how many things it said */
const deal = async (
  { node, handle }: { node: TestNode; handle: string },
  dice: Dice,
  stopped: () => boolean,
): Promise<number> => {
  const own: string[] = [];
  let said = 0;
  for (; !stopped(); said++) {
    const row = own.length === 0 ? undefined : await findListing(node.db.read, dice.of(own));
    const lot = dice.next();
    if (row !== undefined && lot < 0.3)
      await node.db.write((tx) => updateListing(tx, node.site, row, draft({ title: `${handle} ${said}, changed` })));
    else if (row !== undefined && lot < 0.4) await node.db.write((tx) => deleteListing(tx, node.site, row));
    else own.push((await publish(node, handle, { title: `${handle} ${said}` })).id);
    await pause(dice.between(10, 60));
  }
  return said;
};

const sendNow = (node: TestNode): Promise<void> =>
  node.db.write(async (tx) => {
    await tx.update(tx.t.hosts).set({ retry: null });
    await tx.update(tx.t.deliveries).set({ due: node.site.now() }).where(eq(tx.t.deliveries.state, 'waiting'));
  });

/** Waits until everything is sent, as long as it gets less: a long form leaves ten thousand to send. */
const drained = async (nodes: TestNode[]): Promise<void> => {
  for (let [least, since] = [Number.POSITIVE_INFINITY, Date.now()]; ;) {
    if (await quiet(nodes)) return;
    const left = (await Promise.all(nodes.map(waiting))).reduce((sum, n) => sum + n, 0);
    if (left < least) [least, since] = [left, Date.now()];
    if (Date.now() - since > STALLED_MS) return;
  }
};
/** Longer than a server that is sent too much in a minute asks to be left alone. */
const STALLED_MS = 90_000;

const quiet = async (nodes: TestNode[]): Promise<boolean> => {
  for (const node of nodes) {
    if ((await waiting(node)) > 0) {
      await sendNow(node);
      await pause(200);
      return false;
    }
  }
  return true;
};
