/**
 * The keys by which an identity is known, of whoever we deal with: remembered when a partnership is made or an admin
 * looks, handed on by the old key's word alone. Others wait for an admin, and nobody signs in from there meanwhile.
 */
import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { tellAdmins } from '../admin-letters.ts';
import type { Site } from '../site.ts';

export type PinRow = Reader['t']['entityPins']['$inferSelect'];

export const findPin = async (db: Reader, host: string): Promise<PinRow | undefined> => {
  const [row] = await db.select().from(db.t.entityPins).where(eq(db.t.entityPins.host, host)).limit(1);
  return row;
};

export const findPins = async (db: Reader, hosts: string[]): Promise<Map<string, PinRow>> => {
  if (hosts.length === 0) return new Map();
  const rows = await db.select().from(db.t.entityPins).where(inArray(db.t.entityPins.host, hosts));
  return new Map(rows.map((row) => [row.host, row]));
};

/** Hosts that show keys which wait for an admin. */
export const heldHosts = async (db: Reader): Promise<Set<string>> => {
  const { entityPins: pins } = db.t;
  const rows = await db.select({ host: pins.host }).from(pins).where(isNotNull(pins.newThumbprints)).limit(10_000);
  return new Set(rows.map(({ host }) => host));
};

/** Of partners from before keys were exchanged, what their first configuration showed. */
const shownBefore = async (db: Reader, host: string): Promise<string[] | undefined> => {
  const { entities } = db.t;
  const [row] = await db
    .select({ thumbprints: entities.thumbprints })
    .from(entities)
    .where(eq(entities.host, host))
    .limit(1);
  return row?.thumbprints;
};

/** @returns the thumbprints that a configuration of this host may be signed by; undefined if none is known */
export const knownThumbprints = async (db: Reader, host: string): Promise<string[] | undefined> =>
  (await findPin(db, host))?.thumbprints ?? shownBefore(db, host);

/** The first word about a host's keys counts; a later one changes nothing. */
export const pinFirst = async (tx: Tx, now: Date, host: string, thumbprints: string[]): Promise<void> => {
  await tx
    .insert(tx.t.entityPins)
    .values({ host, thumbprints: (await shownBefore(tx, host)) ?? thumbprints, since: now })
    .onConflictDoNothing();
};

/** Would `keepPin` change nothing? */
export const isPinned = (row: PinRow | undefined, thumbprints: string[]): boolean =>
  row !== undefined &&
  row.newThumbprints === null &&
  row.thumbprints.toSorted().join(' ') === thumbprints.toSorted().join(' ');

/** It is signed by a key that is known: those that it lists are known from now on, and nothing waits any more. */
export const keepPin = async (tx: Tx, now: Date, host: string, thumbprints: string[]): Promise<void> => {
  const before = await findPin(tx, host);
  if (before === undefined) {
    await tx.insert(tx.t.entityPins).values({ host, thumbprints, since: now });
    return;
  }
  if (isPinned(before, thumbprints)) return;
  const same = isPinned({ ...before, newThumbprints: null }, thumbprints);
  await tx
    .update(tx.t.entityPins)
    .set({ thumbprints, newThumbprints: null, newSeen: null, ...(same ? {} : { since: now, renewed: now }) })
    .where(eq(tx.t.entityPins.host, host));
};

/** It shows keys that no known one vouches for: they wait, and the admins get one letter. @returns whether that was news */
export const holdPin = async (tx: Tx, site: Site, host: string, thumbprints: string[]): Promise<boolean> => {
  const now = site.now();
  await pinFirst(tx, now, host, thumbprints);
  const before = (await findPin(tx, host))!;
  if (before.thumbprints.join(' ') === thumbprints.join(' ')) return false;
  const news = before.newThumbprints?.join(' ') !== thumbprints.join(' ');
  await tx
    .update(tx.t.entityPins)
    .set({ newThumbprints: thumbprints, newSeen: now })
    .where(eq(tx.t.entityPins.host, host));
  if (before.newThumbprints !== null) return news;
  const [changed] = (await changedEntities(tx)).filter((one) => one.host === host);
  if (changed !== undefined)
    await tellAdmins(tx, site, 'identityKeyChanged', changed.page, { peer: changed.name, host });
  return news;
};

/** As an admin saw them: another one may have come since. */
export const pinSeen = (pin: PinRow): string => (pin.newThumbprints ?? []).join(' ');

/** An admin approves what waits. @param seen see `pinSeen` @returns false if nothing waits, or something else */
export const approvePin = async (tx: Tx, now: Date, host: string, seen: string): Promise<boolean> => {
  const row = await findPin(tx, host);
  if (row?.newThumbprints == null || pinSeen(row) !== seen) return false;
  await tx
    .update(tx.t.entityPins)
    .set({ thumbprints: row.newThumbprints, since: now, renewed: null, newThumbprints: null, newSeen: null })
    .where(eq(tx.t.entityPins.host, host));
  await tx.delete(tx.t.entities).where(eq(tx.t.entities.host, host));
  // Umbrellas and those for whom we vouch are looked at anew at once.
  await tx.update(tx.t.anchors).set({ checked: null }).where(eq(tx.t.anchors.host, host));
  await tx
    .update(tx.t.subordinates)
    .set({ checked: new Date(0) })
    .where(eq(tx.t.subordinates.host, host));
  return true;
};

/** Nobody deals with it any more, as a partner, umbrella or cooperative for which we vouch: its keys are forgotten. */
export const forgetPin = async (tx: Tx, host: string): Promise<void> => {
  const { anchors, subordinates, peers } = tx.t;
  const used =
    (await tx.$count(anchors, eq(anchors.host, host))) +
    (await tx.$count(subordinates, eq(subordinates.host, host))) +
    (await tx.$count(peers, and(eq(peers.host, host), inArray(peers.state, ['active', 'paused']))));
  if (used === 0) await tx.delete(tx.t.entityPins).where(eq(tx.t.entityPins.host, host));
};

/** `page`: where an admin decides. */
export type ChangedEntity = { host: string; name: string; page: string; seen: Date };
/** Identities with keys that an admin has to decide on. */
export const changedEntities = async (db: Reader): Promise<ChangedEntity[]> => {
  const { entityPins: pins, peers, anchors, subordinates } = db.t;
  const rows = await db
    .select({
      host: pins.host,
      seen: pins.newSeen,
      peer: peers.id,
      state: peers.state,
      peerName: peers.name,
      anchor: anchors.name,
      subordinate: subordinates.name,
    })
    .from(pins)
    .leftJoin(peers, eq(peers.host, pins.host))
    .leftJoin(anchors, eq(anchors.host, pins.host))
    .leftJoin(subordinates, eq(subordinates.host, pins.host))
    .where(isNotNull(pins.newSeen))
    .orderBy(pins.newSeen)
    .limit(100);
  return rows.flatMap(({ host, seen, peer, state, peerName, anchor, subordinate }) => {
    const partner = peer !== null && (state === 'active' || state === 'paused');
    const name = (partner ? peerName : null) ?? anchor ?? subordinate;
    if (seen === null || name === null) return [];
    const page = partner ? `/admin/peers/${peer}` : anchor === null ? '/admin/trust/vouching' : '/admin/trust';
    return [{ host, name, page, seen }];
  });
};
