/** Before the admin pages open, or what one signs in with is changed, one proves again who one is: a cookie alone governs nothing. */
import { type MiddlewareHandler, Hono } from 'hono';
import { confirmSession } from '#domain/sessions.ts';
import { hasCodes } from '#domain/sign-in/codes.ts';
import { stateOfWaysIn, twoFactorsRequired } from '#domain/sign-in/factors.ts';
import { passkeysOf } from '#domain/sign-in/passkeys.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  askedFor,
  done,
  isOwnForm,
  localPath,
  page,
  posted,
  toSignIn,
  viewerOf,
} from '../context.ts';
import type { CodeGate } from '../sign-in/code-gate.ts';
import { passkeyForm } from '../sign-in/passkey-form.ts';
import { PASSKEY_PROOF } from '../sign-in/passkey-in.ts';
import { PROOF_PATH, proofOf, provedWithin } from '../sign-in/recent.ts';
import { asset } from '../ui/assets.ts';
import { button, csrfField, errorSummary, hidden, input } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { createPasswordGate } from './password-gate.ts';

const CONFIRMED_MS = 4 * 3_600_000;
/** A form that was opened in time may be sent a little later: nothing typed is lost. */
const GRACE_MS = 3_600_000;

const hasSecond = async (deps: WebDeps, account: string): Promise<boolean> => {
  const { codes, passkeys } = await stateOfWaysIn(deps.db.read, account);
  return codes === true || passkeys !== 0;
};

/** Lets only those through who proved lately who they are. */
export const lately =
  (deps: WebDeps): MiddlewareHandler<WebEnv> =>
  async (c, next) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const required = await twoFactorsRequired(deps.db.read);
    const safe = ['GET', 'HEAD'].includes(c.req.method);
    if (await provedWithin(deps, c, safe ? CONFIRMED_MS : CONFIRMED_MS + GRACE_MS, required)) return next();
    if (required && !(await hasSecond(deps, viewer.account.id))) return done(c, '/account/sign-in', 'twoFactorsNeeded');
    return c.redirect(proofOf(safe ? askedFor(c) : '/admin'), 303);
  };

export const confirmationRoutes = (deps: WebDeps, codes: CodeGate): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const gate = createPasswordGate();
  const form = async (c: Ctx, next: string, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const { account, session } = viewerOf(c)!;
    const state = { t, values: {}, errors, csrf: session.csrf };
    const keyed = (await passkeysOf(deps.db.read, account.id)).length > 0;
    const coded = await hasCodes(deps.db.read, account.id);
    // Where two factors are asked for, the password alone leads nowhere but back here.
    const enough = coded || !keyed || account.role === 'member' || !(await twoFactorsRequired(deps.db.read));
    return page(
      deps,
      c,
      { title: t('confirmPassword.title'), narrow: true, noindex: true, script: asset('passkey.js') },
      html`<h1>${t('confirmPassword.title')}</h1><p class="muted">${t('confirmPassword.text')}</p>${
        enough
          ? html`<form class="stack" method="post" action="${PROOF_PATH}">${errorSummary(state, (field) => (field === 'code' ? t('waysIn.code') : t.any(`fields.${field}`)))}${csrfField(state)}${hidden('next', next)}${input(state, 'password', { label: t('fields.password'), type: 'password', autocomplete: 'current-password', required: true })}
${coded ? input(state, 'code', { label: t('waysIn.code'), hint: t('waysIn.codeHint'), autocomplete: 'one-time-code', required: true, short: true }) : ''}${button(t('confirmPassword.button'))}</form>`
          : html`<p data-passkey-without>${t('passkeys.without')}</p>`
      }${keyed ? html`<div class="section">${passkeyForm(t, { kind: 'known', action: PASSKEY_PROOF, label: t('passkeys.prove'), fields: { csrf: session.csrf, next }, plain: true })}</div>` : ''}`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get(PROOF_PATH, (c) => (viewerOf(c) === undefined ? toSignIn(c) : form(c, localPath(c.req.query('next')), [])));
  app.post(PROOF_PATH, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { account, session } = viewer;
    const given = await posted(c);
    const next = localPath(given.text('next'));
    if (!isOwnForm(c, given)) return form(c, next, [{ field: 'password', code: 'formExpired' }]);
    const wrong = await gate(account, 'password', given.text('password'));
    if (wrong !== undefined) return form(c, next, [wrong]);
    if (await hasCodes(deps.db.read, account.id)) {
      const proved = await codes(account, given.text('code'), (tx) =>
        confirmSession(tx, deps.site.now(), session.hash, 'strong'),
      );
      if (!proved.ok) return form(c, next, proved.errors);
    } else await deps.db.write((tx) => confirmSession(tx, deps.site.now(), session.hash, 'password'));
    return c.redirect(next, 303);
  });
  return app;
};
