/** A member closes their account: told first what will happen, asked who they are, done at once. */
import { Hono } from 'hono';
import { closeAccount } from '#domain/closing.ts';
import { countListingsOf } from '#domain/listings.ts';
import { receiptPath } from '#domain/moderation/receipts.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  done,
  isOwnForm,
  page,
  posted,
  signOutCookie,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { button, csrfField, errorSummary } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { PROOF_FIELDS, type PasswordGate, proofInputs } from './password-gate.ts';

export const closureRoutes = (deps: WebDeps, gate: PasswordGate): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const closurePage = async (c: Ctx, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const { account, actor, session } = viewerOf(c)!;
    const listings = await countListingsOf(db.read, actor.uri);
    const form = { t, values: {}, errors, csrf: session.csrf };
    return page(
      deps,
      c,
      { title: t('closure.title'), narrow: true, noindex: true },
      html`<p class="back"><a href="/account/settings">${t('account.pages.settings')}</a></p><h1>${t('closure.question')}</h1>
<ul class="stack"><li>${t('closure.listings', { n: listings })}</li><li>${t('closure.profile')}</li><li>${t('closure.messages')}</li><li>${t('closure.handle', { handle: account.handle })}</li><li>${t('closure.report')}</li><li>${t('closure.final')}</li></ul>
<p class="notice"><a href="/account/moving/exports">${t('closure.takeFirst')}</a></p><form class="stack section" method="post" action="/account/closure">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${await proofInputs(deps, c, form, PROOF_FIELDS)}<div class="row">${button(t('closure.title'), 'danger')}<a class="button plain" href="/account/settings">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/account/closure', (c) => (viewerOf(c) === undefined ? toSignIn(c) : closurePage(c, [])));
  app.post('/account/closure', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { cooperative } = c.get('asked');
    const form = await posted(c);
    if (!isOwnForm(c, form)) return closurePage(c, [{ field: 'currentPassword', code: 'formExpired' }]);
    const proved = await gate(viewer.account, form, PROOF_FIELDS);
    if (!proved.ok) return closurePage(c, proved.errors);
    const result = await db.write(async (tx) => {
      const closed = await closeAccount(tx, site, cooperative!, viewer.account);
      return closed.ok ? { ok: true as const, value: await receiptPath(tx, 'closure', closed.value) } : closed;
    });
    if (!result.ok)
      return closurePage(
        c,
        result.errors.map(({ code }) => ({
          field: 'currentPassword',
          code: code === 'members.lastAdmin' ? 'closure.lastAdmin' : code,
        })),
      );
    signOutCookie(deps, c);
    return done(c, result.value, 'accountClosed');
  });
  return app;
};
