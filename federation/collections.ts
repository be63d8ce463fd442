/** Collections with counts and pages: outbox, followers, following, catalogue. Pages are joined from stored bodies. */
import { and, asc, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import type { Database, Reader } from '#db/database.ts';
import { countFollows } from '#domain/follows.ts';
import { catalogueUri, followersUri, followingUri, outboxUri } from '#domain/ids.ts';
import { ofNobodyLimited } from '#domain/moderation/restrictions.ts';
import { ofNobodySuspended } from '#domain/moderation/withdrawing.ts';
import { type Gives, mayGoTo } from '#domain/scopes.ts';
import type { Site } from '#domain/site.ts';
import { type Served, notesOf, served } from './documents.ts';
import { stillShown } from './shown.ts';
import { writeCollection, writeCollectionPage } from './vocab/collection.ts';

const OUTBOX_PAGE = 20;
const CATALOGUE_PAGE = 50;

export type CollectionName = 'outbox' | 'followers' | 'following' | 'catalogue';
/** Who reads: peers see what is shared with peers, too. */
export type Asking = { peer: boolean; reader?: Gives };

/**
 * @param page value of `?page=`, absent for the collection itself
 * @returns undefined if there is no such collection or page
 */
export const collection = async (
  deps: { db: Database; site: Site },
  actor: { uri: string; kind: string },
  name: CollectionName,
  page: string | undefined,
  asking: Asking,
): Promise<Served | undefined> => {
  const { db, site } = deps;
  switch (name) {
    case 'followers':
    case 'following': {
      // Who follows whom is theirs to tell; the number is enough for others.
      const counts = await countFollows(db.read, actor.uri);
      const id = name === 'followers' ? followersUri(actor.uri) : followingUri(actor.uri);
      return served(
        JSON.stringify(writeCollection({ id, total: name === 'followers' ? counts.followers : counts.following })),
        'public',
      );
    }
    case 'outbox':
      return page === undefined ? outbox(db.read, actor.uri) : outboxPage(db.read, actor.uri, page);
    default:
      if (actor.kind !== 'cooperative') return undefined;
      return page === undefined
        ? catalogue(db.read, actor.uri, asking)
        : cataloguePage(db.read, site, actor.uri, page, asking);
  }
};

/** Activities of an outbox that are counted. */
const COUNTED = 1_000;
const outbox = async (db: Reader, actor: string): Promise<Served> => {
  const { activities } = db.t;
  // What a reader would count page by page. Each row is looked up, so of a long one the number is not said.
  const some = db
    .select({ row: activities.row })
    .from(activities)
    .where(and(eq(activities.actor, actor), stillShown(db)))
    .limit(COUNTED + 1)
    .as('some');
  const counted = await db.$count(some);
  const total = counted > COUNTED ? undefined : counted;
  const id = outboxUri(actor);
  return served(JSON.stringify(writeCollection({ id, total, first: `${id}?page=first` })), 'public');
};

const outboxPage = async (db: Reader, actor: string, page: string): Promise<Served | undefined> => {
  const before = rowOf(page);
  if (before === undefined) return undefined;
  const { activities } = db.t;
  const rows = await db
    .select({ row: activities.row, body: activities.body })
    .from(activities)
    .where(and(eq(activities.actor, actor), stillShown(db), before === 0 ? undefined : lt(activities.row, before)))
    .orderBy(desc(activities.row))
    .limit(OUTBOX_PAGE + 1);
  const shown = rows.slice(0, OUTBOX_PAGE);
  const id = outboxUri(actor);
  const next = rows.length > OUTBOX_PAGE ? `${id}?page=${shown.at(-1)!.row}` : undefined;
  return served(
    writeCollectionPage({ id: `${id}?page=${page}`, partOf: id, next, items: shown.map((row) => row.body) }),
    'public',
  );
};

const sharedListings = (db: Reader, asking: Asking) => {
  const { listings } = db.t;
  return and(
    eq(listings.local, true),
    inArray(listings.state, ['published']),
    ofNobodySuspended(db),
    inArray(listings.audience, asking.peer ? ['public', 'peers'] : ['public']),
    // Theirs are for members here: partners, who have them already, keep them.
    asking.peer ? undefined : ofNobodyLimited(db),
  );
};

/** Rows read at once: for a page, and to count. */
const [FOR_A_PAGE, FOR_A_COUNT] = [200, 5_000];
/** What this reader is given, oldest first. @param after row of the last one that was shown */
const givenTo = async function* (
  db: Reader,
  { reader, ...asking }: Asking,
  after: number,
  atOnce: number,
): AsyncGenerator<{ row: number; id: string }> {
  const { listings } = db.t;
  for (let last = after; ;) {
    const rows = await db
      .select({
        row: listings.row,
        id: listings.id,
        kind: listings.kind,
        purpose: listings.purpose,
        latitude: listings.latitude,
        longitude: listings.longitude,
        withheld: listings.withheld,
      })
      .from(listings)
      .where(and(sharedListings(db, asking), gt(listings.row, last)))
      .orderBy(asc(listings.row))
      .limit(atOnce);
    for (const row of rows) if (reader === undefined || mayGoTo(reader, row)) yield row;
    if (rows.length < atOnce) return;
    last = rows.at(-1)!.row;
  }
};

const catalogue = async (db: Reader, actor: string, asking: Asking): Promise<Served> => {
  let total = 0;
  // What is kept from a partner is not told by its number either.
  if (asking.reader === undefined) total = await db.$count(db.t.listings, sharedListings(db, asking));
  else for await (const _ of givenTo(db, asking, 0, FOR_A_COUNT)) total++;
  const id = catalogueUri(actor);
  return served(
    JSON.stringify(writeCollection({ id, total, first: `${id}?page=first` })),
    asking.peer ? 'peers' : 'public',
  );
};

/** Oldest first: what is published while somebody reads comes at the end, and nothing is skipped. */
const cataloguePage = async (
  db: Reader,
  site: Site,
  actor: string,
  page: string,
  asking: Asking,
): Promise<Served | undefined> => {
  const after = rowOf(page);
  if (after === undefined) return undefined;
  const rows: { row: number; id: string }[] = [];
  // Each page but the last is full: a gap would tell that something is kept back.
  for await (const row of givenTo(db, asking, after, FOR_A_PAGE)) {
    rows.push(row);
    if (rows.length > CATALOGUE_PAGE) break;
  }
  const shown = rows.slice(0, CATALOGUE_PAGE);
  const notes = await notesOf(
    db,
    site,
    shown.map((row) => row.id),
  );
  const id = catalogueUri(actor);
  const next = rows.length > CATALOGUE_PAGE ? `${id}?page=${shown.at(-1)!.row}` : undefined;
  return served(
    writeCollectionPage({
      id: `${id}?page=${page}`,
      partOf: id,
      next,
      items: notes.map((note) => JSON.stringify(note)),
    }),
    asking.peer ? 'peers' : 'public',
  );
};

/** @returns 0 for `first`, the row of another page, undefined for nonsense */
const rowOf = (page: string): number | undefined =>
  page === 'first' ? 0 : /^\d{1,15}$/.test(page) ? Number(page) : undefined;

/** Numbers for NodeInfo. */
export const usage = async (
  db: Reader,
): Promise<{
  members: number;
  activeMonth: number;
  activeHalfyear: number;
  listings: number;
  byKind: Record<string, number>;
}> => {
  const { accounts, listings, sessions } = db.t;
  const since = async (days: number): Promise<number> => {
    const [row] = await db
      .select({ n: sql<number>`count(DISTINCT ${sessions.account})` })
      .from(sessions)
      .where(gt(sessions.seen, new Date(Date.now() - days * 86_400_000)));
    return Number(row?.n ?? 0);
  };
  const kinds = await db
    .select({ kind: listings.kind, n: sql<number>`count(*)` })
    .from(listings)
    .where(sharedListings(db, { peer: false }))
    .groupBy(listings.kind);
  const byKind = Object.fromEntries(kinds.map((row) => [row.kind, Number(row.n)]));
  return {
    members: await db.$count(accounts, eq(accounts.state, 'active')),
    activeMonth: await since(30),
    activeHalfyear: await since(180),
    listings: Object.values(byKind).reduce((sum, n) => sum + n, 0),
    byKind,
  };
};
