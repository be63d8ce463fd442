/** The digest of a catalogue, both ways: what it is over, and how it goes over the wire. */
import { createHash } from 'node:crypto';
import { type JsonObject, decimal, instant, isObject, link, list } from './json.ts';

/** One listing of a catalogue: its Note's id, and the time of its version. */
export type Line = { uri: string; updated: Date };

export const BUCKETS = 256;
/** Of each bucket's digest so many bytes are sent: enough to tell them apart by. */
const SHORT = 8;

/** @returns the bucket of a listing: the first byte of the SHA-256 of its id */
export const bucketOf = (uri: string): number => createHash('sha256').update(uri).digest()[0]!;

/** @returns the lines by bucket, always `BUCKETS` lists */
export const inBuckets = (lines: Line[]): Line[][] => {
  const buckets: Line[][] = Array.from({ length: BUCKETS }, () => []);
  for (const line of lines) buckets[bucketOf(line.uri)]!.push(line);
  return buckets;
};

export type Digest = { digest: string; buckets: Buffer[] };

/** SHA-256 of each bucket's lines (`id time\n`, sorted), and SHA-256 of these 256 one after the other. */
export const digestOf = (buckets: Line[][]): Digest => {
  const digests = buckets.map((lines) => {
    const hash = createHash('sha256');
    for (const line of lines.map(({ uri, updated }) => `${uri} ${updated.toISOString()}\n`).toSorted(byCodePoint))
      hash.update(line);
    return hash.digest();
  });
  const whole = createHash('sha256').update(Buffer.concat(digests)).digest('base64url');
  return { digest: whole, buckets: digests.map((digest) => digest.subarray(0, SHORT)) };
};
/** Not by any language's alphabet: the same everywhere. */
const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const writeDigest = (value: {
  id: string;
  total: number;
  digest: string;
  buckets?: Buffer[];
  entries?: Line[];
}): JsonObject => ({
  id: value.id,
  type: 'CatalogueDigest',
  totalItems: value.total,
  digest: value.digest,
  ...(value.buckets === undefined ? {} : { buckets: Buffer.concat(value.buckets).toString('base64url') }),
  ...(value.entries === undefined
    ? {}
    : { entries: value.entries.map(({ uri, updated }) => [uri, updated.toISOString()]) }),
});

const ENTRIES_MAX = 20_000;

/** @returns undefined if it is no digest */
export const readDigest = (
  doc: unknown,
): { total: number; digest: string; buckets?: Buffer[]; entries?: Line[] } | undefined => {
  if (!isObject(doc) || typeof doc['digest'] !== 'string' || !/^[\w-]{43}$/.test(doc['digest'])) return undefined;
  const total = decimal(doc['totalItems']);
  if (total === undefined || total < 0 || total > 10_000_000) return undefined;
  const packed = typeof doc['buckets'] === 'string' ? Buffer.from(doc['buckets'], 'base64url') : undefined;
  if (packed !== undefined && packed.length !== BUCKETS * SHORT) return undefined;
  const entries = list(doc['entries'])
    .slice(0, ENTRIES_MAX)
    .flatMap((entry) => {
      const [uri, updated] = Array.isArray(entry) ? [link(entry[0]), instant(entry[1])] : [];
      return uri === undefined || updated === undefined ? [] : [{ uri, updated }];
    });
  return {
    total,
    digest: doc['digest'],
    ...(packed === undefined
      ? {}
      : { buckets: Array.from({ length: BUCKETS }, (_, i) => packed.subarray(i * SHORT, (i + 1) * SHORT)) }),
    ...(doc['entries'] === undefined ? {} : { entries }),
  };
};

/** @returns numbers of buckets out of `07,a1`, at most `max`; undefined for anything else */
export const readBuckets = (text: string, max: number): number[] | undefined => {
  const parts = text.split(',');
  return parts.length <= max && parts.every((part) => /^[0-9a-f]{2}$/.test(part))
    ? parts.map((part) => Number.parseInt(part, 16))
    : undefined;
};
export const writeBuckets = (buckets: number[]): string =>
  buckets.map((bucket) => bucket.toString(16).padStart(2, '0')).join(',');
