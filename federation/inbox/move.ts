/**
 * Somebody whom members here follow has moved (FEP-7628). Believed only when both ends say so at their own servers just
 * now: the new one that it is also the old one, the old one where it went.
 */
import { findActor } from '#domain/actors.ts';
import { fullHandle } from '#domain/ids.ts';
import { isFollowedHere, isNoGoal } from '#domain/moving/follow-on.ts';
import { aliasesOf, moveOf, noteMove, recentMove } from '#domain/moving/moves.ts';
import { hostOfUri } from '../hosts.ts';
import { type Handler, type InboxDeps, type Outcome, applied, ignored, refused, unread } from './types.ts';

export const onActorMoved: Handler = async (deps, activity, sender) => {
  const { db, site, resolver } = deps;
  const { actor, targetId: target } = activity;
  if (activity.objectId !== actor) return refused('moveOther', 'One moves oneself and nobody else.');
  const host = target === undefined ? undefined : hostOfUri(target);
  if (target === undefined || host === undefined) return ignored('moveNowhere', 'It does not say where to.');
  if (target === actor) return ignored('moveSelf', 'It moves to where it is.');
  // Of whom nobody here follows nothing is asked: it would only be work.
  if (!(await isFollowedHere(db.read, actor))) return ignored('moveNotFollowed', 'Nobody here follows it.');
  if (await isNoGoal(db.read, host))
    return refused('moveBlocked', 'Nobody is sent to that server from here.', { host });
  const before = await recentMove(db.read, site.now(), actor);
  if (before !== undefined)
    return before.target === target
      ? ignored('moveKnown', 'It is known that it went there.')
      : ignored('moveTooSoon', 'It moved elsewhere a few days ago.');
  const goal = host === site.host ? await goalHere(deps, target) : await goalElsewhere(deps, target);
  if ('outcome' in goal) return goal;
  if (!goal.alsoKnownAs.includes(actor))
    return ignored('moveNoBackLink', 'The new account does not say that it is the old one.');
  if (goal.movedTo !== undefined) return ignored('moveOnward', 'The new account says that it has moved on itself.');
  const old = await resolver.freshActor(actor);
  if (!old.ok) return unread('moveUnreadable', 'The old account', old);
  if (old.value.document.movedTo !== target)
    return ignored('moveNoSignpost', 'The old account itself does not say where it went.');
  const [name, { handle, url }] = [old.value.row.name, goal];
  return async (tx) => {
    // Two at once: the second sees the first only here.
    if ((await recentMove(tx, site.now(), actor)) !== undefined)
      return ignored('moveKnown', 'It is known that it went there.');
    await noteMove(tx, site.now(), { actor, target, handle, url });
    return applied('moved', `${name} has moved from ${sender.host} to ${host}; who follows here is brought over.`, {
      name,
      to: handle,
    });
  };
};

type Goal = { handle: string; url: string; alsoKnownAs: string[]; movedTo?: string | undefined };

const goalHere = async ({ db, site }: InboxDeps, uri: string): Promise<Goal | Outcome> => {
  const row = await findActor(db.read, uri);
  if (row === undefined || !row.local || row.kind !== 'member' || row.deleted !== null || row.suspended)
    return ignored('nobodyHere', 'There is nobody of this name here.');
  return {
    handle: fullHandle(row.handle, site.host),
    url: row.url,
    alsoKnownAs: (await aliasesOf(db.read, uri)).map((one) => one.uri),
    movedTo: (await moveOf(db.read, uri))?.target,
  };
};

const goalElsewhere = async ({ resolver }: InboxDeps, uri: string): Promise<Goal | Outcome> => {
  const found = await resolver.freshActor(uri);
  if (!found.ok) return unread('moveUnreadable', 'The new account', found);
  const { row, document } = found.value;
  // An alias of it is not what its own document says.
  if (row.uri !== uri) return ignored('moveNoBackLink', 'The new account has another id.');
  return {
    handle: fullHandle(row.handle, row.host),
    url: row.url,
    alsoKnownAs: document.alsoKnownAs,
    movedTo: document.movedTo,
  };
};
