/** Umbrellas: those that vouch for us, those whose word counts here, and what the latter say of others. */
import { and, asc, eq, inArray, isNotNull, isNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { tellAdmins } from '../admin-letters.ts';
import type { OwnMark, ShownMark } from '#db/schema/trust.ts';
import { shutOutAmong } from '../domain-rules.ts';
import { enqueueJob } from '../jobs.ts';
import type { Site } from '../site.ts';
import { type Result, fail, ok } from '../types.ts';
import { forgetPin, heldHosts, pinFirst } from './pins.ts';

export type { OwnMark, ShownMark };
export type AnchorRow = Reader['t']['anchors']['$inferSelect'];
export type VouchingRow = Reader['t']['vouchings']['$inferSelect'];
/** What one umbrella says of somebody, proven just now. */
export type ProvenMarks = { anchor: string; marks: ShownMark[] };

const ANCHORS_MAX = 20;
/** Others read no more of them, and no more marks. */
const OURS_MAX = 10;
const MARKS_MAX = 20;

/** Both kinds, by name. */
export const listAnchors = (db: Reader): Promise<AnchorRow[]> =>
  Promise.resolve(db.select().from(db.t.anchors).orderBy(asc(db.t.anchors.name)).limit(ANCHORS_MAX));

export const findAnchor = async (db: Reader, host: string): Promise<AnchorRow | undefined> => {
  const [row] = await db.select().from(db.t.anchors).where(eq(db.t.anchors.host, host)).limit(1);
  return row;
};

/** Is there anything that has to be looked at from time to time? */
export const hasTrust = async (db: Reader): Promise<boolean> =>
  (await db.$count(db.t.entityPins)) > 0 || (await db.$count(db.t.anchors)) > 0;

/** Something about trust has changed: it is looked at now. */
export const planTrust = (tx: Tx, now: Date): Promise<void> => enqueueJob(tx, now, 'trust', {}, 'trust');

/**
 * An admin has seen an umbrella's key, and says what it is to us.
 * @returns an error on `domain` when there are too many
 */
export const addAnchor = async (
  tx: Tx,
  site: Site,
  found: { host: string; name: string; thumbprints: string[]; offers: Record<string, string> },
  as: { ours: boolean; trusted: boolean },
): Promise<Result<AnchorRow>> => {
  const now = site.now();
  const known = await findAnchor(tx, found.host);
  if (known === undefined && (await tx.$count(tx.t.anchors)) >= ANCHORS_MAX)
    return fail({ field: 'domain', code: 'trust.tooMany', params: { max: ANCHORS_MAX } });
  if (as.ours && known?.ours !== true && (await tx.$count(tx.t.anchors, eq(tx.t.anchors.ours, true))) >= OURS_MAX)
    return fail({ field: 'domain', code: 'trust.tooMany', params: { max: OURS_MAX } });
  await pinFirst(tx, now, found.host, found.thumbprints);
  const { host, name, offers } = found;
  const [row] = await tx
    .insert(tx.t.anchors)
    .values({ host, name, offers, ...as, skips: [], marks: [], problem: '', checked: null, created: now })
    .onConflictDoUpdate({
      target: tx.t.anchors.host,
      set: {
        name,
        offers,
        ours: as.ours || known?.ours === true,
        trusted: as.trusted || known?.trusted === true,
        checked: null,
      },
    })
    .returning();
  await planTrust(tx, now);
  return ok(row!);
};

/** What it is to us; nothing at all, and it is forgotten. @param skips types; others than it offers are left out */
export const setAnchor = async (
  tx: Tx,
  now: Date,
  host: string,
  to: { ours: boolean; trusted: boolean; skips: string[] },
): Promise<boolean> => {
  const row = await findAnchor(tx, host);
  if (row === undefined) return false;
  if (!to.trusted) await tx.delete(tx.t.vouchings).where(eq(tx.t.vouchings.anchor, host));
  if (!to.ours && !to.trusted) {
    await tx.delete(tx.t.anchors).where(eq(tx.t.anchors.host, host));
    await forgetPin(tx, host);
    return true;
  }
  const skips = to.trusted ? to.skips.filter((type) => Object.hasOwn(row.offers, type)) : [];
  await tx
    .update(tx.t.anchors)
    .set({ ours: to.ours, trusted: to.trusted, skips, ...(to.ours ? {} : { marks: [] }), checked: null })
    .where(eq(tx.t.anchors.host, host));
  await planTrust(tx, now);
  return true;
};

/** As a page showed it: of two admins who change it the second has to look again. */
export const sealOfAnchor = ({ ours, trusted, skips }: Pick<AnchorRow, 'ours' | 'trusted' | 'skips'>): string =>
  JSON.stringify([ours, trusted, skips.toSorted()]);

/** What is compared in the log of decisions. */
export const stateOfAnchor = async (tx: Tx, host: string) => {
  const row = await findAnchor(tx, host);
  return row === undefined ? undefined : { ours: row.ours, trusted: row.trusted, skips: row.skips };
};

/** It was looked at. @param seen as it was when the look began: what an admin changed since is looked at anew */
export const noteAnchor = async (
  tx: Tx,
  now: Date,
  seen: AnchorRow,
  found: Partial<Pick<AnchorRow, 'name' | 'offers' | 'marks'>> & { problem: string },
): Promise<void> => {
  const { anchors } = tx.t;
  await tx
    .update(anchors)
    .set({ ...found, checked: now })
    .where(
      and(
        eq(anchors.host, seen.host),
        eq(anchors.ours, seen.ours),
        eq(anchors.trusted, seen.trusted),
        seen.checked === null ? isNull(anchors.checked) : eq(anchors.checked, seen.checked),
      ),
    );
};

export const trustedAnchors = async (db: Reader): Promise<AnchorRow[]> =>
  (await listAnchors(db)).filter((row) => row.trusted);

/** What we show of ourselves: who vouches for us, and its marks that have not run out. */
export const ownMarks = async (db: Reader, now: Date): Promise<{ hosts: string[]; marks: OwnMark[] }> => {
  const rows = (await listAnchors(db)).filter((row) => row.ours).slice(0, OURS_MAX);
  return {
    hosts: rows.map(({ host }) => host),
    marks: rows
      .flatMap(({ marks }) => marks)
      .filter(({ until }) => new Date(until) > now)
      .slice(0, MARKS_MAX),
  };
};

/** Does one of these marks let a cooperative in without an admin? @param proven just now */
export const skipsApproval = async (db: Reader, proven: ProvenMarks[]): Promise<boolean> => {
  if (proven.length === 0) return false;
  const skips = new Map((await trustedAnchors(db)).map((row) => [row.host, row.skips]));
  return proven.some(({ anchor, marks }) => marks.some(({ type }) => skips.get(anchor)?.includes(type) === true));
};

/**
 * Remembers what was proven, by umbrellas that are trusted now: one may have been let go of while it was asked. Of a
 * partner the admins are told what is gone.
 * @param proven of each umbrella that could be asked, also without any mark
 */
export const keepVouchings = async (tx: Tx, site: Site, host: string, proven: ProvenMarks[]): Promise<void> => {
  const now = site.now();
  const before = await vouchingsOf(tx, [host]);
  const trusted = new Set((await trustedAnchors(tx)).map((row) => row.host));
  for (const { anchor, marks } of proven.filter((one) => trusted.has(one.anchor))) {
    const row = before.find((one) => one.anchor === anchor);
    const gone = (row?.marks ?? []).filter((mark) => !marks.some(({ type }) => type === mark.type));
    const lost = [
      ...(row?.lost ?? []).filter(({ type }) => ![...marks, ...gone].some((one) => one.type === type)),
      ...gone,
    ];
    if (row === undefined && marks.length === 0) continue;
    const set = {
      marks,
      lost,
      checked: now,
      lostSeen: gone.length > 0 ? now : lost.length === 0 ? null : (row?.lostSeen ?? now),
    };
    await tx
      .insert(tx.t.vouchings)
      .values({ host, anchor, ...set })
      .onConflictDoUpdate({ target: [tx.t.vouchings.host, tx.t.vouchings.anchor], set });
    if (gone.length > 0) await tellLost(tx, site, host, anchor, gone);
  }
};

const tellLost = async (tx: Tx, site: Site, host: string, anchor: string, gone: ShownMark[]): Promise<void> => {
  const { peers } = tx.t;
  const [peer] = await tx
    .select()
    .from(peers)
    .where(and(eq(peers.host, host), inArray(peers.state, ['active', 'paused'])))
    .limit(1);
  if (peer === undefined) return;
  const by = await findAnchor(tx, anchor);
  await tellAdmins(tx, site, 'markLost', `/admin/peers/${peer.id}`, {
    peer: peer.name,
    anchor: by?.name ?? anchor,
    marks: gone.map(({ name }) => name).join(', '),
  });
};

/** The admin has read that marks are gone. */
export const forgetLost = async (tx: Tx, host: string): Promise<boolean> => {
  const { vouchings } = tx.t;
  const rows = await tx
    .update(vouchings)
    .set({ lost: [], lostSeen: null })
    .where(and(eq(vouchings.host, host), isNotNull(vouchings.lostSeen)))
    .returning({ host: vouchings.host });
  return rows.length > 0;
};

export const vouchingsOf = async (db: Reader, hosts: string[]): Promise<VouchingRow[]> =>
  hosts.length === 0 ? [] : db.select().from(db.t.vouchings).where(inArray(db.t.vouchings.host, hosts)).limit(5_000);

/** What is said of somebody who is not dealt with any more. */
export const forgetVouchings = async (tx: Tx, host: string): Promise<void> => {
  await tx.delete(tx.t.vouchings).where(eq(tx.t.vouchings.host, host));
};

/** A mark with who gives it, as pages show it. */
export type Badge = ShownMark & { anchor: string };
/** A word that could not be asked for again for so long is shown no more. */
const SHOWN_MS = 3 * 24 * 3_600_000;

/** Marks that hold now, by host: those of umbrellas that are trusted. */
export const badgesOf = async (db: Reader, now: Date, hosts: string[]): Promise<Map<string, Badge[]>> => {
  const { vouchings, anchors } = db.t;
  if (hosts.length === 0) return new Map();
  const rows = await db
    .select({
      host: vouchings.host,
      by: vouchings.anchor,
      marks: vouchings.marks,
      checked: vouchings.checked,
      anchor: anchors.name,
    })
    .from(vouchings)
    .innerJoin(anchors, and(eq(anchors.host, vouchings.anchor), eq(anchors.trusted, true)))
    .where(inArray(vouchings.host, [...new Set(hosts)]))
    .limit(5_000);
  const badges = new Map<string, Badge[]>();
  if (rows.length === 0) return badges;
  // From the moment when it is known, not from the next look.
  const shutOut = await shutOutAmong(db, [...new Set(rows.map((row) => row.by))]);
  const doubtful = new Set([...(await heldHosts(db)), ...shutOut]);
  for (const { host, by, marks, checked, anchor } of rows) {
    if (doubtful.has(host) || doubtful.has(by) || now.getTime() - checked.getTime() > SHOWN_MS) continue;
    const held = marks.filter(({ until }) => new Date(until) > now).map((mark) => ({ ...mark, anchor }));
    if (held.length > 0) badges.set(host, [...(badges.get(host) ?? []), ...held]);
  }
  return badges;
};

export type LostMarks = { id: string; name: string; host: string; marks: string; seen: Date };
/** Partners who have lost a mark, until an admin has read it. */
export const lostMarks = async (db: Reader): Promise<LostMarks[]> => {
  const { vouchings, peers } = db.t;
  const rows = await db
    .select({ id: peers.id, name: peers.name, host: peers.host, lost: vouchings.lost, seen: vouchings.lostSeen })
    .from(vouchings)
    .innerJoin(peers, and(eq(peers.host, vouchings.host), inArray(peers.state, ['active', 'paused'])))
    .where(isNotNull(vouchings.lostSeen))
    .limit(50);
  return rows.flatMap(({ lost, seen, ...row }) =>
    seen === null || lost.length === 0 ? [] : [{ ...row, seen, marks: lost.map(({ name }) => name).join(', ') }],
  );
};
