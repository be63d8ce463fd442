/** The words with which decisions begin, in each language: an admin makes them the cooperative's own. */
import { Hono } from 'hono';
import { TEMPLATES, readTemplates, saveTemplate } from '#domain/moderation/templates.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { type FormState, type Values, button, csrfField, errorSummary, textarea } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { type Shell, createTold, csrfOf } from './shell.ts';

export const textRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  const one = async (c: Ctx, name: string, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t.any(`moderation.texts.${name}`),
      html`<p><a href="/admin/decision-texts">${t('moderation.texts.title')}</a></p><p class="muted">${t('moderation.texts.hint')}</p><form class="stack" method="post" action="/admin/decision-texts/${name}">${errorSummary(form, (field) => t.any(`moderation.texts.${field}`))}${csrfField(form)}${textarea(form, 'fr', { label: t('moderation.texts.fr'), rows: 8 })}${textarea(form, 'en', { label: t('moderation.texts.en'), rows: 8 })}${button(t('write.save'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/decision-texts', async (c) => {
    const { t } = c.get('asked');
    const all = await readTemplates(db.read);
    return shell(
      c,
      t('moderation.texts.title'),
      html`<p><a href="/admin/reports">${t('admin.areas.reports')}</a></p><p class="muted">${t('moderation.texts.intro')}</p><ul class="lines">${TEMPLATES.map((name) => html`<li><p><a href="/admin/decision-texts/${name}">${t.any(`moderation.texts.${name}`)}</a></p>${all[name]?.own === true ? html`<span class="chip own">${t('moderation.texts.own')}</span>` : ''}</li>`)}</ul>`,
    );
  });
  app.get('/decision-texts/:id', async (c) => {
    const found = (await readTemplates(db.read))[c.req.param('id')];
    return found === undefined ? c.notFound() : one(c, c.req.param('id'), found.texts, []);
  });
  app.post('/decision-texts/:id', async (c) => {
    const name = c.req.param('id');
    const form = await posted(c);
    if (!TEMPLATES.some((template) => template === name)) return done(c, '/admin/decision-texts', 'notFound');
    if (!isOwnForm(c, form)) return one(c, name, form.values, [{ field: 'fr', code: 'formExpired' }]);
    const texts = { fr: form.text('fr'), en: form.text('en') };
    const result = await createTold(deps)(c, { action: 'report.texts', subject: name }, (tx) =>
      saveTemplate(tx, site.now(), name, texts),
    );
    return result.ok ? done(c, '/admin/decision-texts', 'saved') : one(c, name, form.values, result.errors);
  });
  return app;
};
