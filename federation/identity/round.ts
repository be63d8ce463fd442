/** What trust hangs on is looked at anew: umbrellas, what they say of partners, keys of partners and of those below us. */
import { asc, eq, inArray } from 'drizzle-orm';
import type { Database } from '#db/database.ts';
import { keepVouchings, listAnchors } from '#domain/identity/anchors.ts';
import { type SubordinateRow, SUBORDINATES_MAX, listSubordinates, noteSubordinate } from '#domain/identity/vouching.ts';
import { type PeerRow, listPeers } from '#domain/peers.ts';
import type { Site } from '#domain/site.ts';
import { describe, log } from '#src/log.ts';
import { type AnchorDeps, type createAnchors } from './anchors.ts';
import { originOfHost, readConfiguration } from './configuration.ts';
import type { Entities } from './entities.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An umbrella is asked hourly, so that what it takes back is gone within two hours. */
const SOON_MS = HOUR_MS - 60_000;

type RoundDeps = AnchorDeps & {
  db: Database;
  site: Site;
  entities: Entities;
  anchors: ReturnType<typeof createAnchors>;
};

/** One after the other, for as long as it is let. */
export const trustRound = async (deps: RoundDeps, stop?: AbortSignal): Promise<'done' | 'returned'> => {
  const { db, site, anchors } = deps;
  const known = await listAnchors(db.read);
  const old = (checked: Date | null, ms: number): boolean => {
    const age = checked === null ? Infinity : site.now().getTime() - checked.getTime();
    return age < 0 || age >= ms;
  };
  for (const anchor of known) {
    if (stop?.aborted === true) return 'returned';
    if (old(anchor.checked, SOON_MS)) await alone(anchor.host, () => anchors.renew(anchor));
  }
  for (const row of await listSubordinates(db.read, SUBORDINATES_MAX)) {
    if (stop?.aborted === true) return 'returned';
    if (old(row.checked, row.problem === '' ? DAY_MS : SOON_MS))
      await alone(row.host, () => renewSubordinate(deps, row));
  }
  const peers = (await listPeers(db.read, ['active', 'paused'])).filter((peer) => !peer.plain);
  const trusted = known.filter((anchor) => anchor.trusted).map(({ host }) => host);
  for (const peer of peers) {
    if (stop?.aborted === true) return 'returned';
    await alone(peer.host, () => renewPeer(deps, peer, trusted));
  }
  await forgetStrangers(deps);
  return 'done';
};

/** What goes wrong with one must not keep the others from being looked at; it is tried again in an hour. */
const alone = async (host: string, work: () => Promise<void>): Promise<void> =>
  work().catch((error: unknown) =>
    log.federation.warning('The trust in {host} could not be looked at: {error}', { host, error: describe(error) }),
  );

/** @param trusted hosts of networks whose word counts here */
const renewPeer = async (deps: RoundDeps, peer: PeerRow, trusted: string[]): Promise<void> => {
  const { db, site, anchors, entities } = deps;
  // Also whoever signs in rarely: a key that is renewed must be seen while the old one still names it.
  if (peer.state === 'active') await entities.of(peer.host, DAY_MS);
  if (trusted.length === 0) return;
  const origin = new URL(peer.nodeActor).origin;
  const said = await readConfiguration(deps, peer.host, origin);
  if (!said.ok && said.code === 'down') return;
  const proven = said.ok ? await anchors.proven(said.value, origin) : trusted.map((anchor) => ({ anchor, marks: [] }));
  await db.write((tx) => keepVouchings(tx, site, peer.host, proven));
};

const renewSubordinate = async (deps: RoundDeps, row: SubordinateRow): Promise<void> => {
  const { db, site } = deps;
  const said = await readConfiguration(deps, row.host, originOfHost(site, row.host));
  await db.write((tx) =>
    noteSubordinate(
      tx,
      site.now(),
      row.host,
      said.ok ? { problem: '', jwks: said.value.keys.map((key) => ({ ...key })) } : { problem: said.code },
    ),
  );
};

/** What was proven of somebody who asked and became no partner. */
const forgetStrangers = async ({ db }: RoundDeps): Promise<void> => {
  const { vouchings, peers } = db.read.t;
  const rows = await db.read
    .selectDistinct({ host: vouchings.host, state: peers.state })
    .from(vouchings)
    .leftJoin(peers, eq(peers.host, vouchings.host))
    .orderBy(asc(vouchings.host))
    .limit(5_000);
  const gone = rows.filter(({ state }) => state === null || ['cut', 'refused', 'withdrawn'].includes(state));
  if (gone.length > 0)
    await db.write(async (tx) => {
      await tx.delete(tx.t.vouchings).where(inArray(tx.t.vouchings.host, gone.map(({ host }) => host).slice(0, 500)));
    });
};
