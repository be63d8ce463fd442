/** How peers fare, all at once: for the list of partners, each partner's page, and what waits for a decision. */
import { inArray } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { type Comparison, lastComparisons } from './comparisons.ts';
import { type PinRow, findPins } from './identity/pins.ts';
import type { PeerKeysRow } from './peer-keys.ts';
import type { PeerRow } from './peers.ts';
import { type HostCounts, type HostQueue, countsByHost } from './queue.ts';

/** `state`: the gravest of what there is to say, one word per partner. */
export type PeerHealth = {
  state:
    | 'newKeys'
    | 'newIdentity'
    | 'down'
    | 'failing'
    | 'dead'
    | 'copying'
    | 'compareFailed'
    | 'waiting'
    | 'well'
    | 'off';
  queue: HostQueue;
  keys: PeerKeysRow | undefined;
  identity: PinRow | undefined;
  comparison: Comparison | undefined;
};

/** After so long a failure is more than a restart. */
const DOWN_MS = 24 * 3_600_000;
/** What has waited for less is on its way. */
const WAITING_MS = 15 * 60_000;
const idle = (host: string): HostCounts => ({ host, waiting: 0, dead: 0, oldest: null });

/** By five queries, however many. @returns by peer's id */
export const healthOf = async (db: Reader, now: Date, peers: PeerRow[]): Promise<Map<string, PeerHealth>> => {
  const { hosts, peerKeys } = db.t;
  if (peers.length === 0) return new Map();
  const names = peers.map(({ host }) => host);
  const comparisons = await lastComparisons(
    db,
    peers.map(({ id }) => id),
  );
  const queues = new Map((await countsByHost(db, names)).map((queue) => [queue.host, queue]));
  const keys = new Map(
    (await db.select().from(peerKeys).where(inArray(peerKeys.host, names))).map((row) => [row.host, row]),
  );
  const states = new Map(
    (await db.select().from(hosts).where(inArray(hosts.host, names))).map((row) => [row.host, row]),
  );
  const pins = await findPins(db, names);
  return new Map(
    peers.map((peer) => {
      const { failing = null, error = null, retry = null } = states.get(peer.host) ?? {};
      const queue = { ...(queues.get(peer.host) ?? idle(peer.host)), failing, error, retry };
      const known = {
        queue,
        keys: keys.get(peer.host),
        identity: pins.get(peer.host),
        comparison: comparisons.get(peer.id),
      };
      return [peer.id, { ...known, state: stateOf(now, peer, known) }];
    }),
  );
};

const stateOf = (
  now: Date,
  peer: PeerRow,
  { queue, keys, identity, comparison }: Omit<PeerHealth, 'state'>,
): PeerHealth['state'] => {
  if (peer.state !== 'active' && peer.state !== 'paused') return 'off';
  if (keys?.newSigning != null) return 'newKeys';
  if (identity?.newThumbprints != null) return 'newIdentity';
  if (peer.state === 'paused') return 'off';
  if (queue.failing !== null) return now.getTime() - queue.failing.getTime() >= DOWN_MS ? 'down' : 'failing';
  if (queue.dead > 0) return 'dead';
  if (['waiting', 'running', 'failed'].includes(peer.backfillState)) return 'copying';
  if (comparison?.state === 'failed') return 'compareFailed';
  if (queue.oldest !== null && now.getTime() - queue.oldest.getTime() > WAITING_MS) return 'waiting';
  return 'well';
};
