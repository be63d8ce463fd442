/**
 * Our half of a comparison: the digest of what a partner may see of our catalogue. Paused and closed listings are in
 * it, because partners have copies of them; what is for members only, and drafts, are not.
 */
import { type SQL, and, asc, eq, gt, inArray } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { catalogueUri } from '#domain/ids.ts';
import { ofNobodySuspended } from '#domain/moderation/withdrawing.ts';
import { type Gives, type Scope, allows, mayGoTo } from '#domain/scopes.ts';
import { type Served, served } from '../documents.ts';
import { type Line, digestOf, inBuckets, readBuckets, writeDigest } from '../vocab/digest.ts';

const ROWS_AT_ONCE = 5_000;
/** Buckets whose entries may be asked for at once. */
export const BUCKETS_AT_ONCE = 32;

/** A partner that compares: what it is given, and what it said that it takes. */
export type Comparing = Gives & { theirTake: Scope | null };

/**
 * The versions of listings: ours as partners may see them, or our copies of a host's.
 * @param reader the partner that asks for ours; absent = all that any may see
 */
export const linesOf = async (db: Reader, whose: { host: string } | 'ours', reader?: Comparing): Promise<Line[]> => {
  const { listings } = db.t;
  const owned: SQL | undefined =
    whose === 'ours'
      ? and(
          eq(listings.local, true),
          inArray(listings.state, ['published', 'paused', 'closed']),
          inArray(listings.audience, ['public', 'peers']),
          ofNobodySuspended(db),
        )
      : and(eq(listings.local, false), eq(listings.host, whose.host));
  const lines: Line[] = [];
  for (let after = 0; ;) {
    const rows = await db
      .select({
        row: listings.row,
        uri: listings.uri,
        updated: listings.updated,
        kind: listings.kind,
        purpose: listings.purpose,
        latitude: listings.latitude,
        longitude: listings.longitude,
        withheld: listings.withheld,
      })
      .from(listings)
      .where(and(owned, gt(listings.row, after)))
      .orderBy(asc(listings.row))
      .limit(ROWS_AT_ONCE);
    for (const row of rows)
      if (reader === undefined || (mayGoTo(reader, row) && allows(reader.theirTake, row)))
        lines.push({ uri: row.uri, updated: row.updated });
    if (rows.length < ROWS_AT_ONCE) return lines;
    after = rows.at(-1)!.row;
  }
};

/** @param asked value of `?buckets=`, if any @returns the document, or what is wrong with the query */
export const digestDocument = async (
  db: Reader,
  cooperative: string,
  asked: string | undefined,
  reader?: Comparing,
): Promise<Served | { error: string; remedy: string; field: string }> => {
  const wanted = asked === undefined || asked === 'all' ? [] : readBuckets(asked, BUCKETS_AT_ONCE);
  if (wanted === undefined)
    return {
      error: 'There are no such buckets.',
      remedy: `Ask for "all", or for at most ${BUCKETS_AT_ONCE} as two hexadecimal digits each: 07,a1.`,
      field: 'buckets',
    };
  const lines = await linesOf(db, 'ours', reader);
  const buckets = inBuckets(lines);
  const { digest, buckets: short } = digestOf(buckets);
  const document = writeDigest({
    id: `${catalogueUri(cooperative)}/digest`,
    total: lines.length,
    digest,
    ...(asked === 'all' ? { buckets: short } : {}),
    ...(wanted.length === 0 ? {} : { entries: wanted.flatMap((bucket) => buckets[bucket]!) }),
  });
  return served(JSON.stringify(document), 'peers');
};
