/** The frame of the admin's pages, and how a change by one of their forms is made. */
import type { Hono } from 'hono';
import type { Tx } from '#db/database.ts';
import type { AuditAction } from '#domain/audit-actions.ts';
import { type AuditState, audit, audited } from '#domain/audit.ts';
import {
  type Ctx,
  type Posted,
  type WebDeps,
  type WebEnv,
  done,
  hasRole,
  isOwnForm,
  page,
  posted,
  viewerOf,
} from '../context.ts';
import { html, type Html } from '../ui/html.ts';
import { areasNav } from './areas.ts';
import { restoredBanner } from './restored.ts';

/** Lines of a page of any list. */
export const PAGE = 50;

export const csrfOf = (c: Ctx): string => viewerOf(c)!.session.csrf;

/** A parameter of the path as the number of a row. @returns 0, which no row has, if it is none */
export const rowOf = (c: Ctx, name = 'row'): number => {
  const row = Number(c.req.param(name));
  return Number.isSafeInteger(row) ? row : 0;
};
/** Text of an address as far as both engines can be asked for it. */
export const plain = (text: string | undefined): string => (text ?? '').replaceAll('\0', '').slice(0, 300);

export type Shell = (c: Ctx, title: string, body: Html, status?: 200 | 422) => Promise<Response>;
export const createShell =
  (deps: WebDeps): Shell =>
  async (c, title, body, status = 200) => {
    const { t } = c.get('asked');
    const restored = hasRole(viewerOf(c)!, 'admin') ? await restoredBanner(deps, t, csrfOf(c)) : '';
    return page(
      deps,
      c,
      { title, noindex: true },
      html`<div class="admin">${areasNav(c)}<div><h1>${title}</h1>${restored}${body}</div></div>`,
      status,
    );
  };

/**
 * A change by an admin's own form, told in a word on the page it goes back to.
 * @param to where to afterwards; parameters of the path are filled in
 * @param work @returns the key under `flash.` of what is said there
 */
export type Change = (path: string, to: string, work: (c: Ctx, form: Posted) => Promise<string>) => void;
export const createChange =
  (app: Hono<WebEnv>): Change =>
  (path, to, work) => {
    app.post(path, async (c) => {
      const form = await posted(c);
      const back = to.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(c.req.param(name) ?? ''));
      if (!isOwnForm(c, form)) return done(c, back, 'formExpired');
      return done(c, back, await work(c, form));
    });
  };

/** Who is signed in, as the log of decisions names them. */
export const actorOf = (c: Ctx): string => viewerOf(c)!.account.handle;

/**
 * Makes a change in one transaction with its line in the log of decisions, if it changes anything.
 * @param what.subject what it is done to
 * @param state reads what is compared, see `audited`
 */
export type Noted = <T>(
  c: Ctx,
  what: { action: AuditAction; subject: string },
  state: (tx: Tx) => Promise<AuditState | undefined>,
  work: (tx: Tx) => Promise<T>,
) => Promise<T>;
export const createNoted =
  ({ db, site }: Pick<WebDeps, 'db' | 'site'>): Noted =>
  (c, what, state, work) =>
    db.write((tx) =>
      audited(
        tx,
        site.now(),
        { actor: actorOf(c), ...what },
        () => state(tx),
        () => work(tx),
      ),
    );

/**
 * Makes a change in one transaction with its line in the log of decisions, if it succeeds; for what has no state that
 * could be compared.
 */
export const createTold =
  ({ db, site }: Pick<WebDeps, 'db' | 'site'>) =>
  <T extends { ok: boolean }>(
    c: Ctx,
    what: { action: AuditAction; subject: string },
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> =>
    db.write(async (tx) => {
      const result = await work(tx);
      if (result.ok) await audit(tx, site.now(), { actor: actorOf(c), ...what });
      return result;
    });
