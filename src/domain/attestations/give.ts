/** Attesting of a member what somebody of the cooperative has seen, and taking it back. */
import { and, desc, eq, gt, inArray, isNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announceAll } from '../announcements.ts';
import type { AuditState } from '../audit.ts';
import { findActor } from '../actors.ts';
import { getCooperative } from '../cooperative.ts';
import { newId, nodeUri } from '../ids.ts';
import { queueLetter } from '../mail.ts';
import { findAccountByActor } from '../members.ts';
import { endOfDay } from '../read.ts';
import type { Site } from '../site.ts';
import { checkText } from '../text.ts';
import { type FieldError, type Result, fail, ok } from '../types.ts';
import { attestationKinds, inLanguage } from './kinds.ts';

export type AttestationRow = Reader['t']['attestations']['$inferSelect'];
/** All of the list. */
const EVERY = '*';
const LONGEST_MS = 3 * 366 * 24 * 3_600_000;
const WORDS_MAX = 1_000;

export const isValid = (row: Pick<AttestationRow, 'until' | 'revoked'>, now: Date): boolean =>
  row.revoked === null && row.until > now;
/** By which partners know it. */
export const attestationUri = (site: Site, id: string): string => `${nodeUri(site)}/attestations/${id}`;

/** Everything that was ever attested of a member, newest first; at most a hundred. */
export const attestationsOf = (db: Reader, member: string): Promise<AttestationRow[]> =>
  db
    .select()
    .from(db.t.attestations)
    .where(eq(db.t.attestations.member, member))
    .orderBy(desc(db.t.attestations.created))
    .limit(100);

/** What counts today, one of each code: the one that holds longest. */
export const validOf = async (db: Reader, now: Date, member: string): Promise<AttestationRow[]> => {
  const { attestations: a } = db.t;
  const rows = await db
    .select()
    .from(a)
    .where(and(eq(a.member, member), isNull(a.revoked), gt(a.until, now)))
    .orderBy(desc(a.until))
    .limit(100);
  return [...new Map(rows.toReversed().map((row) => [row.code, row])).values()];
};

/**
 * Who may attest what: admins all, verifiers what they were appointed for.
 * @param retired also what is given no more, but can still be seen and taken back
 * @returns codes
 */
export const mayAttest = async (
  db: Reader,
  who: { actor: string; role: string },
  retired = false,
): Promise<string[]> => {
  const codes = (await attestationKinds(db))
    .filter((kind) => retired || kind.retired === null)
    .map((kind) => kind.code);
  if (who.role === 'admin') return codes;
  const { verifiers: v } = db.t;
  const rows = await db.select().from(v).where(eq(v.actor, who.actor)).limit(100);
  return rows.some((row) => row.code === EVERY) ? codes : codes.filter((code) => rows.some((row) => row.code === code));
};

export type Verifier = { actor: string; name: string; handle: string; codes: string[] };
export const listVerifiers = async (db: Reader): Promise<Verifier[]> => {
  const { verifiers: v, actors } = db.t;
  const rows = await db
    .select({ actor: v.actor, code: v.code, name: actors.name, handle: actors.handle })
    .from(v)
    .innerJoin(actors, eq(actors.uri, v.actor))
    .orderBy(actors.handle)
    .limit(1_000);
  const by = Map.groupBy(rows, (row) => row.actor);
  return [...by.values()].map((all) => ({ ...all[0]!, codes: all.map((row) => row.code).toSorted() }));
};

/** @param codes of the list, or `*`; none: they attest no more */
export const appoint = async (tx: Tx, now: Date, actor: string, codes: string[]): Promise<Result<void>> => {
  const { verifiers: v } = tx.t;
  const account = await findAccountByActor(tx, actor);
  if (account?.state !== 'active') return fail({ field: 'member', code: 'attestations.noMember' });
  const known = new Set([EVERY, ...(await attestationKinds(tx)).map((kind) => kind.code)]);
  const wanted = codes.includes(EVERY) ? [EVERY] : [...new Set(codes)].filter((code) => known.has(code));
  await tx.delete(v).where(eq(v.actor, actor));
  if (wanted.length > 0) await tx.insert(v).values(wanted.map((code) => ({ actor, code, appointed: now })));
  return ok(undefined);
};

export type AttestInput = { code: string; until: string; note: string };

/** @param may codes that whoever attests may give @returns faults of `code`, `until`, `note` */
export const attest = async (
  tx: Tx,
  site: Site,
  who: { by: string; member: string; may: string[] },
  input: AttestInput,
): Promise<Result<AttestationRow>> => {
  const now = site.now();
  const errors: FieldError[] = [];
  const account = await findAccountByActor(tx, who.member);
  if (account?.state !== 'active') errors.push({ field: 'code', code: 'attestations.noMember' });
  if (who.by === who.member) errors.push({ field: 'code', code: 'attestations.self' });
  if (!who.may.includes(input.code)) errors.push({ field: 'code', code: 'attestations.choose' });
  const until = endOfDay(input.until);
  if (until === undefined) errors.push({ field: 'until', code: 'date' });
  else if (until <= now) errors.push({ field: 'until', code: 'datePast' });
  else if (until.getTime() - now.getTime() > LONGEST_MS) errors.push({ field: 'until', code: 'attestations.far' });
  const note = input.note.trim();
  errors.push(...checkText('note', note, { min: 5, max: WORDS_MAX }));
  if (errors.length > 0) return fail(...errors);
  const [row] = await tx
    .insert(tx.t.attestations)
    .values({ id: newId(), code: input.code, member: who.member, by: who.by, note, until: until!, created: now })
    .returning();
  await tell(tx, site, 'attested', row!, '');
  return ok(row!);
};

/** Takes back what is attested of a member under a code, all of it; partners who were told are told. */
export const revokeAttestation = async (
  tx: Tx,
  site: Site,
  row: AttestationRow,
  by: string,
  words: string,
): Promise<Result<void>> => {
  const now = site.now();
  const reason = words.trim();
  const errors = checkText('reason', reason, { min: 5, max: WORDS_MAX });
  if (errors.length > 0) return fail(...errors);
  const { attestations: a } = tx.t;
  const gone = await tx
    .update(a)
    .set({ revoked: now, revokedBy: by, reason })
    .where(and(eq(a.member, row.member), eq(a.code, row.code), isNull(a.revoked), gt(a.until, now)))
    .returning({ id: a.id });
  if (gone.length === 0) return fail({ field: 'reason', code: 'attestations.over' });
  await withdraw(
    tx,
    site,
    gone.map((one) => one.id),
  );
  await tell(tx, site, 'attestationRevoked', row, reason);
  return ok(undefined);
};

/** Partners who know of one of these attestations are told that it counts no more. */
const withdraw = async (tx: Tx, site: Site, ids: string[]): Promise<void> => {
  const { shownAttestations: s } = tx.t;
  const told = await tx
    .selectDistinct({ attestation: s.attestation, host: s.host })
    .from(s)
    .where(and(inArray(s.attestation, ids), gt(s.expires, site.now())))
    .limit(5_000);
  await announceAll(
    tx,
    site.now(),
    told.map(({ attestation, host }) => ({
      type: 'attestation.revoked' as const,
      actor: nodeUri(site),
      subject: attestationUri(site, attestation),
      data: { host },
    })),
  );
};

/** A letter to the member: what, by whom, until when or why not any more. */
const tell = async (
  tx: Tx,
  site: Site,
  name: 'attested' | 'attestationRevoked',
  row: AttestationRow,
  reason: string,
): Promise<void> => {
  const account = await findAccountByActor(tx, row.member);
  const kind = (await attestationKinds(tx)).find((one) => one.code === row.code);
  const by = await findActor(tx, row.by);
  if (account === undefined) return;
  await queueLetter(tx, site.now(), {
    to: account.email,
    locale: account.locale,
    name,
    params: {
      cooperative: (await getCooperative(tx))?.name ?? site.host,
      name: account.handle,
      what: inLanguage(kind?.names, account.locale, row.code),
      by: by?.name ?? '',
      until: new Intl.DateTimeFormat(account.locale, { dateStyle: 'long', timeZone: 'UTC' }).format(row.until),
      reason,
      link: `${site.origin}/account/attestations`,
    },
  });
};

export const findAttestation = async (db: Reader, id: string): Promise<AttestationRow | undefined> => {
  const [row] = await db.select().from(db.t.attestations).where(eq(db.t.attestations.id, id)).limit(1);
  return row;
};

/** A member leaves: nothing is attested of them any more, and nothing of it is kept. */
export const forgetAttestations = async (tx: Tx, site: Site, member: string): Promise<void> => {
  const { attestations: a, verifiers, membershipViews } = tx.t;
  const rows = await tx.select({ id: a.id }).from(a).where(eq(a.member, member)).limit(1_000);
  const ids = rows.map((row) => row.id);
  if (ids.length > 0) {
    await withdraw(tx, site, ids);
    await tx.delete(a).where(inArray(a.id, ids));
  }
  await tx.delete(verifiers).where(eq(verifiers.actor, member));
  await tx.delete(membershipViews).where(eq(membershipViews.actor, member));
};

/** What the log of decisions compares: what counts, by whose word, and until when; never what was seen. */
export const stateOfAttestations = async (tx: Tx, now: Date, member: string): Promise<AuditState> => ({
  attestations: (await validOf(tx, now, member))
    .map((row) => `${row.code} ${row.until.toISOString().slice(0, 10)} ${row.by}`)
    .toSorted(),
});
