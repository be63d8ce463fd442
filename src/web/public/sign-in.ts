/** In and out: sign in, sign up, confirm, reset a password, take an invitation. */
import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { generateKeys } from '#domain/actors.ts';
import { networkOf } from '#domain/addresses.ts';
import { checkSignUp, confirmEmail, signUp } from '#domain/joining.ts';
import { findAccountByLogin } from '#domain/members.ts';
import { askPasswordReset, resetPassword } from '#domain/credentials.ts';
import { checkPassword, hashPassword, verifyPassword } from '#domain/passwords.ts';
import { endSession } from '#domain/sessions.ts';
import { peekToken } from '#domain/tokens.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  done,
  isOwnForm,
  localPath,
  page,
  posted,
  signOutCookie,
  viewerOf,
} from '../context.ts';
import { awayDoor } from '../identity/away.ts';
import { passkeyForm } from '../sign-in/passkey-form.ts';
import { PASSKEY_IN } from '../sign-in/passkey-in.ts';
import { finishSignIn } from '../sign-in/second-step.ts';
import { asset } from '../ui/assets.ts';
import { type Values, button, errorSummary, hidden, input, textarea } from '../ui/forms.ts';
import { html } from '../ui/html.ts';

export const signInRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  // Guessing is slow for an account and for an address alike.
  const byAccount = new RateLimiterMemory({ points: 8, duration: 15 * 60 });
  const byAddress = new RateLimiterMemory({ points: 60, duration: 15 * 60 });
  const byMail = new RateLimiterMemory({ points: 20, duration: 60 * 60 });
  // Of letters to one person, so that nobody is buried under them: each makes the link of the one before it void.
  const byReader = new RateLimiterMemory({ points: 4, duration: 60 * 60 });
  const free = async (limiter: RateLimiterMemory, key: string): Promise<boolean> =>
    limiter.consume(key === '' ? 'unknown' : key.slice(0, 300)).then(
      () => true,
      () => false,
    );

  const signInPage = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values, errors };
    const next = localPath(typeof values['next'] === 'string' ? values['next'] : undefined);
    return page(
      deps,
      c,
      { title: t('layout.signIn'), narrow: true, script: asset('passkey.js') },
      html`<h1>${t('layout.signIn')}</h1><form class="stack" method="post" action="/sign-in">
${errorSummary(form, (field) => t.any(`fields.${field}`))}${hidden('next', next)}
${input(form, 'login', { label: t('fields.login'), autocomplete: 'username webauthn', required: true })}${input(form, 'password', { label: t('fields.password'), type: 'password', autocomplete: 'current-password', required: true })}
<div class="row">${button(t('layout.signIn'))}<a href="/password-reset">${t('signIn.forgot')}</a><a href="/sign-in/link">${t('waysIn.linkAsk')}</a></div></form><div class="section">${passkeyForm(t, { kind: 'known', action: PASSKEY_IN, label: t('passkeys.signIn'), fields: { next }, plain: true })}</div>${await awayDoor(deps, c, typeof values['next'] === 'string' ? values['next'] : undefined)}<p class="section">${t('signIn.new')} <a href="/sign-up">${t('layout.join')}</a></p>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/sign-in', async (c) =>
    viewerOf(c) === undefined ? signInPage(c, { next: c.req.query('next') }, []) : c.redirect('/', 303),
  );
  app.post('/sign-in', async (c) => {
    const form = await posted(c);
    const login = form.text('login').trim().toLowerCase();
    const missing = ['login', 'password'].filter((field) => form.text(field) === '');
    if (missing.length > 0)
      return signInPage(
        c,
        form.values,
        missing.map((field) => ({ field, code: 'required' })),
      );
    if (!(await free(byAddress, networkOf(c.env.address))))
      return signInPage(c, form.values, [{ field: 'login', code: 'tooManyTries' }]);
    const account = await findAccountByLogin(deps.db.read, login);
    // By whom it is, however it was written: handle, @handle and address are one account.
    const key = account?.id ?? login;
    if (!(await free(byAccount, key))) return signInPage(c, form.values, [{ field: 'login', code: 'tooManyTries' }]);
    const right = await verifyPassword(account?.passwordHash, form.text('password'));
    if (account === undefined || !right) return signInPage(c, form.values, [{ field: 'login', code: 'wrongLogin' }]);
    if (account.state !== 'active')
      return signInPage(c, form.values, [{ field: 'login', code: `account.${account.state}` }]);
    await byAccount.delete(key);
    return finishSignIn(deps, c, account, 'password', localPath(form.text('next')));
  });
  app.post('/sign-out', async (c) => {
    const form = await posted(c);
    const viewer = viewerOf(c);
    if (viewer !== undefined && isOwnForm(c, form)) await deps.db.write((tx) => endSession(tx, viewer.session.hash));
    signOutCookie(deps, c);
    return done(c, '/');
  });

  const signUpPage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t, cooperative } = c.get('asked');
    const form = { t, values, errors };
    const rule = cooperative!.signUpRule;
    return page(
      deps,
      c,
      { title: t('signUp.title', { name: cooperative!.name }), narrow: true },
      html`<h1>${t('signUp.title', { name: cooperative!.name })}</h1><p class="muted">${t.any(`signUp.${rule}`)}</p>
<form class="stack" method="post" action="/sign-up">${errorSummary(form, (field) => t.any(`fields.${field}`))}
${rule === 'invitation' || values['invitation'] !== undefined ? input(form, 'invitation', { label: t('fields.invitation'), hint: t('signUp.invitationHint') }) : ''}
${input(form, 'name', { label: t('fields.name'), autocomplete: 'name', required: true })}${input(form, 'handle', { label: t('fields.handle'), hint: t('signUp.handleHint', { host: deps.site.host }), autocomplete: 'username', required: true })}
${input(form, 'email', { label: t('fields.email'), type: 'email', autocomplete: 'email', required: true })}${input(form, 'password', { label: t('fields.password'), hint: t('signUp.passwordHint'), type: 'password', autocomplete: 'new-password', required: true })}
${rule === 'approval' ? textarea(form, 'motivation', { label: t('fields.motivation'), hint: t('signUp.motivationHint'), rows: 4 }) : ''}${button(t('layout.join'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/sign-up', (c) => signUpPage(c, {}, []));
  app.get('/invitations/:token', async (c) =>
    signUpPage(
      c,
      { invitation: c.req.param('token') },
      (await peekToken(deps.db.read, deps.site.now(), 'invite', c.req.param('token'))) === undefined
        ? [{ field: 'invitation', code: 'invitation' }]
        : [],
    ),
  );
  app.post('/sign-up', async (c) => {
    const { cooperative, locale, t } = c.get('asked');
    const form = await posted(c);
    const wanted = {
      name: form.text('name'),
      handle: form.text('handle'),
      email: form.text('email'),
      password: form.text('password'),
      motivation: form.text('motivation'),
      invitation: form.text('invitation').trim(),
      locale,
    };
    const errors = checkSignUp(wanted);
    if (errors.length > 0) return signUpPage(c, form.values, errors);
    if (!(await free(byMail, networkOf(c.env.address))))
      return signUpPage(c, form.values, [{ field: 'email', code: 'tooManyTries' }]);
    const prepared = { keys: await generateKeys(), passwordHash: await hashPassword(wanted.password) };
    const result = await deps.db.write((tx) => signUp(tx, deps.site, cooperative!, wanted, prepared));
    if (!result.ok) return signUpPage(c, form.values, result.errors);
    return page(
      deps,
      c,
      { title: t('signUp.doneTitle'), narrow: true },
      html`<h1>${t('signUp.doneTitle')}</h1><p>${deps.mailConfigured ? t('signUp.done', { email: wanted.email }) : t('signUp.doneNoMail')}</p>`,
    );
  });
  // The link itself changes nothing (mail programs open links): the button does.
  app.get('/confirmation/:token', async (c) => {
    const { t } = c.get('asked');
    const found = await peekToken(deps.db.read, deps.site.now(), 'confirm', c.req.param('token'));
    if (found === undefined) return expired(c, { href: '/sign-in', label: t('layout.signIn') });
    return page(
      deps,
      c,
      { title: t('signUp.confirmTitle'), narrow: true, noindex: true },
      html`<h1>${t('signUp.confirmTitle')}</h1><form method="post">${button(t('signUp.confirm'))}</form>`,
    );
  });
  app.post('/confirmation/:token', async (c) => {
    const { t, cooperative } = c.get('asked');
    const result = await deps.db.write((tx) => confirmEmail(tx, deps.site, cooperative!, c.req.param('token')));
    if (!result.ok) return expired(c, { href: '/sign-in', label: t('layout.signIn') });
    return done(c, '/sign-in', result.value.state === 'pending' ? 'confirmedPending' : 'confirmed');
  });

  const resetPage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values, errors };
    return page(
      deps,
      c,
      { title: t('reset.title'), narrow: true },
      html`<h1>${t('reset.title')}</h1><p class="muted">${t('reset.text')}</p><form class="stack" method="post" action="/password-reset">${errorSummary(form, (field) => t.any(`fields.${field}`))}${input(form, 'login', { label: t('fields.login'), autocomplete: 'username', required: true })}<div class="row">${button(t('reset.ask'))}<a href="/sign-in">${t('layout.signIn')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/password-reset', (c) => resetPage(c, {}, []));
  app.post('/password-reset', async (c) => {
    const { cooperative, t } = c.get('asked');
    const form = await posted(c);
    const login = form.text('login').slice(0, 300);
    if (login.trim() === '') return resetPage(c, form.values, [{ field: 'login', code: 'required' }]);
    if (!(await free(byMail, networkOf(c.env.address))))
      return resetPage(c, form.values, [{ field: 'login', code: 'tooManyTries' }]);
    // Said to nobody: that there were letters enough would tell that there is such a person.
    const reader = (await findAccountByLogin(deps.db.read, login))?.id ?? login;
    if (await free(byReader, reader)) await deps.db.write((tx) => askPasswordReset(tx, deps.site, cooperative!, login));
    return page(
      deps,
      c,
      { title: t('reset.title'), narrow: true },
      html`<h1>${t('reset.title')}</h1><p>${deps.mailConfigured ? t('reset.asked') : t('reset.askedNoMail')}</p>`,
    );
  });
  const expired = (c: Ctx, to: { href: string; label: string }): Promise<Response> => {
    const { t } = c.get('asked');
    return page(
      deps,
      c,
      { title: t('errors.linkExpired'), narrow: true, noindex: true },
      html`<h1>${t('errors.linkExpired')}</h1><p><a class="button plain" href="${to.href}">${to.label}</a></p>`,
      422,
    );
  };
  const newPassword = (c: Ctx, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values: {}, errors };
    return page(
      deps,
      c,
      { title: t('reset.title'), narrow: true, noindex: true },
      html`<h1>${t('reset.choose')}</h1><form class="stack" method="post">${errorSummary(form, (field) => t.any(`fields.${field}`))}${input(form, 'password', { label: t('fields.password'), hint: t('signUp.passwordHint'), type: 'password', autocomplete: 'new-password', required: true })}${button(t('reset.save'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  const resetAgain = (c: Ctx): Promise<Response> =>
    expired(c, { href: '/password-reset', label: c.get('asked').t('reset.title') });
  app.get('/password-reset/:token', async (c) =>
    (await peekToken(deps.db.read, deps.site.now(), 'reset', c.req.param('token'))) === undefined
      ? resetAgain(c)
      : newPassword(c, []),
  );
  app.post('/password-reset/:token', async (c) => {
    const form = await posted(c);
    const wrong = checkPassword('password', form.text('password'), []);
    if (wrong !== undefined) return newPassword(c, [wrong]);
    const hash = await hashPassword(form.text('password'));
    const result = await deps.db.write((tx) => resetPassword(tx, deps.site.now(), c.req.param('token'), hash));
    return result.ok ? done(c, '/sign-in', 'passwordChanged') : resetAgain(c);
  });
  return app;
};
