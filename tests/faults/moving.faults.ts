/**
 * The process is killed in the middle of a member's move: while a file is taken, while one is made, while followers are
 * brought over. After the next start it goes on, nothing is there twice, and no part passes for the whole.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import tar from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAccountByHandle } from '#domain/members.ts';
import { beginArrival, prepareArrival, takeArrival } from '#domain/moving/arrivals.ts';
import { askExport, exportPath } from '#domain/moving/exports.ts';
import { noteMove } from '#domain/moving/moves.ts';
import { unpack } from '#domain/moving/unpack.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, startNode } from '../support/nodes.ts';
import { LONG } from './support/chance.ts';
import { spawnNode } from './support/process.ts';

const OLD = 'https://old.example/users/alice';
/** More than are taken at once. */
const LISTINGS = 45;
const FOLLOWERS = 150;

eachEngine('killed while a member moves', (engine) => {
  let ahead = 0;
  let node: TestNode;
  let alix = '';
  let account = '';
  beforeAll(async () => {
    node = await startNode('marseille', { engine, overrides: { now: () => new Date(Date.now() + ahead) } });
    [alix] = [await addMember(node, 'alix', 'Alix'), await addMember(node, 'bob', 'Bob')];
    account = (await findAccountByHandle(node.db.read, 'alix'))!.id;
  });
  afterAll(() => node?.drop());

  /** What `begin` asks for is done by a process that dies at a statement with these words; then by the next that starts. */
  const killedAt = async (words: string, begin: () => Promise<unknown>): Promise<void> => {
    // Asked for only when this process does nothing more.
    await node.jobs.idle();
    await node.jobs.stop(0);
    await begin();
    await node.down();
    const dying = spawnNode(node.env, 'tests/faults/support/dying-node.ts', {
      DIES_OF: words,
      AHEAD_MS: String(ahead),
    });
    expect(await dying.ended, dying.said()).toBe('SIGKILL');
    // A lease on PostgreSQL is another's until it runs out.
    ahead += 120_000;
    await node.up();
  };
  const finished = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      node.jobs.wake();
      await node.jobs.idle();
      const { jobs } = node.db.read.t;
      const left = await node.db.read.select({ type: jobs.type }).from(jobs);
      if (!left.some(({ type }) => ['arrival', 'export', 'followOn'].includes(type))) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('It never ends.');
  };

  /** Each death takes seconds: the short form has each once, on one of the two. */
  const on = (short: typeof engine) => test.runIf(LONG || engine === short);

  on('sqlite')('a file that is taken: each listing and follow once, and the report is of all', async () => {
    const place = await prepareArrival(node.db.read, node.site, join(node.dir, 'moving'), account);
    if (!place.ok) throw new Error('no room');
    const { id, path } = place.value;
    const lines = Array.from({ length: LISTINGS }, (_, i) => ({
      ref: `r${i}`,
      kind: 'service',
      purpose: 'offer',
      title: `Service ${i}.`,
      text: 'Une heure.',
      price_type: 'free',
      place: 'Marseille',
      mode: 'onsite',
    }));
    const pack = tar.pack();
    const files = {
      'manifest.yml': 'ubc-version: 0.1\n',
      'maillon/profile.json': JSON.stringify({ actor: OLD, handle: 'alice', name: 'Alice' }),
      'maillon/follows.json': JSON.stringify([{ uri: `${node.origin}/users/bob`, state: 'accepted' }]),
      'listings.json': JSON.stringify(lines),
    };
    for (const [name, said] of Object.entries(files)) pack.entry({ name }, said);
    pack.finalize();
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, Buffer.concat(await Array.fromAsync(pack)));
    await node.db.write((tx) => beginArrival(tx, node.site, account, id));
    await finished();
    const { arrivals, follows, listings } = node.db.read.t;
    const row = async () => (await node.db.read.select().from(arrivals).where(eq(arrivals.id, id)))[0]!;
    expect(await row()).toMatchObject({ state: 'ready', report: { notes: [] } });
    await killedAt('insert into "listings"&Service 33.', () =>
      node.db.write((tx) =>
        takeArrival(tx, node.site, account, id, { profile: true, listings: 'draft', follows: true }),
      ),
    );
    await finished();
    const { taken } = (await row()).report!;
    expect((await row()).state).toBe('done');
    expect(taken!.created + taken!.already).toBe(LISTINGS);
    expect(taken).toMatchObject({ failed: 0, follows: 1, already: 20 });
    expect(await node.db.read.$count(listings, eq(listings.publisher, alix))).toBe(LISTINGS);
    expect(await node.db.read.$count(follows, eq(follows.follower, alix))).toBe(1);
    expect(readdirSync(join(node.dir, 'moving', 'in'))).toEqual([]);
  });

  on('sqlite')('a file that is made: ready when it is whole, and no part beside it', async () => {
    let id = '';
    await killedAt(`from "attestations"&${alix}`, async () => {
      const asked = await node.db.write((tx) => askExport(tx, node.site, account));
      if (!asked.ok) throw new Error('not asked');
      ({ id } = asked.value);
    });
    await finished();
    const { exports } = node.db.read.t;
    expect(await node.db.read.select().from(exports)).toMatchObject([{ id, state: 'ready' }]);
    expect(readdirSync(join(node.dir, 'moving', 'out'))).toEqual([`${id}.tar`]);
    const { names } = await unpack(exportPath(join(node.dir, 'moving'), id), join(node.dir, 'looked'));
    expect([...names]).toEqual(expect.arrayContaining(['manifest.yml', 'listings.json', 'maillon/follows.json']));
  });

  on('postgres')('followers who are brought over: each once, and asked to leave the old address once', async () => {
    const member = (n: number): string => `${node.origin}/users/m${n}`;
    await killedAt('insert into "moved_follows"&/users/m120', () =>
      node.db.write(async (tx) => {
        const created = node.site.now();
        const numbers = Array.from({ length: FOLLOWERS }, (_, n) => n);
        await tx.insert(tx.t.actors).values(
          numbers.map((n) => ({
            uri: member(n),
            local: true,
            kind: 'member' as const,
            handle: `m${n}`,
            host: node.host,
            name: `M ${n}`,
            html: '',
            url: member(n),
            inbox: `${member(n)}/inbox`,
            languages: [],
            discoverable: false,
            manuallyApproves: false,
            suspended: false,
            created,
            updated: created,
          })),
        );
        await tx.insert(tx.t.follows).values(
          numbers.map((n) => ({
            id: `f${String(n).padStart(4, '0')}`,
            uri: `${member(n)}/activities/f${n}`,
            follower: member(n),
            followed: OLD,
            state: 'accepted' as const,
            created,
            updated: created,
          })),
        );
        await noteMove(tx, created, { actor: OLD, target: alix, handle: `@alix@${node.host}`, url: alix });
      }),
    );
    await finished();
    const { announcements, follows, movedFollows } = node.db.read.t;
    const count = (followed: string) => node.db.read.$count(follows, eq(follows.followed, followed));
    expect([await count(OLD), await count(alix)]).toEqual([0, FOLLOWERS]);
    expect(await node.db.read.$count(movedFollows)).toBe(FOLLOWERS);
    const withdrawn = and(eq(announcements.type, 'follow.withdrawn'), eq(announcements.subject, OLD));
    expect(await node.db.read.$count(announcements, withdrawn)).toBe(FOLLOWERS);
  });
});
