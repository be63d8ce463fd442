/** What a pause or a cut would do, counted before it is done. */
import { and, count, countDistinct, eq, inArray, or } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import type { PeerRow } from './peers.ts';

export type PeerEffects = {
  /** Copies of theirs that leave the catalogue. */
  copies: number;
  /** Our members who follow somebody there, and how many they follow. */
  followers: number;
  followed: number;
  /** Of theirs, who follow somebody here. */
  theirFollowers: number;
  /** Threads between somebody here and somebody there: they stay readable. */
  conversations: number;
  /** Its members who are signed in here with their own account: that ends. */
  guests: number;
  /** What waits to be sent there. */
  waiting: number;
};

export const effectsOn = async (db: Reader, peer: PeerRow): Promise<PeerEffects> => {
  const { listings, follows, actors, conversations: c, deliveries: d, guests } = db.t;
  const there = db.select({ uri: actors.uri }).from(actors).where(eq(actors.host, peer.host));
  const [ours] = await db
    .select({ followers: countDistinct(follows.follower), followed: countDistinct(follows.followed) })
    .from(follows)
    .where(inArray(follows.followed, there));
  const [theirs] = await db
    .select({ followers: countDistinct(follows.follower) })
    .from(follows)
    .where(inArray(follows.follower, there));
  const [threads] = await db
    .select({ n: count() })
    .from(c)
    .where(or(inArray(c.first, there), inArray(c.second, there)));
  return {
    copies: await db.$count(listings, and(eq(listings.local, false), eq(listings.host, peer.host))),
    followers: Number(ours?.followers ?? 0),
    followed: Number(ours?.followed ?? 0),
    theirFollowers: Number(theirs?.followers ?? 0),
    conversations: Number(threads?.n ?? 0),
    guests: await db.$count(guests, eq(guests.host, peer.host)),
    waiting: await db.$count(d, and(eq(d.host, peer.host), eq(d.state, 'waiting'))),
  };
};
