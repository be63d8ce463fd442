/** Before the admin pages open, or what one signs in with is changed, one proves again who one is: a cookie alone governs nothing. */
import { type MiddlewareHandler, Hono } from 'hono';
import { confirmSession } from '#domain/sessions.ts';
import { hasCodes } from '#domain/sign-in/codes.ts';
import { twoFactorsRequired } from '#domain/sign-in/factors.ts';
import { passkeysOf } from '#domain/sign-in/passkeys.ts';
import { hasSecondFactor } from '#domain/sign-in/strength.ts';
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
import { passkeyForm } from '../sign-in/passkey-form.ts';
import { PASSKEY_PROOF } from '../sign-in/passkey-in.ts';
import { PROOF_PATH, proofOf, provedWithin } from '../sign-in/recent.ts';
import { asset } from '../ui/assets.ts';
import { button, csrfField, errorSummary, hidden } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { type PasswordGate, type ProofFields, proofInputs } from './password-gate.ts';

const CONFIRMED_MS = 4 * 3_600_000;
/** A form that was opened in time may be sent a little later: nothing typed is lost. */
const GRACE_MS = 3_600_000;

const FIELDS: ProofFields = { password: 'password', code: 'code' };

/** Lets only those through who proved lately who they are. */
export const lately =
  (deps: WebDeps): MiddlewareHandler<WebEnv> =>
  async (c, next) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const required = await twoFactorsRequired(deps.db.read);
    const safe = ['GET', 'HEAD'].includes(c.req.method);
    if (await provedWithin(deps, c, safe ? CONFIRMED_MS : CONFIRMED_MS + GRACE_MS, required)) return next();
    if (required && !(await hasSecondFactor(deps.db.read, viewer.account.id)))
      return done(c, '/account/sign-in', 'twoFactorsNeeded');
    return c.redirect(proofOf(safe ? askedFor(c) : '/admin'), 303);
  };

export const confirmationRoutes = (deps: WebDeps, gate: PasswordGate): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
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
          ? html`<form class="stack" method="post" action="${PROOF_PATH}">${errorSummary(state, (field) => t.any(`fields.${field}`))}${csrfField(state)}${hidden('next', next)}${await proofInputs(deps, c, state, FIELDS)}${button(t('confirmPassword.button'))}</form>`
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
    const proved = await gate(account, given, FIELDS);
    if (!proved.ok) return form(c, next, proved.errors);
    await deps.db.write((tx) => confirmSession(tx, deps.site.now(), session.hash, proved.value));
    return c.redirect(next, 303);
  });
  return app;
};
