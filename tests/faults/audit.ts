/**
 * The audit: what was acknowledged, compared with what is there and at the partners. It reads databases alone, so that
 * it holds after any fault, and names every single thing that is not as it must be.
 */
import { appendFileSync } from 'node:fs';
import { and, count, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { linesOf } from '#federation/peering/digest.ts';

/** What a node's people were told was done: the listings by id, as they last were. */
export type Promised = { listings: Map<string, { title: string } | 'deleted'>; answers: number };
export const nothingPromised = (): Promised => ({ listings: new Map(), answers: 0 });
export const promise = (promised: Promised, id: string, what: { title: string } | 'deleted'): void => {
  promised.answers++;
  promised.listings.set(id, what);
};
export type Audited = {
  name: string;
  host: string;
  db: Reader;
  promised?: Promised;
  /** It came back from a backup: its journal knows nothing of what was acknowledged since; the effect must be there. */
  restored?: boolean;
};

export type Findings = {
  /** Acknowledged, and not there. */
  lost: string[];
  /** There twice. */
  doubled: string[];
  /** Half of what belongs together. */
  partial: string[];
  /** There, and not at a partner who should have it. */
  undelivered: string[];
  integrity: string[];
};

/** @param nodes partners of each other, all of them, with nothing under way any more */
export const audit = async (nodes: Audited[]): Promise<Findings> => {
  const found: Findings = { lost: [], doubled: [], partial: [], undelivered: [], integrity: [] };
  for (const node of nodes) {
    await promises(node, found);
    await whole(node, found);
    await outbox(node, found);
    await intact(node, found);
    for (const other of nodes) if (other !== node) await between(node, other, found);
  }
  return found;
};

/** One line for people: the counts, and the first of each that is not 0. */
export const verdictOf = (found: Findings): string => {
  const { integrity, ...counted } = found;
  const counts = Object.entries(counted).map(([name, list]) => `${name} ${list.length}`);
  const examples = Object.entries(found).flatMap(([name, list]) => list.slice(0, 3).map((one) => `  ${name}: ${one}`));
  return [`${counts.join(', ')}, integrity ${integrity.length === 0 ? 'ok' : 'broken'}`, ...examples].join('\n');
};
export const ALL_WELL = 'lost 0, doubled 0, partial 0, undelivered 0, integrity ok';

/** Prints a line, now and in the summary of the run. */
export const report = (line: string): void => {
  console.log(line);
  const file = process.env['FAULTS_REPORT'];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
};

/** Every 303 has its listing, as it was last acknowledged, and no second one. */
const promises = async ({ name, db, promised }: Audited, found: Findings): Promise<void> => {
  if (promised === undefined) return;
  const { listings } = db.t;
  const rows = await db
    .select({ id: listings.id, title: listings.title, state: listings.state })
    .from(listings)
    .where(eq(listings.local, true));
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const [id, what] of promised.listings) {
    const row = byId.get(id);
    if (what === 'deleted') {
      if (row !== undefined) found.lost.push(`${name}: the deletion of ${id}`);
    } else if (row?.state !== 'published') found.lost.push(`${name}: “${what.title}”`);
    else if (row.title !== what.title) found.lost.push(`${name}: the change of ${id} to “${what.title}”`);
  }
  const titles = new Map<string, number>();
  for (const { title } of rows) titles.set(title, (titles.get(title) ?? 0) + 1);
  for (const [title, n] of titles) if (n > 1) found.doubled.push(`${name}: “${title}” ${n} times`);
};

const whole = async ({ name, db }: Audited, found: Findings): Promise<void> => {
  for (const one of await partial(db)) found.partial.push(`${name}: ${one}`);
};

/** What is written together is there together. @returns what is not */
export const partial = async (db: Reader): Promise<string[]> => {
  const found: string[] = [];
  const say = async (what: string, query: ReturnType<typeof sql>): Promise<void> => {
    for (const row of await db.rows<{ x: string }>(query)) found.push(`${what} ${row.x}`);
  };
  const words =
    db.engine === 'sqlite' ? sql`(SELECT rowid FROM listing_words)` : sql`(SELECT "row" FROM listing_words)`;
  await say('no words for', sql`SELECT uri AS x FROM listings WHERE "row" NOT IN ${words}`);
  await say(
    'no line in the stream for',
    sql`SELECT uri AS x FROM listings WHERE state = 'published' AND uri NOT IN (SELECT object FROM stream)`,
  );
  await say(
    'never announced:',
    sql`SELECT uri AS x FROM listings WHERE local AND state = 'published' AND audience <> 'members' AND id NOT IN (SELECT subject FROM announcements WHERE type = 'listing.published')`,
  );
  await say(
    'announced, and no activity for',
    sql`SELECT a.id AS x FROM announcements a WHERE a.state = 'done' AND a.type = 'listing.published' AND a.subject IN (SELECT id FROM listings) AND NOT EXISTS (SELECT 1 FROM activities v WHERE v.uri = a.actor || '/activities/' || a.id)`,
  );
  await say(
    'deleted, and no tombstone for',
    sql`SELECT subject AS x FROM announcements WHERE type = 'listing.removed' AND subject NOT IN (SELECT uri FROM tombstones)`,
  );
  await say(
    'there and deleted at once:',
    sql`SELECT uri AS x FROM listings WHERE local AND uri IN (SELECT uri FROM tombstones)`,
  );
  await say(
    'no activity for the delivery of',
    sql`SELECT activity AS x FROM deliveries WHERE activity NOT IN (SELECT uri FROM activities)`,
  );
  await say(
    'two listings of one Proposal:',
    sql`SELECT proposal_uri AS x FROM listings GROUP BY proposal_uri HAVING count(*) > 1`,
  );
  return found;
};

/** Nothing waits, nothing is dead. */
const outbox = async ({ name, db }: Audited, found: Findings): Promise<void> => {
  const { announcements, deliveries, jobs } = db.t;
  for (const row of await db.select().from(announcements).where(ne(announcements.state, 'done')))
    found.undelivered.push(`${name}: ${row.type} is ${row.state} ${row.error ?? ''}`);
  for (const row of await db.select().from(deliveries).where(ne(deliveries.state, 'done')).limit(100))
    found.undelivered.push(`${name}: ${row.activity} for ${row.host} is ${row.state} ${row.error ?? ''}`);
  for (const row of await db
    .select()
    .from(jobs)
    .where(and(eq(jobs.state, 'dead'), inArray(jobs.type, ['backfill', 'compare']))))
    found.undelivered.push(`${name}: job ${row.type} is dead: ${row.error ?? ''}`);
};

/** What one shares, the other has, once, in the same version; and every delivery that was taken is in the journal. */
const between = async (from: Audited, to: Audited, found: Findings): Promise<void> => {
  const way = `${from.name} → ${to.name}`;
  const ours = await linesOf(from.db, 'ours');
  const theirs = await linesOf(to.db, { host: from.host });
  const copies = new Map<string, number[]>();
  for (const { uri, updated } of theirs) copies.set(uri, [...(copies.get(uri) ?? []), updated.getTime()]);
  for (const { uri, updated } of ours) {
    const there = copies.get(uri) ?? [];
    if (there.length > 1) found.doubled.push(`${way}: ${uri}`);
    if (!there.includes(updated.getTime()))
      found.undelivered.push(`${way}: ${uri} ${there.length === 0 ? 'is not there' : 'is an older version'}`);
    copies.delete(uri);
  }
  for (const uri of copies.keys()) found.undelivered.push(`${way}: the deletion of ${uri}`);

  const { deliveries } = from.db.t;
  const taken = await from.db
    .select({ activity: deliveries.activity })
    .from(deliveries)
    .where(and(eq(deliveries.host, to.host), eq(deliveries.state, 'done')));
  const { received } = to.db.t;
  const journal = new Map<string, number>();
  for (const { uri, n } of await to.db.select({ uri: received.uri, n: count() }).from(received).groupBy(received.uri))
    journal.set(uri, Number(n));
  for (const { activity } of taken) {
    const n = journal.get(activity) ?? 0;
    if (n === 0 && to.restored !== true) found.lost.push(`${way}: ${activity} was answered with 202`);
    if (n > 1) found.doubled.push(`${way}: ${activity} ${n} times in the journal`);
  }
};

const intact = async ({ name, db }: Audited, found: Findings): Promise<void> => {
  if (db.engine === 'postgres') {
    // Every index is walked and compared with its table; what does not agree throws.
    try {
      await db.execute(sql`CREATE EXTENSION IF NOT EXISTS amcheck`);
      await db.rows(sql`
        SELECT bt_index_check(i.indexrelid, true) FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
          JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE a.amname = 'btree' AND n.nspname = 'public'`);
    } catch (error) {
      found.integrity.push(`${name}: ${String(error)} ${String(error instanceof Error ? error.cause : '')}`);
    }
    return;
  }
  const check = await db.rows<{ integrity_check: string }>(sql`PRAGMA integrity_check`);
  for (const { integrity_check: line } of check) if (line !== 'ok') found.integrity.push(`${name}: ${line}`);
  if ((await db.rows(sql`PRAGMA foreign_key_check`)).length > 0) found.integrity.push(`${name}: dangling references`);
};
