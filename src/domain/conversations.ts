/** Private threads between two actors about a listing. Nothing of them is ever public. */
import { and, desc, eq, lt, or, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { announce } from './announcements.ts';
import { isShutOut } from './domain-rules.ts';
import { renderMarkdown } from './html.ts';
import { hostOf, messageUri, newId } from './ids.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { type Result, fail, ok } from './types.ts';

export type ConversationRow = Reader['t']['conversations']['$inferSelect'];
export type MessageRow = Reader['t']['messages']['$inferSelect'];

/** Characters of one message. */
export const MESSAGE_MAX = 5_000;
/** Messages of a thread that are shown at a time. */
export const MESSAGES_SHOWN = 200;

/**
 * A member writes to an actor, of here or elsewhere.
 * @param about `uri` becomes the thread's context, `title` its heading
 * @param to.local tells whether anything has to be sent
 * @returns errors on `text`: required, tooLong, discovery.blocked; on `to`: conversations.self
 */
export const sendMessage = async (
  tx: Tx,
  site: Site,
  from: string,
  to: { uri: string; local: boolean },
  about: { uri: string; title: string },
  text: string,
): Promise<Result<{ conversation: string; message: MessageRow }>> => {
  const body = text.trim();
  const errors = checkText('text', body, { min: 1, max: MESSAGE_MAX });
  if (errors.length > 0) return fail(...errors);
  if (from === to.uri) return fail({ field: 'to', code: 'conversations.self' });
  const host = hostOf(to.uri);
  if (!to.local && (await isShutOut(tx, host)))
    return fail({ field: 'text', code: 'discovery.blocked', params: { host } });
  const now = site.now();
  const conversation = await openConversation(tx, now, from, to.uri, about);
  const id = newId();
  const message = await addMessage(tx, now, conversation, {
    id,
    uri: messageUri(from, id),
    author: from,
    html: renderMarkdown(body),
    created: now,
  });
  if (!to.local) await announce(tx, now, { type: 'message.sent', actor: from, subject: id, data: { to: to.uri } });
  return ok({ conversation: conversation.id, message });
};

/**
 * A message from elsewhere arrived for one of ours.
 * @param message.html sanitised
 * @param message.context listing or thread that it belongs to; absent: the newest thread of the two, else a new one
 * @returns the thread, or undefined if the message was here already
 */
export const storeMessage = async (
  tx: Tx,
  now: Date,
  message: {
    uri: string;
    from: string;
    to: string;
    html: string;
    created: Date;
    context?: string;
    inReplyTo?: string;
    title: string;
  },
): Promise<ConversationRow | undefined> => {
  const [known] = await tx.select().from(tx.t.messages).where(eq(tx.t.messages.uri, message.uri)).limit(1);
  if (known !== undefined) return undefined;
  const context =
    (await threadOfReply(tx, message.inReplyTo, message.from, message.to)) ?? message.context ?? message.uri;
  const conversation = await openConversation(tx, now, message.from, message.to, {
    uri: context,
    title: message.title,
  });
  await addMessage(tx, now, conversation, {
    id: newId(),
    uri: message.uri,
    author: message.from,
    html: message.html,
    created: message.created,
  });
  return conversation;
};

/** The context of the thread in which the answered message stands, if it is a thread of these two. */
const threadOfReply = async (
  tx: Tx,
  inReplyTo: string | undefined,
  a: string,
  b: string,
): Promise<string | undefined> => {
  if (inReplyTo === undefined) return undefined;
  const { messages, conversations } = tx.t;
  const [first, second] = a < b ? [a, b] : [b, a];
  const [row] = await tx
    .select({ context: conversations.context })
    .from(messages)
    .innerJoin(conversations, eq(messages.conversation, conversations.id))
    .where(and(eq(messages.uri, inReplyTo), eq(conversations.first, first), eq(conversations.second, second)))
    .limit(1);
  return row?.context;
};

/** Have these two written to each other about this before? */
export const haveThread = async (db: Reader, a: string, b: string, context: string): Promise<boolean> => {
  const { conversations } = db.t;
  const [first, second] = a < b ? [a, b] : [b, a];
  const [row] = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.first, first), eq(conversations.second, second), eq(conversations.context, context)))
    .limit(1);
  return row !== undefined;
};

const openConversation = async (
  tx: Tx,
  now: Date,
  a: string,
  b: string,
  about: { uri: string; title: string },
): Promise<ConversationRow> => {
  const { conversations } = tx.t;
  const [first, second] = a < b ? [a, b] : [b, a];
  await tx
    .insert(conversations)
    .values({
      id: newId(),
      context: about.uri,
      first,
      second,
      title: about.title.slice(0, 200),
      firstUnread: 0,
      secondUnread: 0,
      created: now,
      updated: now,
    })
    .onConflictDoNothing();
  const [row] = await tx
    .select()
    .from(conversations)
    .where(and(eq(conversations.first, first), eq(conversations.second, second), eq(conversations.context, about.uri)))
    .limit(1);
  return row!;
};

const addMessage = async (
  tx: Tx,
  now: Date,
  conversation: ConversationRow,
  message: Omit<MessageRow, 'conversation' | 'refused'>,
): Promise<MessageRow> => {
  const { conversations, messages } = tx.t;
  const [row] = await tx
    .insert(messages)
    .values({ ...message, conversation: conversation.id })
    .returning();
  const byFirst = conversation.first === message.author;
  await tx
    .update(conversations)
    .set({
      updated: now,
      ...(byFirst
        ? { secondUnread: sql`${conversations.secondUnread} + 1` }
        : { firstUnread: sql`${conversations.firstUnread} + 1` }),
    })
    .where(eq(conversations.id, conversation.id));
  return row!;
};

/** The last one shown, by its time and its id: several may be of one moment. */
export type Before = { at: Date; id: string };
export const beforeText = ({ at, id }: Before): string => `${at.getTime()}-${id}`;
export const readBefore = (text: string | undefined): Before | undefined => {
  const [, ms = '', id = ''] = /^(\d{1,15})-([\w-]{1,64})$/.exec(text ?? '') ?? [];
  return id === '' ? undefined : { at: new Date(Number(ms)), id };
};

/** The threads of an actor, newest first. */
export const conversationsOf = async (
  db: Reader,
  actor: string,
  limit: number,
  before?: Before,
): Promise<ConversationRow[]> => {
  const { conversations: c } = db.t;
  return db
    .select()
    .from(c)
    .where(
      and(
        or(eq(c.first, actor), eq(c.second, actor)),
        before === undefined
          ? undefined
          : or(lt(c.updated, before.at), and(eq(c.updated, before.at), lt(c.id, before.id))),
      ),
    )
    .orderBy(desc(c.updated), desc(c.id))
    .limit(limit);
};

/** A thread, only for one of its two. */
export const findConversation = async (db: Reader, actor: string, id: string): Promise<ConversationRow | undefined> => {
  const { conversations: c } = db.t;
  const [row] = await db
    .select()
    .from(c)
    .where(and(eq(c.id, id), or(eq(c.first, actor), eq(c.second, actor))))
    .limit(1);
  return row;
};

/** The other of the two. */
export const partnerIn = (conversation: ConversationRow, actor: string): string =>
  conversation.first === actor ? conversation.second : conversation.first;

/** How many messages of a thread this actor has not seen. */
export const unreadIn = (conversation: ConversationRow, actor: string): number =>
  conversation.first === actor ? conversation.firstUnread : conversation.secondUnread;

/** The messages of a thread, oldest first: the newest `MESSAGES_SHOWN`, or those before `before`. */
export const messagesIn = async (db: Reader, conversation: string, before?: Before): Promise<MessageRow[]> => {
  const { messages: m } = db.t;
  const rows = await db
    .select()
    .from(m)
    .where(
      and(
        eq(m.conversation, conversation),
        before === undefined
          ? undefined
          : or(lt(m.created, before.at), and(eq(m.created, before.at), lt(m.id, before.id))),
      ),
    )
    .orderBy(desc(m.created), desc(m.id))
    .limit(MESSAGES_SHOWN);
  return rows.toReversed();
};

/** Characters of what another server says. */
const WORDS_MAX = 500;
/**
 * The reader's server says that it did not take a message of ours. The first word stands.
 * @param said.by who says so: it counts from the one to whom the message went @param said.words plain text
 * @returns whether there is such a message
 */
export const noteRefusal = async (
  tx: Tx,
  now: Date,
  uri: string,
  said: { by: string; code: string; words: string },
): Promise<boolean> => {
  const { conversations: c, messages: m } = tx.t;
  const [found] = await tx
    .select({ message: m, thread: c })
    .from(m)
    .innerJoin(c, eq(c.id, m.conversation))
    .where(eq(m.uri, uri))
    .limit(1);
  if (found === undefined || found.message.author === said.by) return false;
  if (partnerIn(found.thread, found.message.author) !== said.by) return false;
  if (found.message.refused !== null) return true;
  const refused = { code: said.code.slice(0, 40), words: said.words.slice(0, WORDS_MAX) };
  await tx.update(m).set({ refused }).where(eq(m.id, found.message.id));
  const byFirst = found.thread.first === found.message.author;
  // Its author should see it.
  await tx
    .update(c)
    .set({
      updated: now,
      ...(byFirst ? { firstUnread: sql`${c.firstUnread} + 1` } : { secondUnread: sql`${c.secondUnread} + 1` }),
    })
    .where(eq(c.id, found.thread.id));
  return true;
};

/** The actor has opened the thread. */
export const markRead = async (tx: Tx, conversation: ConversationRow, actor: string): Promise<void> => {
  await tx
    .update(tx.t.conversations)
    .set(conversation.first === actor ? { firstUnread: 0 } : { secondUnread: 0 })
    .where(eq(tx.t.conversations.id, conversation.id));
};

/** Messages that an actor has not seen, over all threads. */
export const countUnread = async (db: Reader, actor: string): Promise<number> => {
  const { conversations: c } = db.t;
  const [row] = await db
    .select({
      n: sql<number>`coalesce(sum(CASE WHEN ${c.first} = ${actor} THEN ${c.firstUnread} ELSE ${c.secondUnread} END), 0)`,
    })
    .from(c)
    .where(or(eq(c.first, actor), eq(c.second, actor)));
  return Number(row?.n ?? 0);
};
