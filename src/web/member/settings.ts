/** A member's settings while signed in: language and letters, e-mail address, password. */
import { Hono } from 'hono';
import { hasAccess } from '#domain/apps/access.ts';
import {
  askEmailChange,
  awaitedEmail,
  changePassword,
  checkNewEmail,
  confirmEmailChange,
  withdrawEmailChange,
} from '#domain/credentials.ts';
import { checkPassword, hashPassword } from '#domain/passwords.ts';
import { updatePreferences } from '#domain/profiles.ts';
import { endSession, openSession } from '#domain/sessions.ts';
import { peekToken } from '#domain/tokens.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  done,
  isOwnForm,
  page,
  posted,
  signInCookie,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { putCookie } from '../cookies.ts';
import { type Values, act, button, checkbox, csrfField, errorSummary, input, select } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { PROOF_FIELDS, type PasswordGate, type ProofFields, proofInputs } from './password-gate.ts';
import { accountShell } from './shell.ts';

/** The page has two forms that ask. */
const EMAIL_PROOF: ProofFields = { password: 'emailPassword', code: 'emailCode' };

export const settingsRoutes = (deps: WebDeps, gate: PasswordGate): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  const settingsPage = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const { account, session } = viewerOf(c)!;
    const form = {
      t,
      values: { locale: account.locale, mailMessages: account.mailMessages ? '1' : '', endApps: '1', ...values },
      errors,
      csrf: session.csrf,
    };
    const awaited = await awaitedEmail(db.read, site.now(), account.id);
    const languages = [
      { value: 'fr', label: 'Français' },
      { value: 'en', label: 'English' },
    ];
    const body = html`${errorSummary(form, (field) => t.any(`fields.${field}`))}
<section class="card stack"><h2>${t('settings.reading')}</h2><form class="stack" method="post" action="/account/preferences">${csrfField(form)}${select(form, 'locale', languages, { label: t('account.locale') })}${checkbox(form, 'mailMessages', t('account.mail'))}${button(t('write.save'))}</form></section>
<section class="card stack" id="email"><h2>${t('settings.email')}</h2><p>${t('settings.emailNow')} <strong>${account.email}</strong></p>
${awaited === undefined ? '' : html`<div class="notice stack"><p>${deps.mailConfigured ? t('settings.emailAwaited', { email: awaited }) : t('settings.emailAwaitedNoMail', { email: awaited })}</p>${act('/account/email/withdrawal', session.csrf, t('settings.emailWithdraw'))}</div>`}
<form class="stack" method="post" action="/account/email">${csrfField(form)}${input(form, 'email', { label: t('fields.newEmail'), hint: t('settings.emailHint'), type: 'email', autocomplete: 'email', required: true })}${await proofInputs(deps, c, form, EMAIL_PROOF)}${button(t('settings.emailChange'))}</form></section>
<section class="card stack"><h2>${t('fields.password')}</h2><form class="stack" method="post" action="/account/password">${csrfField(form)}${await proofInputs(deps, c, form, PROOF_FIELDS)}${input(form, 'newPassword', { label: t('fields.newPassword'), hint: t('signUp.passwordHint'), type: 'password', autocomplete: 'new-password', required: true })}<p class="muted small">${t('settings.passwordEnds')}</p>${(await hasAccess(db.read, site.now(), account.id)) ? checkbox(form, 'endApps', t('settings.endApps'), t('settings.endAppsHint')) : ''}${button(t('settings.passwordChange'))}</form></section>
<section class="card stack"><h2>${t('closure.title')}</h2><p class="muted">${t('closure.lead')}</p><p><a class="button danger" href="/account/closure">${t('closure.begin')}</a></p></section>`;
    return accountShell(
      deps,
      c,
      'settings',
      html`<div class="stack wide">${body}</div>`,
      errors.length > 0 ? 422 : 200,
    );
  };

  app.get('/account/settings', (c) => (viewerOf(c) === undefined ? toSignIn(c) : settingsPage(c, {}, [])));

  app.post('/account/preferences', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    const values = { locale: form.text('locale'), mailMessages: form.text('mailMessages') };
    if (!isOwnForm(c, form)) return settingsPage(c, values, [{ field: 'locale', code: 'formExpired' }]);
    const result = await db.write((tx) =>
      updatePreferences(tx, site.now(), viewer.account.id, {
        locale: values.locale,
        mailMessages: values.mailMessages === '1',
      }),
    );
    if (!result.ok) return settingsPage(c, values, result.errors);
    // The button at the foot of each page sets this cookie, too: the last word counts.
    putCookie(c, deps.secureCookies, 'locale', values.locale, 365 * 86_400);
    return done(c, '/account/settings', 'saved');
  });

  app.post('/account/email', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { cooperative } = c.get('asked');
    const form = await posted(c);
    const values = { email: form.text('email') };
    if (!isOwnForm(c, form)) return settingsPage(c, values, [{ field: 'email', code: 'formExpired' }]);
    const proved = await gate(viewer.account, form, EMAIL_PROOF, checkNewEmail(viewer.account, values.email));
    if (!proved.ok) return settingsPage(c, values, proved.errors);
    const result = await db.write((tx) => askEmailChange(tx, site, cooperative!, viewer.account, values.email));
    return result.ok ? done(c, '/account/settings', 'emailAsked') : settingsPage(c, values, result.errors);
  });
  app.post('/account/email/withdrawal', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    if (!isOwnForm(c, await posted(c))) return done(c, '/account/settings', 'formExpired');
    await db.write((tx) => withdrawEmailChange(tx, site.now(), viewer.account.id));
    return done(c, '/account/settings', 'saved');
  });
  // As with every link in a letter: it changes nothing by itself, the button does. It may be opened on another device.
  app.get('/email-confirmation/:token', async (c) => {
    const { t } = c.get('asked');
    const found = await peekToken(db.read, site.now(), 'email', c.req.param('token'));
    if (found === undefined) return expired(c);
    const form = { t, values: { endApps: '1' }, errors: [] };
    const acts = found.account !== null && (await hasAccess(db.read, site.now(), found.account));
    return page(
      deps,
      c,
      { title: t('settings.confirmTitle'), narrow: true, noindex: true },
      html`<h1>${t('settings.confirmTitle')}</h1><p>${t('settings.confirmText', { email: found.data['email'] ?? '' })}</p><form class="stack" method="post"><p class="muted small">${t('settings.passwordEnds')}</p>${acts ? checkbox(form, 'endApps', t('settings.endApps'), t('settings.endAppsHint')) : ''}${button(t('signUp.confirm'))}</form>`,
    );
  });
  app.post('/email-confirmation/:token', async (c) => {
    const { cooperative } = c.get('asked');
    const keep = viewerOf(c)?.session.hash;
    const left = { ...(keep === undefined ? {} : { keep }), access: (await posted(c)).text('endApps') !== '1' };
    const result = await db.write((tx) => confirmEmailChange(tx, site, cooperative!, c.req.param('token'), left));
    if (!result.ok) return expired(c);
    return done(c, viewerOf(c) === undefined ? '/sign-in' : '/account/settings', 'emailChanged');
  });
  const expired = (c: Ctx): Promise<Response> => {
    const { t } = c.get('asked');
    return page(
      deps,
      c,
      { title: t('settings.confirmTitle'), narrow: true, noindex: true },
      html`<h1>${t('errors.linkExpired')}</h1><p><a class="button plain" href="/account/settings">${t('account.pages.settings')}</a></p>`,
      422,
    );
  };

  app.post('/account/password', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { account, session } = viewer;
    const form = await posted(c);
    const values = { endApps: form.text('endApps') };
    if (!isOwnForm(c, form)) return settingsPage(c, values, [{ field: 'currentPassword', code: 'formExpired' }]);
    const chosen = form.text('newPassword');
    const weak = checkPassword('newPassword', chosen, [account.email, account.handle]);
    const proved = await gate(account, form, PROOF_FIELDS, weak === undefined ? [] : [weak]);
    if (!proved.ok) return settingsPage(c, values, proved.errors);
    const passwordHash = await hashPassword(chosen);
    // This session goes on under a new secret: whoever copied the old cookie is out as well.
    const { secret: renewed, ended } = await db.write(async (tx) => {
      const others = await changePassword(tx, site.now(), account.id, {
        passwordHash,
        keep: session.hash,
        access: values.endApps !== '1',
      });
      await endSession(tx, session.hash);
      const { confirmed, strong } = session;
      const secret = await openSession(tx, site.now(), account.id, c.req.header('user-agent') ?? '', {
        confirmed,
        strong,
      });
      return { secret, ended: others };
    });
    signInCookie(deps, c, renewed);
    return done(c, '/account/settings', ended > 0 ? 'passwordChangedOthers' : 'passwordChangedHere');
  });
  return app;
};
