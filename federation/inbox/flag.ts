/** Reports from elsewhere, and answers to ours: they come from a server, and name no person. */
import { eq } from 'drizzle-orm';
import { plainText } from '#domain/html.ts';
import { nodeUri } from '#domain/ids.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { noteAnswer, ourReported } from '#domain/moderation/flags.ts';
import { REPORT_REASONS, REPORT_TEXT_MAX, type Reported, isNew, report, tellModerators } from '#domain/reports.ts';
import { cleanText } from '#domain/text.ts';
import { hasType, isObject, link } from '../vocab/json.ts';
import type { ActivityValue } from '../vocab/activity.ts';
import { onFollowAnswered } from './follow.ts';
import { isMessage, onMessageNotTaken } from './not-taken.ts';
import { type Handler, applied, ignored, refused } from './types.ts';

const OBJECTS_MAX = 10;

const wordsOf = (activity: ActivityValue): string =>
  cleanText(plainText(activity.content ?? ''))
    .slice(0, REPORT_TEXT_MAX)
    .trim();

export const onFlagged: Handler = async ({ site, policy }, activity, sender) => {
  if (await policy.rejectsReports(sender.host))
    return refused('flagRejected', `Reports of ${sender.host} are not taken, by a rule of this cooperative.`, {
      host: sender.host,
    });
  const text = wordsOf(activity);
  const peer = sender.peer ? await policy.peer(sender.host) : undefined;
  // Only a partner's node is told what became of it. Of others not even the id is kept: a person's name may be in it.
  const answered = peer !== undefined && peer.nodeActor === activity.actor;
  const said = REPORT_REASONS.find((one) => one === activity.raw['flagReason']);
  return async (tx) => {
    const found = new Map<string, Reported>();
    for (const uri of [...new Set(activity.objectIds)].slice(0, 50)) {
      const object = await ourReported(tx, site, uri, sender.host);
      if (object !== undefined && found.size < OBJECTS_MAX) found.set(object.uri, object);
    }
    // Whoever names a thing names its owner beside it (Mastodon does): that is one report, of the thing.
    const owners = new Set([...found.values()].flatMap((one) => (one.kind === 'member' ? [] : [one.subject])));
    const objects = [...found.values()].filter((one) => one.kind !== 'member' || !owners.has(one.uri));
    for (const object of objects) {
      const result = await report(
        tx,
        site.now(),
        object,
        { host: sender.host, ...(answered ? { flag: activity.id } : {}) },
        { reason: said ?? 'other', text: text === '' ? '(…)' : text },
      );
      if (result.ok && isNew(result.value))
        await tellModerators(tx, site, result.value, (await getCooperative(tx))?.name ?? '');
    }
    return objects.length === 0
      ? ignored('flagNothing', 'It reports nothing of ours.')
      : applied('flagNoted', 'Report noted for the moderators.');
  };
};

/** Accept and Reject answer a Flag of ours, Reject a message, or else both a Follow. */
export const onAnswered: Handler = async (deps, activity, sender) => {
  const { site } = deps;
  const { object, objectId } = activity;
  const isFlag = isObject(object) && hasType(object, 'Flag');
  if (activity.type === 'Reject' && isMessage(site, objectId)) return onMessageNotTaken(deps, activity, sender);
  if (!isFlag && object?.['type'] !== undefined) return onFollowAnswered(deps, activity, sender);
  const ours = objectId?.startsWith(`${nodeUri(site)}/activities/`) === true;
  if (!ours)
    return isFlag
      ? ignored('answersNothing', 'It answers nothing that was asked here.')
      : onFollowAnswered(deps, activity, sender);
  const { reports } = deps.db.read.t;
  const known = await deps.db.read.$count(reports, eq(reports.forwardedFlag, objectId));
  if (known === 0)
    return isFlag
      ? ignored('answersNothing', 'It answers nothing that was asked here.')
      : onFollowAnswered(deps, activity, sender);
  const flagger = link(object?.['actor']);
  if (flagger !== undefined && flagger !== nodeUri(site))
    return refused('flagAnswerOther', 'It answers a report of somebody else.');
  const accepted = activity.type === 'Accept';
  return async (tx) => {
    const row = await noteAnswer(tx, site, objectId, sender.host, accepted, wordsOf(activity));
    return row === undefined
      ? refused('flagAnswerOther', 'Only the server that a report went to answers it.')
      : applied('flagAnswered', 'The answer to a report was noted.');
  };
};
