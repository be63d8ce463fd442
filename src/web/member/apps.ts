/** What acts for a member: programs that they let in, and tokens of their own; and programs that they register. */
import { Hono } from 'hono';
import { tokensOf } from '#domain/apps/access.ts';
import { type GivenApp, endGrantsOf, grantsOf } from '#domain/apps/grants.ts';
import { type AppRow, appsOf, registerApp, removeApps } from '#domain/apps/registry.ts';
import { APP_SCOPES, READING, isScope, knownScopes } from '#domain/apps/scopes.ts';
import { checkText } from '#domain/text.ts';
import { type TokenRow, issueToken, revokeToken } from '#domain/tokens.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted, toSignIn, viewerOf } from '../context.ts';
import { mayChange, proofOf } from '../sign-in/recent.ts';
import { empty, facts } from '../ui/components.ts';
import { type Values, act, button, choices, csrfField, errorSummary, input, select, textarea } from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import { SOURCE } from '../ui/layout.ts';
import type { Translator } from '../ui/locale.ts';
import { accountShell } from './shell.ts';

const DAYS = ['30', '90', '365'] as const;
const DAY_MS = 24 * 3_600_000;
const MAX_TOKENS = 20;
const PAGE = '/account/apps';
type Form = 'token' | 'app';

export const appRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  const scopeWords = (t: Translator, scopes: readonly string[]): string =>
    scopes.map((scope) => t.any(`apps.scopes.${scope.replace(':', '_')}`)).join(' · ');
  const since = (t: Translator, created: Date, seen: Date | null): string =>
    `${t('apps.made', { when: t.date(created) })} · ${seen === null ? t('apps.neverUsed') : t('apps.lastUsed', { when: t.ago(seen, site.now()) })}`;

  const line = (name: string | Html, what: string, when: string, end: Html): Html =>
    html`<li><p><strong>${name}</strong><br><span class="small">${what}</span><br><span class="muted small">${when}</span></p>${end}</li>`;
  const endButton = (t: Translator, action: string, csrf: string, label: string, name: string): Html =>
    act(action, csrf, html`${label}<span class="visually-hidden"> ${name}</span>`);

  const grantLine = (t: Translator, csrf: string, { grant, app: given }: GivenApp): Html =>
    line(
      html`<a href="${safeUrl(given.website)}">${given.name}</a>`,
      scopeWords(t, knownScopes(grant.scopes)),
      since(t, grant.created, grant.seen),
      endButton(t, `${PAGE}/${grant.id}/end`, csrf, t('apps.end'), given.name),
    );
  const tokenLine = (t: Translator, csrf: string, row: TokenRow): Html => {
    const { name = '', scopes, seen } = row.data;
    const until = row.expires === null ? '' : ` · ${t('apps.until', { when: t.date(row.expires) })}`;
    return line(
      name,
      scopeWords(t, scopes === undefined ? READING : knownScopes(scopes.split(' '))),
      `${since(t, row.created, seen === undefined ? null : new Date(seen))}${until}`,
      endButton(t, `/account/tokens/${row.id}/end`, csrf, t('apps.endToken'), name),
    );
  };
  const appLine = (t: Translator, csrf: string, row: AppRow): Html =>
    html`<li class="stack"><h3>${row.name}</h3>${facts([
      [t('apps.clientId'), html`<span class="code">${row.id}</span>`],
      [t('apps.redirects'), html`<span class="code">${row.redirectUris.join(' ')}</span>`],
    ])}${endButton(t, `${PAGE}/registered/${row.id}/deletion`, csrf, t('apps.remove'), row.name)}</li>`;

  const appsPage = async (
    c: Ctx,
    filled: { form: Form; values: Values; errors: FieldError[] } | undefined,
    secret?: string,
  ): Promise<Response> => {
    const { t } = c.get('asked');
    const { account, session } = viewerOf(c)!;
    const { csrf } = session;
    // What acts for a member long after the session is as good as another way to sign in.
    const open = filled !== undefined || (await mayChange(deps, c));
    const [grants, tokens, own] = [
      await grantsOf(db.read, account.id),
      await tokensOf(db.read, site.now(), account.id),
      await appsOf(db.read, account.id),
    ];
    const formOf = (name: Form) => ({
      t,
      values: filled?.form === name ? filled.values : name === 'token' ? { days: '90', scopes: [...READING] } : {},
      errors: filled?.form === name ? filled.errors : [],
      csrf,
    });
    const [token, program] = [formOf('token'), formOf('app')];
    const scopes = APP_SCOPES.map((value) => ({ value, label: t.any(`apps.scopes.${value.replace(':', '_')}`) }));
    const days = DAYS.map((value) => ({ value, label: t('apps.days', { n: Number(value) }) }));
    const label = (field: string): string =>
      field === 'name' || field === 'tokenName' ? t('apps.name') : t.any(`apps.${field}`);
    const body = html`${open ? '' : html`<div class="notice stack"><p>${t('apps.proveFirst')}</p><p><a class="button" href="${proofOf(PAGE)}">${t('waysIn.prove')}</a></p></div>`}${secret === undefined ? '' : html`<section class="notice stack" role="status"><p><strong>${t('apps.tokenIs')}</strong></p><p class="code">${secret}</p></section>`}
<section><h2>${t('apps.granted')}</h2><p class="muted">${t('apps.grantedText')}</p>${grants.length === 0 ? empty(t('apps.none')) : html`<ul class="lines">${grants.map((one) => grantLine(t, csrf, one))}</ul>`}</section>
<section class="section"><h2>${t('apps.tokens')}</h2><p class="muted">${t('apps.tokensText')}</p>${tokens.length === 0 ? '' : html`<ul class="lines">${tokens.map((row) => tokenLine(t, csrf, row))}</ul>`}
${open ? html`<details class="section"${filled?.form === 'token' ? html` open` : ''}><summary>${t('apps.newToken')}</summary><form class="stack" method="post" action="/account/tokens">${errorSummary(token, label)}${csrfField(token)}${input(token, 'tokenName', { label: t('apps.name'), hint: t('apps.tokenNameHint'), required: true })}${choices(token, 'scopes', scopes, { label: t('apps.scopesOf'), many: true })}${select(token, 'days', days, { label: t('apps.daysOf') })}${button(t('apps.makeToken'))}</form></details>` : ''}</section>
<section class="section"><h2>${t('apps.own')}</h2><p class="muted">${t('apps.ownText')} <a href="${SOURCE}/blob/main/docs/api.md">${t('apps.how')}</a></p>${own.length === 0 ? '' : html`<ul class="lines">${own.map((row) => appLine(t, csrf, row))}</ul>`}
${open ? html`<details class="section"${filled?.form === 'app' ? html` open` : ''}><summary>${t('apps.register')}</summary><form class="stack" method="post" action="${PAGE}">${errorSummary(program, label)}${csrfField(program)}${input(program, 'name', { label: t('apps.name'), required: true })}${input(program, 'website', { label: t('apps.website'), hint: t('apps.websiteHint'), type: 'url', required: true })}${textarea(program, 'redirectUris', { label: t('apps.redirectUris'), hint: t('apps.redirectHint'), rows: 3, required: true })}${button(t('apps.register'))}</form></details>` : ''}</section>`;
    return accountShell(deps, c, 'apps', body, filled === undefined ? 200 : 422);
  };

  app.get(PAGE, (c) => (viewerOf(c) === undefined ? toSignIn(c) : appsPage(c, undefined)));
  app.post(PAGE, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    const back = (errors: FieldError[]) => appsPage(c, { form: 'app', values: form.values, errors });
    if (!isOwnForm(c, form)) return back([{ field: 'name', code: 'formExpired' }]);
    if (!(await mayChange(deps, c, true))) return c.redirect(proofOf(PAGE), 303);
    const input = { name: form.text('name'), website: form.text('website'), redirectUris: form.text('redirectUris') };
    const result = await db.write((tx) => registerApp(tx, site.now(), viewer.account.id, input));
    return result.ok ? done(c, PAGE, 'appRegistered') : back(result.errors);
  });
  app.post('/account/tokens', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    const back = (errors: FieldError[]) => appsPage(c, { form: 'token', values: form.values, errors });
    if (!isOwnForm(c, form)) return back([{ field: 'tokenName', code: 'formExpired' }]);
    if (!(await mayChange(deps, c, true))) return c.redirect(proofOf(PAGE), 303);
    const name = form.text('tokenName').trim();
    const scopes = form.all('scopes');
    const days = DAYS.find((one) => one === form.text('days'));
    const errors = checkText('tokenName', name, { min: 1, max: 80 });
    if (scopes.length === 0 || !scopes.every((scope) => isScope(scope)))
      errors.push({ field: 'scopes', code: 'chooseOne' });
    if (days === undefined) errors.push({ field: 'days', code: 'choice', params: { allowed: DAYS.join(', ') } });
    if ((await tokensOf(db.read, site.now(), viewer.account.id)).length >= MAX_TOKENS)
      errors.push({ field: 'tokenName', code: 'apps.tooManyTokens', params: { max: MAX_TOKENS } });
    if (errors.length > 0) return back(errors);
    const token = await db.write((tx) =>
      issueToken(tx, site.now(), 'api', {
        account: viewer.account.id,
        data: { name, scopes: knownScopes(scopes).join(' ') },
        ttlMs: Number(days) * DAY_MS,
      }),
    );
    return appsPage(c, undefined, token);
  });

  // What is ended is looked for among the member's own.
  const ending = (path: string, word: string, end: (account: string, id: string) => Promise<boolean>): void => {
    app.post(path, async (c) => {
      const viewer = viewerOf(c);
      if (viewer === undefined) return toSignIn(c);
      if (!isOwnForm(c, await posted(c))) return done(c, PAGE, 'formExpired');
      const ended = await end(viewer.account.id, c.req.param('id') ?? '');
      return done(c, PAGE, ended ? word : 'notFound');
    });
  };
  ending(`${PAGE}/:id/end`, 'appEnded', (account, id) => db.write((tx) => endGrantsOf(tx, account, id)));
  ending('/account/tokens/:id/end', 'tokenEnded', async (account, id) =>
    (await tokensOf(db.read, site.now(), account)).some((row) => row.id === id)
      ? db.write((tx) => revokeToken(tx, site.now(), id))
      : false,
  );
  ending(`${PAGE}/registered/:id/deletion`, 'appRemoved', (account, id) =>
    db.write((tx) => removeApps(tx, account, id)),
  );
  return app;
};
