/** To whom a thing is addressed, and at which inboxes that is: the one place that decides what leaves the node. */
import { and, eq, inArray, isNull, ne } from 'drizzle-orm';
import type { Database, Reader } from '#db/database.ts';
import { NODE_HANDLE, actorUri, followersUri } from '#domain/ids.ts';
import { blockedDomains, isShutOut, isUnderRule } from '#domain/domain-rules.ts';
import { everSentTo } from '#domain/moving/heard.ts';
import { mayGoTo } from '#domain/scopes.ts';
import type { Site } from '#domain/site.ts';
import type { Audience } from '#domain/types.ts';
import { PUBLIC } from './vocab/context.ts';

/** `to` and `cc` of an object, always lists. */
export type Addressing = { to: string[]; cc: string[] };

/**
 * @param publisher URI of the actor; @param cooperative URI of the node's cooperative
 * @returns Public only for what is public; what is for peers names the cooperative's followers alone
 */
export const addressingOf = (audience: Audience, publisher: string, cooperative: string): Addressing =>
  audience === 'public'
    ? { to: [PUBLIC], cc: [followersUri(publisher), followersUri(cooperative)] }
    : { to: [followersUri(cooperative)], cc: [] };

/** An inbox to post to, once per activity. */
export type Target = { inbox: string; host: string };

/** Who else may be told: `open` = servers that are no peers may follow what is public. */
export type Reach = { site: Site; audience: Audience; open: boolean };

/** What of a listing decides to which peers it goes. */
type Shared = Parameters<typeof mayGoTo>[1] & { audience: string };

/**
 * One shared inbox per active peer. Other software knows nothing that is for partners alone, and is told what is
 * public if it follows. @param listing only those whose scope lets it through
 */
export const peerInboxes = async (db: Reader, listing?: Shared): Promise<Target[]> => {
  const { peers, actors } = db.t;
  const rows = await db
    .select({
      host: peers.host,
      inbox: actors.inbox,
      shared: actors.sharedInbox,
      give: peers.give,
      plain: peers.plain,
      follows: peers.receivedAccepted,
    })
    .from(peers)
    .innerJoin(actors, eq(actors.uri, peers.nodeActor))
    .where(eq(peers.state, 'active'))
    .limit(5_000);
  const blocked = await blockedDomains(db);
  return rows
    .filter((row) => !isUnderRule(row.host, blocked) && (listing === undefined || mayGoTo(row, listing)))
    .filter((row) => !row.plain || (row.follows && listing?.audience !== 'peers'))
    .map((row) => ({ host: row.host, inbox: row.shared ?? row.inbox }));
};

/** The inboxes of an actor's followers elsewhere: shared ones where there are, so one per server; peers only unless public and open. */
export const followerInboxes = async (
  db: Reader,
  followed: string[],
  reach: Reach,
  listing?: Shared,
): Promise<Target[]> => {
  const { follows, actors, peers } = db.t;
  const rows = await db
    .selectDistinct({
      host: actors.host,
      inbox: actors.inbox,
      shared: actors.sharedInbox,
      peer: peers.state,
      give: peers.give,
      plain: peers.plain,
    })
    .from(follows)
    .innerJoin(actors, eq(actors.uri, follows.follower))
    .leftJoin(peers, eq(peers.host, actors.host))
    .where(
      and(
        inArray(follows.followed, followed),
        eq(follows.state, 'accepted'),
        eq(actors.local, false),
        isNull(actors.deleted),
        ne(actors.host, reach.site.host),
      ),
    )
    .limit(20_000);
  const blocked = await blockedDomains(db);
  const allowed = rows.filter(
    (row) =>
      !isUnderRule(row.host, blocked) &&
      ((row.peer === 'active' &&
        (row.plain !== true || reach.audience === 'public') &&
        (listing === undefined || mayGoTo({ host: row.host, give: row.give }, listing))) ||
        (reach.audience === 'public' &&
          reach.open &&
          !['active', 'cut', 'paused'].includes(row.peer ?? '') &&
          !(listing?.withheld.includes(row.host) ?? false))),
  );
  return unique(allowed.map((row) => ({ host: row.host, inbox: row.shared ?? row.inbox })));
};

/** The inbox of one actor elsewhere, its own one. */
export const inboxOf = async (db: Reader, actor: string): Promise<Target[]> => {
  const [row] = await db
    .select({ host: db.t.actors.host, inbox: db.t.actors.inbox })
    .from(db.t.actors)
    .where(and(eq(db.t.actors.uri, actor), eq(db.t.actors.local, false)))
    .limit(1);
  return row === undefined || (await isShutOut(db, row.host)) ? [] : [row];
};

/**
 * Everybody who may hold something of an actor of ours: every inbox that anything of it was ever sent to, and partners
 * with whom the exchange rests, who have copies from their catalogue. That somebody leaves is told them all the same.
 */
export const inboxesForFarewell = async (deps: { db: Database; site: Site }, actor: string): Promise<Target[]> => {
  const db = deps.db.read;
  const { actors, peers } = db.t;
  const [cooperative] = await db.select({ handle: db.t.cooperative.handle }).from(db.t.cooperative).limit(1);
  const sent = await everSentTo(db, actor, actorUri(deps.site, cooperative?.handle ?? NODE_HANDLE));
  const resting = await db
    .select({ host: peers.host, inbox: actors.inbox, shared: actors.sharedInbox })
    .from(peers)
    .innerJoin(actors, eq(actors.uri, peers.nodeActor))
    .where(eq(peers.state, 'paused'))
    .limit(5_000);
  const blocked = await blockedDomains(db);
  return [...sent, ...resting.map(({ host, inbox, shared }) => ({ host, inbox: shared ?? inbox }))].filter(
    (row) => !isUnderRule(row.host, blocked),
  );
};

/** @returns the targets without repetition, in their order */
export const unique = (targets: Target[]): Target[] => [
  ...new Map(targets.map((target) => [target.inbox, target])).values(),
];
