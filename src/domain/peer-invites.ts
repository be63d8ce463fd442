/** Links by which another node's admin is invited to become a partner: one use, fourteen days, the consent with its terms. */
import { and, desc, eq, gt, isNull } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { newId } from './ids.ts';
import type { Site } from './site.ts';
import type { Scope } from './scopes.ts';
import { checkText } from './text.ts';
import { hashSecret, newSecret } from './tokens.ts';
import { type Result, fail, ok } from './types.ts';

export type InviteRow = Reader['t']['peerInvites']['$inferSelect'];
export type InviteState = 'open' | 'used' | 'expired' | 'revoked';
/** Why an invitation does not let in. */
export const INVITE_FAULTS = ['inviteUsed', 'inviteExpired', 'inviteRevoked', 'inviteOther', 'inviteUnknown'] as const;
export type InviteFault = (typeof INVITE_FAULTS)[number];

const GOOD_FOR_MS = 14 * 86_400_000;

/** The link as it is given away. */
export const inviteLink = (site: Site, secret: string): string => `${site.origin}/peering/invitations/${secret}`;

/** @param invite.host canonical, of the only node that may use it; '' = any @returns the secret, to be shown once */
export const issueInvite = async (
  tx: Tx,
  site: Site,
  invite: { give: Scope; take: Scope; host: string; note: string },
): Promise<Result<string>> => {
  const errors = checkText('note', invite.note, { max: 200 });
  if (errors.length > 0) return fail(...errors);
  if (invite.host === site.host) return fail({ field: 'host', code: 'discovery.ourselves' });
  const now = site.now();
  const secret = newSecret();
  await tx.insert(tx.t.peerInvites).values({
    ...invite,
    id: newId(),
    hash: hashSecret(secret),
    created: now,
    expires: new Date(now.getTime() + GOOD_FOR_MS),
  });
  return ok(secret);
};

/** Newest first, the last hundred. */
export const listInvites = async (db: Reader): Promise<InviteRow[]> =>
  db.select().from(db.t.peerInvites).orderBy(desc(db.t.peerInvites.created)).limit(100);

export const findInvite = async (db: Reader, secret: string): Promise<InviteRow | undefined> => {
  const [row] = await db
    .select()
    .from(db.t.peerInvites)
    .where(eq(db.t.peerInvites.hash, hashSecret(secret)))
    .limit(1);
  return row;
};

export const inviteState = (invite: InviteRow, now: Date): InviteState => {
  if (invite.used !== null) return 'used';
  if (invite.revoked !== null) return 'revoked';
  return invite.expires <= now ? 'expired' : 'open';
};

/** @returns whether there was such an invitation, unused */
export const revokeInvite = async (tx: Tx, now: Date, id: string): Promise<boolean> => {
  const { peerInvites } = tx.t;
  const rows = await tx
    .update(peerInvites)
    .set({ revoked: now })
    .where(and(eq(peerInvites.id, id), isNull(peerInvites.used), isNull(peerInvites.revoked)))
    .returning({ id: peerInvites.id });
  return rows.length > 0;
};

const FAULTS = { used: 'inviteUsed', expired: 'inviteExpired', revoked: 'inviteRevoked' } as const;

/** Uses it up for the node at this host: of two that come at once, one gets it. */
export const useInvite = async (
  tx: Tx,
  now: Date,
  secret: string,
  host: string,
): Promise<{ ok: true; terms: { give: Scope; take: Scope } } | { ok: false; code: InviteFault }> => {
  const { peerInvites } = tx.t;
  const invite = await findInvite(tx, secret);
  if (invite === undefined) return { ok: false, code: 'inviteUnknown' };
  const state = inviteState(invite, now);
  if (state !== 'open') return { ok: false, code: FAULTS[state] };
  if (invite.host !== '' && invite.host !== host) return { ok: false, code: 'inviteOther' };
  const [taken] = await tx
    .update(peerInvites)
    .set({ used: now, usedBy: host })
    .where(
      and(
        eq(peerInvites.id, invite.id),
        isNull(peerInvites.used),
        isNull(peerInvites.revoked),
        gt(peerInvites.expires, now),
      ),
    )
    .returning();
  return taken === undefined
    ? { ok: false, code: 'inviteUsed' }
    : { ok: true, terms: { give: taken.give, take: taken.take } };
};
