/**
 * A node that was restored from a backup does not know what happened since, nor whether the one that it replaces is
 * still running. It listens, but says nothing until an admin confirms; then it asks its partners for what it missed.
 */
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announce } from './announcements.ts';
import { nodeActor } from './audit-chain.ts';
import { COMMAND_LINE, audit } from './audit.ts';
import { askComparison } from './comparisons.ts';
import { dropFact, readFact, writeFact } from './facts.ts';
import { countFollowsElsewhere, renewFollows } from './follows.ts';
import { newId, nodeUri } from './ids.ts';
import { listPeers } from './peers.ts';
import type { Site } from './site.ts';

const HELD = 'held';
const RESTORED = 'restored';
const EPOCH = 'epoch';
const BACKUP = 'backup';

export type Restored = {
  /** The state is that of this moment. */
  backup: Date;
  restored: Date;
  confirmed: Date | undefined;
};

/** May nothing leave this node? The answer goes from yes to no while a process runs, and never back. */
export const isHeld = async (db: Reader): Promise<boolean> => (await readFact(db, HELD)) !== undefined;

/** @returns undefined if this database was never restored */
export const restoredState = async (db: Reader): Promise<Restored | undefined> => {
  const fact = await readFact(db, RESTORED);
  if (fact === undefined) return undefined;
  const { backup, restored, confirmed }: Record<string, string | undefined> = JSON.parse(fact);
  return {
    backup: new Date(backup ?? 0),
    restored: new Date(restored ?? 0),
    confirmed: confirmed === undefined ? undefined : new Date(confirmed),
  };
};

/**
 * Called once, within the transaction that loads a backup: a new epoch begins, and whatever leaves is held.
 * Sessions end: one that was closed since the backup must not open again.
 */
export const beginEpoch = async (tx: Tx, now: Date, backup: Date): Promise<void> => {
  await writeFact(tx, EPOCH, newId());
  await writeFact(tx, HELD, now.toISOString());
  await writeFact(tx, RESTORED, JSON.stringify({ backup: backup.toISOString(), restored: now.toISOString() }));
  await noteBackup(tx, backup);
  await tx.delete(tx.t.sessions);
  await tx.delete(tx.t.signInSteps);
  await audit(tx, now, {
    actor: COMMAND_LINE,
    action: 'node.restored',
    subject: await nodeActor(tx),
    after: { backup: backup.toISOString() },
  });
};

/** When the newest backup was made. */
export const noteBackup = (tx: Tx, made: Date): Promise<void> => writeFact(tx, BACKUP, made.toISOString());
export const lastBackup = async (db: Reader): Promise<Date | undefined> => {
  const fact = await readFact(db, BACKUP);
  return fact === undefined ? undefined : new Date(fact);
};

/** What goes out once it is confirmed. */
export type Waiting = {
  /** Deliveries that were waiting in the backup or were caused since, and to how many servers. */
  deliveries: number;
  hosts: number;
  /** What happened and was not made into deliveries yet. */
  news: number;
  letters: number;
  /** Partners whose catalogues are compared. */
  peers: number;
  /** Follows of people and cooperatives elsewhere, which are asked for again. */
  follows: number;
};

export const whatWaits = async (db: Reader, site: Site): Promise<Waiting> => {
  const { deliveries, announcements, jobs } = db.t;
  const [hosts] = await db
    .select({ n: sql<number>`count(DISTINCT ${deliveries.host})` })
    .from(deliveries)
    .where(eq(deliveries.state, 'waiting'));
  return {
    deliveries: await db.$count(deliveries, eq(deliveries.state, 'waiting')),
    hosts: Number(hosts?.n ?? 0),
    news: await db.$count(announcements, eq(announcements.state, 'waiting')),
    letters: await db.$count(jobs, and(eq(jobs.type, 'mail'), eq(jobs.state, 'waiting'))),
    peers: (await listPeers(db, ['active'])).length,
    follows: await countFollowsElsewhere(db, site),
  };
};

/**
 * The admin confirms that this node is the one from now on. What waited is sent: who had it already knows it by its
 * id. Partners are compared with, and told to compare, and what members follow elsewhere is asked for again.
 * @param by who confirms, for the log of decisions
 * @returns false if there was nothing to confirm
 */
export const confirmRestore = async (tx: Tx, site: Site, by: string): Promise<boolean> => {
  const state = await restoredState(tx);
  if (state === undefined || !(await isHeld(tx))) return false;
  const now = site.now();
  const { hosts, jobs } = tx.t;
  // What failed before the backup is tried at once: the reason may be long gone.
  await tx.update(hosts).set({ retry: null, updated: now });
  await tx
    .update(jobs)
    .set({ due: now, attempts: 0, leased: null })
    .where(and(eq(jobs.state, 'waiting'), inArray(jobs.type, ['mail', 'backfill', 'compare'])));
  for (const peer of await listPeers(tx, ['active'])) await askComparison(tx, now, peer.id);
  await renewFollows(tx, site);
  await announce(tx, now, { type: 'actor.updated', actor: nodeUri(site), subject: nodeUri(site) });
  await writeFact(
    tx,
    RESTORED,
    JSON.stringify({
      backup: state.backup.toISOString(),
      restored: state.restored.toISOString(),
      confirmed: now.toISOString(),
    }),
  );
  await dropFact(tx, HELD);
  await audit(tx, now, { actor: by, action: 'node.restoreConfirmed', subject: nodeUri(site) });
  return true;
};
