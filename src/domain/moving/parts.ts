/**
 * What is in a member's file, beside their listings and pictures: one part, one JSON file. Whatever a new feature keeps
 * of a member gets a line here. Nothing of others is in it but what was addressed to the member; no key is.
 */
import { and, asc, desc, eq, gt, inArray, or, sql } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import type { ActorRow } from '../actors.ts';
import { followersUri, followingUri, outboxUri } from '../ids.ts';
import type { AccountRow } from '../sessions.ts';

export type Owner = { account: AccountRow; actor: ActorRow };
/** `url` says what the file is, for the manifest. */
type Frame = { path: string; url: string };
/** A file that is made piece by piece. */
export type Part = Frame & { pieces: (db: Reader, owner: Owner) => AsyncGenerator<string> };

const PAGE = 500;
const OWN = 'https://maillon.coop/ns#container';
const AS2 = 'https://www.w3.org/ns/activitystreams';
const COLLECTION = 'https://www.w3.org/TR/activitystreams-core/#collections';
const MASTODON = 'https://docs.joinmastodon.org/user/moving/#export';

type Items = (db: Reader, owner: Owner) => AsyncGenerator<unknown>;

/** A JSON list. */
const list = (path: string, items: Items): Part => ({
  path,
  url: OWN,
  pieces: async function* (db, owner) {
    yield '[';
    yield* joined(items(db, owner));
    yield '\n]\n';
  },
});

const joined = async function* (items: AsyncGenerator<unknown>): AsyncGenerator<string> {
  let first = true;
  for await (const item of items) {
    yield `${first ? '\n' : ',\n'}${typeof item === 'string' ? item : JSON.stringify(item)}`;
    first = false;
  }
};

/** An ordered collection of ActivityStreams. @param items objects, or JSON that is ready */
const collection = (path: string, id: (actor: string) => string, items: Items): Part => ({
  path,
  url: COLLECTION,
  pieces: async function* (db, owner) {
    const head = { '@context': AS2, id: id(owner.actor.uri), type: 'OrderedCollection', attributedTo: owner.actor.uri };
    yield `${JSON.stringify(head).slice(0, -1)},"orderedItems":[`;
    yield* joined(items(db, owner));
    yield '\n]}\n';
  },
});

const nothing: Items = async function* () {};

/** All rows, page by page. @param page rows after this one, in their order */
const paged = async function* <T>(page: (after: T | undefined) => Promise<T[]>): AsyncGenerator<T> {
  for (let after: T | undefined; ;) {
    const rows = await page(after);
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1);
  }
};

const followRows = (which: 'follower' | 'followed') =>
  async function* (
    db: Reader,
    { actor }: Owner,
  ): AsyncGenerator<{ uri: string; address: string; state: string; since: Date }> {
    const { actors, follows } = db.t;
    const [own, other] =
      which === 'follower' ? [follows.follower, follows.followed] : [follows.followed, follows.follower];
    yield* paged<{ id: string; uri: string; address: string; state: string; since: Date }>(async (after) => {
      const rows = await db
        .select({ follow: follows, handle: actors.handle, host: actors.host })
        .from(follows)
        .leftJoin(actors, eq(actors.uri, other))
        .where(and(eq(own, actor.uri), after === undefined ? undefined : gt(follows.id, after.id)))
        .orderBy(asc(follows.id))
        .limit(PAGE);
      return rows.map(({ follow, handle, host }) => ({
        id: follow.id,
        uri: which === 'follower' ? follow.followed : follow.follower,
        address: handle === null ? '' : `${handle}@${host}`,
        state: follow.state,
        since: follow.created,
      }));
    });
  };
const following = followRows('follower');
const followers = followRows('followed');

const uris = (rows: typeof following): Items =>
  async function* (db, owner) {
    for await (const row of rows(db, owner)) if (row.state === 'accepted') yield JSON.stringify(row.uri);
  };

/** As Mastodon writes and reads it. */
const addresses = (path: string, header: string, rows: typeof following, more: string): Part => ({
  path,
  url: MASTODON,
  pieces: async function* (db, owner) {
    yield `${header}\n`;
    for await (const row of rows(db, owner))
      if (row.address !== '' && row.state !== 'rejected') yield `${row.address.replaceAll(/[",\r\n]/g, '')}${more}\n`;
  },
});

const activities: Items = async function* (db, { actor }) {
  const { activities: a } = db.t;
  for await (const { body } of paged<{ row: number; body: string }>((after) =>
    Promise.resolve(
      db
        .select({ row: a.row, body: a.body })
        .from(a)
        .where(and(eq(a.actor, actor.uri), after === undefined ? undefined : gt(a.row, after.row)))
        .orderBy(asc(a.row))
        .limit(PAGE),
    ),
  ))
    yield body;
};

/** Threads with their messages, of which each was written by the member or to them. */
const threads: Items = async function* (db, { actor }) {
  const { conversations: c, messages: m } = db.t;
  type Row = { thread: typeof c.$inferSelect; message: typeof m.$inferSelect };
  const written = ({ message }: Row) => ({
    id: message.uri,
    from: message.author,
    html: message.html,
    sent: message.created.toISOString(),
  });
  const told = (rows: Row[]): unknown[] =>
    rows.slice(0, 1).map(({ thread }) => ({
      about: thread.context,
      title: thread.title,
      with: thread.first === actor.uri ? thread.second : thread.first,
      messages: rows.map(written).toSorted((a, b) => (a.sent < b.sent ? -1 : 1)),
    }));
  let open: Row[] = [];
  for await (const row of paged<Row>((after) =>
    Promise.resolve(
      db
        .select({ thread: c, message: m })
        .from(m)
        .innerJoin(c, eq(c.id, m.conversation))
        .where(
          and(
            or(eq(c.first, actor.uri), eq(c.second, actor.uri)),
            after === undefined
              ? undefined
              : sql`(${m.conversation}, ${m.id}) > (${after.message.conversation}, ${after.message.id})`,
          ),
        )
        .orderBy(asc(m.conversation), asc(m.id))
        .limit(PAGE),
    ),
  )) {
    if (open[0] !== undefined && open[0].thread.id !== row.thread.id) {
      yield* told(open);
      open = [];
    }
    open.push(row);
  }
  yield* told(open);
};

/** What one wrote oneself, and what was answered; nothing of the one reported but their address. */
const reports: Items = async function* (db, { actor }) {
  const { reports: r } = db.t;
  yield* await db
    .select({
      object: r.object,
      kind: r.objectKind,
      reason: r.reason,
      text: r.text,
      state: r.state,
      decision: r.decision,
      made: r.created,
    })
    .from(r)
    .where(eq(r.reporter, actor.uri))
    .orderBy(desc(r.created))
    .limit(PAGE);
};

/** What was decided about the member. */
const decisions: Items = async function* (db, { actor }) {
  const { decisions: d } = db.t;
  yield* await db
    .select({ action: d.action, object: d.object, title: d.title, reasons: d.reasons, until: d.until, made: d.created })
    .from(d)
    .where(and(eq(d.subject, actor.uri), inArray(d.objectKind, ['listing', 'member', 'message'])))
    .orderBy(desc(d.created))
    .limit(PAGE);
};

/** What was attested of the member; who saw what stays with the cooperative. */
const attestations: Items = async function* (db, { actor }) {
  const { attestations: a } = db.t;
  yield* await db
    .select({ code: a.code, given: a.created, until: a.until, revoked: a.revoked, reason: a.reason })
    .from(a)
    .where(eq(a.member, actor.uri))
    .orderBy(desc(a.created))
    .limit(PAGE);
};

/** Every part but `actor.json`, `maillon/profile.json`, the listings and the pictures. */
export const PARTS: readonly Part[] = [
  collection('activitypub/outbox.json', outboxUri, activities),
  collection('activitypub/following.json', followingUri, uris(following)),
  collection('activitypub/followers.json', followersUri, uris(followers)),
  collection('activitypub/likes.json', (actor) => `${actor}/likes`, nothing),
  addresses(
    'activitypub/following_accounts.csv',
    'Account address,Show boosts,Notify on new posts,Languages',
    following,
    ',true,false,',
  ),
  addresses('activitypub/followers.csv', 'Account address', followers, ''),
  list('maillon/follows.json', following),
  list('maillon/threads.json', threads),
  list('maillon/reports.json', reports),
  list('maillon/decisions.json', decisions),
  list('maillon/attestations.json', attestations),
  // Not kept by this version; each has its place already.
  list('maillon/calendar.json', nothing),
  list('maillon/agreements.json', nothing),
  list('maillon/reviews.json', nothing),
];
