/** Which of the rows that wait are sent now: leased by lanes, so that no host holds up another and two processes share the work. */
import { and, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Database, Reader } from '#db/database.ts';
import { firstOfLanes } from '#db/queries/lanes.ts';
import { among } from '#db/queries/many.ts';
import { hostsWithNewKeys } from '#domain/peer-keys.ts';

export type DeliveryRow = Reader['t']['deliveries']['$inferSelect'];
/** `body`: one buffer for all deliveries of an activity, so that it is read and hashed once. */
export type Leased = { delivery: DeliveryRow; body: Buffer };

/** A lease that is older belongs to a process that died. Longer than the slowest lane by far. */
export const LEASE_MS = 90_000;
/** Up to this priority a person waits for it. */
export const URGENT = 1;
const ANY_PRIORITY = 1_000;
/** Bodies in memory, over all lanes of one look; a lane has at least a few, at most a hundred. */
const AT_ONCE = 800;
const PER_LANE = { min: 4, max: 100 };
/** What was written later than this from now was written before the clock was set back: its times mean nothing. */
const AHEAD_MS = 60_000;

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
type Choice = { picks: Pick[]; passed: boolean; due: Date | undefined };

/**
 * What a look found. `full`: lanes whose host may have more than was leased. `passed`: something waits that no lane
 * could be opened for. `due`: when the first host that rests and that something waits for may be tried again.
 */
export type Look = { lanes: Map<string, Leased[]>; full: ReadonlySet<string>; passed: boolean; due: Date | undefined };

/** Leases what may be sent now, in the order of priority and age within each host. */
export const leaseDeliveries = async (db: Database, now: Date, room: Room): Promise<Look> => {
  const { picks, passed, due } = await chooseLanes(db.read, now, room);
  const perLane = Math.min(PER_LANE.max, Math.max(PER_LANE.min, Math.floor(AT_ONCE / Math.max(1, picks.length))));
  const lanes = picks.length === 0 ? new Map<string, Leased[]>() : await leaseLanes(db, now, picks, perLane);
  const full = new Set([...lanes].filter(([, batch]) => batch.length >= perLane).map(([lane]) => lane));
  return { lanes, full, passed, due };
};

const leaseLanes = async (db: Database, now: Date, picks: Pick[], perLane: number): Promise<Map<string, Leased[]>> => {
  const lanes = new Map<string, Leased[]>();
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
      .where(and(free, among(tx, d.row, [...laneOf.keys()])))
      .returning(),
  );
  if (taken.length === 0) return lanes;
  const rows = taken.toSorted((a, b) => a.priority - b.priority || a.row - b.row);
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
const chooseLanes = async (db: Reader, now: Date, room: Room): Promise<Choice> => {
  const waiting = await waitingHosts(db, now);
  const [due] = waiting
    .flatMap(({ retry }) => (retry === null ? [] : [retry]))
    .toSorted((a, b) => a.getTime() - b.getTime());
  if (waiting.length === 0) return { picks: [], passed: false, due };
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
  let passed = false;
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
      passed = true;
    } else passed = true;
  }
  return { picks, passed, due };
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
