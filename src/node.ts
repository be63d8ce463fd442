/** The one place where all layers meet: from a configuration to a node that answers, sends, and can be closed. */
import { join } from 'node:path';
import { type Database, type StatementHook, type Version, openDatabase } from '#db/database.ts';
import { openUnderWay } from '#db/under-way.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { createDayCounter } from '#domain/host-days.ts';
import { enqueueJob, releaseJobs } from '#domain/jobs.ts';
import { type LetterLook, createMailer } from '#domain/mail.ts';
import { mediaUrl } from '#domain/media.ts';
import { REMOTE_PICTURES } from '#domain/media-files.ts';
import { createRemotePictures } from '#domain/pictures/remote.ts';
import type { Observer } from '#domain/ports.ts';
import { openPlaces } from '#domain/places.ts';
import { type Site, siteOf } from '#domain/site.ts';
import { issueToken } from '#domain/tokens.ts';
import { type Federation, createFederation } from '#federation/federation.ts';
import type { GuardLimits } from '#federation/guard.ts';
import { VERSION } from '#federation/version.ts';
import { createWeb } from '#web/app.ts';
import { accentShades } from '#web/ui/assets.ts';
import { createKeeper } from './backup/keeper.ts';
import type { Config } from './config.ts';
import { type JobRunner, createJobRunner } from './jobs.ts';
import { describe, lastErrors, log } from './log.ts';
import { addressOf, incomingAddress } from './operation/address.ts';
import { type Endpoints, createEndpoints } from './operation/endpoints.ts';
import { createFrontDoor, pathOf } from './operation/front-door.ts';
import { createMachine } from './operation/machine.ts';
import { createReadiness } from './operation/readiness.ts';
import { jobHandlers } from './work.ts';

export type Node = {
  /** Answers a request. @param env.incoming Node's own request, for the address it came from */
  fetch: (request: Request, env?: unknown) => Response | Promise<Response>;
  db: Database;
  site: Site;
  federation: Federation;
  jobs: JobRunner;
  /** What the port of the metrics answers: no pages, and metrics without a token if none is set. */
  endpoints: Endpoints;
  /** A new one-time link to set-up, or undefined once the cooperative is set up. */
  setupLink(): Promise<string | undefined>;
  /** Takes no new work, finishes or gives back what is leased, within `stopMs`; requests are still answered. */
  quiesce(): Promise<void>;
  /** The same, and then ends. */
  close(): Promise<void>;
};

/** What tests may put in the place of the real thing. */
export type Overrides = { now?: () => Date; limits?: Partial<GuardLimits>; statement?: StatementHook };

const SOFTWARE = `Maillon ${VERSION}`;
const SETUP_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
/** How often what passed is added to the counts of the day. */
const COUNT_MS = 60_000;
const FIRST_SWEEP_MS = 5 * 60_000;
/** How often a process that only works looks whether another has written: nobody else tells it. */
const OTHERS_MS = 500;
/** Of the time that a stop may take, what is leased gets so much; the rest is for giving it back and closing. */
const GRACE = 0.6;
/** Where work stands, and what lets waiting work go: a restore that is confirmed, a partner taken up, a server that answers. */
const WORK_TABLES = ['announcements', 'deliveries', 'jobs', 'facts', 'hosts', 'peers'] as const;
const NOBODY_COUNTS: Observer = { activity: () => {}, delivery: () => {} };

/** Opens the database, brings it up to date, and puts the node together. Nothing listens yet. */
export const createNode = async (config: Config, overrides: Overrides = {}): Promise<Node> => {
  const opened = await openDatabase(
    config.databaseUrl === undefined
      ? { engine: 'sqlite', file: join(config.dataDir, 'maillon.db') }
      : { engine: 'postgres', url: config.databaseUrl },
    overrides.statement,
  );
  const site = siteOf(config.origin, overrides.now);
  const underWay = openUnderWay(config.dataDir, site.now);
  const { limits } = config;
  const works = config.role !== 'web';
  const machine = createMachine(opened, { dataDir: config.dataDir, version: VERSION });
  const readiness = createReadiness({
    db: opened,
    now: site.now,
    limits: limits.ready,
    diskFree: machine.diskFree,
    works,
  });
  const counted = config.metrics.port !== undefined || config.metrics.token !== undefined;
  const metrics = counted
    ? await (await import('./operation/metrics.ts')).createMetrics({ db: opened, now: site.now, machine })
    : undefined;
  const days = createDayCounter(opened, site.now);
  const federation = createFederation(opened, site, {
    testNetwork: config.testNetwork,
    limits,
    underWay,
    observer: metrics ?? NOBODY_COUNTS,
    days,
    ...(overrides.limits === undefined ? {} : { guard: overrides.limits }),
  });
  const mailer = createMailer({
    from: config.mailFrom,
    ...(config.smtpUrl === undefined ? {} : { smtpUrl: config.smtpUrl }),
  });
  const places = openPlaces();
  const mediaDir = join(config.dataDir, 'media');
  const movingDir = join(config.dataDir, 'moving');
  const pictures = await createRemotePictures({
    db: opened,
    site,
    dir: join(mediaDir, REMOTE_PICTURES),
    maxBytes: limits.pictures.maxBytes,
    fetch: federation.port.picture,
    problem: (error) => log.node.error('A picture could not be kept: {error}', { error: String(error) }),
  });
  // On PostgreSQL others may be at work: there a lease has to run out.
  if (opened.engine === 'sqlite') {
    await federation.releaseLeases();
    await releaseJobs(opened);
  }

  const letterLook = async (): Promise<LetterLook | undefined> => {
    const cooperative = await getCooperative(opened.read);
    if (cooperative === undefined) return undefined;
    const { name, accent, logo } = cooperative;
    return {
      name,
      accent: accentShades(accent).light.colour,
      ...(logo === null ? {} : { logo: mediaUrl(site, logo, 320) }),
    };
  };
  const backups = createKeeper({ db: opened, site, mediaDir, config });

  const handlers = jobHandlers({
    db: opened,
    site,
    federation,
    mailer,
    letterLook,
    places,
    pictures,
    mediaDir,
    movingDir,
    keep: limits.keep,
    software: SOFTWARE,
    wake: () => wake(),
  });
  const jobs = createJobRunner(opened, site.now, handlers, underWay);

  const wake = (): void => {
    if (!works) return;
    federation.worker.wake();
    jobs.wake();
  };
  // What is written to these may be work: after such a commit the worker and the jobs look whether it is. Most that
  // comes in from partners makes none, and a look costs as much as a third of an activity.
  let looked = -1;
  const wakeAtNews = (): void => {
    const changes = opened.changes(WORK_TABLES);
    if (changes === looked) return;
    looked = changes;
    wake();
  };
  const db: Database = {
    ...opened,
    write: async (work) => {
      const result = await opened.write(work);
      wakeAtNews();
      return result;
    },
  };

  // The federation was built on the plain database, so that the worker's own writes do not wake it; the inbox's must.
  const wakeAfterInbox = (response: Response): Response => {
    wakeAtNews();
    return response;
  };

  const web = createWeb({
    db,
    site,
    federation: federation.port,
    identity: federation.identity.port,
    operation: { checks: readiness.checks, facts: machine.facts, errors: lastErrors },
    mail: { trial: async (letter) => mailer.trial(letter, await letterLook()) },
    backups,
    limits: limits.web,
    pictures,
    places,
    mediaDir,
    movingDir,
    mailConfigured: mailer.configured,
    trustedProxies: config.trustedProxies,
    secureCookies: config.origin.startsWith('https:'),
  });
  const watched = { checks: readiness.checks, metrics, token: config.metrics.token };
  const endpoints = createEndpoints(watched, { open: false });
  const answer = async (request: Request, given: unknown): Promise<Response> => {
    // The character NUL is in no address of ours, and no engine but SQLite can even be asked for it.
    if (request.url.includes('%00')) return new Response('There is no such address.', { status: 404 });
    const own = await endpoints(request, pathOf(request.url));
    if (own !== undefined) return own;
    const env = {
      ...(typeof given === 'object' && given !== null ? given : {}),
      address: addressOf(given, request, config.trustedProxies),
    };
    if (federation.identity.handles(pathOf(request.url))) return federation.identity.fetch(request, env.address);
    const federated = await federation.routes.fetch(request, env);
    // The status first: headers that are looked at cost as much as the rest of a small answer.
    if (federated.status !== 404 || federated.headers.get('x-maillon-page') !== '1')
      return federated.status === 202 ? wakeAfterInbox(federated) : federated;
    return web.fetch(request, env);
  };

  let [sweep, firstSweep]: (NodeJS.Timeout | undefined)[] = [];
  if (works) {
    wake();
    const plan = (): void =>
      void opened
        .write((tx) => enqueueJob(tx, site.now(), 'sweep', {}, 'sweep'))
        .then(
          () => jobs.wake(),
          (error: unknown) => log.jobs.warning('Sweep not planned: {error}', { error: describe(error) }),
        );
    // Also a node that is restarted more often than hourly is swept.
    firstSweep = setTimeout(plan, FIRST_SWEEP_MS);
    sweep = setInterval(plan, HOUR_MS);
  }

  let others: NodeJS.Timeout | undefined;
  if (config.role === 'worker') {
    let seen: Version | undefined;
    const ask = async (): Promise<void> => {
      const version = await opened.version();
      if (version !== seen) wake();
      seen = version;
    };
    let asking = false;
    others = setInterval(() => {
      if (asking) return;
      asking = true;
      // That the database is away is said by whoever works with it.
      void ask()
        .catch(() => {})
        .finally(() => (asking = false));
    }, OTHERS_MS);
  }

  const addDays = (): Promise<void> =>
    days
      .flush()
      .catch((error: unknown) => log.node.warning('What passed was not counted: {error}', { error: describe(error) }));
  const counting = setInterval(() => void addDays(), COUNT_MS);
  counting.unref();

  const quiesce = async (): Promise<void> => {
    readiness.stopping();
    clearInterval(sweep);
    clearTimeout(firstSweep);
    clearInterval(others);
    await Promise.all([jobs.stop(limits.stopMs * GRACE), federation.stop(limits.stopMs * GRACE)]);
    clearInterval(counting);
    await addDays();
  };

  return {
    fetch: createFrontDoor({
      answer,
      quick: federation.quick,
      count: metrics?.request,
      fromProxy: (env) => config.trustedProxies.includes(incomingAddress(env)),
    }),
    endpoints: createEndpoints(watched, { open: true }),
    db,
    site,
    federation,
    jobs,
    setupLink: async () => {
      if ((await getCooperative(db.read)) !== undefined) return undefined;
      const token = await db.write((tx) => issueToken(tx, site.now(), 'setup', { ttlMs: SETUP_MS }));
      return `${site.origin}/setup/${token}`;
    },
    quiesce,
    close: async () => {
      await quiesce();
      await federation.close();
      await pictures.close();
      await backups.idle();
      await opened.close();
      underWay.close();
    },
  };
};
