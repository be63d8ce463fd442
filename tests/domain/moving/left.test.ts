/** Somebody leaves while what they brought is being taken: nothing is done in their name after it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findActor } from '#domain/actors.ts';
import { closeAccount } from '#domain/closing.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { importListings } from '#domain/import.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { readContainer } from '#domain/moving/read-container.ts';
import { type ArrivalDeps, take } from '#domain/moving/take.ts';
import { openPlaces } from '#domain/places.ts';
import type { AccountRow } from '#domain/sessions.ts';
import { eachEngine } from '../../support/databases.ts';
import { type TestNode, addMember, startNode } from '../../support/nodes.ts';

const MANY = 120;
const places = openPlaces();
const KINDS = ['lodging', 'service', 'food', 'making', 'goods', 'delivery'];

eachEngine('who leaves while a file is taken', (engine) => {
  let node: TestNode;
  let carole: string;
  let deps: ArrivalDeps;
  beforeAll(async () => {
    node = await startNode('left', { engine });
    carole = await addMember(node, 'carole', 'Carole');
    deps = {
      db: node.db,
      site: node.site,
      dir: join(node.dir, 'moving'),
      mediaDir: join(node.dir, 'media'),
      places,
      lookup: (text) => node.federation.port.lookup(text),
    };
  });
  afterAll(() => node.drop());

  const leave = async (account: AccountRow): Promise<void> => {
    const cooperative = (await getCooperative(node.db.read))!;
    expect((await node.db.write((tx) => closeAccount(tx, node.site, cooperative, account))).ok).toBe(true);
  };
  const brought = async () => {
    const folder = join(node.dir, 'brought');
    const files: Record<string, unknown> = {
      'maillon/profile.json': { actor: 'https://old.example/users/a', handle: 'a', name: 'Revenue', text: 'Encore là' },
      'activitypub/actor.json': {},
      'maillon/follows.json': [{ uri: carole, state: 'accepted' }],
      'listings.json': Array.from({ length: MANY }, (_, n) => ({
        ref: `r${n}`,
        kind: 'goods',
        purpose: 'offer',
        title: `Chose ${n}`,
        text: 'Une chose.',
        price_type: 'free',
        place: 'Marseille',
        state: 'published',
      })),
    };
    for (const [name, value] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), JSON.stringify(value));
    }
    writeFileSync(join(folder, 'manifest.yml'), 'ubc-version: 0.1\n');
    return {
      folder,
      brought: await readContainer(
        folder,
        { names: new Set([...Object.keys(files), 'manifest.yml']), leftOut: [] },
        node.host,
      ),
    };
  };
  const around = { tell: async () => {}, stop: new AbortController().signal };
  const listingsOf = (actor: string): Promise<number> =>
    node.db.read.$count(node.db.read.t.listings, eq(node.db.read.t.listings.publisher, actor));

  test('of profile and follows nothing comes back', async () => {
    const alice = await addMember(node, 'alice', 'Alice');
    const account = (await findAccountByHandle(node.db.read, 'alice'))!;
    const { folder, brought: file } = await brought();
    await leave(account);
    const none = { profile: false, listings: 'none' as const, follows: false };
    expect(await take(deps, account, folder, file, { ...none, profile: true }, around)).toBeUndefined();
    expect(await take(deps, account, folder, file, { ...none, follows: true }, around)).toBeUndefined();
    expect(await findActor(node.db.read, alice)).toMatchObject({ name: '', html: '' });
    const { follows } = node.db.read.t;
    expect(await node.db.read.$count(follows, eq(follows.follower, alice))).toBe(0);
  });

  test('of listings nothing is made once they have left', async () => {
    const bob = await addMember(node, 'bob', 'Bob');
    const account = (await findAccountByHandle(node.db.read, 'bob'))!;
    const { brought: file } = await brought();
    let left: Promise<void> | undefined;
    const result = await importListings(node.db, node.site, {
      handle: 'bob',
      places,
      kinds: KINDS,
      lines: file.lines,
      onProgress: () => {
        left ??= leave(account);
      },
    });
    await left;
    expect(result.created).toBeGreaterThan(0);
    expect(await listingsOf(bob)).toBe(0);
  });
});
