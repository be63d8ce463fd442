/** This node as an umbrella: the marks that it gives, the cooperatives for which it vouches, and which of them has what. */
import { and, asc, eq, gt, inArray, isNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { blockedDomains, isUnderRule } from '../domain-rules.ts';
import type { Site } from '../site.ts';
import { checkText } from '../text.ts';
import { type FieldError, type Result, fail, ok } from '../types.ts';
import { forgetPin, heldHosts, pinFirst } from './pins.ts';

export type MarkTypeRow = Reader['t']['markTypes']['$inferSelect'];
export type SubordinateRow = Reader['t']['subordinates']['$inferSelect'];
export type GivenMarkRow = Reader['t']['givenMarks']['$inferSelect'];

export const MARK_TYPES_MAX = 20;
export const SUBORDINATES_MAX = 5_000;
const LONGEST_DAYS = 730;
const DAY_MS = 86_400_000;

/** The identifier of a mark, which is also the address of its page. */
export const markUri = (site: Pick<Site, 'origin'>, slug: string): string => `${site.origin}/marks/${slug}`;
export const slugOfMark = (site: Pick<Site, 'origin'>, uri: string): string | undefined =>
  uri.startsWith(`${site.origin}/marks/`) ? uri.slice(`${site.origin}/marks/`.length) : undefined;

export const listMarkTypes = async (db: Reader): Promise<MarkTypeRow[]> =>
  db.select().from(db.t.markTypes).orderBy(asc(db.t.markTypes.name)).limit(MARK_TYPES_MAX);

export const findMarkType = async (db: Reader, slug: string): Promise<MarkTypeRow | undefined> => {
  const [row] = await db.select().from(db.t.markTypes).where(eq(db.t.markTypes.slug, slug)).limit(1);
  return row;
};

/** @returns errors on `slug`, `name`, `text`, `link` */
export const addMarkType = async (
  tx: Tx,
  now: Date,
  input: { slug: string; name: string; text: string; link: string },
): Promise<Result<MarkTypeRow>> => {
  const slug = input.slug.trim().toLowerCase();
  const link = input.link.trim();
  const errors: FieldError[] = [
    ...checkText('name', input.name, { min: 1, max: 60 }),
    ...checkText('text', input.text, { min: 1, max: 500 }),
  ];
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(slug)) errors.unshift({ field: 'slug', code: 'trust.slug' });
  if (link !== '' && !(link.startsWith('https://') && URL.canParse(link) && link.length <= 300))
    errors.push({ field: 'link', code: 'httpsUrl' });
  if (errors.length > 0) return fail(...errors);
  if ((await findMarkType(tx, slug)) !== undefined) return fail({ field: 'slug', code: 'trust.slugTaken' });
  if ((await tx.$count(tx.t.markTypes)) >= MARK_TYPES_MAX)
    return fail({ field: 'slug', code: 'trust.tooMany', params: { max: MARK_TYPES_MAX } });
  const values = { slug, name: input.name.trim(), text: input.text.trim(), link, created: now };
  const [row] = await tx.insert(tx.t.markTypes).values(values).returning();
  return ok(row!);
};

export const findSubordinate = async (db: Reader, host: string): Promise<SubordinateRow | undefined> => {
  const [row] = await db.select().from(db.t.subordinates).where(eq(db.t.subordinates.host, host)).limit(1);
  return row;
};

/** By host. @param after host of the last one shown */
export const listSubordinates = async (db: Reader, limit: number, after = ''): Promise<SubordinateRow[]> => {
  const { subordinates } = db.t;
  return db
    .select()
    .from(subordinates)
    .where(gt(subordinates.host, after))
    .orderBy(asc(subordinates.host))
    .limit(limit);
};

/** An admin has seen who it is, and by which key. @returns an error on `domain` */
export const addSubordinate = async (
  tx: Tx,
  now: Date,
  found: { host: string; name: string; thumbprints: string[]; jwks: Record<string, unknown>[] },
): Promise<Result<SubordinateRow>> => {
  if ((await tx.$count(tx.t.subordinates)) >= SUBORDINATES_MAX)
    return fail({ field: 'domain', code: 'trust.tooMany', params: { max: SUBORDINATES_MAX } });
  const { host, name, jwks } = found;
  await pinFirst(tx, now, host, found.thumbprints);
  const [row] = await tx
    .insert(tx.t.subordinates)
    .values({ host, name, jwks, problem: '', checked: now, created: now })
    .onConflictDoUpdate({ target: tx.t.subordinates.host, set: { name, jwks, problem: '', checked: now } })
    .returning();
  return ok(row!);
};

/** Its keys as it shows them now, or what is wrong. */
export const noteSubordinate = async (
  tx: Tx,
  now: Date,
  host: string,
  found: Partial<Pick<SubordinateRow, 'name' | 'jwks'>> & { problem: string },
): Promise<void> => {
  await tx
    .update(tx.t.subordinates)
    .set({ ...found, checked: now })
    .where(eq(tx.t.subordinates.host, host));
};

/** We vouch for it no more, and all its marks are taken back. */
export const dropSubordinate = async (tx: Tx, now: Date, host: string): Promise<boolean> => {
  const gone = await tx.delete(tx.t.subordinates).where(eq(tx.t.subordinates.host, host)).returning();
  if (gone.length === 0) return false;
  await tx
    .update(tx.t.givenMarks)
    .set({ revoked: now })
    .where(and(eq(tx.t.givenMarks.host, host), isNull(tx.t.givenMarks.revoked)));
  await forgetPin(tx, host);
  return true;
};

/** @param until day, as `2027-01-31`; it holds to its end, UTC @returns an error on `until` or `mark` */
export const giveMark = async (
  tx: Tx,
  now: Date,
  given: { host: string; slug: string; until: string },
): Promise<Result<Date>> => {
  const until = new Date(`${given.until}T23:59:59Z`);
  const days = (until.getTime() - now.getTime()) / DAY_MS;
  if (!/^\d{4}-\d\d-\d\d$/.test(given.until) || !(days > 0) || days > LONGEST_DAYS)
    return fail({ field: 'until', code: 'trust.until' });
  const { host, slug } = given;
  if ((await findMarkType(tx, slug)) === undefined || (await findSubordinate(tx, host)) === undefined)
    return fail({ field: 'mark', code: 'trust.noMark' });
  const set = { given: now, until, revoked: null };
  await tx
    .insert(tx.t.givenMarks)
    .values({ host, slug, ...set })
    .onConflictDoUpdate({ target: [tx.t.givenMarks.slug, tx.t.givenMarks.host], set });
  return ok(until);
};

export const takeMarkBack = async (tx: Tx, now: Date, host: string, slug: string): Promise<boolean> => {
  const { givenMarks: g } = tx.t;
  const rows = await tx
    .update(g)
    .set({ revoked: now })
    .where(and(eq(g.host, host), eq(g.slug, slug), isNull(g.revoked)))
    .returning();
  return rows.length > 0;
};

export const givenTo = async (db: Reader, hosts: string[]): Promise<GivenMarkRow[]> =>
  hosts.length === 0
    ? []
    : db.select().from(db.t.givenMarks).where(inArray(db.t.givenMarks.host, hosts)).orderBy(asc(db.t.givenMarks.slug));

export const findGiven = async (db: Reader, host: string, slug: string): Promise<GivenMarkRow | undefined> =>
  (await givenTo(db, [host])).find((row) => row.slug === slug);

export const holds = (row: Pick<GivenMarkRow, 'until' | 'revoked'>, now: Date): boolean =>
  row.revoked === null && row.until > now;

/**
 * Those of which anything is said now: no key of theirs waits for an admin, and no rule shuts them out. Both count from
 * the moment when they are known, not from the day's look.
 */
export const undoubted = async <T extends Pick<SubordinateRow, 'host' | 'problem'>>(
  db: Reader,
  rows: T[],
): Promise<T[]> => {
  if (rows.length === 0) return [];
  const [held, blocked] = [await heldHosts(db), await blockedDomains(db)];
  return rows.filter(
    ({ host, problem }) =>
      problem !== 'keyChanged' && problem !== 'blocked' && !held.has(host) && !isUnderRule(host, blocked),
  );
};

/** Who has this mark now, by name; without those of which nothing is said. */
export const holdersOf = async (db: Reader, now: Date, slug: string): Promise<SubordinateRow[]> => {
  const { givenMarks: g, subordinates: s } = db.t;
  const rows = await db
    .select({ given: g, subordinate: s })
    .from(g)
    .innerJoin(s, eq(s.host, g.host))
    .where(and(eq(g.slug, slug), isNull(g.revoked)))
    .orderBy(asc(s.name))
    .limit(SUBORDINATES_MAX);
  return undoubted(
    db,
    rows.filter(({ given }) => holds(given, now)).map(({ subordinate }) => subordinate),
  );
};

/** Is this node an umbrella at all? */
export const vouches = async (db: Reader): Promise<boolean> =>
  (await db.$count(db.t.markTypes)) > 0 || (await db.$count(db.t.subordinates)) > 0;
