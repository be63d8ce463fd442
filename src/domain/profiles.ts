/** What a member says of themselves, and to whom. */
import { eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { findActor, updateActor } from './actors.ts';
import { LANGUAGES } from './cooperative.ts';
import { renderMarkdown } from './html.ts';
import { forgetFiles, keyOf } from './media-files.ts';
import type { AccountRow } from './sessions.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { type FieldError, LOCALES, type Result, fail, ok } from './types.ts';

export type ProfileInput = {
  name: string;
  text: string;
  languages: string[];
  showProfile: string;
  indexable: boolean;
};
export const PROFILE_AUDIENCES = ['public', 'peers', 'members'] as const;

/** What is wrong with a profile, every field at once. */
export const checkProfile = (input: ProfileInput): FieldError[] => {
  const errors = [
    ...checkText('name', input.name, { min: 1, max: 60 }),
    ...checkText('text', input.text, { max: 2_000 }),
  ];
  if (!PROFILE_AUDIENCES.some((one) => one === input.showProfile))
    errors.push({ field: 'showProfile', code: 'choice', params: { allowed: PROFILE_AUDIENCES.join(', ') } });
  return errors;
};

/** A member changes their profile; peers are told. @param icon URL of a new picture, absent = as it was */
export const updateProfile = async (
  tx: Tx,
  site: Site,
  account: AccountRow,
  input: ProfileInput,
  icon?: string,
): Promise<Result<void>> => {
  const errors = checkProfile(input);
  if (errors.length > 0) return fail(...errors);
  const [name, show] = [input.name.trim(), input.showProfile];
  const now = site.now();
  const before = icon === undefined ? undefined : keyOf((await findActor(tx, account.actor))?.icon ?? null);
  if (before !== undefined) await forgetFiles(tx, now, [before]);
  await tx
    .update(tx.t.accounts)
    .set({
      text: input.text.trim(),
      showProfile: show,
      indexable: input.indexable,
      updated: now,
    })
    .where(eq(tx.t.accounts.id, account.id));
  // What a member shows to members alone does not leave the node with the actor's document either.
  await updateActor(tx, site, account.actor, {
    name,
    html: show === 'public' ? renderMarkdown(input.text.trim()) : '',
    languages: input.languages.filter((one) => LANGUAGES.some((known) => known === one)),
    discoverable: input.indexable,
    ...(icon === undefined ? {} : { icon }),
  });
  return ok(undefined);
};

/** In which language a member reads, and which letters they want. */
export const updatePreferences = async (
  tx: Tx,
  now: Date,
  account: string,
  input: { locale: string; mailMessages: boolean },
): Promise<Result<void>> => {
  const locale = LOCALES.find((one) => one === input.locale);
  if (locale === undefined) return fail({ field: 'locale', code: 'choice', params: { allowed: LOCALES.join(', ') } });
  await tx
    .update(tx.t.accounts)
    .set({ locale, mailMessages: input.mailMessages, updated: now })
    .where(eq(tx.t.accounts.id, account));
  return ok(undefined);
};
