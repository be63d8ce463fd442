/** A member moves: told to whoever follows them. That the actor says so, too, goes to all (`actor.updated`). */
import { activityUri, followersUri } from '#domain/ids.ts';
import { followerInboxes } from '../addressing.ts';
import { writeMove } from '../vocab/activity.ts';
import { PUBLIC } from '../vocab/context.ts';
import { type Speaker, reachOf } from './speech.ts';

export const onMoved: Speaker = async (deps, row) => {
  const uri = activityUri(row.actor, row.id);
  const head = { id: uri, actor: row.actor, to: [PUBLIC], cc: [followersUri(row.actor)], published: row.created };
  return [
    {
      uri,
      actor: row.actor,
      type: 'Move',
      object: row.actor,
      listed: false,
      targets: await followerInboxes(deps.db.read, [row.actor], await reachOf(deps, 'public')),
      priority: 5,
      body: writeMove({ ...head, target: row.subject }),
    },
  ];
};
