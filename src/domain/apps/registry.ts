/** Programs that members have registered. They are public clients: none has a secret, each proves itself by PKCE. */
import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { newId } from '../ids.ts';
import { checkText } from '../text.ts';
import { type FieldError, type Result, fail, ok } from '../types.ts';
import { isRedirect } from './redirects.ts';

export type AppRow = Reader['t']['apps']['$inferSelect'];
export type AppInput = { name: string; website: string; redirectUris: string };

const MAX_APPS = 20;
const MAX_REDIRECTS = 10;

/**
 * Registers a program. @param input.redirectUris one a line
 * @returns faults of `name`, `website` and `redirectUris` that name the line
 */
export const registerApp = async (tx: Tx, now: Date, account: string, input: AppInput): Promise<Result<AppRow>> => {
  const name = input.name.trim().replaceAll(/\s+/g, ' ');
  const website = input.website.trim();
  const uris = [
    ...new Set(
      input.redirectUris
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    ),
  ];
  const errors: FieldError[] = checkText('name', name, { min: 2, max: 80 });
  if (!/^https:\/\/[^\s/]+\.[^\s]+$/.test(website) || website.length > 300 || !URL.canParse(website))
    errors.push({ field: 'website', code: 'apps.website' });
  if (uris.length === 0) errors.push({ field: 'redirectUris', code: 'required' });
  if (uris.length > MAX_REDIRECTS)
    errors.push({ field: 'redirectUris', code: 'tooMany', params: { max: MAX_REDIRECTS } });
  const wrong = uris.find((uri) => !isRedirect(uri));
  if (wrong !== undefined)
    errors.push({ field: 'redirectUris', code: 'apps.redirect', params: { uri: wrong.slice(0, 100) } });
  if ((await tx.$count(tx.t.apps, eq(tx.t.apps.account, account))) >= MAX_APPS)
    errors.push({ field: 'name', code: 'apps.tooMany', params: { max: MAX_APPS } });
  if (errors.length > 0) return fail(...errors);
  const [row] = await tx
    .insert(tx.t.apps)
    .values({ id: newId(), account, name, website, redirectUris: uris, created: now })
    .returning();
  return ok(row!);
};

export const findApp = async (db: Reader, id: string): Promise<AppRow | undefined> => {
  const [row] = await db.select().from(db.t.apps).where(eq(db.t.apps.id, id)).limit(1);
  return row;
};

/** What a member has registered, the newest first. */
export const appsOf = (db: Reader, account: string): Promise<AppRow[]> =>
  db.select().from(db.t.apps).where(eq(db.t.apps.account, account)).orderBy(desc(db.t.apps.created)).limit(MAX_APPS);

/** Removes programs with all that members have let them do. @param id absent: all that this member registered */
export const removeApps = async (tx: Tx, account: string, id?: string): Promise<boolean> => {
  const { apps, appGrants, appCodes, appTokens } = tx.t;
  const gone = await tx
    .delete(apps)
    .where(and(eq(apps.account, account), id === undefined ? undefined : eq(apps.id, id)))
    .returning({ id: apps.id });
  if (gone.length === 0) return false;
  const ids = gone.map((row) => row.id);
  await tx.delete(appCodes).where(inArray(appCodes.app, ids));
  const grants = tx.select({ id: appGrants.id }).from(appGrants).where(inArray(appGrants.app, ids));
  await tx.delete(appTokens).where(inArray(appTokens.grant, grants));
  await tx.delete(appGrants).where(inArray(appGrants.app, ids));
  return true;
};
