/** Reports from elsewhere: they come from a server, and name no person. */
import type { Reader } from '#db/database.ts';
import { findActor } from '#domain/actors.ts';
import { plainText } from '#domain/html.ts';
import { actorUri, parseUri } from '#domain/ids.ts';
import { findListing, findListingByUri } from '#domain/listings.ts';
import { report } from '#domain/reports.ts';
import type { Site } from '#domain/site.ts';
import { type Handler, applied, ignored, refused } from './types.ts';

const OBJECTS_MAX = 10;
const TEXT_MAX = 3_000;

export const onFlagged: Handler = async ({ site, policy }, activity, sender) => {
  if (await policy.rejectsReports(sender.host))
    return refused('flagRejected', `Reports of ${sender.host} are not taken, by a rule of this cooperative.`, {
      host: sender.host,
    });
  return async (tx) => {
    const text = plainText(activity.content ?? '')
      .slice(0, TEXT_MAX)
      .trim();
    const reported = new Set<string>();
    for (const uri of new Set(activity.objectIds)) {
      const object = await ours(tx, site, uri);
      if (object === undefined || reported.has(object.uri)) continue;
      if (reported.size === OBJECTS_MAX) break;
      reported.add(object.uri);
      await report(
        tx,
        site.now(),
        object,
        { host: sender.host },
        { reason: 'other', text: text === '' ? '(…)' : text },
      );
    }
    return reported.size === 0
      ? ignored('flagNothing', 'It reports nothing of ours.')
      : applied('flagNoted', 'Report noted for the moderators.');
  };
};

/** What a reported address is of ours, if it is there: a listing (by Note, Proposal or page) or a member. */
const ours = async (
  db: Reader,
  site: Site,
  uri: string,
): Promise<{ uri: string; kind: 'listing' | 'member' } | undefined> => {
  const named = parseUri(site, uri);
  switch (named?.type) {
    case 'item':
    case 'proposal':
    case 'listingPage': {
      const row = named.type === 'listingPage' ? await findListing(db, named.id) : await findListingByUri(db, uri);
      return row === undefined || !row.local ? undefined : { uri: row.uri, kind: 'listing' };
    }
    case 'actor': {
      const actor = await findActor(db, actorUri(site, named.handle));
      return actor === undefined ? undefined : { uri: actor.uri, kind: 'member' };
    }
    default:
      return undefined;
  }
};
