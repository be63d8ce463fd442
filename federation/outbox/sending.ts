/** One delivery: signed, posted, and what its answer means. */
import { MAX_ENDS, type UnderWay } from '#db/under-way.ts';
import type { Site } from '#domain/site.ts';
import type { Limits } from '#src/limits.ts';
import type { GuardedFetch } from '../fetch.ts';
import type { Keyring } from '../keys.ts';
import { type DialectMemory, signedHeadersAside } from '../signatures.ts';
import { type Leased, URGENT } from './leases.ts';

export type PostDeps = {
  site: Site;
  keyring: Keyring;
  fetch: GuardedFetch;
  dialects: DialectMemory;
  underWay: UnderWay;
  /** Is this host shut out by a rule? Nothing is sent to it then. */
  isBlocked(host: string): Promise<boolean>;
  limits: Limits['delivery'];
  /** How many are on their way. */
  posting: { batches: number };
};

/** `aside`: this one is put off by itself. `onlyThis`: the host answers, so it may be this one that it cannot take. */
export type Outcome =
  | { verdict: 'taken' }
  | { verdict: 'returned' }
  | { verdict: 'later' | 'never' | 'aside'; error: string; onlyThis?: boolean; retryAfterMs?: number };

/** @param cut breaks it off @returns what became of it; it never throws for what the other side does */
export const posted = (deps: PostDeps, leased: Leased, cut: AbortSignal): Promise<Outcome> =>
  deps.underWay.run<Outcome>(
    `delivery ${leased.delivery.row}`,
    () => {
      deps.posting.batches++;
      return send(deps, leased, cut).finally(() => deps.posting.batches--);
    },
    {
      later: async () => ({ verdict: 'aside', error: 'The process ended several times while this was sent.' }),
      never: async () => ({ verdict: 'never', error: `The process ended ${MAX_ENDS} times while this was sent.` }),
    },
  );

const send = async (deps: PostDeps, { delivery, body }: Leased, cut: AbortSignal): Promise<Outcome> => {
  const { keyring, site, dialects } = deps;
  const { inbox, host } = delivery;
  // It may have been shut out since this was written.
  if (await deps.isBlocked(host)) return { verdict: 'never', error: 'blocked: Its server is shut out here.' };
  const keys = await keyring.of(delivery.key.replace(/#.*$/, ''));
  if (keys === undefined) return { verdict: 'never', error: 'The key that signs it is gone.' };
  const known = await dialects.get(host);
  const dialect = known ?? 'cavage';
  const headers = await signedHeadersAside({
    method: 'POST',
    url: inbox,
    body,
    keyId: keys.rsa.id,
    privateKey: keys.rsa.privateKey,
    dialect,
    now: site.now(),
  });
  const answer = await deps.fetch.request(inbox, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/activity+json' },
    body,
    accept: ['*/*'],
    maxBytes: 64 * 1024,
    timeoutMs: deps.limits.timeoutMs,
    signal: cut,
    urgent: delivery.priority <= URGENT,
    maxRedirects: 0,
  });
  // Nor is it the host's fault that ours had no connection free.
  if (!answer.ok && (cut.aborted || answer.code === 'busy')) return { verdict: 'returned' };
  if (!answer.ok) return { verdict: 'later', error: `${answer.code}: ${answer.detail}` };
  if (answer.status >= 200 && answer.status < 300) return { verdict: 'taken' };
  // It sends in the new dialect and does not take it: the old one next time.
  if (answer.status === 401 && dialect === 'rfc9421') await dialects.set(host, 'cavage');
  const said = answer.body.toString('utf8').replaceAll(/\s+/g, ' ').slice(0, 200);
  const error = `${answer.status} ${said}`;
  // The others of 4xx mean that this very message is not wanted; trying again changes nothing.
  const later = answer.status >= 500 || [401, 403, 408, 421, 425, 429].includes(answer.status) || answer.status < 400;
  const onlyThis = ![429, 502, 503, 504].includes(answer.status);
  return {
    verdict: later ? 'later' : 'never',
    error,
    onlyThis,
    ...retryAfter(answer.headers['retry-after'], site.now()),
  };
};

const retryAfter = (header: string | string[] | undefined, now: Date): { retryAfterMs?: number } => {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return {};
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: ms } : {};
};
