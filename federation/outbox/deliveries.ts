/** The rows that wait to be sent: leased, finished, put off. One back-off per host, however much waits for it. */
import { and, asc, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { firstOfLanes } from '#db/queries/lanes.ts';
import { hostsWithNewKeys } from '#domain/peer-keys.ts';
import type { Target } from '../addressing.ts';

export type DeliveryRow = Reader['t']['deliveries']['$inferSelect'];
/** `body`: one buffer for all deliveries of an activity, so that it is read and hashed once. */
export type Leased = { delivery: DeliveryRow; body: Buffer };

/** A lease that is older belongs to a process that died. Longer than the slowest lane by far. */
export const LEASE_MS = 90_000;
/** How long what was taken is gathered before it is noted; should the process die meanwhile, it is sent once more. */
const GATHER_MS = 50;
const STEP_MS = 5;
const STEPS_MS = [5, 20, 60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600].map((s) => s * 1_000);
/** The n-th wait, in milliseconds, a fifth more or less, so that many who wait for one host do not come together. */
const stepAfter = (failures: number): number =>
  STEPS_MS[Math.min(failures, STEPS_MS.length) - 1]! * (0.8 + Math.random() * 0.4);
/** Up to this priority a person waits for it. */
export const URGENT = 1;
const ANY_PRIORITY = 1_000;
/** Bodies in memory, over all lanes of one look; a lane has at least a few, at most a hundred. */
const AT_ONCE = 800;
const PER_LANE = { min: 4, max: 100 };
/** What was written later than this from now was written before the clock was set back: its times mean nothing. */
const AHEAD_MS = 60_000;

/** Rows for one activity, with the state it announces. `key` = id of the key that signs, never the key itself. */
export const addDeliveries = async (
  tx: Tx,
  now: Date,
  activity: string,
  key: string,
  priority: number,
  targets: Target[],
): Promise<void> => {
  for (let from = 0; from < targets.length; from += 500) {
    await tx
      .insert(tx.t.deliveries)
      .values(
        targets.slice(from, from + 500).map((target) => ({
          activity,
          inbox: target.inbox,
          host: target.host,
          key,
          priority,
          state: 'waiting',
          attempts: 0,
          due: now,
          created: now,
        })),
      )
      .onConflictDoNothing();
  }
};

/** Lanes that may be opened: one per host for what waits in order, and one beside it for what a person waits for. */
export type Room = {
  /** Keys of lanes that are open in this process: a host, or a host and `!` for its urgent one. */
  busy: ReadonlySet<string>;
  /** Hosts that this process holds leases of only because what was sent is being noted: their lanes may be opened. */
  noting: ReadonlySet<string>;
  /** How many more of each may be opened. */
  plain: number;
  urgent: number;
};
export const urgentLane = (host: string): string => `${host} !`;
type Pick = { lane: string; host: string; urgent: boolean };

/**
 * Leases what may be sent now, in the order of priority and age within each host.
 * @returns deliveries by lane
 */
export const leaseDeliveries = async (db: Database, now: Date, room: Room): Promise<Map<string, Leased[]>> => {
  const lanes = new Map<string, Leased[]>();
  const picks = await chooseLanes(db.read, now, room);
  if (picks.length === 0) return lanes;
  const { deliveries: d, activities } = db.read.t;
  const free = and(
    eq(d.state, 'waiting'),
    or(lte(d.due, now), gt(d.created, new Date(now.getTime() + AHEAD_MS))),
    or(
      isNull(d.leased),
      lt(d.leased, new Date(now.getTime() - LEASE_MS)),
      gt(d.leased, new Date(now.getTime() + AHEAD_MS)),
    ),
  );
  const perLane = Math.min(PER_LANE.max, Math.max(PER_LANE.min, Math.floor(AT_ONCE / picks.length)));
  const found = await firstOfLanes(
    db.read,
    free,
    picks.map(({ lane, host, urgent }) => ({ lane, host, maxPriority: urgent ? URGENT : ANY_PRIORITY })),
    perLane,
  );
  if (found.length === 0) return lanes;
  // Each goes by the first lane that has it.
  const laneOf = new Map(found.toReversed().map(({ row, lane }) => [row, lane]));
  const taken = await db.write(async (tx) =>
    tx
      .update(tx.t.deliveries)
      .set({ leased: now })
      .where(and(free, inArray(d.row, [...laneOf.keys()])))
      .returning({ row: tx.t.deliveries.row }),
  );
  if (taken.length === 0) return lanes;
  const rows = await db.read
    .select()
    .from(d)
    .where(
      inArray(
        d.row,
        taken.map(({ row }) => row),
      ),
    )
    .orderBy(asc(d.priority), asc(d.row));
  const uris = [...new Set(rows.map(({ activity }) => activity))];
  const texts = await db.read
    .select({ uri: activities.uri, body: activities.body })
    .from(activities)
    .where(inArray(activities.uri, uris));
  const bodies = new Map(texts.map(({ uri, body }) => [uri, Buffer.from(body)]));
  for (const delivery of rows) {
    const body = bodies.get(delivery.activity);
    if (body === undefined) continue;
    const lane = laneOf.get(delivery.row)!;
    const batch = lanes.get(lane) ?? [];
    batch.push({ delivery, body });
    lanes.set(lane, batch);
  }
  return lanes;
};

/** The hosts whose turn it is: those that a person waits for first, the others by lot, so that none is always last. */
const chooseLanes = async (db: Reader, now: Date, room: Room): Promise<Pick[]> => {
  const waiting = await waitingHosts(db, now);
  const { deliveries: d } = db.t;
  const others = await db
    .selectDistinct({ host: d.host })
    .from(d)
    .where(
      and(
        // Only what waits is leased; without its state the index of leases is sure to be used.
        gte(d.leased, new Date(now.getTime() - LEASE_MS)),
        lte(d.leased, new Date(now.getTime() + AHEAD_MS)),
      ),
    )
    .limit(1_000);
  const taken = new Set(others.map(({ host }) => host));
  let { plain, urgent } = room;
  const picks: Pick[] = [];
  const order = waiting
    .filter((one) => !one.rests)
    .map((one) => ({ ...one, lot: Math.random() }))
    .toSorted((a, b) => Math.min(a.urgency, URGENT + 1) - Math.min(b.urgency, URGENT + 1) || a.lot - b.lot);
  for (const { host, urgency } of order) {
    if (plain > 0 && !room.busy.has(host) && (!taken.has(host) || room.noting.has(host))) {
      plain--;
      picks.push({ lane: host, host, urgent: false });
    } else if (urgent > 0 && urgency <= URGENT && !room.busy.has(urgentLane(host))) {
      urgent--;
      picks.push({ lane: urgentLane(host), host, urgent: true });
    }
  }
  return picks;
};

type WaitingHost = { host: string; urgency: number; rests: boolean; retry: Date | null };

/** The hosts that something waits for, by as many steps in an index, however much it is. */
const waitingHosts = async (db: Reader, now: Date): Promise<WaitingHost[]> => {
  const { hosts } = db.t;
  const rows = await db.rows<{ host: string; urgency: number | string }>(sql`
    WITH RECURSIVE waiting(host) AS (
      SELECT min(host) FROM deliveries WHERE state = 'waiting'
      UNION ALL
      SELECT (SELECT min(host) FROM deliveries WHERE state = 'waiting' AND host > waiting.host)
        FROM waiting WHERE waiting.host IS NOT NULL
    )
    SELECT host, (SELECT min(priority) FROM deliveries WHERE state = 'waiting' AND deliveries.host = waiting.host) AS urgency
      FROM waiting WHERE host IS NOT NULL LIMIT 5000`);
  if (rows.length === 0) return [];
  const resting = await db
    .select({ host: hosts.host, retry: hosts.retry })
    .from(hosts)
    // Noted by a clock that has been set back since: it says nothing of now.
    .where(and(gt(hosts.retry, now), lte(hosts.updated, new Date(now.getTime() + AHEAD_MS))))
    .limit(20_000);
  const until = new Map(resting.map(({ host, retry }) => [host, retry]));
  // Whoever shows keys that nobody has approved may not be who we think: letters to it wait, however long.
  for (const host of await hostsWithNewKeys(db)) until.set(host, null);
  return rows.map(({ host, urgency }) => ({
    host,
    urgency: Number(urgency),
    rests: until.has(host),
    retry: until.get(host) ?? null,
  }));
};

/** These were taken by the other sides; their hosts are well again. @param taken rows by host, at most some hundred */
export const finishDeliveries = async (
  db: Database,
  now: Date,
  taken: readonly { host: string; rows: readonly number[] }[],
): Promise<void> =>
  db.write(async (tx) => {
    const { deliveries: d, hosts, peers } = tx.t;
    const rows = taken.flatMap((one) => one.rows);
    const names = [...new Set(taken.map((one) => one.host))];
    for (let from = 0; from < rows.length; from += 500)
      await tx
        .update(d)
        .set({ state: 'done', leased: null, error: null, finished: now })
        .where(inArray(d.row, rows.slice(from, from + 500)));
    await tx
      .update(hosts)
      .set({ failing: null, failures: 0, retry: null, error: null, updated: now })
      .where(and(inArray(hosts.host, names), isNotNull(hosts.failing)));
    await tx.update(peers).set({ lastDelivered: now }).where(inArray(peers.host, names));
  });

/**
 * Notes what was taken, many hosts in one transaction: whoever comes while one is under way goes into the next.
 * @param busy whether other deliveries are on their way
 * @returns a function that resolves once its rows are on disk
 */
export const createFinisher = (
  db: Database,
  now: () => Date,
  busy: () => boolean,
): ((host: string, rows: readonly number[]) => Promise<void>) => {
  const gathered: { host: string; rows: readonly number[] }[] = [];
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const flush = async (): Promise<void> => {
    await running?.catch(() => {});
    // A commit to disk costs as much as some fifty deliveries: while more are on their way, this one waits for them.
    for (let waited = 0; waited < GATHER_MS && busy(); waited += STEP_MS)
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    next = undefined;
    running = finishDeliveries(db, now(), gathered.splice(0));
    await running;
  };
  return (host, rows) => {
    gathered.push({ host, rows });
    next ??= flush();
    return next;
  };
};

/** The other side will never take this one: a dead letter at once. */
export const buryDelivery = async (db: Database, now: Date, row: number, error: string): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(tx.t.deliveries)
      .set({
        state: 'dead',
        leased: null,
        error: error.slice(0, 500),
        finished: now,
        attempts: sql`${tx.t.deliveries.attempts} + 1`,
      })
      .where(eq(tx.t.deliveries.row, row));
  });

/**
 * The host did not take it this time: all that was leased for it goes back, and the host rests.
 * @param rows leased ones, the failed one first
 * @param options.retryAfterMs what the host asked for, if it did
 * @param options.giveUpMs older than this a delivery becomes a dead letter, which the admin can send again
 */
export const postponeHost = async (
  db: Database,
  now: Date,
  host: string,
  rows: number[],
  error: string,
  options: { giveUpMs: number; retryAfterMs?: number },
): Promise<void> =>
  db.write(async (tx) => {
    const { retryAfterMs, giveUpMs } = options;
    const { deliveries: d, hosts } = tx.t;
    const [before] = await tx.select().from(hosts).where(eq(hosts.host, host)).limit(1);
    const failures = (before?.failures ?? 0) + 1;
    const wait = Math.max(stepAfter(failures), Math.min(retryAfterMs ?? 0, 24 * 3_600_000));
    const retry = new Date(now.getTime() + wait);
    const state = { failing: before?.failing ?? now, failures, retry, error: error.slice(0, 500), updated: now };
    await tx
      .insert(hosts)
      .values({ host, ...state })
      .onConflictDoUpdate({ target: hosts.host, set: state });
    await tx.update(d).set({ leased: null }).where(inArray(d.row, rows));
    const [failed] = rows;
    if (failed !== undefined)
      await tx
        .update(d)
        .set({ attempts: sql`${d.attempts} + 1`, error: error.slice(0, 500) })
        .where(eq(d.row, failed));
    const tooOld = new Date(now.getTime() - giveUpMs);
    await tx
      .update(d)
      .set({ state: 'dead', finished: now, error: error.slice(0, 500) })
      .where(and(eq(d.host, host), eq(d.state, 'waiting'), lt(d.created, tooOld)));
  });

/**
 * The host answers, but not this one, time and again: it is put off by itself, and lets the others pass.
 */
export const postponeDelivery = async (
  db: Database,
  now: Date,
  delivery: DeliveryRow,
  error: string,
  giveUpMs: number,
): Promise<void> =>
  db.write(async (tx) => {
    const { deliveries: d } = tx.t;
    const dead = now.getTime() - delivery.created.getTime() > giveUpMs;
    await tx
      .update(d)
      .set({
        leased: null,
        attempts: sql`${d.attempts} + 1`,
        error: error.slice(0, 500),
        due: new Date(now.getTime() + stepAfter(delivery.attempts + 1)),
        ...(dead ? { state: 'dead', finished: now } : {}),
      })
      .where(eq(d.row, delivery.row));
  });

/** Gives back what was leased and not sent: the process is stopping, or others are to have their turn. */
export const returnLease = async (db: Database, rows: number[]): Promise<void> =>
  db.write(async (tx) => {
    await tx
      .update(tx.t.deliveries)
      .set({ leased: null })
      .where(and(inArray(tx.t.deliveries.row, rows), eq(tx.t.deliveries.state, 'waiting')));
  });

/** Gives back all leases. Only for a process that works on its database alone, as it starts. */
export const releaseLeases = async (db: Database): Promise<void> =>
  db.write(async (tx) => {
    const { deliveries: d } = tx.t;
    await tx
      .update(d)
      .set({ leased: null })
      .where(and(eq(d.state, 'waiting'), isNotNull(d.leased)));
  });

/** When the first host that rests and that something waits for may be tried again. */
export const nextDue = async (db: Reader, now: Date): Promise<Date | undefined> =>
  (await waitingHosts(db, now))
    .flatMap(({ retry }) => (retry === null ? [] : [retry]))
    .toSorted((a, b) => a.getTime() - b.getTime())[0];
