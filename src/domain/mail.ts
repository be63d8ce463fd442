/** Letters to people: written to the queue in the transaction that causes them, sent later; shown to the admin where no mail server is set. */
import { desc, eq, and, inArray } from 'drizzle-orm';
import type { Transporter } from 'nodemailer';
import type { Database, Reader, Tx } from '#db/database.ts';
import { enqueueJob, type JobRow } from './jobs.ts';
import { LETTERS, type LetterName } from './letters.ts';
import type { Locale } from './types.ts';

export type Letter = { to: string; locale: string; name: LetterName; params: Record<string, string> };
export type Mailer = { send(letter: Letter): Promise<void>; configured: boolean };

const localeOf = (text: string): Locale => (text === 'en' ? 'en' : 'fr');

/** @param letter.params.link where its one button leads */
export const queueLetter = async (tx: Tx, now: Date, letter: Letter): Promise<void> => {
  await enqueueJob(tx, now, 'mail', {
    to: letter.to,
    locale: letter.locale,
    name: letter.name,
    ...prefixed(letter.params),
  });
};

const prefixed = (params: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([key, value]) => [`p.${key}`, value]));

/** The letter that a job holds. */
export const letterOf = (job: Pick<JobRow, 'data'>): Letter => ({
  to: job.data['to'] ?? '',
  locale: job.data['locale'] ?? 'fr',
  name: (job.data['name'] ?? 'confirm') as LetterName,
  params: Object.fromEntries(
    Object.entries(job.data).flatMap(([key, value]) => (key.startsWith('p.') ? [[key.slice(2), value]] : [])),
  ),
});

/** A letter as it is read: subject, plain text, and the link of its button. */
export const composeLetter = (letter: Letter): { subject: string; text: string; link: string } => {
  const { subject, body, button } = LETTERS[letter.name][localeOf(letter.locale)];
  const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_, key: string) => letter.params[key] ?? '');
  const link = letter.params['link'] ?? '';
  return {
    subject: fill(subject).replaceAll(/[\r\n]/g, ' '),
    text: `${fill(body)}${link === '' ? '' : `\n\n${button}:\n${link}`}\n`,
    link,
  };
};

/** @param smtpUrl absent: nothing is sent, letters wait for the admin */
export const createMailer = (config: { smtpUrl?: string; from: string }): Mailer => {
  const { smtpUrl } = config;
  let transport: Promise<Transporter> | undefined;
  /** Loaded with the first letter. */
  const connect = async (url: string): Promise<Transporter> => {
    const { createTransport } = await import('nodemailer');
    return createTransport(url, { connectionTimeout: 10_000, socketTimeout: 20_000 } as object);
  };
  return {
    configured: smtpUrl !== undefined,
    send: async (letter) => {
      if (smtpUrl === undefined) return;
      transport ??= connect(smtpUrl);
      const { subject, text, link } = composeLetter(letter);
      const escape = (part: string): string =>
        part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
      const html = text
        .split('\n\n')
        .map((part) =>
          link !== '' && part.includes(link)
            ? `<p><a href="${escape(link)}">${escape(part.split(':\n')[0] ?? link)}</a></p>`
            : `<p>${escape(part).replaceAll('\n', '<br>')}</p>`,
        )
        .join('');
      await (await transport).sendMail({ from: config.from, to: letter.to, subject, text, html });
    },
  };
};

/** Without a mail server a letter is kept, so that an admin can hand its link over. */
export const holdLetter = async (db: Database, job: JobRow): Promise<void> =>
  db.write(async (tx) => {
    await tx.update(tx.t.jobs).set({ state: 'held', leased: null, key: null }).where(eq(tx.t.jobs.row, job.row));
  });

export type HeldLetter = { row: number; to: string; subject: string; link: string; created: Date };
/** Letters that could not be sent for want of a mail server, newest first. */
export const heldLetters = async (db: Reader, limit = 50): Promise<HeldLetter[]> => {
  const rows = await db
    .select()
    .from(db.t.jobs)
    .where(and(eq(db.t.jobs.type, 'mail'), inArray(db.t.jobs.state, ['held', 'dead'])))
    .orderBy(desc(db.t.jobs.row))
    .limit(limit);
  return rows.map((job) => {
    const letter = letterOf(job);
    const { subject, link } = composeLetter(letter);
    return { row: job.row, to: letter.to, subject, link, created: job.created };
  });
};

/** The admin has handed it over. */
export const dropHeldLetter = async (tx: Tx, row: number): Promise<void> => {
  await tx.delete(tx.t.jobs).where(and(eq(tx.t.jobs.row, row), eq(tx.t.jobs.type, 'mail')));
};
