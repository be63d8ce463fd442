/** Reports that come from other servers, and what they answer to ours. No person is ever named. */
import { and, eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { findActor } from '../actors.ts';
import { getCooperative } from '../cooperative.ts';
import { wholeOf } from '../hidden-halves.ts';
import { plainText } from '../html.ts';
import { actorUri, fullHandle, hostOf, parseUri, profilePage } from '../ids.ts';
import { findListing, findListingByUri } from '../listings.ts';
import { queueLetter } from '../mail.ts';
import { hasJoined } from '../members.ts';
import { type Reported, type ReportRow, reporterAddress } from '../reports.ts';
import type { Site } from '../site.ts';
import { addLine } from './lines.ts';
import { receiptLink } from './receipts.ts';

/** What a reported address is of ours, if it is there: a listing, a member, or a message that was written to that host. */
export const ourReported = async (db: Reader, site: Site, uri: string, host: string): Promise<Reported | undefined> => {
  const named = parseUri(site, uri);
  switch (named?.type) {
    case 'item':
    case 'proposal':
    case 'listingPage': {
      const row = named.type === 'listingPage' ? await findListing(db, named.id) : await findListingByUri(db, uri);
      // Drafts and what is for members never left: nobody elsewhere can have seen it.
      return row?.local !== true || !['published', 'paused', 'closed'].includes(row.state) || row.audience === 'members'
        ? undefined
        : {
            uri: row.uri,
            kind: 'listing',
            subject: row.publisher,
            title: row.title,
            snapshot: plainText((await wholeOf(db, row)).html),
            location: row.url,
          };
    }
    case 'actor': {
      const actor = await findActor(db, actorUri(site, named.handle));
      if (actor === undefined || actor.deleted !== null || !(await hasJoined(db, actor))) return undefined;
      return {
        uri: actor.uri,
        kind: 'member',
        title: `${actor.name} (${fullHandle(actor.handle, actor.host)})`,
        snapshot: plainText(actor.html),
        location: profilePage(site, actor.handle),
      };
    }
    case 'message':
      return ourMessage(db, uri, host);
    default:
      return undefined;
  }
};

/** Only for the server of the one to whom it was written. */
const ourMessage = async (db: Reader, uri: string, host: string): Promise<Reported | undefined> => {
  const { messages, conversations } = db.t;
  const [row] = await db
    .select()
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversation))
    .where(eq(messages.uri, uri))
    .limit(1);
  if (row === undefined) return undefined;
  const { messages: message, conversations: thread } = row;
  const reader = thread.first === message.author ? thread.second : thread.first;
  if (hostOf(reader) !== host) return undefined;
  return {
    uri: message.uri,
    kind: 'message',
    subject: message.author,
    title: thread.title,
    snapshot: plainText(message.html),
    location: message.uri,
  };
};

/**
 * A server answers to a report that was forwarded to it: shown to the moderators, and to the first reporter.
 * @param flag id of our Flag; @param host that answers: only the one that it went to counts
 * @returns the report, undefined if there is none that this could answer
 */
export const noteAnswer = async (
  tx: Tx,
  site: Site,
  flag: string,
  host: string,
  accepted: boolean,
  text: string,
): Promise<ReportRow | undefined> => {
  const { reports } = tx.t;
  const now = site.now();
  const answer = accepted ? 'accepted' : 'rejected';
  const [row] = await tx
    .update(reports)
    .set({ answer, answerText: text, answered: now })
    .where(and(eq(reports.forwardedFlag, flag), eq(reports.forwardedTo, host)))
    .returning();
  if (row === undefined) return undefined;
  await addLine(tx, now, { type: 'answered', report: row.id, text: answer });
  const to = await reporterAddress(tx, row);
  if (to !== undefined)
    await queueLetter(tx, now, {
      to: to.email,
      locale: to.locale,
      name: accepted ? 'answeredThere' : 'declinedThere',
      params: {
        cooperative: (await getCooperative(tx))?.name ?? '',
        name: to.name,
        title: row.title,
        host,
        answer: text,
        link: await receiptLink(tx, site, 'report', row.id),
      },
    });
  return row;
};
