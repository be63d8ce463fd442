/** A member leaves: what was theirs goes, here and wherever it was sent; the name stays taken, for it was known by others. */
import { and, eq, inArray, isNotNull, lt, notInArray, or, sql } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { findActor } from './actors.ts';
import { forgetAttestations } from './attestations/give.ts';
import { endGrantsOf } from './apps/grants.ts';
import { removeApps } from './apps/registry.ts';
import { announce, announceAll } from './announcements.ts';
import type { CooperativeRow } from './cooperative.ts';
import { activityUri, actorUri } from './ids.ts';
import { deleteListings } from './listing-deletion.ts';
import { queueLetter } from './mail.ts';
import { forgetFiles, keyOf } from './media-files.ts';
import { isLastAdmin } from './members.ts';
import { dropWaysIn } from './sign-in/factors.ts';
import { receiptLink } from './moderation/receipts.ts';
import { beginClosure } from './moving/closures.ts';
import { dropLetters } from './moving/erase.ts';
import { forgetContainers } from './moving/exports.ts';
import { forgetMoves } from './moving/moves.ts';
import { type AccountRow, endAllSessions } from './sessions.ts';
import type { Site } from './site.ts';
import { type Result, fail, ok } from './types.ts';

/**
 * Closes an account: listings and profile are withdrawn and that is told, threads that nobody else here reads are
 * removed, sessions and tokens end, what they signed in with is removed. Messages that other members have got stay theirs.
 * @returns the id of the report of the farewell, see moving/closures.ts; an error `members.lastAdmin` on `account` when nobody would be left to decide
 */
export const closeAccount = async (
  tx: Tx,
  site: Site,
  cooperative: CooperativeRow,
  account: AccountRow,
): Promise<Result<string>> => {
  if (account.role === 'admin' && (await isLastAdmin(tx, account.id)))
    return fail({ field: 'account', code: 'members.lastAdmin' });
  const now = site.now();
  const { accounts, actors, listings, pictures, reports, stream, tokens, tombstones } = tx.t;
  const { actor } = account;
  await deleteListings(
    tx,
    site,
    await tx
      .select()
      .from(listings)
      .where(and(eq(listings.publisher, actor), eq(listings.local, true))),
  );
  const shown = await tx.delete(pictures).where(eq(pictures.owner, actor)).returning({ key: pictures.key });
  const portrait = keyOf((await findActor(tx, actor))?.icon ?? null);
  await forgetFiles(tx, now, [...shown.map((row) => row.key), ...(portrait === undefined ? [] : [portrait])]);
  await tx.delete(stream).where(eq(stream.actor, actor));
  await forgetAttestations(tx, site, actor);
  await endFollows(tx, site, actor);
  await dropThreads(tx, actor);
  await forgetMoves(tx, actor);
  // With its job goes what was sent, too (moving/erase.ts).
  await forgetContainers(tx, now, account.id);
  await dropLetters(tx, account);
  await tx
    .update(reports)
    .set({ reporter: null, reporterName: null, reporterEmail: null })
    .where(eq(reports.reporter, actor));
  await endAllSessions(tx, account.id);
  await dropWaysIn(tx, account.id);
  await tx.delete(tokens).where(eq(tokens.account, account.id));
  await endGrantsOf(tx, account.id);
  await removeApps(tx, account.id);
  await tx.delete(tx.t.saved).where(eq(tx.t.saved.account, account.id));
  await tx.delete(accounts).where(eq(accounts.id, account.id));
  await tx
    .update(actors)
    .set({ name: '', html: '', icon: null, languages: [], discoverable: false, deleted: now, updated: now })
    .where(eq(actors.uri, actor));
  await tx.insert(tombstones).values({ uri: actor, owner: actor, local: true, deleted: now }).onConflictDoNothing();
  // Last: who follows the member is told of the listings first.
  const farewell = await announce(tx, now, { type: 'actor.removed', actor, subject: actor });
  const closure = await beginClosure(
    tx,
    site,
    account,
    actorUri(site, cooperative.handle),
    activityUri(actor, farewell),
  );
  await queueLetter(tx, now, {
    to: account.email,
    locale: account.locale,
    name: 'closed',
    params: {
      cooperative: cooperative.name,
      name: account.handle,
      link: await receiptLink(tx, site, 'closure', closure),
    },
  });
  return ok(closure);
};

/** Followers from elsewhere stay until they have been told (see `sweepClosed`). */
const endFollows = async (tx: Tx, site: Site, actor: string): Promise<void> => {
  const { follows } = tx.t;
  const ours = `${site.origin}/`;
  const own = await tx.delete(follows).where(eq(follows.follower, actor)).returning();
  await announceAll(
    tx,
    site.now(),
    own
      .filter((row) => !row.followed.startsWith(ours))
      .map((row) => ({ type: 'follow.withdrawn', actor, subject: row.followed, data: { followUri: row.uri } })),
  );
  const { actors } = tx.t;
  await tx
    .delete(follows)
    .where(
      and(
        eq(follows.followed, actor),
        inArray(follows.follower, tx.select({ uri: actors.uri }).from(actors).where(eq(actors.local, true))),
      ),
    );
};

/** A thread is kept only for another member of this node. */
const dropThreads = async (tx: Tx, actor: string): Promise<void> => {
  const { actors, conversations, messages } = tx.t;
  const living = tx
    .select({ uri: actors.uri })
    .from(actors)
    .where(and(eq(actors.local, true), sql`${actors.deleted} IS NULL`, sql`${actors.uri} <> ${actor}`));
  const gone = await tx
    .delete(conversations)
    .where(
      and(
        or(eq(conversations.first, actor), eq(conversations.second, actor)),
        sql`${conversations.first} NOT IN (${living})`,
        sql`${conversations.second} NOT IN (${living})`,
      ),
    )
    .returning({ id: conversations.id });
  for (let from = 0; from < gone.length; from += 500)
    await tx.delete(messages).where(
      inArray(
        messages.conversation,
        gone.slice(from, from + 500).map((row) => row.id),
      ),
    );
};

/** Longer than the outbox tries to reach anybody: until then the key signs the farewell. */
const FAREWELL_MS = 15 * 24 * 3_600_000;

/** Removes what a closed account needed only to take its leave: its keys, and the list of who followed it. */
export const sweepClosed = async (tx: Tx, now: Date): Promise<void> => {
  const { activities, actors, deliveries, follows, heard, keys } = tx.t;
  const closed = tx
    .select({ uri: actors.uri })
    .from(actors)
    .where(
      and(eq(actors.local, true), isNotNull(actors.deleted), lt(actors.deleted, new Date(now.getTime() - FAREWELL_MS))),
    );
  await tx.delete(follows).where(inArray(follows.followed, closed));
  await tx.delete(heard).where(inArray(heard.actor, closed));
  // Where giving up takes longer than that, what still waits is signed, too.
  const leaving = tx
    .select({ actor: activities.actor })
    .from(deliveries)
    .innerJoin(activities, eq(activities.uri, deliveries.activity))
    .where(eq(deliveries.state, 'waiting'));
  await tx.delete(keys).where(and(inArray(keys.actor, closed), notInArray(keys.actor, leaving)));
};
