/**
 * HTTP signatures, both dialects, made and checked with node:crypto: draft-cavage-12 as everybody sends it, and
 * RFC 9421. A signature counts only if it covers method, target, host, time and body.
 */
import {
  type KeyObject,
  createHash,
  createPublicKey,
  sign as cryptoSign,
  timingSafeEqual,
  verify as cryptoVerify,
} from 'node:crypto';

export type Dialect = 'cavage' | 'rfc9421';
/** Which dialect a host is known to take. */
export type DialectMemory = {
  get(host: string): Promise<Dialect | undefined>;
  set(host: string, dialect: Dialect): Promise<void>;
};

export type SigningInput = {
  method: string;
  url: string;
  body?: Buffer;
  keyId: string;
  privateKey: KeyObject;
  dialect: Dialect;
  now: Date;
};

/** What goes to hundreds of inboxes is one buffer: hashed once. Nobody writes into a body. */
const hashes = new WeakMap<Buffer, string>();
const sha256 = (body: Buffer): string => {
  const known = hashes.get(body);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(body).digest('base64');
  hashes.set(body, hash);
  return hash;
};

/** @returns the headers to send beside the request's own */
export const signedHeaders = (input: SigningInput): Record<string, string> => {
  const { base, complete } = toSign(input);
  return complete(cryptoSign('sha256', base, input.privateKey));
};

/** The same, signed on a thread of its own: whoever sends to hundreds must not stop whoever reads a page. */
export const signedHeadersAside = (input: SigningInput): Promise<Record<string, string>> => {
  const { base, complete } = toSign(input);
  return new Promise((resolve, reject) => {
    cryptoSign('sha256', base, input.privateKey, (error, value) => {
      if (error === null) resolve(complete(value));
      else reject(error);
    });
  });
};

type ToSign = { base: Buffer; complete: (value: Buffer) => Record<string, string> };
const toSign = (input: SigningInput): ToSign => (input.dialect === 'cavage' ? cavage(input) : rfc9421(input));

const cavage = ({ method, url, body, keyId, now }: SigningInput): ToSign => {
  const { host, pathname, search } = new URL(url);
  const headers: Record<string, string> = {
    host,
    date: now.toUTCString(),
    ...(body === undefined ? {} : { digest: `SHA-256=${sha256(body)}` }),
  };
  const names = ['(request-target)', 'host', 'date', ...(body === undefined ? [] : ['digest'])];
  const base = names
    .map(
      (name) =>
        `${name}: ${name === '(request-target)' ? `${method.toLowerCase()} ${pathname}${search}` : headers[name]}`,
    )
    .join('\n');
  const parameters = `keyId="${keyId}",algorithm="rsa-sha256",headers="${names.join(' ')}"`;
  return {
    base: Buffer.from(base),
    complete: (value) => ({ ...headers, signature: `${parameters},signature="${value.toString('base64')}"` }),
  };
};

const rfc9421 = ({ method, url, body, keyId, now }: SigningInput): ToSign => {
  const digest = body === undefined ? undefined : `sha-256=:${sha256(body)}:`;
  const { host } = new URL(url);
  const lines = [
    `"@method": ${method.toUpperCase()}`,
    `"@target-uri": ${url}`,
    ...(digest === undefined ? [] : [`"content-digest": ${digest}`]),
  ];
  const parameters = `(${['"@method"', '"@target-uri"', ...(digest === undefined ? [] : ['"content-digest"'])].join(' ')});created=${Math.floor(now.getTime() / 1000)};keyid="${keyId}";alg="rsa-v1_5-sha256"`;
  return {
    base: Buffer.from([...lines, `"@signature-params": ${parameters}`].join('\n')),
    complete: (value) => ({
      host,
      'signature-input': `sig1=${parameters}`,
      signature: `sig1=:${value.toString('base64')}:`,
      ...(digest === undefined ? {} : { 'content-digest': digest }),
    }),
  };
};

/** A signature as read, before any key is fetched. */
export type ClaimedSignature = {
  dialect: Dialect;
  keyId: string;
  base: Buffer;
  value: Buffer;
  algorithm: string | undefined;
};
export type SignatureRefusal = { ok: false; status: 400 | 401; error: string; remedy: string };
export type SignedRequest = { method: string; url: URL; headers: Headers; body: Buffer | undefined };

const refuse = (error: string, remedy: string): SignatureRefusal => ({ ok: false, status: 401, error, remedy });
const WINDOW_MS = 3_600_000;

/**
 * Reads the one signature of a request and checks all that needs no key: coverage, time, digest.
 * @param request.url as the other side addressed it (our origin with the path that came in)
 */
export const claimedSignature = (
  request: SignedRequest,
  now: Date,
): { ok: true; claimed: ClaimedSignature } | SignatureRefusal => {
  const signature = request.headers.get('signature');
  if (signature === null)
    return refuse('The request is not signed.', 'Sign it with HTTP signatures (draft-cavage-12 or RFC 9421).');
  // A signed GET that somebody else got from a partner must not open anything here: it names that other host.
  if ((request.headers.get('host') ?? request.url.host).toLowerCase() !== request.url.host)
    return refuse('The signature is for another host.', `Ask ${request.url.origin}.`);
  return request.headers.has('signature-input')
    ? claimRfc9421(request, signature, now)
    : claimCavage(request, signature, now);
};

const claimCavage = (request: SignedRequest, header: string, now: Date): ReturnType<typeof claimedSignature> => {
  const fields = new Map<string, string>();
  for (const [, name, quoted, bare] of header.matchAll(/([a-zA-Z]+)=(?:"([^"]*)"|([^",\s]+))/g)) {
    if (fields.has(name!)) return refuse('The request has two signatures.', 'Send exactly one.');
    fields.set(name!, quoted ?? bare ?? '');
  }
  const [keyId, value] = [fields.get('keyId'), fields.get('signature')];
  if (keyId === undefined || value === undefined || !URL.canParse(keyId))
    return refuse('The signature names no key.', 'Give keyId, headers and signature.');
  const names = (fields.get('headers') ?? 'date')
    .toLowerCase()
    .split(' ')
    .filter((name) => name !== '');
  const needed = ['(request-target)', 'host', ...(request.body === undefined ? [] : ['digest'])];
  const missing = needed.find((name) => !names.includes(name));
  if (missing !== undefined)
    return refuse(`The signature does not cover ${missing}.`, `Cover ${needed.join(', ')} and date.`);
  const created = fields.get('created');
  const time = names.includes('date')
    ? Date.parse(request.headers.get('date') ?? '')
    : names.includes('(created)') && created !== undefined
      ? Number(created) * 1000
      : Number.NaN;
  if (Number.isNaN(time) || Math.abs(time - now.getTime()) > WINDOW_MS)
    return refuse(
      'The signature is without a time, or more than an hour off.',
      'Cover the date header and check the clock of your server.',
    );
  const expires = Number(fields.get('expires') ?? Number.POSITIVE_INFINITY) * 1000;
  if (!(expires >= now.getTime())) return refuse('The signature has expired.', 'Sign it anew.');
  const wrong = checkBody(request, 'digest', request.headers.get('digest'));
  if (wrong !== undefined) return wrong;
  const lines = names.map((name) => {
    if (name === '(request-target)')
      return `${name}: ${request.method.toLowerCase()} ${request.url.pathname}${request.url.search}`;
    if (name === '(created)' || name === '(expires)') return `${name}: ${fields.get(name.slice(1, -1)) ?? ''}`;
    return `${name}: ${request.headers.get(name) ?? ''}`;
  });
  const algorithm = fields.get('algorithm')?.toLowerCase();
  if (algorithm !== undefined && !['rsa-sha256', 'hs2019', 'ed25519'].includes(algorithm))
    return refuse(
      `The algorithm ${algorithm.slice(0, 30)} is not accepted.`,
      'Use rsa-sha256 with a key of 2048 bits or more.',
    );
  return {
    ok: true,
    claimed: {
      dialect: 'cavage',
      keyId,
      base: Buffer.from(lines.join('\n')),
      value: Buffer.from(value, 'base64'),
      algorithm,
    },
  };
};

const claimRfc9421 = (request: SignedRequest, header: string, now: Date): ReturnType<typeof claimedSignature> => {
  const input = /^\s*([a-z*][a-z0-9_.*-]*)=(\(([^)]*)\)(.*))$/.exec(request.headers.get('signature-input') ?? '');
  if (input === null || /,\s*[a-z*][\w.*-]*=\(/.test(input[4]!))
    return refuse('There is not exactly one signature (RFC 9421).', 'Send one, with Signature-Input and Signature.');
  const [, label, parameters, covered, rest] = input;
  const value = new RegExp(`(?:^|,\\s*)${label!.replaceAll(/[.*]/g, '\\$&')}=:([A-Za-z0-9+/=]+):`).exec(header)?.[1];
  const keyId = /;keyid="([^"]+)"/.exec(rest!)?.[1];
  const created = Number(/;created=(\d+)/.exec(rest!)?.[1] ?? Number.NaN) * 1000;
  const expires = /;expires=(\d+)/.exec(rest!)?.[1];
  const algorithm = /;alg="([^"]+)"/.exec(rest!)?.[1];
  if (value === undefined || keyId === undefined || !URL.canParse(keyId))
    return refuse('The signature names no key.', 'Give keyid as the URL of the key.');
  if (
    Number.isNaN(created) ||
    Math.abs(created - now.getTime()) > WINDOW_MS ||
    (expires !== undefined && Number(expires) * 1000 < now.getTime())
  )
    return refuse(
      'The signature is without a time, expired, or more than an hour off.',
      'Give created, and check the clock of your server.',
    );
  if (algorithm !== undefined && !['rsa-v1_5-sha256', 'rsa-pss-sha512', 'ed25519'].includes(algorithm))
    return refuse(`The algorithm ${algorithm.slice(0, 30)} is not accepted.`, 'Use rsa-v1_5-sha256 or ed25519.');
  const names = [...covered!.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
  const target =
    names.includes('@target-uri') ||
    ((names.includes('@authority') || names.includes('host')) &&
      (names.includes('@path') || names.includes('@request-target')));
  if (!names.includes('@method') || !target || (request.body !== undefined && !names.includes('content-digest'))) {
    return refuse('The signature does not cover enough.', 'Cover "@method", "@target-uri" and "content-digest".');
  }
  const wrong = checkBody(request, 'content-digest', request.headers.get('content-digest'));
  if (wrong !== undefined) return wrong;
  const { url } = request;
  const component = (name: string): string => {
    switch (name) {
      case '@method':
        return request.method.toUpperCase();
      case '@target-uri':
        return url.href;
      case '@authority':
        return url.host;
      case '@scheme':
        return url.protocol.slice(0, -1);
      case '@path':
        return url.pathname;
      case '@query':
        return url.search === '' ? '?' : url.search;
      case '@request-target':
        return `${url.pathname}${url.search}`;
      default:
        return request.headers.get(name) ?? '';
    }
  };
  const base = [...names.map((name) => `"${name}": ${component(name)}`), `"@signature-params": ${parameters!}`].join(
    '\n',
  );
  return {
    ok: true,
    claimed: { dialect: 'rfc9421', keyId, base: Buffer.from(base), value: Buffer.from(value, 'base64'), algorithm },
  };
};

/** The digest header must be there and be the body's own SHA-256 (or SHA-512). */
const checkBody = (request: SignedRequest, name: string, header: string | null): SignatureRefusal | undefined => {
  if (request.body === undefined) return undefined;
  const found = /(?:^|,\s*)(sha-256|sha-512)=:?([A-Za-z0-9+/=]+):?/i.exec(header ?? '');
  if (found === null)
    return refuse(`The header ${name} is missing or not SHA-256.`, `Send ${name} with SHA-256 of the body.`);
  const actual = createHash(found[1]!.toLowerCase().replace('-', '')).update(request.body).digest();
  const claimed = Buffer.from(found[2]!, 'base64');
  return claimed.length === actual.length && timingSafeEqual(claimed, actual)
    ? undefined
    : refuse(`The body is not the one of the header ${name}.`, 'Sign the bytes that you send.');
};

/** Public keys as parsed key objects, a bounded number of them. */
const parsed = new Map<string, KeyObject>();
const keyOf = (pem: string): KeyObject | undefined => {
  const known = parsed.get(pem);
  if (known !== undefined) return known;
  try {
    const key = createPublicKey(pem);
    if (parsed.size > 5_000) parsed.clear();
    parsed.set(pem, key);
    return key;
  } catch {
    return undefined;
  }
};

/** Does the signature hold under this key? RSA under 2048 bits, and any other type than RSA and Ed25519, never does. */
export const signatureHolds = (claimed: ClaimedSignature, pem: string): boolean => {
  const key = keyOf(pem);
  if (key === undefined) return false;
  if (key.asymmetricKeyType === 'ed25519') return cryptoVerify(null, claimed.base, key, claimed.value);
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) return false;
  if (claimed.algorithm === 'rsa-pss-sha512')
    return cryptoVerify('sha512', claimed.base, { key, padding: 6, saltLength: 64 }, claimed.value);
  return cryptoVerify('sha256', claimed.base, key, claimed.value);
};
