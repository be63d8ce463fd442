/** Leaving and moving: what can be taken along, where one comes from, where one goes. */
import { Hono } from 'hono';
import { addAlias, aliasesOf, moveAway, moveOf, nextMove, removeAlias, undoMove } from '#domain/moving/moves.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { type Values, act, button, checkbox, csrfField, errorSummary, input } from '../ui/forms.ts';
import { html, safeUrl } from '../ui/html.ts';
import { PROOF_FIELDS, type PasswordGate, proofInputs } from './password-gate.ts';
import { accountShell } from './shell.ts';

const PATH = '/account/moving';

export const movingRoutes = (deps: WebDeps, gate: PasswordGate): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site, federation } = deps;

  const overview = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const { actor, session } = viewerOf(c)!;
    const [aliases, moved] = [await aliasesOf(db.read, actor.uri), await moveOf(db.read, actor.uri)];
    const form = { t, values, errors, csrf: session.csrf };
    const gone =
      moved === undefined
        ? html`<p>${t('moving.awayText')}</p><p><a class="button plain" href="${PATH}/departure">${t('moving.awayBegin')}</a></p>`
        : html`<div class="notice stack"><p>${t('moving.gone', { when: moved.created })} <a href="${safeUrl(moved.url)}">${moved.handle}</a></p><p class="small">${t('moving.undoText')}</p>${act(`${PATH}/departure/end`, session.csrf, t('moving.undo'))}</div>`;
    const body = html`<div class="stack wide"><p class="muted">${t('moving.lead')}</p>
<section class="card stack"><h2>${t('moving.takeTitle')}</h2><p>${t('moving.takeText')}</p><p><a class="button plain" href="${PATH}/exports">${t('moving.takeBegin')}</a></p></section>
<section class="card stack"><h2>${t('moving.comeTitle')}</h2><p>${t('moving.comeText')}</p><p><a class="button plain" href="${PATH}/arrivals">${t('moving.comeBegin')}</a></p>
<h3>${t('moving.aliases')}</h3><p class="muted">${t('moving.aliasesText')}</p>
${aliases.length === 0 ? '' : html`<ul class="lines">${aliases.map((one) => html`<li><p><strong>${one.handle}</strong><br><span class="muted small code-line">${one.uri}</span></p>${act(`${PATH}/aliases/end`, session.csrf, html`${t('moving.aliasRemove')}<span class="visually-hidden"> ${one.handle}</span>`, 'plain', { uri: one.uri })}</li>`)}</ul>`}
<form class="stack" method="post" action="${PATH}/aliases">${errorSummary(form, () => t('moving.aliasField'))}${csrfField(form)}${input(form, 'actor', { label: t('moving.aliasField'), hint: t('moving.addressHint'), required: true })}${button(t('moving.aliasAdd'), 'plain')}</form></section>
<section class="card stack"><h2>${t('moving.awayTitle')}</h2>${gone}</section>
<section class="card stack"><h2>${t('closure.title')}</h2><p class="muted">${t('moving.closeText')}</p><p><a class="button danger" href="/account/closure">${t('closure.begin')}</a></p></section></div>`;
    return accountShell(deps, c, 'moving', body, errors.length > 0 ? 422 : 200);
  };
  app.get(PATH, (c) => (viewerOf(c) === undefined ? toSignIn(c) : overview(c, {}, [])));

  app.post(`${PATH}/aliases`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return overview(c, form.values, [{ field: 'actor', code: 'formExpired' }]);
    // Asked of its own server: a slip of the pen would be noticed only on the day of the move.
    const found = await federation.elsewhere(form.text('actor'));
    if (!found.ok) return overview(c, form.values, found.errors);
    const result = await db.write((tx) => addAlias(tx, site, viewer.actor.uri, found.value));
    return result.ok ? done(c, PATH, 'saved') : overview(c, form.values, result.errors);
  });
  app.post(`${PATH}/aliases/end`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, PATH, 'formExpired');
    await db.write((tx) => removeAlias(tx, site, viewer.actor.uri, form.text('uri')));
    return done(c, PATH, 'saved');
  });

  const departure = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const { account, actor, session } = viewerOf(c)!;
    const form = { t, values, errors, csrf: session.csrf };
    const next = await nextMove(db.read, site.now(), actor.uri);
    return page(
      deps,
      c,
      { title: t('moving.awayTitle'), narrow: true, noindex: true },
      html`<p class="back"><a href="${PATH}">${t('account.pages.moving')}</a></p><h1>${t('moving.awayTitle')}</h1>
<ol class="stack"><li>${t('moving.step1')}</li><li>${t('moving.step2')} <strong class="code-line">@${account.handle}@${site.host}</strong></li><li>${t('moving.step3')}</li></ol>
<p class="muted">${t('moving.effects')}</p>
${next === undefined ? '' : html`<p class="notice">${t('moving.rest', { when: next })}</p>`}
<form class="stack section" method="post" action="${PATH}/departure">${errorSummary(form, (field) => (field === 'target' ? t('moving.target') : t.any(`fields.${field}`)))}${csrfField(form)}${input(form, 'target', { label: t('moving.target'), hint: t('moving.addressHint'), required: true })}${checkbox(form, 'pause', t('moving.pause'), t('moving.pauseHint'))}${await proofInputs(deps, c, form, PROOF_FIELDS)}<div class="row">${button(t('moving.go'))}<a class="button plain" href="${PATH}">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get(`${PATH}/departure`, (c) => (viewerOf(c) === undefined ? toSignIn(c) : departure(c, { pause: '1' }, [])));
  app.post(`${PATH}/departure`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    const values = { target: form.text('target'), pause: form.text('pause') };
    if (!isOwnForm(c, form)) return departure(c, values, [{ field: 'target', code: 'formExpired' }]);
    const proved = await gate(viewer.account, form, PROOF_FIELDS);
    if (!proved.ok) return departure(c, values, proved.errors);
    const found = await federation.elsewhere(values.target);
    if (!found.ok)
      return departure(
        c,
        values,
        found.errors.map((error) => ({ ...error, field: 'target' })),
      );
    const result = await db.write((tx) =>
      moveAway(tx, site, viewer.account, found.value, { pause: values.pause === '1' }),
    );
    return result.ok ? done(c, PATH, 'moved') : departure(c, values, result.errors);
  });
  app.post(`${PATH}/departure/end`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    if (!isOwnForm(c, await posted(c))) return done(c, PATH, 'formExpired');
    await db.write((tx) => undoMove(tx, site, viewer.actor.uri));
    return done(c, PATH, 'moveUndone');
  });
  return app;
};
