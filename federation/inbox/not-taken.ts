/** Reject of a message of ours: its reader's server did not take it, and says why. */
import { noteRefusal } from '#domain/conversations.ts';
import { plainText } from '#domain/html.ts';
import { parseUri } from '#domain/ids.ts';
import type { Site } from '#domain/site.ts';
import { text } from '../vocab/json.ts';
import { type Handler, applied, ignored } from './types.ts';

export const isMessage = (site: Site, uri: string | undefined): uri is string =>
  uri !== undefined && parseUri(site, uri)?.type === 'message';

export const onMessageNotTaken: Handler =
  async ({ site }, activity) =>
  async (tx) => {
    const done = await noteRefusal(tx, site.now(), activity.objectId ?? '', {
      by: activity.actor,
      code: text(activity.raw['refusal'], 40) ?? '',
      words: plainText(activity.content ?? ''),
    });
    return done
      ? applied('messageNotTaken', 'A message was not taken there; its author is told.')
      : ignored('answersNothing', 'It answers nothing that was asked here.');
  };
