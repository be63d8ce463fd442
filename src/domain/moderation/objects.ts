/** What somebody means who reports something: a listing, a member or a message that they may see. */
import { eq, or } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { findActor, findLocalActor } from '../actors.ts';
import { isHere, maySee } from '../catalogue.ts';
import { partnerIn } from '../conversations.ts';
import { wholeOf } from '../hidden-halves.ts';
import { plainText } from '../html.ts';
import { fullHandle, listingPage, parseUri } from '../ids.ts';
import { findListing, findListingByUri } from '../listings.ts';
import { hasJoined } from '../members.ts';
import type { Reported } from '../reports.ts';
import type { Site } from '../site.ts';

/** Who looks: only what they see can be reported, else the form would tell what is there. */
export type Onlooker = { actor: string | undefined; open: boolean };
/** As the query or the form names it. `location` = an address that was pasted. */
export type Pointed = { listing?: string; member?: string; message?: string; location?: string };
export type Found = Required<Reported>;

export const findReported = async (
  db: Reader,
  site: Site,
  who: Onlooker,
  pointed: Pointed,
): Promise<Found | undefined> => {
  if (pointed.listing !== undefined) return listingOf(db, site, who, pointed.listing);
  if (pointed.message !== undefined) return messageOf(db, site, who, pointed.message);
  if (pointed.member !== undefined) return memberOf(db, who, pointed.member);
  if (pointed.location === undefined) return undefined;
  return atAddress(db, site, who, pointed.location.trim());
};

const atAddress = async (db: Reader, site: Site, who: Onlooker, address: string): Promise<Found | undefined> => {
  const named = parseUri(site, address);
  if (named?.type === 'listingPage') return listingOf(db, site, who, named.id);
  if (named?.type === 'actor') {
    const actor = await findLocalActor(db, named.handle);
    return actor === undefined ? undefined : memberOf(db, who, actor.uri);
  }
  const listing = await findListingByUri(db, address);
  return listing === undefined ? memberOf(db, who, address) : listingOf(db, site, who, listing.id);
};

const listingOf = async (db: Reader, site: Site, who: Onlooker, id: string): Promise<Found | undefined> => {
  const row = await findListing(db, id);
  const member = who.actor !== undefined;
  if (row === undefined || !maySee({ member }, row) || (!member && !who.open)) return undefined;
  if (!(await isHere(db, row, { member }))) return undefined;
  return {
    uri: row.uri,
    kind: 'listing',
    subject: row.publisher,
    title: row.title,
    snapshot: plainText((await wholeOf(db, row)).html),
    location: listingPage(site, row.id),
  };
};

const memberOf = async (db: Reader, who: Onlooker, uri: string): Promise<Found | undefined> => {
  const actor = await findActor(db, uri);
  if (actor === undefined || actor.deleted !== null || actor.kind === 'node') return undefined;
  if (actor.local && (actor.suspended || !(await hasJoined(db, actor)))) return undefined;
  if (who.actor === undefined && !who.open && actor.kind === 'member') return undefined;
  return {
    uri: actor.uri,
    kind: 'member',
    subject: actor.uri,
    title: `${actor.name} (${fullHandle(actor.handle, actor.host)})`,
    snapshot: plainText(actor.html),
    location: actor.url,
  };
};

/** Only by one of the two who read it. */
const messageOf = async (db: Reader, site: Site, who: Onlooker, uri: string): Promise<Found | undefined> => {
  const { messages, conversations } = db.t;
  const [row] = await db
    .select()
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversation))
    .where(or(eq(messages.uri, uri), eq(messages.id, uri)))
    .limit(1);
  if (row === undefined || who.actor === undefined) return undefined;
  const { messages: message, conversations: thread } = row;
  if (![thread.first, thread.second].includes(who.actor) || partnerIn(thread, who.actor) !== message.author)
    return undefined;
  return {
    uri: message.uri,
    kind: 'message',
    subject: message.author,
    title: thread.title,
    snapshot: plainText(message.html),
    location: `${site.origin}/conversations/${thread.id}`,
  };
};
