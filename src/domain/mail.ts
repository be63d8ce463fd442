/** Letters to people: written to the queue in the transaction that causes them, sent later; shown to the admin where no mail server is set. */
import { desc, eq, and, inArray } from 'drizzle-orm';
import type { Transporter } from 'nodemailer';
import type { Database, Reader, Tx } from '#db/database.ts';
import { enqueueJob, type JobRow } from './jobs.ts';
import { LETTERS, type LetterName, SHOWN_ANYWAY } from './letters.ts';
import { type MailTrial, explainMailError } from './mail-trial.ts';
import type { Locale } from './types.ts';

export type Letter = { to: string; locale: string; name: LetterName; params: Record<string, string> };
/** How the cooperative looks in its letters. @param logo address of its picture */
export type LetterLook = { name: string; accent: string; logo?: string };
export type Mailer = {
  send(letter: Letter, look?: LetterLook): Promise<void>;
  /** Sends one and says what came of it. */
  trial: (letter: Letter, look?: LetterLook) => Promise<MailTrial>;
  configured: boolean;
};

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

/** The same as `queueLetter` for up to some hundred at once. */
export const queueLetters = async (tx: Tx, now: Date, letters: Letter[]): Promise<void> => {
  if (letters.length === 0) return;
  await tx.insert(tx.t.jobs).values(
    letters.map(({ to, locale, name, params }) => ({
      type: 'mail',
      data: { to, locale, name, ...prefixed(params) },
      state: 'waiting',
      attempts: 0,
      due: now,
      created: now,
    })),
  );
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
  const post = async (letter: Letter, look: LetterLook | undefined, url: string): Promise<string> => {
    transport ??= connect(url);
    const { subject, text, link } = composeLetter(letter);
    const html = writeHtml(text, link, look);
    const sent: { response?: unknown } = await (
      await transport
    ).sendMail({ from: config.from, to: letter.to, subject, text, html });
    return typeof sent.response === 'string' ? sent.response : '';
  };
  return {
    configured: smtpUrl !== undefined,
    send: async (letter, look) => {
      if (smtpUrl !== undefined) await post(letter, look, smtpUrl);
    },
    trial: async (letter, look) => {
      if (smtpUrl === undefined) return { ok: false, problem: 'notConfigured', answer: '' };
      try {
        return { ok: true, answer: await post(letter, look, smtpUrl) };
      } catch (error) {
        return explainMailError(error, [decodeURIComponent(new URL(smtpUrl).password)]);
      }
    },
  };
};

const escape = (part: string): string =>
  part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** The same words for programs that show HTML: the cooperative's name or logo on top, the link as a button in its colour. */
const writeHtml = (text: string, link: string, look: LetterLook | undefined): string => {
  const colour = /^#[0-9a-f]{6}$/i.test(look?.accent ?? '') ? look!.accent : '#1c6349';
  const button = `display:inline-block;background:${colour};color:#ffffff;padding:10px 20px;border-radius:999px;text-decoration:none`;
  const parts = text
    .split('\n\n')
    .map((part) =>
      link !== '' && part.includes(link)
        ? `<p><a style="${button}" href="${escape(link)}">${escape(part.split(':\n')[0] ?? link)}</a></p>`
        : `<p>${escape(part).replaceAll('\n', '<br>')}</p>`,
    );
  const head =
    look?.logo === undefined
      ? ''
      : `<p><img src="${escape(look.logo)}" alt="${escape(look.name)}" width="64" style="max-height:64px;width:auto"></p>`;
  return `${head}${parts.join('')}`;
};

/** To be sent again now: the mail server was set, or mended, since. @returns whether there was such a letter */
export const retryLetter = async (tx: Tx, now: Date, row: number): Promise<boolean> => {
  const { jobs } = tx.t;
  const rows = await tx
    .update(jobs)
    .set({ state: 'waiting', attempts: 0, due: now })
    .where(and(eq(jobs.row, row), eq(jobs.type, 'mail'), inArray(jobs.state, ['held', 'dead'])))
    .returning({ row: jobs.row });
  return rows.length > 0;
};

/**
 * Without a mail server a letter is kept, so that an admin can hand its link over: not who wrote to whom, nor what
 * stands on the admins' own page.
 * @returns whether it was kept
 */
export const holdLetter = async (db: Database, job: JobRow): Promise<boolean> => {
  if (SHOWN_ANYWAY.includes(letterOf(job).name)) return false;
  await db.write(async (tx) => {
    await tx.update(tx.t.jobs).set({ state: 'held', leased: null, key: null }).where(eq(tx.t.jobs.row, job.row));
  });
  return true;
};

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
