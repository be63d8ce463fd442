/**
 * How much one sender may ask of us. Addresses count as networks (an IPv6 household has 2^64 of them), servers by
 * their registrable domain (names below one's own domain are free). What a server sends counts only once it is proven
 * to be its own: else anybody could use up another's share.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from '#domain/addresses.ts';
import { lazily } from '#domain/lazily.ts';
import { isObject } from './vocab/json.ts';

const names = lazily<typeof import('tldts')>('tldts');

export type QuotaLimits = {
  /** POSTs per minute from one address. */
  perAddress: number;
  /** Keys per minute that requests from one address, or for one partner, make us look up. */
  lookupsPerAddress: number;
  /** Activities per minute of one registrable domain. */
  perHost: number;
  /** Follows per hour of one registrable domain. */
  followsPerHost: number;
  /** Moves per hour of one registrable domain: each may make us ask two other servers. */
  movesPerHost?: number;
};
/** Each answers with the seconds to wait, or undefined. */
export type Quota = {
  post(address: string): Promise<number | undefined>;
  lookup(by: string): Promise<number | undefined>;
  /** May this server send this type now? Counts nothing. */
  asks(host: string, type: string): Promise<number | undefined>;
  /** It has sent one, and that is proven. */
  sent(host: string, type: string): Promise<void>;
};

const MOVES_PER_HOUR = 60;

export const createQuota = (limits: QuotaLimits): Quota => {
  const limiter = (points: number, duration: number): RateLimiterMemory => new RateLimiterMemory({ points, duration });
  const posts = limiter(limits.perAddress, 60);
  const lookups = limiter(limits.lookupsPerAddress, 60);
  const activities = limiter(limits.perHost, 60);
  const follows = limiter(limits.followsPerHost, 3_600);
  const moves = limiter(limits.movesPerHost ?? MOVES_PER_HOUR, 3_600);
  const of = (host: string, type: string): RateLimiterMemory[] =>
    type === 'Follow' ? [activities, follows] : type === 'Move' ? [activities, moves] : [activities];
  return {
    post: (address) => consume(posts, networkOf(address)),
    lookup: (by) => consume(lookups, networkOf(by)),
    asks: async (host, type) => {
      for (const one of of(host, type)) {
        const used = await one.get(domainOf(host));
        if (used !== null && used.consumedPoints >= one.points) return Math.ceil(used.msBeforeNext / 1_000);
      }
      return undefined;
    },
    sent: async (host, type) => {
      for (const one of of(host, type)) await one.consume(domainOf(host)).catch(() => {});
    },
  };
};

/** @returns the domain that somebody had to register to have this host, or the host itself with its port (an address, `localhost`) */
export const domainOf = (host: string): string =>
  names().getDomain(host, { allowPrivateDomains: true, validateHostname: false }) ?? host;

const consume = async (limiter: RateLimiterMemory, key: string): Promise<number | undefined> => {
  try {
    await limiter.consume(key);
    return undefined;
  } catch (rejection) {
    return isObject(rejection) && typeof rejection['msBeforeNext'] === 'number'
      ? Math.ceil(rejection['msBeforeNext'] / 1000)
      : 60;
  }
};
