/**
 * Compares a partner's catalogue with our copies of it, and repairs what differs by asking for just that. Two nodes
 * that were cut apart, or lost something that was acknowledged, are equal after it.
 */
import type { Database } from '#db/database.ts';
import {
  type Comparison,
  type Known,
  knownOf,
  noteComparison,
  removeAsOwned,
  storeAsOwned,
} from '#domain/comparisons.ts';
import { sanitiseHtml } from '#domain/html.ts';
import { catalogueUri, hostOf } from '#domain/ids.ts';
import { type PeerRow, findPeer } from '#domain/peers.ts';
import type { Site } from '#domain/site.ts';
import type { ListingValue } from '#domain/types.ts';
import { takes } from '../inbox/listing.ts';
import type { Resolver } from '../resolve.ts';
import { BUCKETS, type Line, bucketOf, digestOf, inBuckets, readDigest, writeBuckets } from '../vocab/digest.ts';
import { readListing } from '../vocab/listing.ts';
import { BUCKETS_AT_ONCE, linesOf } from './digest.ts';
import { NEW_KEYS, showsNewKeys } from './node-keys.ts';

export type CompareDeps = { db: Database; site: Site; resolver: Resolver };
type Counts = Pick<Comparison, 'added' | 'changed' | 'removed' | 'left'>;

/** Repairs in one run; what is left comes with the next. */
const MAX_REPAIRS = 2_000;
/** Asked for together, and stored in one transaction. */
const AT_ONCE = 25;
const ENTRIES_AT_ONCE = 3_000;

/**
 * @param stop ends it where it is: what was repaired stays
 * @returns what came of it, noted at the partner; undefined if this is no active partner with a catalogue
 */
export const compare = async (
  deps: CompareDeps,
  peerId: string,
  stop?: AbortSignal,
): Promise<Comparison | undefined> => {
  const { db, site } = deps;
  const peer = await findPeer(db.read, peerId);
  if (peer === undefined || peer.state !== 'active' || peer.cooperative === null) return undefined;
  const done: Comparison = {
    ...(await run(deps, peer, `${catalogueUri(peer.cooperative)}/digest`, stop)),
    at: site.now(),
  };
  // It may have been cut meanwhile: then its copies are gone, and so is what was just brought back.
  await db.write((tx) => noteComparison(tx, peer.id, done));
  return done;
};

const NOTHING: Counts = { added: 0, changed: 0, removed: 0, left: 0 };
const failed = (detail: string, state: 'failed' | 'unsupported' = 'failed'): Omit<Comparison, 'at'> => ({
  state,
  total: 0,
  ...NOTHING,
  detail,
});

const run = async (
  deps: CompareDeps,
  peer: PeerRow,
  url: string,
  stop: AbortSignal | undefined,
): Promise<Omit<Comparison, 'at'>> => {
  if (hostOf(url) !== peer.host) return failed('Its cooperative lives on another server.');
  if (await showsNewKeys(deps, peer)) return failed(NEW_KEYS);
  const answer = await deps.resolver.get(url);
  if (!answer.ok) return failed(answer.detail, answer.gone === true ? 'unsupported' : 'failed');
  const theirs = readDigest(answer.value);
  if (theirs === undefined) return failed('It offers no digest of its catalogue.', 'unsupported');
  const ours = inBuckets(await linesOf(deps.db.read, { host: peer.host }));
  const own = digestOf(ours);
  if (own.digest === theirs.digest) return { state: 'equal', total: theirs.total, ...NOTHING, detail: '' };

  const whole = await deps.resolver.get(`${url}?buckets=all`);
  const buckets = whole.ok ? readDigest(whole.value)?.buckets : undefined;
  if (buckets === undefined) return failed(whole.ok ? 'It offers no digests of buckets.' : whole.detail);
  const differing = Array.from({ length: BUCKETS }, (_, i) => i).filter((i) => !own.buckets[i]!.equals(buckets[i]!));
  const counts = { ...NOTHING };
  // So many buckets at a time as have a bearable number of entries.
  const step = Math.max(
    1,
    Math.min(BUCKETS_AT_ONCE, Math.floor((ENTRIES_AT_ONCE * BUCKETS) / Math.max(1, theirs.total))),
  );
  let budget = MAX_REPAIRS;
  const stopped = (): boolean => stop?.aborted === true;
  for (let from = 0; from < differing.length && budget > 0 && !stopped(); from += step) {
    const some = differing.slice(from, from + step);
    const entries = await entriesOf(deps, peer, url, some);
    if (typeof entries === 'string') return failed(entries);
    const uris = differences(
      entries,
      some.flatMap((bucket) => ours[bucket]!),
    ).slice(0, budget);
    budget -= uris.length;
    for (let at = 0; at < uris.length && !stopped(); at += AT_ONCE) {
      const fault = await repair(deps, peer, url, uris.slice(at, at + AT_ONCE), entries, counts);
      if (fault !== undefined) return failed(fault);
    }
  }
  const state = budget > 0 && !stopped() ? 'repaired' : 'partial';
  return { state, total: theirs.total, ...counts, detail: '' };
};

/** Ids that only one side has, or that the two have in different versions. */
const differences = (theirs: Line[], ours: Line[]): string[] => {
  const [here, there] = [timesOf(ours), timesOf(theirs)];
  return [...new Set([...here.keys(), ...there.keys()])].filter((uri) => here.get(uri) !== there.get(uri));
};

/** What the partner lists in these buckets now. @returns what is wrong, in plain words, if it cannot be had */
const entriesOf = async (
  { resolver }: CompareDeps,
  peer: PeerRow,
  url: string,
  buckets: number[],
): Promise<Line[] | string> => {
  const page = await resolver.get(`${url}?buckets=${writeBuckets(buckets)}`);
  const entries = page.ok ? readDigest(page.value)?.entries : undefined;
  if (entries === undefined) return page.ok ? 'It lists no entries.' : page.detail;
  return entries.filter(({ uri }) => hostOf(uri) === peer.host && buckets.includes(bucketOf(uri)));
};

/**
 * Asks the owner's server for each that it lists, two at a time, and keeps what it says. What it does not list is not
 * for us, even if everybody else may read it. Then its list is asked for once more: what changed on it meanwhile is
 * told to us by its owner, and that word may have come before this one. Adds to `counts`.
 * @returns what is wrong, in plain words, if it could not be asked
 */
const repair = async (
  deps: CompareDeps,
  peer: PeerRow,
  url: string,
  uris: string[],
  entries: Line[],
  counts: Counts,
): Promise<string | undefined> => {
  const before = await knownOf(deps.db.read, uris);
  const listed = timesOf(entries);
  const found = new Map<string, ListingValue | 'gone' | 'unreadable'>();
  const ask = async (queue: string[]): Promise<void> => {
    for (const uri of queue) found.set(uri, listed.has(uri) ? await ownersWord(deps, peer, uri) : 'gone');
  };
  await Promise.all([ask(uris.filter((_, i) => i % 2 === 0)), ask(uris.filter((_, i) => i % 2 === 1))]);
  const again = await entriesOf(deps, peer, url, [...new Set(uris.map(bucketOf))]);
  if (typeof again === 'string') return again;
  const still = timesOf(again);
  for (const uri of uris) if (still.get(uri) !== listed.get(uri)) found.delete(uri);
  const publishers = new Set(
    [...found.values()].flatMap((value) => (typeof value === 'string' ? [] : [value.publisher])),
  );
  // Of an actor that we do not know a farewell would be thrown away, and what we kept of theirs would stay.
  const unknown = new Set<string>();
  for (const publisher of publishers) if (!(await deps.resolver.known(publisher)).ok) unknown.add(publisher);
  for (const [uri, value] of found)
    if (typeof value !== 'string' && unknown.has(value.publisher)) found.set(uri, 'unreadable');
  // The transaction may run more than once: only the last run counts.
  const did = await deps.db.write((tx) => keep(deps, tx, peer, found, before));
  for (const what of did) counts[what]++;
  return undefined;
};

const timesOf = (lines: Line[]): Map<string, number> =>
  new Map(lines.map(({ uri, updated }) => [uri, updated.getTime()]));

const keep = async (
  { site }: CompareDeps,
  tx: Parameters<Parameters<Database['write']>[0]>[0],
  peer: PeerRow,
  found: Map<string, ListingValue | 'gone' | 'unreadable'>,
  before: Known,
): Promise<(keyof Counts)[]> => {
  // Cut while we asked: nothing of it may come back.
  if ((await findPeer(tx, peer.id))?.state !== 'active') return [];
  const did: (keyof Counts)[] = [];
  for (const [uri, value] of found) {
    if (value === 'unreadable') did.push('left');
    else if (value === 'gone') {
      if (await removeAsOwned(tx, uri, before)) did.push('removed');
    } else {
      // What we do not take was not in the digest, unless the other has not heard of it yet.
      const stored = takes(peer, value) ? await storeAsOwned(tx, site.now(), value, before) : undefined;
      if (stored !== undefined) did.push(stored);
    }
  }
  return did;
};

const ownersWord = async (
  { resolver }: CompareDeps,
  peer: PeerRow,
  uri: string,
): Promise<ListingValue | 'gone' | 'unreadable'> => {
  const answer = await resolver.object(uri);
  if (!answer.ok) return answer.gone === true ? 'gone' : 'unreadable';
  const read = readListing(answer.value, { sanitise: sanitiseHtml });
  return read.ok && read.value.uri === uri && hostOf(read.value.publisher) === peer.host ? read.value : 'unreadable';
};
