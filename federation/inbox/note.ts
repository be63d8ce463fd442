/** Notes that are no listings: private messages to our members, and public posts of those whom they follow. */
import { and, eq } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { findActor } from '#domain/actors.ts';
import { mayReadWhole } from '#domain/attestations/holders.ts';
import { storeMessage } from '#domain/conversations.ts';
import { isFollowed } from '#domain/follows.ts';
import { plainText, sanitiseHtml } from '#domain/html.ts';
import { actorUri, parseUri } from '#domain/ids.ts';
import { type ListingRow, findListingByUri } from '#domain/listings.ts';
import { queueLetter } from '#domain/mail.ts';
import { findAccountByActor, hasJoined } from '#domain/members.ts';
import { tellNotTaken } from '#domain/refused-messages.ts';
import type { Site } from '#domain/site.ts';
import { storePost } from '#domain/stream.ts';
import { hostOfUri } from '../hosts.ts';
import { isPrivate, isPublic, readNote } from '../vocab/message.ts';
import { type Act, type Handler, applied, ignored, notAfter, refused, unread } from './types.ts';

export const onNotePublished: Handler = async (deps, activity, sender) => {
  const { db, site, resolver } = deps;
  const note = readNote(activity.object ?? {});
  if (note === undefined) return ignored('noteIncomplete', 'The note has no id or no author.');
  if (note.from !== activity.actor || hostOfUri(note.uri) !== sender.host)
    return refused('noteNotOwn', 'The note is not the one of the actor that sent it.');
  // Pleroma and others name the author among the readers, or one reader twice.
  const to = [...new Set(note.to.length > 0 ? note.to : [...activity.to, ...activity.cc])].filter(
    (uri) => uri !== note.from,
  );

  if (isPrivate(to)) {
    const named = parseUri(site, to[0]!);
    if (to.length !== 1 || named?.type !== 'actor')
      return ignored('privateToSeveral', 'A private note to several, or to nobody here, is no message of a thread.');
    const recipient = await findActor(db.read, actorUri(site, named.handle));
    const takes = recipient !== undefined && recipient.deleted === null && recipient.kind === 'member';
    if (!takes || !(await hasJoined(db.read, recipient)))
      return ignored('nobodyTakes', 'It is for nobody who takes messages here.');
    const author = await resolver.actor(note.from);
    if (!author.ok) return unread('authorUnreadable', 'Its author', author);
    if (activity.type === 'Update') return ignored('messagesStay', 'Messages stay as they were sent.');
    const about = await threadAbout(db.read, [note.from, recipient.uri], [note.context, note.inReplyTo]);
    if (about?.listing !== undefined && !(await mayWriteAbout(db.read, site, about.listing, note.from, sender.host)))
      return notTaken(site, {
        note: note.uri,
        author: note.from,
        recipient: recipient.uri,
        listing: about.listing.uri,
      });
    const html = sanitiseHtml(note.html);
    const title = about?.title ?? (plainText(html).slice(0, 80) || author.value.name);
    return async (tx) => {
      const conversation = await storeMessage(tx, site.now(), {
        uri: note.uri,
        from: note.from,
        to: recipient.uri,
        html,
        created: site.now(),
        title,
        ...(about === undefined
          ? note.context === undefined
            ? {}
            : { context: note.context }
          : { context: about.uri }),
        ...(note.inReplyTo === undefined ? {} : { inReplyTo: note.inReplyTo }),
      });
      if (conversation === undefined) return ignored('messageHere', 'The message is here already.');
      const account = await findAccountByActor(tx, recipient.uri);
      if (account?.mailMessages === true) {
        await queueLetter(tx, site.now(), {
          to: account.email,
          locale: account.locale,
          name: 'message',
          params: {
            name: account.handle,
            from: author.value.name,
            title: conversation.title,
            link: `${site.origin}/conversations/${conversation.id}`,
          },
        });
      }
      return applied('messageStored', 'Message stored.');
    };
  }
  if (!isPublic(to)) return ignored('followersOnly', 'A note for followers is not kept.');
  if ((await findListingByUri(db.read, note.uri)) !== undefined)
    return refused('staysListing', 'It is a listing here: an Update does not make something else of it.');
  if (!(await isFollowed(db.read, site, note.from)))
    return ignored('authorNotFollowed', 'Nobody here follows its author.');
  const published = notAfter(note.published ?? activity.published ?? site.now(), site.now());
  return async (tx) => {
    const done = await storePost(tx, {
      uri: note.uri,
      author: note.from,
      html: sanitiseHtml(note.html),
      url: note.url,
      pictures: note.pictures,
      published,
      updated: note.updated ?? published,
    });
    if (done === 'nothing') return ignored('postSame', 'This version is here already, or it was deleted.');
    return applied(done === 'created' ? 'postCreated' : 'postUpdated', `Post ${done}.`);
  };
};

/** Its author learns that nobody has read it, and why; not for every one of a flood. */
const notTaken =
  (site: Site, it: { note: string; author: string; recipient: string; listing: string }): Act =>
  async (tx) => {
    await tellNotTaken(tx, site.now(), it);
    return ignored('notHolder', 'The listing is for holders of an attestation, and its author has shown none.');
  };

/** About a reserved listing write those who may read it; whoever is in a thread about it already goes on. */
const mayWriteAbout = async (
  db: Reader,
  site: Site,
  listing: ListingRow,
  author: string,
  host: string,
): Promise<boolean> => {
  if (!listing.local || listing.held?.access !== 'reserved') return true;
  if (await mayReadWhole(db, site.now(), listing, { guest: { actor: author, host } })) return true;
  const [first, second] = [author, listing.publisher].toSorted() as [string, string];
  const { conversations: c } = db.t;
  return (await db.$count(c, and(eq(c.first, first), eq(c.second, second), eq(c.context, listing.uri)))) > 0;
};

/**
 * What a message is about: the listing that its context names or that it answers, or a thread of these two. Of
 * others' threads nothing may show, not even the title.
 */
const threadAbout = async (
  db: Reader,
  pair: [string, string],
  uris: (string | undefined)[],
): Promise<{ uri: string; title: string; listing?: ListingRow } | undefined> => {
  const { conversations } = db.t;
  const [first, second] = pair.toSorted() as [string, string];
  for (const uri of uris) {
    if (uri === undefined) continue;
    const listing = await findListingByUri(db, uri);
    if (
      listing !== undefined &&
      (listing.state === 'published' || listing.publisher === first || listing.publisher === second)
    )
      return { uri: listing.uri, title: listing.title, listing };
    const [thread] = await db
      .select()
      .from(conversations)
      .where(and(eq(conversations.context, uri), eq(conversations.first, first), eq(conversations.second, second)))
      .limit(1);
    if (thread !== undefined) return { uri, title: thread.title };
  }
  return undefined;
};
