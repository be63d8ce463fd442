/**
 * The worker: tells what is waiting to be told and sends what is waiting to be sent. Each host has one lane, in order,
 * and one beside it for what a person waits for; one host that drips or is down delays no other.
 */
import { remembered } from '#db/memo.ts';
import type { UnderWay } from '#db/under-way.ts';
import type { DayCounter } from '#domain/host-days.ts';
import type { Observer } from '#domain/ports.ts';
import { isHeld } from '#domain/restored.ts';
import type { Limits } from '#src/limits.ts';
import { afterRequest, describe, log } from '#src/log.ts';
import type { GuardedFetch } from '../fetch.ts';
import type { DialectMemory } from '../signatures.ts';
import { createTeller } from './announce.ts';
import { posted } from './sending.ts';
import type { OutboxDeps } from './speech.ts';
import { buryDelivery, createFinisher, postponeDelivery, postponeHost } from './deliveries.ts';
import { type Leased, leaseDeliveries, returnLease } from './leases.ts';

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
  underWay: UnderWay;
  observer: Observer;
  /** Is this host shut out by a rule? Nothing is sent to it then. */
  isBlocked(host: string): Promise<boolean>;
  days: DayCounter;
  limits: Limits['delivery'];
};
type SendDeps = WorkerDeps & {
  finish: ReturnType<typeof createFinisher>;
  /** Notes what was taken without holding up the lane: its leases keep it from being sent twice. */
  note(host: string, rows: readonly number[]): void;
  /** Resolves when everything that was taken until now is noted. */
  noted(): Promise<unknown>;
  posting: { batches: number };
};

const ANNOUNCEMENTS_AT_ONCE = 50;
/**
 * More lanes than connections: those who wait for one cost nothing, and one look finds work for many. Were all of them
 * slow, a lease could run out before the last one's turn; another process might then send it, too, which does no harm.
 */
const PLAIN_LANES = 200;
const URGENT_LANES = 16;
/** While so few are written to, each may have two connections. */
const FEW = 8;
/** A lane gives way to others after this, whatever it has left: a slow host must not keep it. */
const TURN_MS = 1_000;
/** The longest sleep: a clock that was set, or another process's rows, are noticed after it. */
const LONGEST_SLEEP_MS = 15_000;
/** After a failure of the worker itself, which is the database's. */
const REST_MS = 1_000;
const SOON_MS = 10;
/** So often a host that answers may refuse one delivery before the others pass it. */
const STUBBORN_AFTER = 3;

export const createWorker = (given: WorkerDeps): Worker => {
  const posting = { batches: 0 };
  const finish = createFinisher(given.db, given.site.now, () => posting.batches > 0);
  /** Notes under way, by host how many. */
  const noting = new Map<string, number>();
  const notes = new Set<Promise<void>>();
  const note = (host: string, rows: readonly number[]): void => {
    noting.set(host, (noting.get(host) ?? 0) + 1);
    const work = finish(host, rows)
      .catch((error: unknown) => {
        stumbled = true;
        log.outbox.error('What {host} took could not be noted: {error}', { host, error: describe(error) });
      })
      .finally(() => {
        notes.delete(work);
        const left = noting.get(host)! - 1;
        if (left > 0) noting.set(host, left);
        else noting.delete(host);
        if (stumbled && running === undefined) sleep();
      });
    notes.add(work);
  };
  const deps: SendDeps = { ...given, finish, note, noted: () => Promise.all(notes), posting };
  /** After a restore nothing leaves before an admin confirms. */
  const held = remembered(given.db, ['facts'], isHeld);
  const sending = new Map<string, Promise<void>>();
  const cut = new AbortController();
  const tell = createTeller(deps);
  let stopped = false;
  let woken = false;
  /** Something waits behind what is being sent: when a lane ends, there is more to do. */
  let behind = false;
  /** How many lanes have ended. */
  let ended = 0;
  /** When the last look found that the first resting host may be tried again. */
  let due: Date | undefined;
  let stumbled = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const room = () => {
    const urgent = [...sending.keys()].filter((lane) => lane.endsWith('!')).length;
    return {
      busy: new Set(sending.keys()),
      noting: new Set(noting.keys()),
      plain: PLAIN_LANES - (sending.size - urgent),
      urgent: URGENT_LANES - urgent,
    };
  };

  const round = async (): Promise<void> => {
    do {
      woken = false;
      due = undefined;
      while (!stopped && (await tell(ANNOUNCEMENTS_AT_ONCE)) > 0);
      if (stopped || (await held())) break;
      const before = ended;
      const look = await leaseDeliveries(deps.db, deps.site.now(), room());
      behind = look.passed;
      due = look.due;
      // It may have waited for a lane that has ended since the look began.
      if (look.passed && ended !== before) woken = true;
      for (const [lane, batch] of look.lanes) {
        const wide = look.lanes.size + sending.size <= FEW;
        const work = sendLane(deps, batch, { stopping: () => stopped, cut: cut.signal, wide })
          .then((all) => {
            // Most lanes end with nothing left to do, and a look costs as much as some deliveries.
            if (!all || look.full.has(lane)) behind = true;
          })
          .catch((error: unknown) => {
            stumbled = true;
            log.outbox.error('Sending to {lane} failed: {error}', { lane, error: describe(error) });
          })
          .finally(() => {
            sending.delete(lane);
            ended++;
            if (stumbled) {
              if (running === undefined) sleep();
            } else if (behind) wakeSoon();
          });
        sending.set(lane, work);
      }
    } while (woken && !stopped);
  };

  const wake = (): void => {
    woken = true;
    if (stopped || running !== undefined) return;
    clearTimeout(timer);
    running = afterRequest(round)
      .catch((error: unknown) => {
        stumbled = true;
        log.outbox.error('The outbox stumbled: {error}', { error: describe(error) });
      })
      .finally(() => {
        running = undefined;
        if (woken && !stumbled) wake();
        else sleep();
      });
  };

  /** Many lanes are done at nearly the same time: one look for all of them. */
  let soon: NodeJS.Timeout | undefined;
  const wakeSoon = (): void => {
    if (stopped) return;
    soon ??= setTimeout(() => {
      soon = undefined;
      wake();
    }, SOON_MS);
  };

  const sleep = (): void => {
    if (stopped || running !== undefined) return;
    const wait = stumbled
      ? REST_MS
      : Math.min(LONGEST_SLEEP_MS, Math.max(50, (due?.getTime() ?? Infinity) - deps.site.now().getTime()));
    stumbled = false;
    clearTimeout(timer);
    timer = setTimeout(wake, wait);
  };

  return {
    wake,
    idle: async () => {
      while (running !== undefined || sending.size > 0 || notes.size > 0 || soon !== undefined) {
        await Promise.all([running, ...sending.values(), ...notes]);
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
      await Promise.all(notes);
      clearTimeout(late);
    },
  };
};

/** Broken off by `cut`, a delivery is nobody's fault: it goes back as if it had not been tried. */
type Stop = { stopping: () => boolean; cut: AbortSignal };

/**
 * One host's turn: each inbox's deliveries one after the other, two inboxes at a time if `wide`.
 * @returns whether all of them were taken
 */
const sendLane = async (deps: SendDeps, batch: Leased[], stop: Stop & { wide: boolean }): Promise<boolean> => {
  const end = performance.now() + TURN_MS;
  const inboxes = [...new Set(batch.map(({ delivery }) => delivery.inbox))];
  const parts = [0, 1].map((which) =>
    batch.filter(({ delivery }) => (stop.wide ? inboxes.indexOf(delivery.inbox) % 2 : 0) === which),
  );
  const all = await Promise.all(
    parts.filter((part) => part.length > 0).map((part) => sendBatch(deps, part, { ...stop, end })),
  );
  return all.every(Boolean);
};

/** One after the other: their order is kept. The first failure puts off the rest. @returns whether all were taken */
const sendBatch = async (deps: SendDeps, batch: Leased[], stop: Stop & { end: number }): Promise<boolean> => {
  const { db, site, observer } = deps;
  const sent: number[] = [];
  const host = batch[0]!.delivery.host;
  const rest = (from: number): number[] => batch.slice(from).map((one) => one.delivery.row);
  let left: number[] = [];
  for (const [i, leased] of batch.entries()) {
    const { delivery } = leased;
    if (i > 0 && performance.now() > stop.end) {
      left = rest(i);
      break;
    }
    const outcome = stop.stopping() ? { verdict: 'returned' as const } : await posted(deps, leased, stop.cut);
    observer.delivery(outcome.verdict === 'aside' ? 'later' : outcome.verdict);
    if (outcome.verdict === 'returned') {
      left = rest(i);
      break;
    }
    deps.days.count(host, outcome.verdict === 'taken' ? 'delivered' : 'failed');
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
    const { giveUpMs } = deps.limits;
    if (outcome.verdict === 'aside' || (outcome.onlyThis === true && delivery.attempts + 1 >= STUBBORN_AFTER)) {
      await postponeDelivery(db, site.now(), delivery, outcome.error, giveUpMs);
      continue;
    }
    // A note after it would say that the host is well.
    if (sent.length > 0) await deps.finish(host, sent);
    await deps.noted();
    await postponeHost(db, site.now(), host, rest(i), outcome.error, {
      giveUpMs,
      ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }),
    });
    return false;
  }
  if (sent.length > 0) deps.note(host, sent);
  if (left.length > 0) await returnLease(db, left);
  return sent.length === batch.length;
};
