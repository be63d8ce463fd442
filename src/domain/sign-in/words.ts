/** Tells a member of each change of how they sign in: whoever made it unseen would be noticed. */
import type { Tx } from '#db/database.ts';
import { getCooperative } from '../cooperative.ts';
import type { SignInLetter } from '../letters-sign-in.ts';
import { queueLetter } from '../mail.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';

/** @param params what the letter names beside the member and the cooperative @param path where its button leads */
export const tellMember = async (
  tx: Tx,
  site: Site,
  account: AccountRow,
  name: SignInLetter,
  params: Record<string, string> = {},
  path = '/account/sign-in',
): Promise<void> => {
  const cooperative = await getCooperative(tx);
  await queueLetter(tx, site.now(), {
    to: account.email,
    locale: account.locale,
    name,
    params: {
      cooperative: cooperative?.name ?? site.host,
      name: account.handle,
      link: `${site.origin}${path}`,
      ...params,
    },
  });
};
