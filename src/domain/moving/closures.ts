/**
 * After an account was closed: how far the farewell came, server by server. Kept for the admins, and told to the one who
 * left, whose e-mail address is kept until then and no longer.
 */
import { and, count, desc, eq, gt, inArray, isNull, lt, ne, or } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { getCooperative } from '../cooperative.ts';
import { blockedDomains, isUnderRule } from '../domain-rules.ts';
import { newId } from '../ids.ts';
import { queueLetter } from '../mail.ts';
import { receiptLink } from '../moderation/receipts.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { everSentTo } from './heard.ts';

export type ClosureRow = Reader['t']['closures']['$inferSelect'];
export type ClosureHost = Reader['t']['closureHosts']['$inferSelect'];
export type FarewellState = 'waiting' | 'told' | 'gaveUp' | 'shutOut';

const DAY_MS = 86_400_000;
/** Longer than the outbox tries, and than what was given up can be sent again. */
const KEPT_MS = 120 * DAY_MS;
/** When nothing else is known after it, what is known is told. */
const LAST_MS = 35 * DAY_MS;
const AT_ONCE = 50;
const ROWS_AT_ONCE = 200;
/** Servers in one report; a member who was heard by more is told their number. */
const MOST = 2_000;
/** Servers named in the letter; the page has them all. */
const IN_LETTER = 20;

/**
 * Begins the report of a farewell, with those who are not told at all because they are shut out here.
 * @param activity URI of the Delete
 * @returns id of the closure
 */
export const beginClosure = async (
  tx: Tx,
  site: Site,
  account: Pick<AccountRow, 'handle' | 'email' | 'locale' | 'actor'>,
  cooperative: string,
  activity: string,
): Promise<string> => {
  const now = site.now();
  const { closureHosts, closures } = tx.t;
  const id = newId();
  const { handle, email, locale, actor } = account;
  await tx.insert(closures).values({ id, handle, activity, email, locale, created: now });
  const blocked = await blockedDomains(tx);
  const hosts = new Set((await everSentTo(tx, actor, cooperative)).map((one) => one.host));
  const shut = [...hosts].filter((host) => isUnderRule(host, blocked)).slice(0, MOST);
  for (let from = 0; from < shut.length; from += ROWS_AT_ONCE)
    await tx
      .insert(closureHosts)
      .values(
        shut.slice(from, from + ROWS_AT_ONCE).map((host) => ({ closure: id, host, state: 'shutOut', updated: now })),
      );
  return id;
};

/**
 * Notes how far farewells have come, and tells those who left when nothing is waited for any more. To be called before
 * deliveries are cleaned up. Also later, what was given up and sent again by an admin still counts.
 */
export const settleClosures = async (db: Database, site: Site): Promise<void> => {
  const { closureHosts, closures } = db.read.t;
  const open = await db.read
    .select()
    .from(closures)
    .where(
      and(
        gt(closures.created, new Date(site.now().getTime() - KEPT_MS)),
        or(
          isNull(closures.finished),
          inArray(
            closures.id,
            db.read
              .select({ id: closureHosts.closure })
              .from(closureHosts)
              .where(inArray(closureHosts.state, ['gaveUp', 'waiting'])),
          ),
        ),
      ),
    )
    .orderBy(closures.created)
    .limit(1_000);
  for (const closure of open) await db.write((tx) => settle(tx, site, closure.id));
};

const settle = async (tx: Tx, site: Site, id: string): Promise<void> => {
  const { announcements, closureHosts, closures } = tx.t;
  const now = site.now();
  const [closure] = await tx.select().from(closures).where(eq(closures.id, id)).limit(1);
  if (closure === undefined) return;
  const [waiting] = await tx
    .select({ row: announcements.row })
    .from(announcements)
    .where(and(eq(announcements.id, closure.activity.split('/').at(-1) ?? ''), ne(announcements.state, 'done')))
    .limit(1);
  const known = await tx.select().from(closureHosts).where(eq(closureHosts.closure, id)).limit(MOST);
  const fresh = await deliveriesOf(tx, closure.activity);
  const rows = new Map(known.map((row) => [row.host, row]));
  const changed: ClosureHost[] = [];
  for (const [host, { state, error }] of fresh) {
    const before = rows.get(host);
    if (before?.state === state && before.error === error) continue;
    const row = { closure: id, host, state, error, updated: now };
    rows.set(host, row);
    changed.push(row);
  }
  // An admin has given it up: the row is gone, and it was never taken.
  for (const row of known)
    if (row.state === 'waiting' && !fresh.has(row.host)) {
      const gone = { ...row, state: 'gaveUp', updated: now };
      rows.set(row.host, gone);
      changed.push(gone);
    }
  await write(tx, changed);
  const late = now.getTime() - closure.created.getTime() > LAST_MS;
  const busy = waiting !== undefined || [...rows.values()].some((row) => row.state === 'waiting');
  if (closure.finished !== null || (busy && !late)) return;
  await tx.update(closures).set({ finished: now, email: null }).where(eq(closures.id, id));
  if (closure.email !== null) await tellWhoLeft(tx, site, closure, [...rows.values()]);
};

/** One line per server: what waits for any of its inboxes waits for it. */
const deliveriesOf = async (
  db: Reader,
  activity: string,
): Promise<Map<string, { state: FarewellState; error: string | null }>> => {
  const { deliveries: d } = db.t;
  const rows = await db
    .select({ host: d.host, state: d.state, error: d.error })
    .from(d)
    .where(eq(d.activity, activity))
    .limit(20_000);
  const hosts = new Map<string, { state: FarewellState; error: string | null }>();
  const weight: Record<FarewellState, number> = { shutOut: 0, told: 1, gaveUp: 2, waiting: 3 };
  for (const row of rows) {
    const state: FarewellState = row.state === 'done' ? 'told' : row.state === 'dead' ? 'gaveUp' : 'waiting';
    const before = hosts.get(row.host);
    if (before === undefined || weight[state] > weight[before.state])
      hosts.set(row.host, { state, error: state === 'told' ? null : row.error });
  }
  return new Map([...hosts].slice(0, MOST));
};

const write = async (tx: Tx, rows: ClosureHost[]): Promise<void> => {
  const { closureHosts: h } = tx.t;
  if (rows.length === 0) return;
  // Few change at once: each is written anew.
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const some = rows.slice(from, from + ROWS_AT_ONCE);
    await tx.delete(h).where(
      and(
        eq(h.closure, some[0]!.closure),
        inArray(
          h.host,
          some.map((row) => row.host),
        ),
      ),
    );
    await tx.insert(h).values(some);
  }
};

const tellWhoLeft = async (tx: Tx, site: Site, closure: ClosureRow, rows: ClosureHost[]): Promise<void> => {
  const missed = rows.filter((row) => row.state !== 'told').map((row) => row.host);
  const told = rows.length - missed.length;
  const more = missed.length > IN_LETTER ? ` … (+${missed.length - IN_LETTER})` : '';
  await queueLetter(tx, site.now(), {
    to: closure.email ?? '',
    locale: closure.locale,
    name: missed.length === 0 ? 'erased' : 'erasedPartly',
    params: {
      cooperative: (await getCooperative(tx))?.name ?? site.host,
      name: closure.handle,
      told: String(told),
      missed: `${missed.slice(0, IN_LETTER).join('\n')}${more}`,
      link: await receiptLink(tx, site, 'closure', closure.id),
    },
  });
};

export type Farewell = { closure: ClosureRow; hosts: ClosureHost[] };

/** How far a farewell has come just now. */
export const readClosure = async (db: Reader, id: string): Promise<Farewell | undefined> => {
  const { closureHosts, closures } = db.t;
  const [closure] = await db.select().from(closures).where(eq(closures.id, id)).limit(1);
  if (closure === undefined) return undefined;
  const known = await db.select().from(closureHosts).where(eq(closureHosts.closure, id)).limit(MOST);
  const rows = new Map(known.map((row) => [row.host, row]));
  for (const [host, { state, error }] of await deliveriesOf(db, closure.activity))
    rows.set(host, { closure: id, host, state, error, updated: rows.get(host)?.updated ?? closure.created });
  return { closure, hosts: [...rows.values()].toSorted((a, b) => (a.host < b.host ? -1 : 1)) };
};

/** Closed accounts, newest first, with the number of servers by state as it was last noted. */
export const listClosures = async (
  db: Reader,
): Promise<{ closure: ClosureRow; counts: Partial<Record<FarewellState, number>> }[]> => {
  const { closureHosts: h, closures } = db.t;
  const rows = await db.select().from(closures).orderBy(desc(closures.created)).limit(AT_ONCE);
  if (rows.length === 0) return [];
  const found = await db
    .select({ closure: h.closure, state: h.state, n: count() })
    .from(h)
    .where(
      inArray(
        h.closure,
        rows.map((row) => row.id),
      ),
    )
    .groupBy(h.closure, h.state);
  return rows.map((closure) => ({
    closure,
    counts: Object.fromEntries(
      found.filter((one) => one.closure === closure.id).map((one) => [one.state, Number(one.n)]),
    ),
  }));
};

/** Removes old reports. */
export const sweepClosures = async (tx: Tx, now: Date): Promise<void> => {
  const { closureHosts, closures } = tx.t;
  const before = new Date(now.getTime() - KEPT_MS);
  const old = tx.select({ id: closures.id }).from(closures).where(lt(closures.created, before));
  await tx.delete(closureHosts).where(inArray(closureHosts.closure, old));
  await tx.delete(closures).where(lt(closures.created, before));
};
