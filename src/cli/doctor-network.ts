/** What doctor asks of the network: is the name found, does the node answer, does the clock agree with others'. */
import { lookup } from 'node:dns/promises';
import { Agent, type Dispatcher, request } from 'undici';
import type { Database } from '#db/database.ts';
import { listPeers } from '#domain/peers.ts';
import { isLocalName } from '#src/config.ts';
import type { Tell } from './doctor.ts';
import { problemOf } from './open.ts';

const TIMEOUT_MS = 10_000;
/** Others refuse a signature that is an hour off; some are stricter. */
const CLOCK_S = 60;
const PEERS_ASKED = 3;

export const checkAddress = async (tell: Tell, host: string): Promise<boolean> => {
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
export const checkNode = async (tell: Tell, origin: string): Promise<void> => {
  try {
    const answer = await ask(new URL('/api/v1/instance', origin));
    const body: unknown = await answer.body.json().catch(() => undefined);
    const said: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'origin') : undefined;
    if (said === origin) tell('doctor.node', 'fine', 'doctor.nodeFine', { origin });
    else tell('doctor.node', 'wrong', 'doctor.nodeOther', { origin, status: answer.statusCode });
  } catch (error) {
    tell('doctor.node', 'wrong', 'doctor.nodeOff', { origin, problem: problemOf(error) });
  }
};

/** Compares the clock with a partner's: its answer's Date, against the middle of the time that the answer took. */
export const checkClock = async (tell: Tell, db: Database): Promise<void> => {
  const peers = await listPeers(db.read, ['active']);
  if (peers.length === 0) return tell('doctor.clock', 'note', 'doctor.clockAlone');
  const heard = peers.toSorted((a, b) => (b.lastReceived?.getTime() ?? 0) - (a.lastReceived?.getTime() ?? 0));
  for (const { host, nodeActor } of heard.slice(0, PEERS_ASKED)) {
    const begin = Date.now();
    const answer = await ask(new URL('/.well-known/nodeinfo', nodeActor)).catch(() => undefined);
    await answer?.body.dump();
    const theirs = Date.parse(String(answer?.headers['date'] ?? ''));
    if (Number.isNaN(theirs)) continue;
    const seconds = Math.round(Math.abs(theirs + 500 - (begin + Date.now()) / 2) / 1_000);
    if (seconds > CLOCK_S) tell('doctor.clock', 'wrong', 'doctor.clockOff', { host, seconds });
    else tell('doctor.clock', 'fine', 'doctor.clockFine', { host });
    return;
  }
  tell('doctor.clock', 'note', 'doctor.clockUnknown');
};

const ask = (url: URL): Promise<Dispatcher.ResponseData> =>
  request(url, {
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    headers: { accept: 'application/json' },
    dispatcher: agentFor(url.hostname),
  });

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
