/** Real nodes on real ports: each with its own database, listening under a name of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import type { Engine } from '#db/database.ts';
import { type KeyPairs, generateKeys } from '#domain/actors.ts';
import { readCooperative, setUp } from '#domain/cooperative.ts';
import { type ListingDraft, readListing } from '#domain/listing-input.ts';
import { type ListingRow, createListing } from '#domain/listings.ts';
import { checkSignUp, signUp } from '#domain/joining.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { hashPassword } from '#domain/passwords.ts';
import { openPlaces } from '#domain/places.ts';
import { KINDS } from '#domain/types.ts';
import { type Config, loadConfig } from '#src/config.ts';
import { type Node, type Overrides, createNode } from '#src/node.ts';
import { eq } from 'drizzle-orm';
import { inject } from 'vitest';
import { freshPostgres } from './databases.ts';
import { freePort } from './postgres.ts';

export const PASSWORD = 'une phrase assez longue';
const places = openPlaces();

export { freePort };

export type TestNode = Node & {
  origin: string;
  host: string;
  /** Of this machine, that it listens on. */
  port: number;
  /** Where its data is. */
  dir: string;
  /** What the same node needs as a process of its own (`down` it first). */
  env: Record<string, string>;
  /** What `up` starts it with: change it to start it elsewhere. */
  config: Config;
  /** Stops listening and closes the node; its data stays for `startAgain`. */
  down(): Promise<void>;
  up(): Promise<void>;
  drop(): Promise<void>;
  /** Everything that is told and sent has been. */
  settled(): Promise<void>;
};

/**
 * A node that listens; set up as a cooperative unless said otherwise.
 * @param options.behind port of a proxy by which others reach it, when it is not reached directly
 * @param options.databaseUrl a PostgreSQL of one's own
 * @param options.env settings beside its address, port and data
 * @param options.origin as behind a proxy that ends https: the node then fetches nothing that is not public
 */
export const startNode = async (
  name: string,
  options: {
    engine?: Engine;
    setUp?: boolean;
    overrides?: Overrides;
    behind?: number;
    databaseUrl?: string;
    env?: Record<string, string>;
    origin?: string;
  } = {},
): Promise<TestNode> => {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), `maillon-${name}-`));
  const postgres =
    options.engine === 'postgres' && options.databaseUrl === undefined ? await freshPostgres() : undefined;
  const databaseUrl = options.databaseUrl ?? postgres?.url;
  const origin = options.origin ?? `http://${name}.localhost:${options.behind ?? port}`;
  const env = {
    MAILLON_ORIGIN: origin,
    PORT: String(port),
    MAILLON_DATA: dir,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...options.env,
  };
  const loaded = loadConfig(env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  let node = await createNode(loaded.config, options.overrides);
  let server: ServerType | undefined;
  let closed = false;
  const listen = (): Promise<void> =>
    new Promise((resolve) => {
      server = serve({ fetch: (request, env) => test.fetch(request, env), port, hostname: '127.0.0.1' }, () =>
        resolve(),
      );
    });
  const unlisten = (): Promise<void> =>
    new Promise((resolve) => {
      if (server === undefined) return resolve();
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close(() => resolve());
      server = undefined;
    });
  await listen();
  const test: TestNode = Object.assign(Object.create(null), {
    origin,
    host: new URL(origin).host,
    port,
    dir,
    env,
    config: loaded.config,
    down: async () => {
      await unlisten();
      await node.close();
      closed = true;
    },
    up: async () => {
      closed = false;
      node = await createNode(loaded.config, options.overrides);
      adopt();
      await listen();
    },
    drop: async () => {
      await unlisten();
      if (!closed) await node.close();
      await postgres?.drop();
      rmSync(dir, { recursive: true, force: true });
    },
    settled: async () => {
      for (let i = 0; i < 20; i++) {
        node.federation.worker.wake();
        node.jobs.wake();
        await node.federation.worker.idle();
        await node.jobs.idle();
        const { announcements, deliveries } = node.db.read.t;
        if (
          (await node.db.read.$count(announcements, eq(announcements.state, 'waiting'))) === 0 &&
          (await node.db.read.$count(deliveries, eq(deliveries.state, 'waiting'))) === 0
        )
          return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  });
  const adopt = (): void => {
    Object.assign(test, {
      fetch: node.fetch,
      db: node.db,
      site: node.site,
      federation: node.federation,
      jobs: node.jobs,
      endpoints: node.endpoints,
      setupLink: () => node.setupLink(),
      quiesce: () => node.quiesce(),
      close: () => node.close(),
    });
  };
  adopt();
  if (options.setUp !== false) {
    const value = readCooperative(
      {
        name: `Coop ${name}`,
        handle: `coop-${name}`,
        summary: `Les voisins de ${name}.`,
        territory: 'Marseille',
        radiusKm: '30',
        languages: ['fr'],
        kinds: [...KINDS],
        signUpRule: 'open',
      },
      (town) => places.find(town),
    );
    if (!value.ok) throw new Error(JSON.stringify(value.errors));
    const [a, b, c, adminPasswordHash] = await Promise.all([
      freshKeys(),
      freshKeys(),
      freshKeys(),
      hashPassword(PASSWORD),
    ]);
    const done = await node.db.write((tx) =>
      setUp(
        tx,
        node.site,
        value.value,
        { name: 'Ada', handle: 'ada', email: `ada@${name}.localhost`, password: PASSWORD },
        { node: a, cooperative: b, admin: c, adminPasswordHash },
        'fr',
      ),
    );
    if (!done.ok) throw new Error('set-up failed');
  }
  return test;
};

let taken = 0;
/** Keys that nobody else in this file of tests has. */
const freshKeys = async (): Promise<KeyPairs> => inject('keys')[taken++] ?? generateKeys();

/** A confirmed member. @returns the actor's URI */
export const addMember = async (node: TestNode, handle: string, name: string): Promise<string> => {
  const [cooperative] = await node.db.read.select().from(node.db.read.t.cooperative);
  const wanted = {
    name,
    handle,
    email: `${handle}@example.org`,
    password: PASSWORD,
    motivation: '',
    invitation: '',
    locale: 'fr',
  };
  const errors = checkSignUp(wanted);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  const prepared = { keys: await freshKeys(), passwordHash: await hashPassword(PASSWORD) };
  await node.db.write(async (tx) => {
    await signUp(tx, node.site, cooperative!, wanted, prepared);
    await tx.update(tx.t.accounts).set({ state: 'active' }).where(eq(tx.t.accounts.handle, handle));
  });
  return (await findAccountByHandle(node.db.read, handle))!.actor;
};

/** A listing that may be published. */
export const draft = (change: Record<string, string | string[]> = {}): ListingDraft => {
  const read = readListing(
    {
      kind: 'lodging',
      purpose: 'offer',
      title: 'Chambre calme près du port',
      text: 'Une chambre claire, à dix minutes de l’hôpital.',
      priceType: 'money',
      price: '42,50',
      quantity: '2',
      place: 'Marseille',
      'attributes.beds': '1',
      'attributes.amenities': ['wifi', 'kitchen'],
      ...change,
    },
    { kinds: KINDS, findPlace: (name) => places.find(name), townOf: (at) => places.townOf(at), now: new Date() },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.value;
};

/** Publishes as a member. */
export const publish = (
  node: TestNode,
  handle: string,
  change: Record<string, string | string[]> = {},
): Promise<ListingRow> => node.db.write((tx) => createListing(tx, node.site, handle, draft(change), 'published'));

/** Waits until something is true. @throws after `ms`, saying what was awaited */
export const until = async (what: string, check: () => Promise<boolean>, ms = 15_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`Waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
};
