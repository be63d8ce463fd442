/** Programs as the admins see them: who registered each, how many let it in, when it was last used; and the end of one. */
import { and, desc, eq, inArray, lt, max, or, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { findAccount } from '../members.ts';
import { tellMember } from '../sign-in/words.ts';
import type { Site } from '../site.ts';
import { checkText } from '../text.ts';
import { type Result, fail, ok } from '../types.ts';
import { type AppRow, findApp, removeApps } from './registry.ts';

export type KnownApp = { app: AppRow; handle: string; members: number; seen: Date | null };

/** Newest first. @param after id of the last one shown */
export const listApps = async (db: Reader, limit: number, after?: string): Promise<KnownApp[]> => {
  const { apps, accounts, appGrants } = db.t;
  const last = after === undefined ? undefined : await findApp(db, after);
  const rows = await db
    .select({ app: apps, handle: accounts.handle })
    .from(apps)
    .innerJoin(accounts, eq(accounts.id, apps.account))
    .where(
      last === undefined
        ? undefined
        : or(lt(apps.created, last.created), and(eq(apps.created, last.created), lt(apps.id, last.id))),
    )
    .orderBy(desc(apps.created), desc(apps.id))
    .limit(limit);
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.app.id);
  const used = await db
    .select({ app: appGrants.app, n: sql<number>`count(*)`, seen: max(appGrants.seen) })
    .from(appGrants)
    .where(inArray(appGrants.app, ids))
    .groupBy(appGrants.app);
  const by = new Map(used.map((row) => [row.app, row]));
  return rows.map(({ app, handle }) => ({
    app,
    handle,
    members: Number(by.get(app.id)?.n ?? 0),
    seen: by.get(app.id)?.seen ?? null,
  }));
};

/**
 * Ends a program for everybody: what members let it do is over, and it can ask nobody any more. Whoever registered it
 * is told why.
 * @returns errors on `reason`; `notFound` on `app`
 */
export const endApp = async (tx: Tx, site: Site, id: string, reason: string): Promise<Result<AppRow>> => {
  const app = await findApp(tx, id);
  if (app === undefined) return fail({ field: 'app', code: 'notFound' });
  const errors = checkText('reason', reason.trim(), { min: 5, max: 500 });
  if (errors.length > 0) return fail(...errors);
  await removeApps(tx, app.account, app.id);
  const maker = await findAccount(tx, app.account);
  if (maker !== undefined)
    await tellMember(tx, site, maker, 'appEnded', { app: app.name, reason: reason.trim() }, '/account/apps');
  return ok(app);
};

/** What the log of decisions compares. */
export const stateOfApp = async (tx: Tx, id: string): Promise<{ name: string; members: number } | undefined> => {
  const app = await findApp(tx, id);
  if (app === undefined) return undefined;
  return { name: app.name, members: await tx.$count(tx.t.appGrants, eq(tx.t.appGrants.app, id)) };
};
