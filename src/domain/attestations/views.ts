/** Who sees on a member's page since when they are one, and what is attested of them. The member decides; at first nobody. */
import { eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

/** `nobody` = only those to whom the member shows it by signing in. */
export const MEMBERSHIP_AUDIENCES = ['nobody', 'members', 'peers', 'public'] as const;
export type MembershipAudience = (typeof MEMBERSHIP_AUDIENCES)[number];

export const membershipView = async (db: Reader, actor: string): Promise<MembershipAudience> => {
  const { membershipViews: v } = db.t;
  const [row] = await db.select().from(v).where(eq(v.actor, actor)).limit(1);
  return MEMBERSHIP_AUDIENCES.find((one) => one === row?.audience) ?? 'nobody';
};

/** @param audience one of the above; anything else is nobody */
export const setMembershipView = async (tx: Tx, actor: string, audience: string): Promise<void> => {
  const { membershipViews: v } = tx.t;
  const wanted = MEMBERSHIP_AUDIENCES.find((one) => one === audience) ?? 'nobody';
  await tx
    .insert(v)
    .values({ actor, audience: wanted })
    .onConflictDoUpdate({ target: v.actor, set: { audience: wanted } });
};

/** Does it show to this reader? @param reader a member here, a guest of a partner, or a stranger */
export const showsMembership = (audience: MembershipAudience, reader: 'member' | 'guest' | 'stranger'): boolean =>
  audience === 'public' ||
  (audience === 'peers' && reader !== 'stranger') ||
  (audience === 'members' && reader === 'member');
