/**
 * What happened here and has to be told to others: written in the same transaction as the state itself. The
 * outbox turns each row into one activity and its deliveries later, so that nothing is announced that did not
 * happen and nothing that happened goes untold.
 */
import type { Tx } from '#db/database.ts';
import { newId } from './ids.ts';

/** The kinds of news. `subject` is a URI unless said otherwise. */
export type AnnouncementType =
  /** subject = listing's row id (`listings.id`); data.hosts = only to these peers */
  | 'listing.published'
  | 'listing.updated'
  /** subject = listing URI; data.proposalUri, data.audience */
  | 'listing.removed'
  /** subject = actor URI */
  | 'actor.updated'
  | 'actor.removed'
  /** subject = URI of the actor that it has moved to */
  | 'actor.moved'
  /** subject = the followed actor; data.followUri */
  | 'follow.requested'
  | 'follow.withdrawn'
  /** subject = the follower; data.followUri */
  | 'follow.accepted'
  | 'follow.rejected'
  /** subject = `messages.id`; data.to = recipient URI */
  | 'message.sent'
  /**
   * subject = URI of a message that was not taken; data.to = its author, data.listing = URI of the listing it is about,
   * data.first = '1' if it is the first of the day
   */
  | 'message.refused'
  /** subject = `peers.id`; data.followUri, data.message, data.answers = the agreement that it says yes to, data.invite */
  | 'peering.requested'
  | 'peering.accepted'
  /** data.reason */
  | 'peering.refused'
  /** Other terms; data.agreement, data.answers, data.message */
  | 'peering.countered'
  /** Yes to other terms; data.agreement */
  | 'peering.agreed'
  | 'peering.withdrawn'
  | 'peering.ended'
  /** What we give and take changed. */
  | 'peering.scoped'
  /** subject = `reports.id` */
  | 'report.forwarded'
  /** subject = `reports.id`; data.acted = '1' if something was done about it */
  | 'report.answered'
  /** subject = URI of the attestation; data.host = the partner that knows of it */
  | 'attestation.revoked';

export type Announcement = {
  type: AnnouncementType;
  /** URI of our actor that speaks. */
  actor: string;
  subject: string;
  data?: Record<string, string>;
};

/**
 * Notes that something has to be told.
 * @param id the announcement's id, when the activity's URI had to be known beforehand (a Follow)
 * @returns the announcement's id
 */
export const announce = async (tx: Tx, now: Date, news: Announcement, id: string = newId()): Promise<string> => {
  await tx.insert(tx.t.announcements).values(rowOf(now, news, id));
  return id;
};

/** The same, unless something with this id was told before, by whomever. @returns whether it is told now */
export const announceOnce = async (tx: Tx, now: Date, news: Announcement, id: string): Promise<boolean> => {
  const { announcements } = tx.t;
  const rows = await tx
    .insert(announcements)
    .values(rowOf(now, news, id))
    .onConflictDoNothing()
    .returning({ id: announcements.id });
  return rows.length > 0;
};

/** The same for much at once, in its order. */
export const announceAll = async (tx: Tx, now: Date, all: Announcement[]): Promise<void> => {
  for (let from = 0; from < all.length; from += 500)
    await tx.insert(tx.t.announcements).values(all.slice(from, from + 500).map((news) => rowOf(now, news, newId())));
};

const rowOf = (now: Date, news: Announcement, id: string) => ({
  id,
  type: news.type,
  actor: news.actor,
  subject: news.subject,
  data: news.data ?? {},
  state: 'waiting',
  created: now,
});
