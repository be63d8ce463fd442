/** Letters that a node wrote: without a mail server they wait in its table, with whom they are for. */
import { eq } from 'drizzle-orm';
import { composeLetter, letterOf } from '#domain/mail.ts';
import type { TestNode } from './nodes.ts';

export type WrittenLetter = { to: string; name: string; locale: string; subject: string; text: string; link: string };

/** All of them, oldest first. */
export const letters = async (node: TestNode): Promise<WrittenLetter[]> => {
  const { jobs } = node.db.read.t;
  const rows = await node.db.read.select().from(jobs).where(eq(jobs.type, 'mail')).orderBy(jobs.row);
  return rows.map((row) => {
    const letter = letterOf(row);
    return { to: letter.to, name: letter.name, locale: letter.locale, ...composeLetter(letter) };
  });
};

/** The path of its button. */
export const linkIn = (letter: WrittenLetter): string => new URL(letter.link).pathname;
