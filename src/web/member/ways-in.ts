/** How a member signs in beside the password: passkeys, one-time codes, recovery codes, a link by letter. */
import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { confirmSession } from '#domain/sessions.ts';
import {
  awaitedCodes,
  beginCodes,
  confirmCodes,
  countRecovery,
  endCodes,
  hasCodes,
  renewRecovery,
} from '#domain/sign-in/codes.ts';
import { tellMember } from '#domain/sign-in/words.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type Posted,
  type WebDeps,
  type WebEnv,
  done,
  isOwnForm,
  posted,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { mayChange, proofOf } from '../sign-in/recent.ts';
import { asset } from '../ui/assets.ts';
import { stateWord } from '../ui/components.ts';
import { type Values, act, button, csrfField, errorSummary, input } from '../ui/forms.ts';
import { type Html, html } from '../ui/html.ts';
import { qrCode } from '../ui/qr-code.ts';
import { passkeyRoutes, passkeySection } from './passkeys.ts';
import { accountShell } from './shell.ts';

const PAGE = '/account/sign-in';
const CODES = `${PAGE}/codes`;

/**
 * A change of what one signs in with: by the page's own form, and only shortly after a proof of who it is.
 * @param work answers, or names what is said on the page
 */
export type WayChange = (path: string, work: (c: Ctx, form: Posted) => Promise<Response | string>) => void;
const createWayChange =
  (deps: WebDeps, app: Hono<WebEnv>): WayChange =>
  (path, work) => {
    app.post(path, async (c) => {
      if (viewerOf(c) === undefined) return toSignIn(c);
      const form = await posted(c);
      if (!isOwnForm(c, form)) return done(c, PAGE, 'formExpired');
      if (!(await mayChange(deps, c, true))) return c.redirect(proofOf(PAGE), 303);
      const answer = await work(c, form);
      return typeof answer === 'string' ? done(c, PAGE, answer) : answer;
    });
  };

export const waysInRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const change = createWayChange(deps, app);
  // The first code of an app, which proves that it was set up right; whoever types it is signed in.
  const byAccount = new RateLimiterMemory({ points: 20, duration: 15 * 60 });

  const wholePage = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const open = await mayChange(deps, c);
    const { account, session } = viewerOf(c)!;
    const coded = await hasCodes(db.read, account.id);
    const left = await countRecovery(db.read, account.id);
    const codes = coded
      ? html`<p>${stateWord('good', t('waysIn.on'))} ${t('waysIn.recoveryLeft', { n: left })}</p>${open ? html`<div class="row">${act(`${CODES}/recovery`, session.csrf, t('waysIn.renew'))}${act(`${CODES}/end`, session.csrf, t('waysIn.codesEnd'), 'danger')}</div>` : ''}`
      : html`<p>${t('waysIn.codesText')}</p>${open ? act(CODES, session.csrf, t('waysIn.codesBegin'), '') : ''}`;
    const body = html`<p class="muted">${t('waysIn.text')}</p>
${open ? '' : html`<div class="notice stack"><p>${t('waysIn.proveFirst')}</p><p><a class="button" href="${proofOf(PAGE)}">${t('waysIn.prove')}</a></p></div>`}
${await passkeySection(deps, c, open, { values, errors })}
<section class="card stack" id="codes"><h2>${t('waysIn.codesTitle')}</h2>${codes}</section>
<section class="card stack"><h2>${t('waysIn.linkTitle')}</h2><p>${t('waysIn.linkText', { email: account.email })}</p></section>`;
    return accountShell(
      deps,
      c,
      'signIn',
      html`<div class="stack wide">${body}</div>`,
      errors.length > 0 ? 422 : 200,
      asset('passkey.js'),
    );
  };
  app.get(PAGE, (c) => (viewerOf(c) === undefined ? toSignIn(c) : wholePage(c, {}, [])));
  passkeyRoutes(deps, app, change, wholePage);

  const setUpPage = async (c: Ctx, errors: FieldError[]): Promise<Response> => {
    const { t, cooperative } = c.get('asked');
    const { account, session } = viewerOf(c)!;
    const awaited = await awaitedCodes(db.read, site, account, cooperative?.name ?? site.host);
    if (awaited === undefined) return done(c, PAGE);
    const form = { t, values: {}, errors, csrf: session.csrf };
    const spaced = awaited.secret.replaceAll(/(.{4})(?=.)/g, '$1 ');
    return accountShell(
      deps,
      c,
      'signIn',
      html`<div class="stack wide"><h2>${t('waysIn.setUpTitle')}</h2>${errorSummary(form, () => t('waysIn.code'))}<p>${t('waysIn.scan')}</p>${qrCode(awaited.uri, t('waysIn.qr'))}
<p>${t('waysIn.byHand')}<br><code>${spaced}</code></p>
<form class="stack" method="post" action="${CODES}/confirmation">${csrfField(form)}${input(form, 'code', { label: t('waysIn.firstCode'), autocomplete: 'one-time-code', inputmode: 'numeric', required: true, short: true })}<div class="row">${button(t('waysIn.turnOn'))}<a class="button plain" href="${PAGE}">${t('forms.cancel')}</a></div></form></div>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  const shownOnce = (c: Ctx, codes: string[]): Promise<Response> => {
    const { t } = c.get('asked');
    const list: Html[] = codes.map((code) => html`<li><code>${code}</code></li>`);
    return accountShell(
      deps,
      c,
      'signIn',
      html`<section class="card stack" role="status"><h2>${t('waysIn.recoveryTitle')}</h2><p>${t('waysIn.recoveryText')}</p><ul class="recovery">${list}</ul><p><a class="button" href="${PAGE}">${t('waysIn.kept')}</a></p></section>`,
    );
  };
  app.get(CODES, async (c) => {
    if (viewerOf(c) === undefined) return toSignIn(c);
    // The secret is on it.
    return (await mayChange(deps, c)) ? setUpPage(c, []) : c.redirect(proofOf(CODES), 303);
  });
  change(CODES, async (c) =>
    (await db.write((tx) => beginCodes(tx, site.now(), viewerOf(c)!.account.id))) ? done(c, CODES) : 'saved',
  );
  change(`${CODES}/confirmation`, async (c, form) => {
    const { account, session } = viewerOf(c)!;
    const free = await byAccount.consume(account.id).then(
      () => true,
      () => false,
    );
    if (!free) return setUpPage(c, [{ field: 'code', code: 'tooManyTries' }]);
    const made = await db.write(async (tx) => {
      const codes = await confirmCodes(tx, site.now(), account.id, form.text('code'));
      if (!codes.ok) return codes;
      await confirmSession(tx, session.confirmed, session.hash, 'strong');
      await tellMember(tx, site, account, 'codesOn');
      return codes;
    });
    return made.ok ? shownOnce(c, made.value) : setUpPage(c, made.errors);
  });
  change(`${CODES}/recovery`, async (c) => {
    const { id } = viewerOf(c)!.account;
    const made = await db.write(async (tx) =>
      (await hasCodes(tx, id)) ? await renewRecovery(tx, site.now(), id) : undefined,
    );
    return made === undefined ? 'notFound' : shownOnce(c, made);
  });
  change(`${CODES}/end`, async (c) => {
    const { account } = viewerOf(c)!;
    await db.write(async (tx) => {
      if (await endCodes(tx, account.id)) await tellMember(tx, site, account, 'codesOff');
    });
    return 'codesEnded';
  });
  return app;
};
