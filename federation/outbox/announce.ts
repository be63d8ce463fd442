/**
 * From what happened to what is said: each waiting announcement becomes one activity with one stored body, and
 * one delivery per inbox, in one transaction. The body is made before it, from reads alone.
 */
import { asc, and, eq, isNull, notInArray, sql } from 'drizzle-orm';
import type { Database } from '#db/database.ts';
import { insertDeliveries } from '#db/queries/many.ts';
import { troubleOf } from '#db/trouble.ts';
import { MAX_ENDS, type UnderWay } from '#db/under-way.ts';
import type { AnnouncementType } from '#domain/announcements.ts';
import { log } from '#src/log.ts';
import { addProof } from '../vocab/proof.ts';
import { onAttestationRevoked } from './speak-attestation.ts';
import { onReport } from './speak-flag.ts';
import { onMessageRefused } from './speak-refusal.ts';
import { onMoved } from './speak-move.ts';
import { onPeering } from './speak-peering.ts';
import { onActor, onFollow, onListing, onListingRemoved, onMessage } from './speakers.ts';
import type { AnnouncementRow, OutboxDeps, Said, Speaker } from './speech.ts';

/** Waits after a failure, in milliseconds; after the last one it is left aside. */
const WAITS_MS = [5_000, 30_000, 300_000, 1_800_000];

/**
 * @returns a function that works off waiting announcements in their order, and says how many it looked at, at most
 * `limit`. One that fails, or that ends the process, is put off and in the end left aside: it holds up no other.
 */
export const createTeller = (deps: OutboxDeps & { underWay: UnderWay }): ((limit: number) => Promise<number>) => {
  const { db, site, underWay } = deps;
  const putOff = new Map<number, { failures: number; until: number }>();

  const one = async (row: AnnouncementRow): Promise<void> => {
    try {
      await underWay.run(
        `announcement ${row.id}`,
        async () => {
          await workOff(deps, row);
          putOff.delete(row.row);
        },
        {
          later: async () => void putOff.set(row.row, { failures: 0, until: site.now().getTime() + WAITS_MS[1]! }),
          never: () => leaveAside(db, row, `The process ended ${MAX_ENDS} times while this was told.`),
        },
      );
    } catch (error) {
      // The database's own trouble is nobody's fault here; everything waits for it.
      if (troubleOf(error) !== undefined) throw error;
      const failures = (putOff.get(row.row)?.failures ?? 0) + 1;
      const wait = WAITS_MS[failures - 1];
      log.outbox.error('{type} could not be told: {error}', { type: row.type, error: String(error) });
      if (wait === undefined) {
        putOff.delete(row.row);
        await leaveAside(db, row, String(error));
      } else putOff.set(row.row, { failures, until: site.now().getTime() + wait });
    }
  };

  return async (limit) => {
    const { announcements } = db.read.t;
    const now = site.now().getTime();
    const resting = [...putOff].filter(([, { until }]) => until > now).map(([row]) => row);
    const rows = await db.read
      .select()
      .from(announcements)
      .where(
        and(
          eq(announcements.state, 'waiting'),
          resting.length === 0 ? undefined : notInArray(announcements.row, resting),
        ),
      )
      .orderBy(asc(announcements.row))
      .limit(limit);
    for (const row of rows) await one(row);
    return rows.length;
  };
};

const leaveAside = async (db: Database, row: AnnouncementRow, error: string): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(tx.t.announcements)
      .set({ state: 'dead', error: error.slice(0, 500) })
      .where(eq(tx.t.announcements.row, row.row));
  });

const workOff = async (deps: OutboxDeps, row: AnnouncementRow): Promise<void> => {
  const { db, site, keyring } = deps;
  const said = await say(deps, row);
  const prepared = await Promise.all(
    said.map(async (activity) => {
      const keys = await keyring.of(activity.actor);
      if (keys === undefined) return undefined;
      // A proof lets others pass it on (an Announce, a relay) and still be believed; private things carry none.
      const body = activity.listed
        ? addProof(activity.body, {
            verificationMethod: keys.ed25519.id,
            privateKey: keys.ed25519.privateKey,
            created: row.created,
          })
        : activity.body;
      return { ...activity, text: JSON.stringify(body), key: keys.rsa.id };
    }),
  );
  const now = site.now();
  await db.write(async (tx) => {
    const [still] = await tx
      .update(tx.t.announcements)
      .set({ state: 'done' })
      .where(and(eq(tx.t.announcements.row, row.row), eq(tx.t.announcements.state, 'waiting')))
      .returning({ row: tx.t.announcements.row });
    if (still === undefined) return;
    for (const activity of prepared) {
      if (activity === undefined) continue;
      await tx
        .insert(tx.t.activities)
        .values({
          uri: activity.uri,
          actor: activity.actor,
          type: activity.type,
          object: activity.object,
          listed: activity.listed,
          body: activity.text,
          created: now,
        })
        .onConflictDoNothing();
      if (activity.type === 'Update') await supersede(tx, activity);
      await insertDeliveries(
        tx,
        { activity: activity.uri, key: activity.key, priority: activity.priority, now },
        activity.targets,
      );
    }
  });
};

/** An Update that was never tried is pointless once a newer one of the same object waits behind it. */
const supersede = async (tx: Parameters<Parameters<Database['write']>[0]>[0], activity: Said): Promise<void> => {
  const { deliveries: d, activities: a } = tx.t;
  await tx
    .delete(d)
    .where(
      and(
        eq(d.state, 'waiting'),
        eq(d.attempts, 0),
        isNull(d.leased),
        sql`${d.activity} IN (SELECT ${a.uri} FROM ${a} WHERE ${a.object} = ${activity.object} AND ${a.type} = 'Update' AND ${a.actor} = ${activity.actor} AND ${a.uri} <> ${activity.uri})`,
      ),
    );
};

const say = async (deps: OutboxDeps, row: AnnouncementRow): Promise<Said[]> => {
  const speaker = SPEAKERS[row.type as AnnouncementType];
  return speaker === undefined ? [] : speaker(deps, row);
};
/** Everything that this node ever says, on one screen. */
const SPEAKERS: Record<AnnouncementType, Speaker | undefined> = {
  'listing.published': onListing,
  'listing.updated': onListing,
  'listing.removed': onListingRemoved,
  'actor.updated': onActor,
  'actor.removed': onActor,
  'actor.moved': onMoved,
  'follow.requested': onFollow,
  'follow.withdrawn': onFollow,
  'follow.accepted': onFollow,
  'follow.rejected': onFollow,
  'message.sent': onMessage,
  'message.refused': onMessageRefused,
  'peering.requested': onPeering,
  'peering.accepted': onPeering,
  'peering.refused': onPeering,
  'peering.countered': onPeering,
  'peering.agreed': onPeering,
  'peering.withdrawn': onPeering,
  'peering.ended': onPeering,
  'peering.scoped': onPeering,
  'report.forwarded': onReport,
  'report.answered': onReport,
  'attestation.revoked': onAttestationRevoked,
};
