/** Whoever writes what is not taken is told so: about one listing only so often, however much they write. */
import { createHash } from 'node:crypto';
import { inArray } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { announceOnce } from './announcements.ts';

/** A day, by UTC, for one author about one listing: as many as a person might write before reading the first answer. */
export const REFUSALS_A_DAY = 20;

type RefusedMessage = { note: string; author: string; recipient: string; listing: string };

/** By these the day's answers are known again, also after a restart and in another process: announcements stay a week. */
const idsOf = ({ author, listing }: RefusedMessage, now: Date): string[] =>
  Array.from({ length: REFUSALS_A_DAY }, (_, n) =>
    createHash('sha256')
      .update(JSON.stringify([author, listing, now.toISOString().slice(0, 10), n]))
      .digest('hex')
      .slice(0, 32),
  );

/** @returns whether its author is told; beyond the day's number they are not */
export const tellNotTaken = async (tx: Tx, now: Date, it: RefusedMessage): Promise<boolean> => {
  const { announcements: a } = tx.t;
  const ids = idsOf(it, now);
  const used = await tx.select({ id: a.id }).from(a).where(inArray(a.id, ids));
  const free = ids.findIndex((id) => used.every((one) => one.id !== id));
  if (free < 0) return false;
  const data = { to: it.author, listing: it.listing, ...(free === 0 ? { first: '1' } : {}) };
  return announceOnce(tx, now, { type: 'message.refused', actor: it.recipient, subject: it.note, data }, ids[free]!);
};
