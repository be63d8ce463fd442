/**
 * What every POST to an inbox must pass before any JSON-LD, any key and any fetch: a list of small checks, the
 * cheap ones first. Each refusal says what is wrong and what would be right.
 */
import { createHash } from 'node:crypto';
import { type Bounds, scan } from './bounds.ts';
import { isObject } from './vocab/json.ts';
import { type ClaimedSignature, claimedSignature } from './signatures.ts';
import { hostOfUri } from './hosts.ts';
import type { Quota, QuotaLimits } from './quota.ts';
import type { Site } from '#domain/site.ts';

export type Refusal = {
  status: 400 | 401 | 403 | 413 | 415 | 421 | 429 | 503;
  error: string;
  remedy: string;
  field?: string;
  retryAfter?: number;
};
export type Passed = {
  body: Buffer;
  json: Record<string, unknown>;
  id: string;
  type: string;
  actor: string;
  host: string;
  claimed: ClaimedSignature;
};
export type Guard = (
  request: Request,
  address: string,
) => Promise<{ ok: true; passed: Passed } | { ok: false; refusal: Refusal }>;

export type GuardLimits = QuotaLimits &
  Bounds & {
    /** Bytes of a body. */
    maxBytes: number;
  };
/** What is not the admin's to change; honest documents are far below. */
export const SHAPE_LIMITS: Bounds = { maxDepth: 24, maxContainers: 5_000 };

const refuse = (
  status: Refusal['status'],
  error: string,
  remedy: string,
  field?: string,
): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal: { status, error, remedy, ...(field === undefined ? {} : { field }) },
});

/** @param options.testNetwork plain http ids are taken, too */
export const createGuard = (
  site: Site,
  options: { testNetwork: boolean; limits: GuardLimits; quota: Quota },
): Guard => {
  const { limits, quota } = options;
  const schemes = options.testNetwork ? ['https:', 'http:'] : ['https:'];
  const isUrl = (value: unknown): value is string =>
    typeof value === 'string' &&
    value.length <= 2_000 &&
    URL.canParse(value) &&
    schemes.includes(new URL(value).protocol);

  return async (request, address) => {
    const url = new URL(request.url);
    // 1. For us at all: a signature made for another host must not count here.
    if ((request.headers.get('host') ?? url.host).toLowerCase() !== site.host)
      return refuse(421, 'This server has another name.', `Post to ${site.origin}.`);
    // 2. Media type
    const type = request.headers.get('content-type') ?? '';
    if (!/^application\/(?:activity\+json|ld\+json|json)\s*(?:;|$)/i.test(type))
      return refuse(415, `The type ${type.slice(0, 60)} is not accepted.`, 'Send application/activity+json.');
    // 3. Size, as announced and as counted
    if (Number(request.headers.get('content-length') ?? 0) > limits.maxBytes)
      return refuse(413, 'The body is too large.', `Send at most ${limits.maxBytes} bytes.`);
    // 4. Rate of the address
    const wait = await quota.post(address);
    if (wait !== undefined) return { ok: false, refusal: tooMany('Too many requests from your address.', wait) };
    // 5. Signed at all: before anything is read
    if (!request.headers.has('signature'))
      return refuse(401, 'The request is not signed.', 'Sign it with HTTP signatures (draft-cavage-12 or RFC 9421).');
    const body = await readBody(request, limits.maxBytes);
    if (body === undefined) return refuse(413, 'The body is too large.', `Send at most ${limits.maxBytes} bytes.`);
    // 6. Signature covers enough, is of now, and the digest is the body's
    const signed = claimedSignature(
      {
        method: request.method,
        url: new URL(`${url.pathname}${url.search}`, site.origin),
        headers: request.headers,
        body,
      },
      site.now(),
    );
    if (!signed.ok) return refuse(signed.status, signed.error, signed.remedy);
    // 7. Shape of the bytes, before they become objects
    const shape = scan(body, limits);
    if (shape !== undefined) return refuse(400, shape, 'Send plain ActivityStreams JSON.');
    // 8. An activity: one id, one type, one actor
    let json: unknown;
    try {
      json = JSON.parse(body.toString('utf8'));
    } catch {
      return refuse(400, 'The body is no JSON.', 'Send a JSON object in UTF-8.');
    }
    if (!isObject(json)) return refuse(400, 'The body is no JSON object.', 'Send one activity.');
    const kind =
      Array.isArray(json['type']) && json['type'].length === 1 ? json['type'][0] : (json['type'] ?? json['@type']);
    const sender = actorOf(json['actor']);
    if (typeof kind !== 'string')
      return refuse(400, 'The activity has no single type.', 'Give one type as a string.', 'type');
    // WordPress leaves the id out of some Updates: nothing comes of them, but it is no fault that a retry would mend.
    const id =
      json['id'] ??
      json['@id'] ??
      (typeof sender === 'string'
        ? `${sender}#without-id-${createHash('sha256').update(body).digest('hex')}`
        : undefined);
    if (!isUrl(id))
      return refuse(
        400,
        'The activity has no id, or none that is a URL.',
        'Give it an https id of your own server.',
        'id',
      );
    if (sender === undefined || !isUrl(sender))
      return refuse(400, 'The activity does not have exactly one actor.', "Give the actor's id as a string.", 'actor');
    // 9. Whoever signs is whoever acts: id, actor and key are of one origin
    const origin = new URL(sender).origin;
    if (new URL(id).origin !== origin)
      return refuse(
        401,
        'The id is of another origin than the actor.',
        'Ids are of the origin of the actor that made them.',
        'id',
      );
    if (!isUrl(signed.claimed.keyId) || new URL(signed.claimed.keyId).origin !== origin)
      return refuse(401, 'The key is of another origin than the actor.', "Sign with the actor's own key.", 'keyId');
    const host = hostOfUri(sender) ?? '';
    if (origin === site.origin)
      return refuse(401, 'This actor lives here.', 'Nobody sends us what we say ourselves.', 'actor');
    // 10. Rate of the server: only asked here, for anybody may name it; counted once the signature holds
    const hostWait = await quota.asks(host, kind);
    if (hostWait !== undefined)
      return { ok: false, refusal: tooMany('Too many activities from your server.', hostWait) };
    return { ok: true, passed: { body, json, id, type: kind, actor: sender, host, claimed: signed.claimed } };
  };
};

/** One actor, also as a list of one; never an embedded one, whose properties nobody has checked. */
const actorOf = (value: unknown): string | undefined => {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof one === 'string' ? one : undefined;
};

/** @param wait seconds */
export const tooMany = (error: string, wait: number): Refusal => ({
  status: 429,
  error,
  remedy: `Wait ${wait} s.`,
  retryAfter: wait,
});

/** @returns the bytes, or undefined as soon as there are more than `max` */
const readBody = async (request: Request, max: number): Promise<Buffer | undefined> => {
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > max) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
