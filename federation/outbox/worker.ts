/**
 * The worker: tells what is waiting to be told and sends what is waiting to be sent. At most two connections per
 * host and sixteen in all (kept by the guarded fetch); one host that drips or is down delays no other.
 */
import type { Observer } from '#domain/ports.ts';
import type { Limits } from '#src/limits.ts';
import { afterRequest, describe, log } from '#src/log.ts';
import type { GuardedFetch } from '../fetch.ts';
import { type DialectMemory, signedHeadersAside } from '../signatures.ts';
import { workOffAnnouncements } from './announce.ts';
import type { OutboxDeps } from './speech.ts';
import {
  type Leased,
  buryDelivery,
  createFinisher,
  leaseDeliveries,
  nextDue,
  postponeHost,
  returnLease,
} from './deliveries.ts';

export type Worker = {
  /** Looks at once; cheap to call after every commit. */
  wake(): void;
  /** Resolves when nothing is being told or sent; what waits for later stays. For tests and for a stop. */
  idle(): Promise<void>;
  /**
   * Takes nothing more, gives back what it leased and has not sent, waits for what is on its way.
   * @param graceMs after it what is on its way is broken off and given back, too
   */
  stop(graceMs: number): Promise<void>;
};

export type WorkerDeps = OutboxDeps & {
  fetch: GuardedFetch;
  dialects: DialectMemory;
  /** `atOnce` inboxes are written to at a time. */
  limits: Limits['delivery'] & { atOnce: number };
  observer: Observer;
};
type SendDeps = WorkerDeps & { finish: ReturnType<typeof createFinisher>; posting: { batches: number } };

const ANNOUNCEMENTS_AT_ONCE = 50;
const LEASED_AT_ONCE = 200;
/** The longest sleep: a clock that was set, or another process's rows, are noticed after it. */
const LONGEST_SLEEP_MS = 15_000;
const SOON_MS = 10;

export const createWorker = (given: WorkerDeps): Worker => {
  const posting = { batches: 0 };
  const finish = createFinisher(given.db, given.site.now, () => posting.batches > 0);
  const deps: SendDeps = { ...given, finish, posting };
  const sending = new Map<string, Promise<void>>();
  const cut = new AbortController();
  let stopped = false;
  let woken = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const round = async (): Promise<void> => {
    do {
      woken = false;
      while (!stopped && (await workOffAnnouncements(deps, ANNOUNCEMENTS_AT_ONCE)) > 0) woken = true;
      if (stopped || sending.size >= given.limits.atOnce) break;
      const leased = await leaseDeliveries(deps.db, deps.site.now(), new Set(sending.keys()), LEASED_AT_ONCE);
      for (const [inbox, batch] of leased) {
        const work = sendBatch(deps, batch, { stopping: () => stopped, cut: cut.signal })
          .catch((error: unknown) =>
            log.outbox.error('Sending to {inbox} failed: {error}', { inbox, error: describe(error) }),
          )
          .finally(() => {
            sending.delete(inbox);
            wakeSoon();
          });
        sending.set(inbox, work);
      }
      if (leased.size > 0) woken = true;
    } while (woken && !stopped && sending.size < given.limits.atOnce);
  };

  const wake = (): void => {
    woken = true;
    if (stopped || running !== undefined) return;
    clearTimeout(timer);
    running = afterRequest(round)
      .catch((error: unknown) => log.outbox.error('The outbox stumbled: {error}', { error: describe(error) }))
      .finally(() => {
        running = undefined;
        if (woken && sending.size < given.limits.atOnce) wake();
        else void sleep();
      });
  };

  /** Many inboxes are done at nearly the same time: one look for all of them. */
  let soon: NodeJS.Timeout | undefined;
  const wakeSoon = (): void => {
    if (stopped) return;
    soon ??= setTimeout(() => {
      soon = undefined;
      wake();
    }, SOON_MS);
  };

  const sleep = async (): Promise<void> => {
    if (stopped) return;
    const due = await nextDue(deps.db.read).catch(() => undefined);
    const wait =
      due === undefined
        ? LONGEST_SLEEP_MS
        : Math.min(LONGEST_SLEEP_MS, Math.max(50, due.getTime() - deps.site.now().getTime()));
    if (stopped || running !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(wake, wait);
  };

  return {
    wake,
    idle: async () => {
      while (running !== undefined || sending.size > 0 || soon !== undefined) {
        await Promise.all([running, ...sending.values()]);
        if (soon !== undefined) await new Promise((resolve) => setTimeout(resolve, SOON_MS));
      }
    },
    stop: async (graceMs) => {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(soon);
      soon = undefined;
      const late = setTimeout(() => cut.abort(), graceMs);
      await running;
      await Promise.all(sending.values());
      clearTimeout(late);
    },
  };
};

/** One inbox's deliveries, one after the other: their order is kept. The first failure puts off the rest. */
const sendBatch = async (deps: SendDeps, batch: Leased[], stop: Stop): Promise<void> => {
  const { db, site, observer } = deps;
  const sent: number[] = [];
  const host = batch[0]!.delivery.host;
  for (const [i, { delivery, body }] of batch.entries()) {
    const outcome = stop.stopping()
      ? { verdict: 'returned' as const }
      : await posted(deps, { delivery, body }, stop.cut);
    observer.delivery(outcome.verdict);
    if (outcome.verdict === 'returned') {
      await returnLease(
        db,
        batch.slice(i).map((one) => one.delivery.row),
      );
      break;
    }
    if (outcome.verdict === 'taken') {
      sent.push(delivery.row);
      continue;
    }
    log.outbox.warning('{host} did not take {activity}: {error}', {
      host,
      activity: delivery.activity,
      error: outcome.error,
    });
    if (outcome.verdict === 'never') {
      await buryDelivery(db, site.now(), delivery.row, outcome.error);
      continue;
    }
    if (sent.length > 0) await deps.finish(host, sent.splice(0));
    await postponeHost(
      db,
      site.now(),
      host,
      batch.slice(i).map((one) => one.delivery.row),
      outcome.error,
      {
        giveUpMs: deps.limits.giveUpMs,
        ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
      },
    );
    return;
  }
  if (sent.length > 0) await deps.finish(host, sent);
};

/** Broken off by `cut`, a delivery is nobody's fault: it goes back as if it had not been tried. */
type Stop = { stopping: () => boolean; cut: AbortSignal };
type Outcome =
  | { verdict: 'taken' }
  | { verdict: 'returned' }
  | { verdict: 'later' | 'never'; error: string; retryAfterMs?: number };

const posted = async (deps: SendDeps, leased: Leased, cut: AbortSignal): Promise<Outcome> => {
  deps.posting.batches++;
  return send(deps, leased, cut).finally(() => deps.posting.batches--);
};

const send = async (deps: WorkerDeps, { delivery, body }: Leased, cut: AbortSignal): Promise<Outcome> => {
  const { keyring, site, dialects } = deps;
  const { inbox, host } = delivery;
  const keys = await keyring.of(delivery.key.replace(/#.*$/, ''));
  if (keys === undefined) return { verdict: 'never', error: 'The key that signs it is gone.' };
  const bytes = Buffer.from(body);
  const known = await dialects.get(host);
  const dialect = known ?? 'cavage';
  const headers = await signedHeadersAside({
    method: 'POST',
    url: inbox,
    body: bytes,
    keyId: keys.rsa.id,
    privateKey: keys.rsa.privateKey,
    dialect,
    now: site.now(),
  });
  const answer = await deps.fetch.request(inbox, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/activity+json' },
    body: bytes,
    accept: ['*/*'],
    maxBytes: 64 * 1024,
    timeoutMs: deps.limits.timeoutMs,
    signal: cut,
    maxRedirects: 0,
  });
  if (!answer.ok && cut.aborted) return { verdict: 'returned' };
  if (!answer.ok) return { verdict: 'later', error: `${answer.code}: ${answer.detail}` };
  if (answer.status >= 200 && answer.status < 300) return { verdict: 'taken' };
  const said = answer.body.toString('utf8').replaceAll(/\s+/g, ' ').slice(0, 200);
  const error = `${answer.status} ${said}`;
  // The others of 4xx mean that this very message is not wanted; trying again changes nothing.
  const later = answer.status >= 500 || [401, 403, 408, 421, 425, 429].includes(answer.status) || answer.status < 400;
  return { verdict: later ? 'later' : 'never', error, ...retryAfter(answer.headers['retry-after'], site.now()) };
};

const retryAfter = (header: string | string[] | undefined, now: Date): { retryAfterMs?: number } => {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return {};
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: ms } : {};
};
