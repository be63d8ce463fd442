/** Monthly statistics: ours, signed as they are given out, and those of consenting partners, checked as they come in. */
import type { Database } from '#db/database.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { nodeUri } from '#domain/ids.ts';
import { findPeerKeys } from '#domain/peer-keys.ts';
import type { PeerRow } from '#domain/peers.ts';
import type { Site } from '#domain/site.ts';
import {
  MONTHS,
  type Refusal,
  findSnapshot,
  isDue,
  keepSnapshot,
  keptMonths,
  partnersToWeigh,
  snapshotsOf,
} from '#domain/snapshots.ts';
import { type Snapshot, monthBefore } from '#domain/statistics.ts';
import type { Keyring } from '../keys.ts';
import type { Resolver } from '../resolve.ts';
import type { JsonObject } from '../vocab/json.ts';
import { addProof, proofKey, verifyProof } from '../vocab/proof.ts';
import { readIndex, readSnapshot, writeIndex, writeSnapshot } from '../vocab/snapshot.ts';
import { showsNewKeys } from './node-keys.ts';

export type StatisticsDeps = { db: Database; site: Site; resolver: Resolver };
export const statisticsUri = (origin: string): string => `${origin}/statistics`;

/**
 * Ours, for everybody; signed anew each time it is made, so that it holds under the key of today.
 * @param month absent = the list of months
 * @returns undefined unless the cooperative publishes it
 */
export const ownStatistics = async (
  deps: { db: Database; site: Site; keyring: Keyring },
  month: string | undefined,
): Promise<JsonObject | undefined> => {
  const { db, site, keyring } = deps;
  if ((await getCooperative(db.read))?.statistics !== true) return undefined;
  const id = statisticsUri(site.origin);
  if (month === undefined) return writeIndex(id, await keptMonths(db.read, site.host));
  const row = await findSnapshot(db.read, site.host, month);
  const keys = await keyring.of(nodeUri(site));
  if (row?.body == null || keys === undefined) return undefined;
  // It is our own, as it was counted.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const document = writeSnapshot(`${id}/${month}`, nodeUri(site), row.body as Snapshot);
  return addProof(document, {
    verificationMethod: keys.ed25519.id,
    privateKey: keys.ed25519.privateKey,
    created: row.fetched,
  });
};

/** Asks each consenting partner for what is not kept yet of the last year; one after the other, once a day and partner. */
export const collectStatistics = async (deps: StatisticsDeps, stop?: AbortSignal): Promise<void> => {
  const { db, site } = deps;
  if ((await getCooperative(db.read))?.statistics !== true) return;
  const expected = monthBefore(site.now());
  for (const peer of await partnersToWeigh(db.read)) {
    if (stop?.aborted === true) return;
    const rows = await snapshotsOf(db.read, [peer.host], monthBefore(site.now(), MONTHS));
    if (
      !isDue(
        rows.find(({ month }) => month === expected),
        site.now(),
      )
    )
      continue;
    const kept = new Map(rows.flatMap((row) => (row.state === 'kept' ? [[row.month, row.body] as const] : [])));
    await collectFrom(deps, peer, expected, kept);
  }
};

const collectFrom = async (
  deps: StatisticsDeps,
  peer: PeerRow,
  expected: string,
  kept: Map<string, Record<string, unknown> | null>,
): Promise<void> => {
  const { db, site, resolver } = deps;
  const note = (month: string, found: Parameters<typeof keepSnapshot>[3]): Promise<void> =>
    db.write((tx) => keepSnapshot(tx, site.now(), { host: peer.host, month }, found));
  const refuse = (refusal: Refusal): Promise<void> => note(expected, { refusal });
  if (await showsNewKeys(deps, peer)) return refuse('keyWaits');
  const proving = (await findPeerKeys(db.read, peer.host))?.proving;
  if (proving == null) return refuse('keyUnknown');
  const id = statisticsUri(new URL(peer.nodeActor).origin);
  const index = await resolver.get(id);
  if (!index.ok) return refuse(index.gone === true ? 'absent' : 'unreachable');
  const months = readIndex(index.value, id).filter(
    (month) => month <= expected && month >= monthBefore(site.now(), MONTHS),
  );
  if (months[0] !== expected) await refuse(months.length === 0 ? 'absent' : 'stale');
  // Oldest first: each is compared with the one before.
  for (const month of months.toReversed()) {
    if (kept.get(month) != null) continue;
    const answer = await resolver.get(`${id}/${month}`);
    const before = kept.get(previous(month));
    const read = answer.ok
      ? check(answer.value, { id: `${id}/${month}`, month, actor: peer.nodeActor, proving, now: site.now() }, before)
      : { refusal: 'unreachable' as const };
    await note(month, read);
    if ('body' in read) kept.set(month, read.body);
  }
};

const previous = (month: string): string => monthBefore(new Date(`${month}-15T00:00:00Z`));

type Expected = { id: string; month: string; actor: string; proving: string; now: Date };
/** Whose it says it is, of which month, by whose key, and whether the numbers can be. */
const check = (
  document: JsonObject,
  { id, month, actor, proving, now }: Expected,
  before: Record<string, unknown> | null | undefined,
): { body: Record<string, unknown> } | { refusal: Refusal } => {
  if (document['type'] !== 'StatisticsSnapshot') return { refusal: 'unreadable' };
  if (document['id'] !== id || document['attributedTo'] !== actor) return { refusal: 'notTheirs' };
  if (document['month'] !== month) return { refusal: 'wrongMonth' };
  const key = proofKey(document);
  if (key === undefined) return { refusal: 'unsigned' };
  if (!key.startsWith(`${actor}#`) || !verifyProof(document, proving, now)) return { refusal: 'wrongSignature' };
  // What is kept was checked as it came in.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const read = readSnapshot(document, month, (before ?? undefined) as Snapshot | undefined);
  return read.ok ? { body: read.value } : { refusal: read.refusal };
};
