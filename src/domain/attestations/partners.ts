/** Attestations between cooperatives: which of a partner's count here, what its members have shown, and who was told of ours. */
import { and, eq, gt, inArray, lt } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { ATTESTATION_CODE } from '../listing-access.ts';

/** At one sign-in: with more, the ID token that carries them would be larger than is taken. */
export const MOST_TOLD = 5;

/** What a partner's home says of one of its members, proven. */
export type VouchedAttestation = { uri: string; code: string; until: Date; expires: Date };
export type VouchedRow = Reader['t']['vouchedAttestations']['$inferSelect'];

/** Their code → ours. Empty until an admin says so: nothing of a partner counts by itself. */
export const recognitionsOf = async (db: Reader, host: string): Promise<Map<string, string>> => {
  const { recognitions: r } = db.t;
  const rows = await db.select().from(r).where(eq(r.host, host)).limit(200);
  return new Map(rows.map((row) => [row.theirs, row.ours]));
};

export const setRecognitions = async (tx: Tx, host: string, pairs: Map<string, string>): Promise<void> => {
  const { recognitions: r } = tx.t;
  await tx.delete(r).where(eq(r.host, host));
  const rows = [...pairs].filter(([theirs]) => ATTESTATION_CODE.test(theirs)).slice(0, 100);
  if (rows.length > 0) await tx.insert(r).values(rows.map(([theirs, ours]) => ({ host, theirs, ours })));
};

/** Names of the partners of whom one of these counts here. */
export const recognisedFrom = async (db: Reader, codes: string[]): Promise<string[]> => {
  const { recognitions: r, peers } = db.t;
  if (codes.length === 0) return [];
  const rows = await db
    .selectDistinct({ name: peers.name })
    .from(r)
    .innerJoin(peers, eq(peers.host, r.host))
    .where(and(inArray(r.ours, codes), eq(peers.state, 'active')))
    .orderBy(peers.name)
    .limit(50);
  return rows.map((row) => row.name);
};

/** A member of a partner has signed in: what home said now stands in place of what it said before. */
export const keepVouched = async (
  tx: Tx,
  who: { actor: string; host: string },
  said: VouchedAttestation[],
): Promise<void> => {
  const { vouchedAttestations: v, tombstones, peers } = tx.t;
  await tx.delete(v).where(and(eq(v.actor, who.actor), eq(v.host, who.host)));
  if (said.length === 0) return;
  const uris = said.map((one) => one.uri);
  // Revoked while this sign-in was under way: the notice came first.
  // By the node's own actor: another actor of that server could not revoke it either.
  const node = tx.select({ uri: peers.nodeActor }).from(peers).where(eq(peers.host, who.host));
  const gone = await tx
    .select({ uri: tombstones.uri })
    .from(tombstones)
    .where(and(inArray(tombstones.uri, uris), inArray(tombstones.owner, node)));
  const dead = new Set(gone.map((row) => row.uri));
  const rows = said.filter((one) => !dead.has(one.uri)).map((one) => ({ ...one, ...who }));
  if (rows.length > 0) await tx.insert(v).values(rows).onConflictDoNothing();
};

/** What home said lately of a partner's member and still holds, whether it counts here or not. */
export const vouchedOf = (db: Reader, now: Date, actor: string): Promise<VouchedRow[]> => {
  const { vouchedAttestations: v } = db.t;
  return db
    .select()
    .from(v)
    .where(and(eq(v.actor, actor), gt(v.expires, now), gt(v.until, now)))
    .limit(50);
};

/** What of it counts here, as codes of ours. */
export const countedOf = async (db: Reader, now: Date, guest: { actor: string; host: string }): Promise<string[]> => {
  const [said, counts] = [await vouchedOf(db, now, guest.actor), await recognitionsOf(db, guest.host)];
  return [
    ...new Set(said.flatMap((row) => (row.host === guest.host && counts.has(row.code) ? [counts.get(row.code)!] : []))),
  ];
};

/** Home has revoked it. @returns whether it was known here */
export const dropVouched = async (
  tx: Tx,
  now: Date,
  uri: string,
  by: { host: string; actor: string },
): Promise<boolean> => {
  const { vouchedAttestations: v, tombstones } = tx.t;
  await tx.insert(tombstones).values({ uri, owner: by.actor, local: false, deleted: now }).onConflictDoNothing();
  const gone = await tx
    .delete(v)
    .where(and(eq(v.uri, uri), eq(v.host, by.host)))
    .returning({ uri: v.uri });
  return gone.length > 0;
};

/** The partnership rests or is over: nothing that it said counts. */
export const forgetVouchedFrom = async (tx: Tx, host: string): Promise<void> => {
  await tx.delete(tx.t.vouchedAttestations).where(eq(tx.t.vouchedAttestations.host, host));
};

/** A member said yes: these attestations may be told to that partner. */
export const noteShown = async (
  tx: Tx,
  shown: { grant: string; host: string; expires: Date },
  attestations: string[],
): Promise<void> => {
  if (attestations.length > 0)
    await tx
      .insert(tx.t.shownAttestations)
      .values(attestations.map((attestation) => ({ ...shown, attestation })))
      .onConflictDoNothing();
};

/** What a consent lets be told, as far as it still counts. */
export const shownBy = (db: Reader, now: Date, grant: string) => {
  const { shownAttestations: s, attestations: a } = db.t;
  return db
    .select({ id: a.id, code: a.code, member: a.member, until: a.until, revoked: a.revoked })
    .from(s)
    .innerJoin(a, eq(a.id, s.attestation))
    .where(and(eq(s.grant, grant), gt(a.until, now)))
    .limit(20);
};

/** Has this member of ours let that partner know of an attestation that still counts? */
export const hasShown = async (db: Reader, now: Date, member: string, host: string): Promise<boolean> => {
  const { shownAttestations: s, attestations: a } = db.t;
  const rows = await db
    .select({ revoked: a.revoked })
    .from(s)
    .innerJoin(a, eq(a.id, s.attestation))
    .where(and(eq(a.member, member), eq(s.host, host), gt(s.expires, now), gt(a.until, now)))
    .limit(50);
  return rows.some((row) => row.revoked === null);
};

/** Removes what has run out. */
export const sweepAttestations = async (tx: Tx, now: Date): Promise<void> => {
  await tx.delete(tx.t.vouchedAttestations).where(lt(tx.t.vouchedAttestations.expires, now));
  await tx.delete(tx.t.shownAttestations).where(lt(tx.t.shownAttestations.expires, now));
};
