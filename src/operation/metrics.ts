/**
 * Numbers for Prometheus. Labels come from closed lists alone (classes of routes, of reasons, outcomes, statuses):
 * nothing that others send ever makes a new series.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Database } from '#db/database.ts';
import type { Observer } from '#domain/ports.ts';
import { type QueueTotals, queueTotals } from '#domain/queue.ts';
import type { Machine } from './machine.ts';
import type { RouteClass } from './route-class.ts';

export type Metrics = Observer & {
  request: (route: RouteClass, status: number, seconds: number) => void;
  /** The text that Prometheus reads, and its media type. */
  text: () => Promise<{ body: string; type: string }>;
};

const PREFIX = 'maillon_';
const FRESH_MS = 5_000;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10];

export const createMetrics = async (deps: { db: Database; now: () => Date; machine: Machine }): Promise<Metrics> => {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Counter({
    name: `${PREFIX}http_requests_total`,
    help: 'Requests answered, by class of route and status.',
    labelNames: ['route', 'status'],
    registers,
  });
  const times = new Histogram({
    name: `${PREFIX}http_request_seconds`,
    help: 'Time until the answer began, by class of route.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const activities = new Counter({
    name: `${PREFIX}inbox_activities_total`,
    help: 'Activities that reached an inbox, by what became of them and why; rejected ones by HTTP status.',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  const deliveries = new Counter({
    name: `${PREFIX}outbox_deliveries_total`,
    help: 'Attempts to deliver: taken, later (put off), never (given up), returned (the node was stopping).',
    labelNames: ['outcome'],
    registers,
  });

  const totals = fresh(() => queueTotals(deps.db.read, deps.now()));
  const facts = fresh(() => deps.machine.facts());
  const age = (since: Date | null): number =>
    since === null ? 0 : Math.max(0, (deps.now().getTime() - since.getTime()) / 1_000);
  const gauge = (name: string, help: string, value: () => Promise<number | undefined>): void => {
    void new Gauge({
      name: `${PREFIX}${name}`,
      help,
      registers,
      async collect() {
        const now = await value().catch(() => undefined);
        if (now === undefined) this.reset();
        else this.set(now);
      },
    });
  };
  const ofQueue = (name: string, help: string, value: (queue: QueueTotals) => number): void =>
    gauge(name, help, async () => value(await totals()));
  ofQueue('queue_deliveries', 'Deliveries that wait, of all processes.', (q) => q.waiting);
  ofQueue('queue_dead_letters', 'Deliveries that were given up and wait for an admin.', (q) => q.dead);
  ofQueue('queue_oldest_seconds', 'Age of the oldest delivery that waits, whatever for.', (q) => age(q.oldest));
  ofQueue('queue_overdue_seconds', 'For how long the most overdue has been ready to be sent or done.', (q) =>
    age(q.overdue),
  );
  ofQueue('queue_jobs', 'Background jobs that wait.', (q) => q.jobs.waiting);
  ofQueue('queue_failed_jobs', 'Background jobs that were given up.', (q) => q.jobs.dead);
  gauge('database_bytes', 'Size of the database.', async () => (await facts()).database);
  gauge('media_bytes', 'Size of the pictures, a quarter of an hour old at most.', async () => (await facts()).media);
  gauge('disk_free_bytes', 'Room on the disk of the data.', async () => (await facts()).diskFree);
  const info = new Gauge({ name: `${PREFIX}info`, help: 'Versions.', labelNames: ['version', 'engine'], registers });
  const { versions } = await deps.machine.facts();
  info.set({ version: versions.maillon, engine: versions.engine }, 1);

  return {
    request: (route, status, seconds) => {
      requests.inc({ route, status });
      times.observe({ route }, seconds);
    },
    activity: (outcome, reason) => activities.inc({ outcome, reason }),
    delivery: (outcome) => deliveries.inc({ outcome }),
    text: async () => ({ body: await registry.metrics(), type: registry.contentType }),
  };
};

/** The same answer for a few seconds, for all who ask meanwhile: scraping must cost nothing worth a thought. */
const fresh = <T>(build: () => Promise<T>): (() => Promise<T>) => {
  let kept: { value: Promise<T>; until: number } | undefined;
  return () => {
    if (kept === undefined || performance.now() > kept.until)
      kept = { value: build(), until: performance.now() + FRESH_MS };
    return kept.value;
  };
};
