/** The rules by domain, for everybody, if the cooperative's admins want it so. */
import { Hono } from 'hono';
import { publicRules } from '#domain/rules.ts';
import { type WebDeps, type WebEnv, page } from '../context.ts';
import { ruleWords } from '../admin/rule-words.ts';
import { empty } from '../ui/components.ts';
import { html } from '../ui/html.ts';

export const publicRuleRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get('/about/rules', async (c) => {
    const { t, cooperative } = c.get('asked');
    if (cooperative?.showRules !== true) return c.notFound();
    const rules = await publicRules(deps.db.read);
    return page(
      deps,
      c,
      { title: t('rulesPage.aboutTitle'), narrow: true },
      html`<h1>${t('rulesPage.aboutTitle')}</h1><p class="muted">${t('rulesPage.aboutText', { name: cooperative.name })}</p>
${rules.length === 0 ? empty(t('rulesPage.aboutNone')) : html`<ul class="lines section">${rules.map((rule) => html`<li><p><strong>${rule.domain}</strong><br>${ruleWords(t, rule)}${rule.publicComment === '' ? '' : html`<br><span class="muted">${rule.publicComment}</span>`}</p></li>`)}</ul>`}`,
    );
  });
  return app;
};
