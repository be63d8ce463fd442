/** What concerns the cooperative as a whole is told to each of its admins, in their language. */
import type { Tx } from '#db/database.ts';
import { getCooperative } from './cooperative.ts';
import type { LetterName } from './letters.ts';
import { queueLetter } from './mail.ts';
import { membersWithRole } from './members.ts';
import type { Site } from './site.ts';

/**
 * @param path of the page that the letter's button leads to
 * @param params of the letter beside `cooperative` and `link`; a function where they are words in a language
 * @returns how many there are
 */
export const tellAdmins = async (
  tx: Tx,
  site: Site,
  name: LetterName,
  path: string,
  params: Record<string, string> | ((locale: string) => Record<string, string>),
): Promise<number> => {
  const cooperative = (await getCooperative(tx))?.name ?? site.host;
  const link = `${site.origin}${path}`;
  const admins = await membersWithRole(tx, 'admin');
  for (const { email: to, locale } of admins)
    await queueLetter(tx, site.now(), {
      to,
      locale,
      name,
      params: { cooperative, link, ...(typeof params === 'function' ? params(locale) : params) },
    });
  return admins.length;
};
