/** Who may become a partner: the mode, and the list for the mode that has one. */
import { Hono } from 'hono';
import {
  type AllowedRow,
  type ModeEffect,
  OPEN_PER_DAY,
  PEERING_MODES,
  allowDomain,
  disallowDomain,
  listAllowed,
  modeOf,
  previewMode,
  setPeeringMode,
} from '#domain/peering-modes.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { empty, older } from '../ui/components.ts';
import { type Values, act, button, checkbox, choices, csrfField, errorSummary, input } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { PAGE, type Shell, actorOf, createChange, csrfOf, plain } from './shell.ts';

/** @param shell the frame of the admin's pages */
export const peeringModeRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const change = createChange(app);

  const modePage = async (
    c: Ctx,
    values: Values = {},
    errors: FieldError[] = [],
    effect?: ModeEffect,
  ): Promise<Response> => {
    const { t, cooperative } = c.get('asked');
    const csrf = csrfOf(c);
    const after = plain(c.req.query('after'));
    const rows = await listAllowed(db.read, PAGE + 1, after === '' ? undefined : after);
    const shown = rows.slice(0, PAGE);
    const mode = modeOf(cooperative?.peeringMode);
    const form = { t, values: { mode, ...values }, errors, csrf };
    const wrong = (fields: string[]) => ({ ...form, errors: errors.filter((error) => fields.includes(error.field)) });
    const [ofMode, ofList] = [wrong(['mode']), wrong(['domain', 'comment'])];
    return shell(
      c,
      t('peeringMode.title'),
      html`<p class="back"><a href="/admin/rules">${t('rulesPage.back')}</a></p><form class="stack" method="post" action="/admin/rules/mode">${errorSummary(ofMode, () => t('peeringMode.mode'))}${csrfField(form)}${effect === undefined ? '' : effectNotice(t, effect)}${choices(
        ofMode,
        'mode',
        PEERING_MODES.map((value) => ({ value, label: t.any(`peeringMode.modes.${value}`) })),
        { label: t('peeringMode.mode'), hint: t('peeringMode.hint') },
      )}<div class="row">${effect === undefined ? button(t('scopes.preview')) : html`${button(t('scopes.apply'), '', 'apply', '1')}${button(t('scopes.preview'), 'plain')}`}</div></form>
<section class="section"><h2>${t('peeringMode.list')}</h2><p class="muted">${t(mode === 'list' ? 'peeringMode.listOn' : 'peeringMode.listOff')}</p>
<form class="card stack" method="post" action="/admin/rules/allowed">${errorSummary(ofList, (field) => t.any(`rulesPage.fields.${field}`))}${csrfField(form)}${input(ofList, 'domain', { label: t('rulesPage.fields.domain'), inputmode: 'url', autocomplete: 'off', required: true })}${checkbox(ofList, 'subdomains', t('rulesPage.fields.subdomains'))}${input(ofList, 'comment', { label: t('rulesPage.fields.comment') })}${button(t('peeringMode.allow'))}</form>
<div class="section">${shown.length === 0 ? empty(t('peeringMode.none')) : html`<ul class="lines">${shown.map((row) => line(t, row, csrf))}</ul>`}</div>${older(rows.length > PAGE ? `/admin/rules/mode?after=${encodeURIComponent(shown.at(-1)!.domain)}` : undefined, t('catalogue.more'))}</section>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/rules/mode', (c) => modePage(c));
  app.post('/rules/mode', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return modePage(c, form.values, [{ field: 'mode', code: 'formExpired' }]);
    // First what it would do, then, pressed again, it is done.
    if (form.text('apply') !== '1') {
      const effect = await previewMode(db.read, form.text('mode'));
      return effect.ok ? modePage(c, form.values, [], effect.value) : modePage(c, form.values, effect.errors);
    }
    const result = await db.write((tx) => setPeeringMode(tx, site.now(), actorOf(c), form.text('mode')));
    return result.ok ? done(c, '/admin/rules/mode', 'saved') : modePage(c, form.values, result.errors);
  });
  app.post('/rules/allowed', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return modePage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const [domain, comment] = [form.text('domain'), form.text('comment')];
    const given = { domain, comment, subdomains: form.text('subdomains') === '1' };
    const result = await db.write((tx) => allowDomain(tx, site.now(), actorOf(c), given));
    return result.ok ? done(c, '/admin/rules/mode', 'saved') : modePage(c, form.values, result.errors);
  });
  change('/rules/allowed/removal', '/admin/rules/mode', async (c, form) =>
    (await db.write((tx) => disallowDomain(tx, site.now(), actorOf(c), form.text('domain')))) ? 'saved' : 'notFound',
  );
  return app;
};

const effectNotice = (t: Translator, effect: ModeEffect): Html =>
  html`<div class="notice" role="status"><strong>${t('scopes.effect')}</strong><ul>
<li>${t.any(`peeringMode.effects.${effect.mode}`, { ...effect, most: OPEN_PER_DAY })}</li><li>${t('peeringMode.effects.waiting', effect)}</li>${effect.mode === 'list' && effect.unlisted > 0 ? html`<li>${t('peeringMode.effects.unlisted', effect)}</li>` : ''}<li>${t('peeringMode.effects.partners', effect)}</li></ul></div>`;

const line = (t: Translator, row: AllowedRow, csrf: string): Html =>
  html`<li><p><strong>${row.domain}</strong>${row.subdomains ? html` <span class="muted small">${t('rulesPage.withSubdomains')}</span>` : ''}${row.comment === '' ? '' : html`<br><span class="muted small">${row.comment}</span>`}</p>${act('/admin/rules/allowed/removal', csrf, html`${t('peeringMode.disallow')}<span class="visually-hidden"> ${row.domain}</span>`, 'plain', { domain: row.domain })}</li>`;
