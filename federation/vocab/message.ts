/** A private message: a Note to exactly one actor, its `context` the listing it is about. */
import { CONTEXT, PUBLIC } from './context.ts';
import { type JsonObject, ids, instant, link, text } from './json.ts';
import { readPictures } from './pictures.ts';

/** @param message.html of our own making; @param message.mention as shown, `@bob@coop.example` */
export const writeMessage = (message: {
  uri: string;
  from: string;
  to: string;
  html: string;
  context: string;
  inReplyTo: string | undefined;
  published: Date;
  mention: string;
}): JsonObject => ({
  '@context': CONTEXT,
  id: message.uri,
  type: 'Note',
  attributedTo: message.from,
  to: [message.to],
  cc: [],
  content: message.html,
  context: message.context,
  ...(message.inReplyTo === undefined ? {} : { inReplyTo: message.inReplyTo }),
  published: message.published.toISOString(),
  // Mastodon takes a note for a direct message only if its one reader is mentioned, too.
  tag: [{ type: 'Mention', href: message.to, name: message.mention }],
});

/** A Note as a message or a post. `html` is as it came: sanitise it. */
export type NoteValue = {
  uri: string;
  from: string;
  to: string[];
  html: string;
  url: string;
  context?: string;
  inReplyTo?: string;
  /** Mastodon's and Pleroma's name of the thread: opaque, often no URL. */
  conversation?: string;
  published?: Date;
  updated?: Date;
  /** None of a note that is marked as sensitive: who wants to see those goes there. */
  pictures: { url: string; mediaType: string; alt: string }[];
};

const PICTURES_MAX = 4;

/** @returns undefined when it has no id or no author */
export const readNote = (doc: JsonObject): NoteValue | undefined => {
  const uri = link(doc['id']);
  const from = link(doc['attributedTo'] ?? doc['actor']);
  if (uri === undefined || from === undefined) return undefined;
  const title = text(doc['name'], 300);
  const body = text(doc['content'], 50_000) ?? text(doc['summary'], 50_000) ?? '';
  const context = link(doc['context']);
  const inReplyTo = link(doc['inReplyTo']);
  const conversation = text(doc['conversation'], 500);
  const published = instant(doc['published']);
  const updated = instant(doc['updated']);
  return {
    uri,
    from,
    to: [...ids(doc['to']), ...ids(doc['cc'])],
    html:
      title === undefined
        ? body
        : `<p><strong>${title.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</strong></p>${body}`,
    url: link(doc['url']) ?? uri,
    pictures:
      doc['sensitive'] === true
        ? []
        : readPictures(doc, PICTURES_MAX).map(({ url, mediaType, alt }) => ({ url, mediaType, alt })),
    ...(context === undefined ? {} : { context }),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    ...(conversation === undefined ? {} : { conversation }),
    ...(published === undefined ? {} : { published }),
    ...(updated === undefined ? {} : { updated }),
  };
};

const PUBLIC_NAMES = new Set([PUBLIC, 'as:Public', 'Public']);
/** Is it addressed to everybody? */
export const isPublic = (to: string[]): boolean => to.some((one) => PUBLIC_NAMES.has(one));
/** Is it for this one reader, and for nobody else but its author? */
export const isPrivateTo = (note: { from: string; to: string[] }, reader: string): boolean =>
  note.to.includes(reader) && note.to.every((one) => one === reader || one === note.from);
/** Is it for named readers alone: neither public nor for followers? */
export const isPrivate = (to: string[]): boolean =>
  to.length > 0 && !isPublic(to) && !to.some((one) => one.endsWith('/followers'));
