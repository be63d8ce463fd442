/** WebFinger documents (RFC 7033), both ways. */
import { type JsonObject, isObject, link, list } from './json.ts';

export const writeWebFinger = (actor: {
  handle: string;
  host: string;
  uri: string;
  page: string;
  origin: string;
}): JsonObject => ({
  subject: `acct:${actor.handle}@${actor.host}`,
  aliases: [actor.uri, actor.page],
  links: [
    { rel: 'self', type: 'application/activity+json', href: actor.uri },
    { rel: 'http://webfinger.net/rel/profile-page', type: 'text/html', href: actor.page },
    { rel: 'http://ostatus.org/schema/1.0/subscribe', template: `${actor.origin}/follows?uri={uri}` },
  ],
});

/** @returns the actor's URI, or undefined if the document names none */
export const readWebFinger = (doc: unknown): string | undefined => {
  if (!isObject(doc)) return undefined;
  const self = list(doc['links']).find(
    (one) =>
      isObject(one) &&
      one['rel'] === 'self' &&
      typeof one['type'] === 'string' &&
      /activity\+json|ld\+json/.test(one['type']),
  );
  return isObject(self) ? link(self['href']) : undefined;
};
