/**
 * The one fetch by which anything leaves: it checks the address that it really connects to, every hop of a
 * redirect, the time of the whole exchange, the size and the type of the answer. It never throws.
 */
import { lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Semaphore } from 'async-mutex';
import ipaddr from 'ipaddr.js';
import type { Agent } from 'undici';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { domainOf } from './quota.ts';

export type FetchFailure =
  | 'address-refused'
  | 'scheme-refused'
  | 'timeout'
  | 'too-large'
  | 'wrong-type'
  | 'redirect-refused'
  | 'unreachable'
  | 'tls'
  | 'no-such-host'
  | 'busy';
export type FetchOutcome =
  | { ok: true; status: number; headers: Record<string, string | string[] | undefined>; body: Buffer; url: string }
  | { ok: false; code: FetchFailure; detail: string };
export type FetchOptions = {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: Buffer;
  /** Media types that are welcome; their parameters are sent, and not compared. */
  accept: string[];
  /** Bytes; the policy's unless given. */
  maxBytes?: number;
  /** Milliseconds for the whole exchange, redirects included; the policy's unless given. */
  timeoutMs?: number;
  maxRedirects?: number;
  /** A person waits for it: it takes one of the connections that are kept for that. */
  urgent?: boolean;
  /** Headers for a hop, when they depend on its URL (signatures). */
  sign?: (url: string) => Record<string, string>;
  /** Ends the exchange early. */
  signal?: AbortSignal;
};
export type GuardedFetch = {
  request(url: string, options: FetchOptions): Promise<FetchOutcome>;
  close(): Promise<void>;
};

export type FetchPolicy = {
  /** Plain http, private addresses and any port: for `*.localhost` nodes and test networks only. */
  testNetwork: boolean;
  userAgent: string;
  /** Bytes of an answer, milliseconds of an exchange, connections in all and per host. */
  limits?: { maxBytes: number; timeoutMs: number; connections: number; perHost: number };
  /** Names to addresses; the system's resolver unless a test brings its own. */
  resolve?: Resolve;
};
export type Resolve = (
  hostname: string,
  answer: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void;
const bySystem: Resolve = (hostname, answer) => {
  dnsLookup(hostname, { all: true, verbatim: true }, answer);
};

/** Requests to one place that wait for their turn; one more is told to come later. */
const WAITING = 200;
/** The longest that one waits. */
const WAIT_MS = 20_000;

/** Of all connections so many are kept for what a person waits for: slow hosts may hold all others. */
const URGENT_PART = 0.25;

/** @returns whether an address may be connected to: unicast and public, also when written as a mapped or NAT64 one */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6) {
    if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().range() === 'unicast';
    // Only 2000::/3 is given out; `::7f00:1` and the like are other spellings of IPv4.
    return parsed.range() === 'unicast' && (parsed.parts[0]! & 0xe000) === 0x2000;
  }
  return parsed.range() === 'unicast';
};

class Refused extends Error {
  override name = 'Refused';
}

/** Looks a name up and refuses it if any of its addresses is not allowed: no second look-up can slip another in. */
const guardedLookup =
  (testNetwork: boolean, resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    if (/(?:^|\.)localhost\.?$/.test(hostname)) {
      // RFC 6761: loopback, whatever a resolver says.
      if (!testNetwork) callback(new Refused(`${hostname} is this machine itself.`), '', 4);
      else if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(null, '127.0.0.1', 4);
      return;
    }
    resolve(hostname, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 4);
        return;
      }
      const refused = testNetwork ? undefined : addresses.find((one) => !isPublicAddress(one.address));
      const [chosen] = addresses;
      if (refused !== undefined || chosen === undefined) {
        callback(new Refused(`${hostname} leads to ${refused?.address ?? 'no address'}, which is not public.`), '', 4);
      } else if (options.all === true) callback(null, addresses);
      else callback(null, chosen.address, chosen.family);
    });
  };

export const createGuardedFetch = (policy: FetchPolicy): GuardedFetch => {
  const { limits = DEFAULT_LIMITS.fetch } = policy;
  /** Loaded with the first request: a node that talks to nobody does without. */
  let client: Promise<{ agent: Agent; undiciRequest: typeof import('undici').request }> | undefined;
  const connect = async (): Promise<Awaited<NonNullable<typeof client>>> => {
    const undici = await import('undici');
    const agent = new undici.Agent({
      connections: limits.perHost,
      pipelining: 1,
      keepAliveTimeout: 4_000,
      maxHeaderSize: 32 * 1024,
      connect: { lookup: guardedLookup(policy.testNetwork, policy.resolve ?? bySystem), timeout: 8_000 },
    });
    return { agent, undiciRequest: undici.request };
  };
  // Deliveries and look-ups apart: a sender must be known while a hundred hosts are written to, and what strangers
  // make us look up must not hold up what we deliver. Look-ups count by registrable domain: names below one's own are
  // free, and one that drips holds its place long.
  const kept = Math.max(1, Math.floor(limits.connections * URGENT_PART));
  const lanes = {
    GET: createLane(limits.connections, 2 * limits.perHost),
    POST: createLane(Math.max(1, limits.connections - kept), limits.perHost),
    urgent: createLane(kept, limits.perHost),
  };

  const checkUrl = (text: string): FetchOutcome | URL => {
    if (!URL.canParse(text)) return { ok: false, code: 'scheme-refused', detail: 'It is no URL.' };
    const url = new URL(text);
    if (url.protocol !== 'https:' && !(policy.testNetwork && url.protocol === 'http:'))
      return { ok: false, code: 'scheme-refused', detail: `Only https is fetched, not ${url.protocol}` };
    if (url.username !== '' || url.password !== '')
      return { ok: false, code: 'scheme-refused', detail: 'A URL with a password is not fetched.' };
    if (policy.testNetwork) return url;
    if (url.port !== '') return { ok: false, code: 'address-refused', detail: `Port ${url.port} is not fetched.` };
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (ipaddr.isValid(literal) && !isPublicAddress(literal))
      return { ok: false, code: 'address-refused', detail: `${literal} is not a public address.` };
    return url;
  };

  const exchange = async (start: URL, options: FetchOptions, signal: AbortSignal): Promise<FetchOutcome> => {
    const { agent, undiciRequest } = await (client ??= connect());
    let url = start;
    for (let hop = 0; ; hop++) {
      const response = await undiciRequest(url, {
        dispatcher: agent,
        method: options.method ?? 'GET',
        headers: {
          'user-agent': policy.userAgent,
          accept: options.accept.join(', '),
          ...options.headers,
          ...options.sign?.(url.href),
        },
        body: options.body ?? null,
        signal,
      });
      const { statusCode: status, headers } = response;
      const location = headers['location'];
      if (status >= 300 && status < 400 && status !== 304 && typeof location === 'string') {
        discard(response.body);
        if (hop >= (options.maxRedirects ?? 3) || options.method === 'POST')
          return {
            ok: false,
            code: 'redirect-refused',
            detail: `It redirects ${hop === 0 ? 'elsewhere' : 'too often'} (${status}).`,
          };
        const next = URL.canParse(location, url.href) ? checkUrl(new URL(location, url).href) : checkUrl(location);
        if (!(next instanceof URL)) return next;
        if (next.origin !== start.origin)
          return { ok: false, code: 'redirect-refused', detail: `It redirects to another origin, ${next.origin}.` };
        url = next;
        continue;
      }
      const type = String(headers['content-type'] ?? '')
        .split(';')[0]!
        .trim()
        .toLowerCase();
      if (
        status < 300 &&
        !options.accept.includes('*/*') &&
        !options.accept.some((wanted) => wanted.split(';')[0]!.trim() === type)
      ) {
        discard(response.body);
        return { ok: false, code: 'wrong-type', detail: `It answers ${type === '' ? 'without a type' : type}.` };
      }
      const max = options.maxBytes ?? limits.maxBytes;
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of response.body) {
        const bytes: Buffer = chunk;
        size += bytes.length;
        if (size > max) {
          discard(response.body);
          return { ok: false, code: 'too-large', detail: `The answer is larger than ${max} bytes.` };
        }
        chunks.push(bytes);
      }
      return { ok: true, status, headers, body: Buffer.concat(chunks), url: url.href };
    }
  };

  return {
    request: async (text, options) => {
      const url = checkUrl(text);
      if (!(url instanceof URL)) return url;
      const asked = performance.now();
      const busy: FetchOutcome = { ok: false, code: 'busy', detail: `Too much is being asked of ${url.host} already.` };
      const method = options.method ?? 'GET';
      const lane = options.urgent === true ? lanes.urgent : lanes[method];
      const turn = lane(method === 'GET' ? domainOf(url.host) : url.host, async () => {
        if (performance.now() - asked > WAIT_MS) return busy;
        // From here on, not from when it was asked for: that others are slow is no fault of this host.
        const late = AbortSignal.timeout(options.timeoutMs ?? limits.timeoutMs);
        const signal = options.signal === undefined ? late : AbortSignal.any([late, options.signal]);
        try {
          return await exchange(url, options, signal);
        } catch (error) {
          return explain(error, url, late.aborted);
        }
      });
      return turn ?? busy;
    },
    close: async () => {
      if (client !== undefined) await (await client).agent.destroy();
    },
  };
};

type Lane = <T>(place: string, work: () => Promise<T>) => Promise<T> | undefined;
/** The place's own turns come first, so that those who wait for a slow one hold none of everybody's. */
const createLane = (inAll: number, each: number): Lane => {
  const all = new Semaphore(inAll);
  const places = new Map<string, { turns: Semaphore; pending: number }>();
  return (place, work) => {
    const own = places.get(place) ?? { turns: new Semaphore(each), pending: 0 };
    if (own.pending >= WAITING) return undefined;
    places.set(place, own);
    own.pending++;
    return own.turns
      .runExclusive(() => all.runExclusive(work))
      .finally(() => {
        if (--own.pending === 0) places.delete(place);
      });
  };
};

/** A body that nobody reads must not end the process by its error event. */
const discard = (body: Readable): void => {
  body.on('error', () => {});
  body.destroy();
};

const explain = (error: unknown, url: URL, timedOut: boolean): FetchOutcome => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const detail = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
  if (error instanceof Refused) return { ok: false, code: 'address-refused', detail };
  if (timedOut || /TIMEOUT/.test(code))
    return { ok: false, code: 'timeout', detail: `${url.host} did not answer in time.` };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { ok: false, code: 'no-such-host', detail: `There is no server named ${url.hostname}.` };
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code))
    return { ok: false, code: 'tls', detail: `The certificate of ${url.host} is not valid (${code}).` };
  return { ok: false, code: 'unreachable', detail: `${url.host} cannot be reached (${code === '' ? detail : code}).` };
};
