/** The federation half, put together: what it needs, and what the others may ask of it. */
import { canonicalHost } from '#domain/domain-names.ts';
import { eq } from 'drizzle-orm';
import type { Database } from '#db/database.ts';
import type { UnderWay } from '#db/under-way.ts';
import type { Comparison } from '#domain/comparisons.ts';
import type { DayCounter } from '#domain/host-days.ts';
import type { FederationPort, Observer } from '#domain/ports.ts';
import type { Site } from '#domain/site.ts';
import type { Limits } from '#src/limits.ts';
import { createDocuments } from './documents.ts';
import { lookup, lookupFresh } from './discovery.ts';
import { type LazyIdentity, createLazyIdentity } from './identity/lazy.ts';
import { createGuardedFetch } from './fetch.ts';
import { type GuardLimits, SHAPE_LIMITS, createGuard } from './guard.ts';
import { createQuota } from './quota.ts';
import { hostOfUri } from './hosts.ts';
import { createPolicy } from './inbox/policy.ts';
import { createInbox } from './inbox/receive.ts';
import { createKeyCache } from './key-cache.ts';
import { createKeyring } from './keys.ts';
import { releaseLeases } from './outbox/leases.ts';
import { type Worker, createWorker } from './outbox/worker.ts';
import { createPictureFetch } from './pictures.ts';
import { backfill } from './peering/backfill.ts';
import { compare } from './peering/compare.ts';
import { entityKeysDocument } from './peering/entity-keys.ts';
import { inspect, readInvite } from './peering/inspect.ts';
import { createKeyWatch } from './peering/node-keys.ts';
import { collectStatistics, ownStatistics } from './peering/statistics.ts';
import { createResolver } from './resolve.ts';
import { type Quick, createQuick } from './answers.ts';
import { createFederationRoutes } from './routes.ts';
import { type Dialect, type DialectMemory, claimedSignature } from './signatures.ts';
import { userAgentOf } from './version.ts';

export type FederationOptions = {
  testNetwork: boolean;
  limits: Limits;
  /** For tests and benchmarks: over what `limits` say of the inbox. */
  guard?: Partial<GuardLimits>;
  observer: Observer;
  /** Counts what passes per server and day. */
  days: DayCounter;
  underWay: UnderWay;
};
export type Federation = {
  routes: ReturnType<typeof createFederationRoutes>;
  /** Answers at once what is kept, before the routes are asked. */
  quick: Quick;
  port: FederationPort;
  /** Members sign in at partners, and partners' members here. */
  identity: LazyIdentity;
  worker: Worker;
  /** Copies a peer's catalogue; a background job. */
  backfill(peer: string, stop?: AbortSignal): Promise<'done' | 'later' | 'returned'>;
  /** Compares a peer's catalogue with our copies and repairs what differs; a background job. */
  compare(peer: string, stop?: AbortSignal): Promise<Comparison | undefined>;
  /** Fetches the monthly statistics of consenting partners; a background job. */
  collectStatistics(stop?: AbortSignal): Promise<void>;
  /** An actor of ours has new keys: they are used from now on. Other processes see them within half a minute. */
  forgetKeys(actor: string): void;
  /** At the start of the only process that works on this database: what is leased belongs to one that is gone. */
  releaseLeases(): Promise<void>;
  /** Ends the outbox's worker, see there; what others send is still taken. */
  stop(graceMs: number): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
};

export const createFederation = (db: Database, site: Site, options: FederationOptions): Federation => {
  const { underWay, days } = options;
  const fetch = createGuardedFetch({
    testNetwork: options.testNetwork,
    limits: options.limits.fetch,
    userAgent: userAgentOf(site),
  });
  const keyring = createKeyring(db.read);
  const documents = createDocuments({ db, site, keyring });
  const policy = createPolicy(db);
  const keyWatch = createKeyWatch({ db, site });
  const resolver = createResolver({
    db,
    site,
    fetch,
    keyring,
    isBlocked: (host) => policy.isBlocked(host),
    isHeld: keyWatch.isHeld,
    onActor: keyWatch.read,
  });
  const identity = createLazyIdentity({
    db,
    site,
    fetch,
    resolver,
    perMinute: options.limits.identity.perMinute,
  });
  const discovery = { site, fetch, resolver, testNetwork: options.testNetwork, provenOf: identity.provenOf };
  const keys = createKeyCache({ db, site, resolver, trusts: keyWatch.trusts });
  const dialects = createDialectMemory(db, site);
  const { observer } = options;
  const worker = createWorker({
    db,
    site,
    keyring,
    documents,
    fetch,
    dialects,
    observer,
    days,
    underWay,
    isBlocked: (host) => policy.isBlocked(host),
    limits: options.limits.delivery,
  });
  const limits = { ...SHAPE_LIMITS, ...options.limits.inbox, ...options.guard };
  const quota = createQuota(limits);
  const guard = createGuard(site, { testNetwork: options.testNetwork, limits, quota });
  const inbox = createInbox({
    db,
    site,
    resolver,
    discovery,
    policy,
    guard,
    quota,
    keys,
    dialects,
    observer,
    days,
    underWay,
  });

  const signer = async (request: Request): Promise<string | undefined> => {
    if (!request.headers.has('signature')) return undefined;
    const url = new URL(request.url);
    const signed = claimedSignature(
      {
        method: request.method,
        url: new URL(`${url.pathname}${url.search}`, site.origin),
        headers: request.headers,
        body: undefined,
      },
      site.now(),
    );
    if (!signed.ok) return undefined;
    // Only partners are shown more for a signature: nobody else's key is fetched, however many ask.
    const host = hostOfUri(signed.claimed.keyId);
    if (host === undefined || !(await policy.isActivePeer(host))) return undefined;
    const verdict = await keys.verify(signed.claimed, { mayFetch: () => quota.lookup(host) });
    return verdict.ok ? hostOfUri(verdict.owner) : undefined;
  };

  return {
    quick: createQuick({ site, documents }),
    routes: createFederationRoutes({
      db,
      site,
      documents,
      inbox,
      signer,
      statistics: (month) => ownStatistics({ db, site, keyring }, month),
      entityKeys: () => entityKeysDocument({ db, site, keyring }),
    }),
    port: {
      lookup: (text) => lookup(discovery, text),
      elsewhere: (text) => lookupFresh(discovery, text),
      document: (uri) => documents.actor(uri),
      inspect: (domain) => inspect(discovery, domain),
      invite: (url) => readInvite(discovery, url),
      canonicalHost,
      picture: createPictureFetch(policy, fetch),
      wake: () => worker.wake(),
    },
    identity,
    worker,
    backfill: (peer, stop) => backfill({ db, site, resolver }, peer, stop),
    compare: (peer, stop) => compare({ db, site, resolver }, peer, stop),
    collectStatistics: (stop) => collectStatistics({ db, site, resolver }, stop),
    forgetKeys: (actor) => keyring.forget(actor),
    releaseLeases: () => releaseLeases(db),
    stop: (graceMs) => worker.stop(graceMs),
    close: () => fetch.close(),
  };
};

/** Per host, in memory over the table. */
const createDialectMemory = (db: Database, site: Site): DialectMemory => {
  const known = new Map<string, Dialect | undefined>();
  return {
    get: async (host) => {
      if (known.has(host)) return known.get(host);
      const [row] = await db.read
        .select({ dialect: db.read.t.hosts.dialect })
        .from(db.read.t.hosts)
        .where(eq(db.read.t.hosts.host, host))
        .limit(1);
      const dialect = row?.dialect === 'rfc9421' || row?.dialect === 'cavage' ? row.dialect : undefined;
      if (known.size > 10_000) known.clear();
      known.set(host, dialect);
      return dialect;
    },
    set: async (host, dialect) => {
      if (known.get(host) === dialect) return;
      known.set(host, dialect);
      await db.write(async (tx) => {
        const now = site.now();
        await tx
          .insert(tx.t.hosts)
          .values({ host, dialect, failures: 0, updated: now })
          .onConflictDoUpdate({ target: tx.t.hosts.host, set: { dialect, updated: now } });
      });
    },
  };
};
