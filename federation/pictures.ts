/** Pictures of elsewhere, by the one fetch that everything leaves by. */
import type { PictureFetch } from '#domain/ports.ts';
import { codeOf } from './discovery.ts';
import type { GuardedFetch } from './fetch.ts';
import { hostOfUri } from './hosts.ts';
import type { Policy } from './inbox/policy.ts';

/** What browsers draw and we decode. SVG and GIF are not among them. */
const TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'];
const TIMEOUT_MS = 8_000;

/** Unsigned and without a referrer: the other server learns that this node asked, and nothing of who looks. */
export const createPictureFetch =
  (policy: Pick<Policy, 'rejectsMedia'>, fetch: GuardedFetch): PictureFetch =>
  async (url, maxBytes) => {
    const host = hostOfUri(url);
    if (host === undefined || (await policy.rejectsMedia(host))) return { ok: false, code: 'refused' };
    const outcome = await fetch.request(url, { accept: TYPES, maxBytes, timeoutMs: TIMEOUT_MS });
    if (outcome.ok && outcome.status === 200) return { ok: true, bytes: outcome.body };
    return { ok: false, code: codeOf(outcome), ...(outcome.ok ? { status: outcome.status } : {}) };
  };
