/** Who may read the hidden half of a listing. */
import type { Reader } from '#db/database.ts';
import { roleAtLeast } from '../types.ts';
import type { ListingRow } from '../listings.ts';
import { validOf } from './give.ts';
import { countedOf } from './partners.ts';

/** Whoever looks: a member here, a guest of a partner, or nobody that is known. */
export type Looker = { member?: { actor: string; role: string }; guest?: { actor: string; host: string } };

/** Which of our attestations whoever looks holds, given here or at a cooperative of which they count. */
export const heldBy = async (db: Reader, now: Date, who: Looker): Promise<string[]> => {
  if (who.member !== undefined) return (await validOf(db, now, who.member.actor)).map((row) => row.code);
  return who.guest === undefined ? [] : countedOf(db, now, who.guest);
};

const isHolder = async (db: Reader, now: Date, row: Pick<ListingRow, 'held'>, who: Looker): Promise<boolean> =>
  (await heldBy(db, now, who)).some((code) => row.held?.codes.includes(code));

/**
 * May they read all of it? Its publisher may, the moderators who answer for what is here, and holders. A copy is never
 * whole: its whole is at its own node.
 */
export const mayReadWhole = async (
  db: Reader,
  now: Date,
  row: Pick<ListingRow, 'held' | 'local' | 'publisher'>,
  who: Looker,
): Promise<boolean> => {
  if (row.held?.access !== 'reserved') return true;
  if (!row.local) return false;
  if (who.member !== undefined && (who.member.actor === row.publisher || roleAtLeast(who.member.role, 'moderator')))
    return true;
  return isHolder(db, now, row, who);
};

/** May they know what holders pay? */
export const mayKnowPrice = async (
  db: Reader,
  now: Date,
  row: Pick<ListingRow, 'held' | 'local' | 'publisher'>,
  who: Looker,
): Promise<boolean> =>
  row.local &&
  row.held?.access === 'priced' &&
  (who.member?.actor === row.publisher || (await isHolder(db, now, row, who)));
