/** Whatever the order in which the same things arrive, and however often: the same state in the end. */
import { and, eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findListingByUri } from '#domain/listings.ts';
import { applyActivity } from '#federation/inbox/receive.ts';
import type { InboxDeps } from '#federation/inbox/types.ts';
import { readActivity } from '#federation/vocab/activity.ts';
import type { JsonObject } from '#federation/vocab/json.ts';
import { ALL_WELL, audit, report, verdictOf } from './audit.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, startNode } from '../support/nodes.ts';
import {
  type Person,
  type Remote,
  becomePeer,
  followedBy,
  inboxOf,
  listingOf,
  says,
  startRemote,
} from '../federation/inbox/world.ts';
import { LONG } from './support/chance.ts';

const STORIES = { sqlite: 200, postgres: 30 };

eachEngine('one listing', (engine) => {
  let node: TestNode;
  let deps: InboxDeps;
  let [lyon, mastodon]: Remote[] = [];
  let [alice, carol]: Person[] = [];
  let n = 0;

  beforeAll(async () => {
    node = await startNode('marseille', { engine });
    deps = inboxOf(node);
    [lyon, mastodon] = await Promise.all([startRemote('lyon'), startRemote('mastodon')]);
    const server = await lyon.actor('instance', { type: 'Application' });
    [alice, carol] = await Promise.all([lyon.actor('alice'), mastodon.actor('carol')]);
    await becomePeer(node, lyon, server);
    await followedBy(node, await addMember(node, 'bob', 'Bob'), carol.uri);
  });
  afterAll(async () => {
    await node?.drop();
    await Promise.all([lyon?.down(), mastodon?.down()]);
  });

  const deliver = async (activity: JsonObject): Promise<void> => {
    const read = readActivity(activity);
    if (!read.ok) throw new Error(read.reason);
    await applyActivity(deps, read.value);
  };

  /** What people see of it: the version, and who brought it. */
  const state = async (uri: string): Promise<{ title: string | undefined; lines: string[] }> => {
    const { stream, tombstones } = node.db.read.t;
    expect(await node.db.read.$count(tombstones, and(eq(tombstones.uri, uri), eq(tombstones.owner, carol!.uri)))).toBe(
      0,
    );
    const lines = await node.db.read.select().from(stream).where(eq(stream.object, uri));
    return {
      title: (await findListingByUri(node.db.read, uri))?.title,
      lines: lines.map((line) => new URL(line.actor).pathname).toSorted(),
    };
  };

  const story = fc.record({
    /** Each a second after the one before, or (true) at the very same time: then the greater activity id stands. */
    updates: fc.array(fc.boolean(), { maxLength: 4 }),
    /** After which version it is deleted; beyond the last = for good. */
    deleted: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
    announced: fc.boolean(),
    withdrawn: fc.boolean(),
    atOnce: fc.boolean(),
    seed: fc.infiniteStream(fc.nat()),
    repeats: fc.array(fc.nat(), { maxLength: 4 }),
  });

  test('created, changed (also twice at one time), deleted, passed on and no longer: every order and duplication ends the same', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ updates, deleted, announced, withdrawn, atOnce, seed, repeats }) => {
        const id = `story-${++n}`;
        const uri = `${alice!.uri}/items/${id}`;
        const times = updates.reduce<number[]>((all, tie) => [...all, all.at(-1)! + (tie ? 0 : 1)], [0]);
        const newest = times.at(-1)!;
        const named = (nth: number): JsonObject => listingOf(alice!, id, times[nth]!, { name: `${id}, number ${nth}` });
        const gone = deleted !== undefined && deleted >= newest;
        lyon!.documents.set(`/users/alice/items/${id}`, gone ? 410 : named(times.length - 1));
        const told = [says(alice!, 'Create', { object: named(0) })];
        for (let nth = 1; nth < times.length; nth++) told.push(says(alice!, 'Update', { object: named(nth) }));
        // Half a second after its version, so that before and after are certain.
        if (deleted !== undefined)
          told.push(
            says(alice!, 'Delete', {
              object: {
                id: uri,
                type: 'Tombstone',
                deleted: new Date(Date.UTC(2026, 0, 1) + deleted * 1_000 + 500).toISOString(),
              },
            }),
          );
        // A listing that comes back after its deletion is a new one for those who pass on.
        const passedOn = announced && (deleted === undefined || gone);
        if (passedOn) {
          const announce = says(carol!, 'Announce', { object: uri });
          told.push(announce);
          if (withdrawn)
            told.push(
              says(carol!, 'Undo', {
                object: { id: announce['id'], type: 'Announce', actor: carol!.uri, object: uri },
              }),
            );
        }
        // The same activity again, or the same said by an activity of another id.
        for (const [i, which] of repeats.entries()) {
          const one = told[which % told.length]!;
          told.push(
            i % 2 === 0 || one['type'] === 'Announce' || one['type'] === 'Undo'
              ? one
              : { ...one, id: `${String(one['id'])}-again-${i}` },
          );
        }
        // Of those of the last time the one with the greatest id.
        const last = told
          .filter(({ type }) => type === 'Create' || type === 'Update')
          .filter(({ object }) => (object as JsonObject)['updated'] === named(times.length - 1)['updated'])
          .toSorted((a, b) => (String(a['id']) < String(b['id']) ? 1 : -1))[0]!;
        const order = [...seed.take(told.length)];
        const shuffled = told
          .map((activity, i) => ({ activity, at: order[i]! }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ activity }) => activity);
        if (atOnce) await Promise.all(shuffled.map(deliver));
        else for (const activity of shuffled) await deliver(activity);
        expect(await state(uri)).toEqual(
          gone
            ? { title: undefined, lines: [] }
            : {
                title: (last['object'] as JsonObject)['name'],
                lines: ['/users/alice', ...(passedOn && !withdrawn ? ['/users/carol'] : [])],
              },
        );
      }),
      { numRuns: STORIES[engine] * (LONG ? 10 : 1) },
    );
    const found = await audit([{ name: 'Marseille', host: node.host, db: node.db.read }]);
    report(`${n} listings told in every order, again and at once (${engine}): ${verdictOf(found)}`);
    expect(verdictOf(found)).toBe(ALL_WELL);
  });
});
