/** What a member says of themselves, and to whom. */
import { eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { updateActor } from './actors.ts';
import { renderMarkdown } from './html.ts';
import type { AccountRow } from './sessions.ts';
import type { Site } from './site.ts';
import { type FieldError, LOCALES, type Result, fail, ok } from './types.ts';

export type ProfileInput = {
  name: string;
  text: string;
  languages: string[];
  showProfile: string;
  indexable: boolean;
  mailMessages: boolean;
  locale: string;
};
export const PROFILE_AUDIENCES = ['public', 'peers', 'members'] as const;

/** A member changes their profile; peers are told. @param icon URL of a new picture, absent = as it was */
export const updateProfile = async (
  tx: Tx,
  site: Site,
  account: AccountRow,
  input: ProfileInput,
  icon?: string,
): Promise<Result<void>> => {
  const errors: FieldError[] = [];
  const name = input.name.trim();
  if (name === '') errors.push({ field: 'name', code: 'required' });
  if (name.length > 60) errors.push({ field: 'name', code: 'tooLong', params: { max: 60 } });
  if (input.text.length > 2_000) errors.push({ field: 'text', code: 'tooLong', params: { max: 2_000 } });
  const show = PROFILE_AUDIENCES.find((one) => one === input.showProfile);
  if (show === undefined)
    errors.push({ field: 'showProfile', code: 'choice', params: { allowed: PROFILE_AUDIENCES.join(', ') } });
  if (errors.length > 0 || show === undefined) return fail(...errors);
  const now = site.now();
  await tx
    .update(tx.t.accounts)
    .set({
      text: input.text.trim(),
      showProfile: show,
      indexable: input.indexable,
      mailMessages: input.mailMessages,
      locale: LOCALES.find((one) => one === input.locale) ?? account.locale,
      updated: now,
    })
    .where(eq(tx.t.accounts.id, account.id));
  // What a member shows to members alone does not leave the node with the actor's document either.
  await updateActor(tx, site, account.actor, {
    name,
    html: show === 'public' ? renderMarkdown(input.text.trim()) : '',
    languages: input.languages.slice(0, 10),
    discoverable: input.indexable,
    ...(icon === undefined ? {} : { icon }),
  });
  return ok(undefined);
};
