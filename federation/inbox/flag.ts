/** Reports from elsewhere: they come from a server, and name no person. */
import { parseUri } from '#domain/ids.ts';
import { report } from '#domain/reports.ts';
import { type Handler, applied, ignored } from './types.ts';

export const onFlagged: Handler = async ({ site }, activity, sender) => {
  const ours = activity.objectIds.flatMap((uri): { uri: string; kind: 'listing' | 'member' }[] => {
    const named = parseUri(site, uri);
    return named?.type === 'item' || named?.type === 'proposal' ? [{ uri, kind: 'listing' }] : named?.type === 'actor' ? [{ uri, kind: 'member' }] : [];
  });
  if (ours.length === 0) return ignored('It reports nothing of ours.');
  return async (tx) => {
    for (const object of ours.slice(0, 10)) await report(tx, site.now(), object, { host: sender.host }, { reason: 'other', text: activity.content ?? '(…)' });
    return applied('Report noted for the moderators.');
  };
};
