/**
 * A POST to an inbox, from the first byte to 202: guard → key and owner → policy → reading → what has to be fetched
 * → one transaction with the activity's id, its effect and its line in the journal. Down once, no way back.
 */
import { eq } from 'drizzle-orm';
import { getCooperative } from '#domain/cooperative.ts';
import { findPeerByHost, notePeerContact } from '#domain/peers.ts';
import { concludeReceipt, receive } from '#domain/received.ts';
import { log } from '#src/log.ts';
import type { Guard, Refusal } from '../guard.ts';
import { hostOfUri } from '../hosts.ts';
import type { KeyCache } from '../key-cache.ts';
import type { DialectMemory } from '../signatures.ts';
import { type ActivityValue, readActivity } from '../vocab/activity.ts';
import { readDocument } from '../vocab/normalise.ts';
import { handlerOf } from './index.ts';
import { isBlocked } from './policy.ts';
import type { InboxDeps, Outcome, Sender } from './types.ts';

export type ReceiveDeps = InboxDeps & { guard: Guard; keys: KeyCache; dialects: DialectMemory };

const answer = (refusal: Refusal): Response =>
  Response.json(
    { error: refusal.error, remedy: refusal.remedy, ...(refusal.field === undefined ? {} : { field: refusal.field }) },
    { status: refusal.status, headers: refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) } },
  );
const accepted = (): Response => new Response(null, { status: 202 });

/** @returns the route of every inbox of the node */
export const createInbox = (deps: ReceiveDeps) => async (request: Request, info: { address: string }): Promise<Response> => {
  try {
    const guarded = await deps.guard(request, info.address);
    if (!guarded.ok) return answer(guarded.refusal);
    const { passed } = guarded;
    // Before the key: a blocked server costs us no fetch.
    if (await isBlocked(deps.db.read, passed.host)) {
      log.inbox.info('{host} is blocked; its {type} was dropped', { host: passed.host, type: passed.type });
      return accepted();
    }
    const verdict = await deps.keys.verify(passed.claimed, passed.actor);
    if (!verdict.ok) {
      // An account that is gone cannot prove that it is: its Delete is taken and does nothing.
      if (passed.type === 'Delete' && verdict.gone) return accepted();
      return answer({ status: 401, error: verdict.reason, remedy: 'Sign with a key that the document of the actor lists.', field: 'signature' });
    }
    if (passed.claimed.dialect === 'rfc9421') await deps.dialects.set(passed.host, 'rfc9421');
    const document = await readDocument(passed.json);
    const activity = document.ok ? readActivity(document.document) : document;
    const outcome: Outcome | undefined = activity.ok ? undefined : { outcome: 'ignored', reason: activity.reason };
    const value: ActivityValue = activity.ok ? activity.value : { id: passed.id, type: passed.type, actor: passed.actor, objectIds: [], to: [], cc: [], raw: passed.json };
    if (value.id !== passed.id || value.actor !== passed.actor) return answer({ status: 400, error: 'The @context gives id or actor another meaning.', remedy: 'Send plain ActivityStreams.', field: '@context' });
    await applyActivity(deps, value, outcome);
    return accepted();
  } catch (error) {
    const id = crypto.randomUUID();
    log.inbox.error('Activity could not be taken ({id}): {error}', { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    return Response.json({ error: `Something went wrong here (${id}).`, remedy: 'Send it again later.' }, { status: 500 });
  }
};

/** What is open to those who are no peers while the public part is closed: to ask for peering, and to answer. */
const ALWAYS = new Set(['Follow', 'Accept', 'Reject', 'Undo', 'Offer', 'Delete']);

/**
 * Applies an activity whose sender is proven, exactly once.
 * @param already an outcome that is certain before any handler is asked
 */
export const applyActivity = async (deps: InboxDeps, activity: ActivityValue, already?: Outcome): Promise<Outcome> => {
  const { db, site } = deps;
  const [known] = await db.read.select({ uri: db.read.t.received.uri }).from(db.read.t.received).where(eq(db.read.t.received.uri, activity.id)).limit(1);
  if (known !== undefined) return { outcome: 'ignored', reason: 'It was received before.' };
  const host = hostOfUri(activity.actor) ?? '';
  const peer = await findPeerByHost(db.read, host);
  const sender: Sender = { host, peer: peer?.state === 'active' };
  const closed = !sender.peer && !ALWAYS.has(activity.type) && (await getCooperative(db.read))?.publicOpen === false;
  const work = already ?? (closed ? { outcome: 'refused' as const, reason: 'Only partners are heard while the public part is closed.' } : await handlerOf(activity)(deps, activity, sender));
  return db.write(async (tx) => {
    const now = site.now();
    const fresh = await receive(tx, now, { uri: activity.id, actor: activity.actor, host, type: activity.type.slice(0, 60), ...(activity.objectId === undefined ? {} : { object: activity.objectId }) });
    if (!fresh) return { outcome: 'ignored', reason: 'It was received before.' };
    const outcome = typeof work === 'function' ? await work(tx) : work;
    await concludeReceipt(tx, activity.id, outcome.outcome, outcome.reason);
    if (peer !== undefined) await notePeerContact(tx, now, peer, 'in');
    return outcome;
  });
};
