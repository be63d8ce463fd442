/** `maillon doctor`: what can be checked from here, each with its remedy, and what cannot. */
import { createPrivateKey } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { eq, sql } from 'drizzle-orm';
import { Agent, request } from 'undici';
import type { Database } from '#db/database.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { type Config, isLocalName } from '#src/config.ts';
import { type Loaded, command } from './command.ts';
import { openFor, problemOf, readSettings } from './open.ts';
import type { Say } from './messages.ts';
import { type Params, Stop, type Terminal } from './terminal.ts';

type Verdict = 'fine' | 'wrong' | 'note';
type Tell = (topic: Say, verdict: Verdict, key: Say, params?: Params) => void;

const LOW_GB = 1;
const TIMEOUT_MS = 10_000;
const MARKS: Record<Verdict, string> = { fine: '✓', wrong: '✗', note: '·' };

export const doctorCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('doctor.description'),
    {
      offline: { type: 'boolean', description: terminal.say('doctor.offline') },
    },
    async ({ offline, envFile }) => {
      let wrong = 0;
      const line = (topic: Say, verdict: Verdict, words: string): void => {
        if (verdict === 'wrong') wrong += 1;
        terminal.out(`${MARKS[verdict]} ${terminal.say(topic)}: ${words}`);
      };
      const tell: Tell = (topic, verdict, key, params) => line(topic, verdict, terminal.say(key, params));
      const config = readSettings(terminal, envFile);
      tell('doctor.settings', 'fine', 'doctor.settingsFine', { origin: config.origin });
      await checkDisk(tell, config);
      try {
        const db = await openFor(terminal, config);
        try {
          await checkDatabase(tell, db);
        } finally {
          await db.close();
        }
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
        line('doctor.database', 'wrong', error.message);
      }
      tell('doctor.mail', 'note', config.smtpUrl === undefined ? 'doctor.mailOff' : 'doctor.mailOn');
      if (offline !== true) {
        const found = await checkAddress(tell, new URL(config.origin).hostname);
        if (found) await checkNode(tell, config.origin);
      }
      terminal.out(terminal.say('doctor.unchecked'));
      if (wrong > 0) throw new Stop(1);
    },
  );

const checkDisk = async (tell: Tell, { dataDir }: Config): Promise<void> => {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    const { bavail, bsize } = await statfs(dataDir);
    const free = (bavail * bsize) / 1e9;
    const low = free < LOW_GB;
    tell('doctor.disk', low ? 'wrong' : 'fine', low ? 'doctor.diskLow' : 'doctor.diskFine', {
      free: free.toFixed(1),
      dir: dataDir,
    });
  } catch (error) {
    tell('doctor.disk', 'wrong', 'doctor.notWritable', { dir: dataDir, problem: problemOf(error) });
  }
};

/** Opening has applied the migrations; here is what is in it. */
const checkDatabase = async (tell: Tell, db: Database): Promise<void> => {
  tell('doctor.database', 'fine', 'doctor.databaseFine', { engine: db.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL' });
  if (db.engine === 'sqlite') {
    const [first] = await db.read.rows<{ quick_check: string }>(sql`PRAGMA quick_check(1)`);
    if (first?.quick_check === 'ok') tell('doctor.integrity', 'fine', 'doctor.integrityFine');
    else
      tell('doctor.integrity', 'wrong', 'open.database', { problem: first?.quick_check ?? '?', what: 'MAILLON_DATA' });
  }
  const { accounts, deliveries, listings } = db.read.t;
  const cooperative = await getCooperative(db.read);
  if (cooperative === undefined) {
    tell('doctor.cooperative', 'wrong', 'open.notSetUp');
    return;
  }
  const [members, own, waiting, dead] = [
    await db.read.$count(accounts, eq(accounts.state, 'active')),
    await db.read.$count(listings, eq(listings.local, true)),
    await db.read.$count(deliveries, eq(deliveries.state, 'waiting')),
    await db.read.$count(deliveries, eq(deliveries.state, 'dead')),
  ];
  tell('doctor.cooperative', 'fine', 'doctor.cooperativeFine', { name: cooperative.name, members, listings: own });
  tell('doctor.queue', 'note', 'doctor.queueFine', { waiting, dead });
  await checkKeys(tell, db);
};

/** Each of our actors has an RSA and an Ed25519 key that can be read. */
const checkKeys = async (tell: Tell, db: Database): Promise<void> => {
  const { actors, keys } = db.read.t;
  const rows = await db.read
    .select({ handle: actors.handle, pem: keys.privatePem, type: keys.type })
    .from(actors)
    .leftJoin(keys, eq(keys.actor, actors.uri))
    .where(eq(actors.local, true));
  const good = new Map<string, Set<string>>();
  for (const { handle, pem, type } of rows) {
    const types = good.get(handle) ?? new Set<string>();
    if (pem !== null && type !== null && readable(pem)) types.add(type);
    good.set(handle, types);
  }
  const bad = [...good].filter(([, types]) => types.size < 2).map(([handle]) => handle);
  if (bad.length === 0) tell('doctor.keys', 'fine', 'doctor.keysFine', { count: good.size });
  else
    tell('doctor.keys', 'wrong', 'doctor.keysMissing', {
      actors: bad.slice(0, 10).join(', ') + (bad.length > 10 ? ' …' : ''),
    });
};

const readable = (pem: string): boolean => {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
};

const checkAddress = async (tell: Tell, host: string): Promise<boolean> => {
  if (isLocalName(host)) {
    tell('doctor.address', 'note', 'doctor.addressLocal', { host });
    return true;
  }
  try {
    const found = await lookup(host, { all: true });
    tell('doctor.address', 'fine', 'doctor.addressFine', {
      host,
      addresses: found.map(({ address }) => address).join(', '),
    });
    return true;
  } catch (error) {
    tell('doctor.address', 'wrong', 'doctor.addressWrong', { host, problem: problemOf(error) });
    return false;
  }
};

/** Asks the node's own public page: DNS, proxy, certificate and process at once, as seen from this machine. */
const checkNode = async (tell: Tell, origin: string): Promise<void> => {
  try {
    const url = new URL('/api/v1/instance', origin);
    const answer = await request(url, {
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      headers: { accept: 'application/json' },
      dispatcher: agentFor(url.hostname),
    });
    const body: unknown = await answer.body.json().catch(() => undefined);
    const said: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'origin') : undefined;
    if (said === origin) tell('doctor.node', 'fine', 'doctor.nodeFine', { origin });
    else tell('doctor.node', 'wrong', 'doctor.nodeOther', { origin, status: answer.statusCode });
  } catch (error) {
    tell('doctor.node', 'wrong', 'doctor.nodeOff', { origin, problem: problemOf(error) });
  }
};

/** Not every resolver knows RFC 6761: a *.localhost name is this machine. */
const agentFor = (host: string): Agent =>
  new Agent({
    connect: {
      timeout: TIMEOUT_MS,
      ...(isLocalName(host)
        ? { lookup: (_name, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) }
        : {}),
    },
  });
