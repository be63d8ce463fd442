/**
 * A POST to an inbox, from the first byte to 202: guard → key and owner → policy → reading → what has to be fetched
 * → one transaction with the activity's id, its effect and its line in the journal. Down once, no way back.
 */
import { RETRY_AFTER, troubleOf } from '#db/trouble.ts';
import { MAX_ENDS, type UnderWay } from '#db/under-way.ts';
import { findActor } from '#domain/actors.ts';
import type { DayCounter } from '#domain/host-days.ts';
import { notePeerContact } from '#domain/peers.ts';
import type { Observer } from '#domain/ports.ts';
import { REASONS } from '#domain/reasons.ts';
import { receive, wasReceived } from '#domain/received.ts';
import { describe, log, requestId } from '#src/log.ts';
import { type Guard, type Passed, type Refusal, tooMany } from '../guard.ts';
import { hostOfUri } from '../hosts.ts';
import type { KeyCache } from '../key-cache.ts';
import type { Quota } from '../quota.ts';
import type { DialectMemory } from '../signatures.ts';
import { type ActivityValue, readActivity } from '../vocab/activity.ts';
import { type JsonObject, ids, isObject } from '../vocab/json.ts';
import { readDocument } from '../vocab/normalise.ts';
import { handlerOf } from './index.ts';
import { type InboxDeps, type Outcome, type Sender, ignored, refused } from './types.ts';

export type ReceiveDeps = InboxDeps & {
  guard: Guard;
  quota: Quota;
  keys: KeyCache;
  dialects: DialectMemory;
  observer: Observer;
  days: DayCounter;
  underWay: UnderWay;
};

const answer = (refusal: Refusal): Response =>
  Response.json(
    { error: refusal.error, remedy: refusal.remedy, ...(refusal.field === undefined ? {} : { field: refusal.field }) },
    {
      status: refusal.status,
      headers: refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) },
    },
  );
const LATER = { error: 'It cannot be taken just now.', remedy: 'Send it again later.' };
const accepted = (): Response => new Response(null, { status: 202 });
const SHUT_OUT: Refusal = {
  status: 403,
  error: 'Only partners are heard here for now.',
  remedy: 'Ask for a partnership: let the actor of your server follow the one of this server.',
};

/** Its server keeps what it sends, and comes again. */
const NEW_KEY: Omit<Refusal, 'error'> = {
  status: 503,
  remedy: 'Send it again: it is taken once an admin of this server has approved the new key.',
  retryAfter: 900,
};

/** What a partner may say while the exchange rests: about the partnership itself. */
const ALWAYS = new Set(['Follow', 'Accept', 'Reject', 'Undo', 'Offer', 'Delete']);
const BLOCKED_NOTED_MS = 3_600_000;

/**
 * @returns the route of every inbox of the node: 202 for whatever a proven sender sends, whether or not it concerns
 * us; 4xx with a remedy for what is not proven; 503 while the database is in
 * trouble, 500 with an id, never a stack, for our own faults
 */
export const createInbox = (deps: ReceiveDeps) => {
  const blockedNoted = new Map<string, number>();
  /** One line an hour and host is enough for the admin; a blocked server must not fill the journal. */
  const noteBlocked = async ({ id, actor, host, type }: Passed): Promise<void> => {
    const now = deps.site.now();
    if (now.getTime() - (blockedNoted.get(host) ?? 0) < BLOCKED_NOTED_MS) return;
    if (blockedNoted.size >= 1_000) blockedNoted.clear();
    blockedNoted.set(host, now.getTime());
    const outcome = refused('blocked', 'Its server is blocked here; what it sends is dropped unread.');
    await deps.db.write(async (tx) => {
      await receive(tx, now, { uri: id, actor, host, type: type.slice(0, 60), ...outcome });
    });
  };
  return async (request: Request, info: { address: string }): Promise<Response> => {
    const response = await take(deps, noteBlocked, request, info);
    if (response.status !== 202) deps.observer.activity('rejected', `${response.status}`);
    return response;
  };
};

const take = async (
  deps: ReceiveDeps,
  noteBlocked: (passed: Passed) => Promise<void>,
  request: Request,
  info: { address: string },
): Promise<Response> => {
  try {
    const guarded = await deps.guard(request, info.address);
    if (!guarded.ok) return answer(guarded.refusal);
    const { passed } = guarded;
    const json = withoutNul(passed);
    if (json['id'] !== passed.json['id'] || json['actor'] !== passed.json['actor'])
      return answer({ status: 400, error: 'An id has a NUL character.', remedy: 'Ids are plain URLs.', field: 'id' });
    // Before the key: a blocked server costs us no fetch.
    if (await deps.policy.isBlocked(passed.host)) {
      deps.observer.activity('refused', 'policy');
      await noteBlocked(passed);
      return accepted();
    }
    // Servers tell the whole world when an account is gone. Of one that was never heard of here there is nothing to
    // remove, and no key to be asked for.
    const farewell = passed.type === 'Delete' && ids(json['object'])[0] === passed.actor;
    if (farewell && (await findActor(deps.db.read, passed.actor)) === undefined) return accepted();
    const verdict = await deps.keys.verify(passed.claimed, {
      actor: passed.actor,
      mayFetch: () => deps.quota.lookup(info.address),
    });
    if (!verdict.ok) {
      if (verdict.wait !== undefined) return answer(tooMany(verdict.reason, verdict.wait));
      if (verdict.held === true) return answer({ ...NEW_KEY, error: verdict.reason });
      // An account that is gone cannot sign that it is. That its own server has it no longer proves as much.
      if (passed.type === 'Delete' && verdict.gone) {
        const said = readActivity(json);
        if (farewell && said.ok) count(deps, await applyActivity(deps, said.value));
        return accepted();
      }
      return answer({
        status: 401,
        error: verdict.reason,
        remedy: 'Sign with a key that the document of the actor lists.',
        field: 'signature',
      });
    }
    await deps.quota.sent(passed.host, passed.type);
    if (await deps.policy.isShutOut(passed.host, passed.type)) return answer(SHUT_OUT);
    const partner = await deps.policy.peer(passed.host);
    if (partner?.state === 'paused' && !ALWAYS.has(passed.type))
      return answer({
        status: 403,
        error: 'The exchange with your server rests for now.',
        remedy: 'It is taken up again by the admin of this server; your listings are then read from your catalogue.',
      });
    if (passed.claimed.dialect === 'rfc9421') await deps.dialects.set(passed.host, 'rfc9421');
    const document = await readDocument(json);
    const activity = document.ok ? readActivity(document.document) : document;
    const outcome = activity.ok ? undefined : ignored(activity.code, activity.reason, activity.details);
    const value: ActivityValue = activity.ok
      ? activity.value
      : { id: passed.id, type: passed.type, actor: passed.actor, objectIds: [], to: [], cc: [], raw: json };
    if (value.id !== passed.id || value.actor !== passed.actor)
      return answer({
        status: 400,
        error: 'The @context gives id or actor another meaning.',
        remedy: 'Send plain ActivityStreams.',
        field: '@context',
      });
    // A context can call a Create "Follow": what counts is what it turned out to be.
    if (await deps.policy.isShutOut(passed.host, value.type)) return answer(SHUT_OUT);
    const work = async (already: Outcome | undefined): Promise<Response> => {
      count(deps, await applyActivity(deps, value, already));
      deps.days.count(passed.host, 'received');
      return accepted();
    };
    return await deps.underWay.run(`inbox ${value.id}`, () => work(outcome), {
      later: async () => Response.json(LATER, { status: 503, headers: { 'retry-after': '60' } }),
      never: () => work(refused('deadly', `The process ended ${MAX_ENDS} times while it was taken in.`)),
    });
  } catch (error) {
    const id = requestId() ?? crypto.randomUUID();
    log.inbox.error('Activity could not be taken: {error}', { id, error: describe(error) });
    const trouble = troubleOf(error);
    const [status, headers] = trouble === undefined ? [500, {}] : [503, { 'retry-after': `${RETRY_AFTER[trouble]}` }];
    return Response.json(
      { error: `Something went wrong here (${id}).`, remedy: 'Send it again later.' },
      { status, headers },
    );
  }
};

const count = ({ observer }: ReceiveDeps, { outcome, code }: Outcome): void =>
  observer.activity(outcome, REASONS[code]);

/** No engine but SQLite stores the character NUL, which JSON can spell as an escape. */
const withoutNul = ({ body, json }: Passed): JsonObject => {
  if (!body.includes(String.raw`\u0000`)) return json;
  const clean: unknown = JSON.parse(body.toString('utf8'), (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '') : value,
  );
  return isObject(clean) ? clean : {};
};

/**
 * Applies an activity whose sender is proven, exactly once.
 * @param already an outcome that is certain before any handler is asked
 */
export const applyActivity = async (deps: InboxDeps, activity: ActivityValue, already?: Outcome): Promise<Outcome> => {
  const { db, site, policy } = deps;
  if (await wasReceived(db.read, activity.id)) return BEFORE;
  const host = hostOfUri(activity.actor) ?? '';
  const peer = await policy.peer(host);
  const sender: Sender = { host, peer: peer?.state === 'active' };
  const work = already ?? (await handlerOf(activity)(deps, activity, sender));
  const apply = db.write(async (tx) => {
    const now = site.now();
    // Two copies at once: the second sees the first only here.
    if (await wasReceived(tx, activity.id)) return BEFORE;
    const outcome = typeof work === 'function' ? await work(tx) : work;
    const first = await receive(tx, now, {
      uri: activity.id,
      actor: activity.actor,
      host,
      type: activity.type.slice(0, 60),
      ...(activity.objectId === undefined ? {} : { object: activity.objectId }),
      ...outcome,
    });
    if (!first) throw new Twice();
    if (peer !== undefined) await notePeerContact(tx, now, peer, 'in');
    return outcome;
  });
  return apply.catch((error: unknown) => {
    if (error instanceof Twice) return BEFORE;
    throw error;
  });
};

/** Takes back the effect of a copy that lost the race. */
class Twice extends Error {
  override name = 'Twice';
}

const BEFORE = ignored('duplicate', 'It was received before.');
