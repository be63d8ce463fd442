/** What is not answered is said again once a day: the word may have been lost, or its answer. */
import { and, asc, eq, inArray, lt } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { repeatLastWord } from './negotiation.ts';
import type { Site } from './site.ts';

const AFTER_MS = 24 * 3_600_000;
/** At a time; the rest an hour later. */
const AT_ONCE = 50;

/** Other software may not answer a Follow that comes again: that is done by hand. @returns how many were reminded */
export const remindPeers = async (tx: Tx, site: Site): Promise<number> => {
  const { peers, deliveries } = tx.t;
  const now = site.now();
  const due = await tx
    .select()
    .from(peers)
    .where(
      and(
        inArray(peers.state, ['asked', 'countered']),
        eq(peers.turn, 'them'),
        eq(peers.plain, false),
        lt(peers.updated, new Date(now.getTime() - AFTER_MS)),
      ),
    )
    .orderBy(asc(peers.updated))
    .limit(AT_ONCE);
  if (due.length === 0) return 0;
  // To whom something is still on its way nothing is lost yet.
  const hosts = due.map((peer) => peer.host);
  const waiting = await tx
    .selectDistinct({ host: deliveries.host })
    .from(deliveries)
    .where(and(eq(deliveries.state, 'waiting'), inArray(deliveries.host, hosts)));
  const silent = due.filter((peer) => waiting.every(({ host }) => host !== peer.host));
  for (const peer of silent) await repeatLastWord(tx, site, peer);
  await tx
    .update(peers)
    .set({ updated: now })
    .where(
      inArray(
        peers.id,
        due.map((peer) => peer.id),
      ),
    );
  return silent.length;
};
