/**
 * Members of partners who are signed in here with their own cooperative's account. They have no account of ours: what
 * they may do hangs on the partnership, which is looked at with every page.
 */
import { and, eq, gt, isNull, lt } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { ActorRow } from '../actors.ts';
import { type VouchedAttestation, forgetVouchedFrom, keepVouched } from '../attestations/partners.ts';
import { blockedDomains, isUnderRule } from '../domain-rules.ts';
import type { PeerRow } from '../peers.ts';
import { OPEN_SCOPE, type Scope } from '../scopes.ts';
import { forgetVouchings } from './anchors.ts';
import { enqueueJob } from '../jobs.ts';
import { findPin } from './pins.ts';
import { hashSecret, newSecret } from '../tokens.ts';

export type GuestRow = Reader['t']['guests']['$inferSelect'];
export type Guest = { session: GuestRow; actor: ActorRow; peer: PeerRow };

/** A day: home is where one stays signed in. */
export const GUEST_MS = 24 * 3_600_000;

const letsIn = (scope: Scope | null): boolean => (scope ?? OPEN_SCOPE).data.includes('signIn');
/** May members of this partner sign in here? */
export const takesSignIn = (peer: Pick<PeerRow, 'state' | 'take'>): boolean =>
  peer.state === 'active' && letsIn(peer.take);
/** May our members sign in at this partner? */
export const givesSignIn = (peer: Pick<PeerRow, 'state' | 'give'>): boolean =>
  peer.state === 'active' && letsIn(peer.give);
/** Has the partner said that it lets its members sign in elsewhere? */
export const offersSignIn = (peer: Pick<PeerRow, 'theirGive'>): boolean => letsIn(peer.theirGive);
/** Do both sides want it? */
const lets = (peer: PeerRow): boolean => takesSignIn(peer) && offersSignIn(peer);

/** Partners whose members may sign in here, by name; at most a hundred. */
export const homesFor = async (db: Reader): Promise<PeerRow[]> => {
  const rows = await db
    .select()
    .from(db.t.peers)
    .where(eq(db.t.peers.state, 'active'))
    .orderBy(db.t.peers.name)
    .limit(1_000);
  const blocked = await blockedDomains(db);
  return rows.filter((peer) => lets(peer) && !isUnderRule(peer.host, blocked)).slice(0, 100);
};

/** What the member's own cooperative said, proven. */
export type Vouched = {
  issuer: string;
  actor: string;
  host: string;
  sid: string;
  level: string;
  since: string;
  attestations?: VouchedAttestation[];
};

/**
 * @returns the secret for the cookie; undefined if the partnership or its key has changed while home was asked: what
 * ended all its guests' sessions has not seen this one, which would come to life with the partnership
 */
export const openGuestSession = async (
  tx: Tx,
  now: Date,
  who: Vouched,
  userAgent: string,
): Promise<string | undefined> => {
  const [peer] = await tx.select().from(tx.t.peers).where(eq(tx.t.peers.host, who.host)).limit(1);
  if (peer === undefined || !lets(peer)) return undefined;
  // Its key may have been held meanwhile, too.
  if ((await findPin(tx, who.host))?.newSeen != null) return undefined;
  const secret = newSecret();
  const { attestations = [], ...session } = who;
  await keepVouched(tx, { actor: who.actor, host: who.host }, attestations);
  await tx.insert(tx.t.guests).values({
    ...session,
    hash: hashSecret(secret),
    csrf: newSecret(),
    userAgent: userAgent.slice(0, 300),
    created: now,
    expires: new Date(now.getTime() + GUEST_MS),
  });
  return secret;
};

/**
 * Who this is, as long as the partnership holds and lets its members in. While its server shows a key that an admin has
 * not approved, nobody is taken for its member: the session rests until then.
 */
export const readGuest = async (db: Reader, now: Date, secret: string): Promise<Guest | undefined> => {
  const { guests, actors, peers, entityPins: pins } = db.t;
  const [row] = await db
    .select({ session: guests, actor: actors, peer: peers })
    .from(guests)
    .innerJoin(actors, eq(actors.uri, guests.actor))
    .innerJoin(peers, eq(peers.host, guests.host))
    .leftJoin(pins, eq(pins.host, guests.host))
    .where(and(eq(guests.hash, hashSecret(secret)), gt(guests.expires, now), isNull(pins.newSeen)))
    .limit(1);
  if (row === undefined || !lets(row.peer) || row.actor.suspended || row.actor.deleted !== null) return undefined;
  return isUnderRule(row.peer.host, await blockedDomains(db)) ? undefined : row;
};

/** Somebody signs out here, or signs in anew: home is told, which shows its members where they are. */
export const endGuestSession = async (tx: Tx, now: Date, hash: string): Promise<void> => {
  const gone = await tx.delete(tx.t.guests).where(eq(tx.t.guests.hash, hash)).returning();
  for (const { host, sid } of gone) await enqueueJob(tx, now, 'leftHome', { host, sid }, `leftHome ${hash}`);
};

/** Is there anybody whom such a word of home would sign out? Asked before its keys are. */
export const hasGuestsOf = async (
  db: Reader,
  issuer: string,
  actor: string,
  sid: string | undefined,
): Promise<boolean> => {
  const { guests } = db.t;
  const [row] = await db
    .select({ hash: guests.hash })
    .from(guests)
    .where(and(eq(guests.issuer, issuer), eq(guests.actor, actor), sid === undefined ? undefined : eq(guests.sid, sid)))
    .limit(1);
  return row !== undefined;
};

/** Home says that a session there has ended. @param sid absent: all of this member */
export const endGuestsOf = async (tx: Tx, issuer: string, actor: string, sid: string | undefined): Promise<number> => {
  const { guests } = tx.t;
  const gone = await tx
    .delete(guests)
    .where(and(eq(guests.issuer, issuer), eq(guests.actor, actor), sid === undefined ? undefined : eq(guests.sid, sid)))
    .returning({ hash: guests.hash });
  return gone.length;
};

/** The partnership rests or is over: everybody of it is signed out, for good. Its keys are kept while it rests. */
export const endGuestsFrom = async (tx: Tx, host: string): Promise<void> => {
  await tx.delete(tx.t.guests).where(eq(tx.t.guests.host, host));
  await forgetVouchedFrom(tx, host);
};

/** The partner says what it gives: if its members are to sign in here no longer, they are signed out, for good. */
export const endGuestsUnless = async (tx: Tx, host: string, gives: Scope): Promise<void> => {
  if (!letsIn(gives)) await endGuestsFrom(tx, host);
};

/** The partnership is over: nothing of it is believed any more, and a new one begins with new keys. */
export const forgetEntity = async (tx: Tx, host: string): Promise<void> => {
  await endGuestsFrom(tx, host);
  await tx.delete(tx.t.entities).where(eq(tx.t.entities.host, host));
  await forgetVouchings(tx, host);
  await tx.delete(tx.t.recognitions).where(eq(tx.t.recognitions.host, host));
};

/** Removes what has run out. */
export const sweepGuests = async (tx: Tx, now: Date): Promise<void> => {
  await tx.delete(tx.t.guests).where(lt(tx.t.guests.expires, now));
};
