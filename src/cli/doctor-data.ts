/** What doctor finds in the database and beside it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import type { Database } from '#db/database.ts';
import { checkAudit } from '#domain/audit-chain.ts';
import { actorsWithoutKeys, danglingReferences, oldestDelivery } from '#domain/checks.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { mediaInUse } from '#domain/media-files.ts';
import { isHeld, lastBackup, restoredState } from '#domain/restored.ts';
import { mediaFiles } from '#src/backup/write.ts';
import type { Tell } from './doctor.ts';
import { timeOf } from './restore.ts';
import type { Terminal } from './terminal.ts';

const HOUR_MS = 3_600_000;
/** A backup every night may fail once. */
const BACKUP_MS = 3 * 24 * HOUR_MS;
/** The back-off grows to six hours: what waits for longer has been refused many times. */
const QUEUE_MS = 24 * HOUR_MS;

/** Opening has applied the migrations; here is what is in it. */
export const checkData = async (terminal: Terminal, tell: Tell, db: Database, mediaDir: string): Promise<void> => {
  tell('doctor.database', 'fine', 'doctor.databaseFine', { engine: db.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL' });
  await checkIntegrity(tell, db);
  const { accounts, listings } = db.read.t;
  const cooperative = await getCooperative(db.read);
  if (cooperative === undefined) return tell('doctor.cooperative', 'wrong', 'open.notSetUp');
  tell('doctor.cooperative', 'fine', 'doctor.cooperativeFine', {
    name: cooperative.name,
    members: await db.read.$count(accounts, eq(accounts.state, 'active')),
    listings: await db.read.$count(listings, eq(listings.local, true)),
  });
  await checkKeys(tell, db);
  await checkMedia(tell, db, mediaDir);
  await checkLog(tell, db);
  await checkRestored(terminal, tell, db);
  await checkBackup(terminal, tell, db, cooperative.created);
  await checkQueue(terminal, tell, db);
};

const checkIntegrity = async (tell: Tell, db: Database): Promise<void> => {
  const broken = db.engine === 'sqlite' ? await sqliteFaults(db) : undefined;
  if (broken !== undefined) return tell('doctor.integrity', 'wrong', 'doctor.integrityBroken', { problem: broken });
  const dangling = await danglingReferences(db.read);
  if (dangling.length === 0) return tell('doctor.integrity', 'fine', 'doctor.integrityFine');
  for (const { from, to, rows } of dangling) tell('doctor.integrity', 'wrong', 'doctor.dangling', { from, to, rows });
};

const sqliteFaults = async ({ read }: Database): Promise<string | undefined> => {
  const [first] = await read.rows<{ integrity_check: string }>(sql`PRAGMA integrity_check(1)`);
  if (first?.integrity_check !== 'ok') return first?.integrity_check ?? '?';
  const [dangling] = await read.rows<{ table: string; parent: string }>(sql`PRAGMA foreign_key_check`);
  return dangling === undefined ? undefined : `${dangling.table} → ${dangling.parent}`;
};

const checkKeys = async (tell: Tell, db: Database): Promise<void> => {
  const { checked, bad } = await actorsWithoutKeys(db.read);
  if (bad.length === 0) tell('doctor.keys', 'fine', 'doctor.keysFine', { count: checked });
  else
    tell('doctor.keys', 'wrong', 'doctor.keysMissing', {
      actors: bad.slice(0, 10).join(', ') + (bad.length > 10 ? ' …' : ''),
    });
};

const checkMedia = async (tell: Tell, db: Database, mediaDir: string): Promise<void> => {
  const inUse = await mediaInUse(db.read);
  const there = await mediaFiles(mediaDir);
  const known = new Set(there);
  const missing = [...inUse].filter((name) => !known.has(name));
  if (missing.length === 0) tell('doctor.media', 'fine', 'doctor.mediaFine', { count: inUse.size });
  else
    tell('doctor.media', 'wrong', 'doctor.mediaMissing', {
      missing: missing.length,
      count: inUse.size,
      names: missing.slice(0, 3).join(', ') + (missing.length > 3 ? ' …' : ''),
    });
  const unused = there.filter((name) => !inUse.has(name));
  if (unused.length === 0) return;
  let bytes = 0;
  for (const name of unused) bytes += (await stat(join(mediaDir, name)).catch(() => undefined))?.size ?? 0;
  tell('doctor.media', 'note', 'doctor.mediaUnused', { count: unused.length, megabytes: (bytes / 1e6).toFixed(1) });
};

const checkLog = async (tell: Tell, db: Database): Promise<void> => {
  const snapshot = await db.snapshot();
  try {
    const verdict = await checkAudit(snapshot.read);
    if (verdict.ok)
      tell('doctor.audit', 'fine', 'doctor.auditFine', { count: verdict.count, hash: verdict.head?.hash ?? '–' });
    else tell('doctor.audit', 'wrong', `doctor.audit.${verdict.fault}`, { n: verdict.n });
  } finally {
    await snapshot.end();
  }
};

const checkRestored = async (terminal: Terminal, tell: Tell, db: Database): Promise<void> => {
  const state = await restoredState(db.read);
  if (state === undefined) return;
  const when = timeOf(terminal, state.backup);
  if (await isHeld(db.read)) tell('doctor.restored', 'wrong', 'doctor.unconfirmed', { when });
  else
    tell('doctor.restored', 'note', 'doctor.confirmed', {
      when,
      confirmed: state.confirmed === undefined ? '?' : timeOf(terminal, state.confirmed),
    });
};

const checkBackup = async (terminal: Terminal, tell: Tell, db: Database, since: Date): Promise<void> => {
  const made = await lastBackup(db.read);
  const old = Date.now() - (made ?? since).getTime() > BACKUP_MS;
  if (made === undefined) tell('doctor.backup', old ? 'wrong' : 'note', 'doctor.backupNone');
  else
    tell('doctor.backup', old ? 'wrong' : 'fine', old ? 'doctor.backupOld' : 'doctor.backupFine', {
      when: timeOf(terminal, made),
    });
};

const checkQueue = async (terminal: Terminal, tell: Tell, db: Database): Promise<void> => {
  const { deliveries } = db.read.t;
  const counts = {
    waiting: await db.read.$count(deliveries, eq(deliveries.state, 'waiting')),
    dead: await db.read.$count(deliveries, eq(deliveries.state, 'dead')),
  };
  const oldest = await oldestDelivery(db.read);
  if (oldest === undefined || Date.now() - oldest.since.getTime() < QUEUE_MS)
    return tell('doctor.queue', 'note', 'doctor.queueFine', counts);
  tell('doctor.queue', 'wrong', 'doctor.queueOld', {
    ...counts,
    host: oldest.host,
    since: timeOf(terminal, oldest.since),
    error: oldest.error === '' ? '' : ` (${oldest.error})`,
  });
};
