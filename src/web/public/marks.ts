/** What the marks that this node gives mean, and who has them: where their badges lead. */
import { Hono } from 'hono';
import { findMarkType, holdersOf, listMarkTypes } from '#domain/identity/vouching.ts';
import { type WebDeps, type WebEnv, page } from '../context.ts';
import { empty } from '../ui/components.ts';
import { html, safeUrl } from '../ui/html.ts';
import { originOf } from '../admin/peers.ts';

export const markRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  app.get('/marks', async (c) => {
    const { t, cooperative } = c.get('asked');
    const types = await listMarkTypes(db.read);
    if (types.length === 0) return c.notFound();
    return page(
      deps,
      c,
      { title: t('vouching.marks'), narrow: true },
      html`<h1>${t('vouching.marks')}</h1><p class="muted">${t('vouching.publicText', { name: cooperative?.name ?? site.host })}</p><ul class="lines section">${types.map((type) => html`<li><p><a href="/marks/${type.slug}"><strong>${type.name}</strong></a><br><span class="muted">${type.text}</span></p></li>`)}</ul>`,
    );
  });
  app.get('/marks/:slug', async (c) => {
    const { t, cooperative } = c.get('asked');
    const type = await findMarkType(db.read, c.req.param('slug').slice(0, 40));
    if (type === undefined) return c.notFound();
    const holders = await holdersOf(db.read, site.now(), type.slug);
    return page(
      deps,
      c,
      { title: type.name, description: type.text, narrow: true },
      html`<h1>${type.name}</h1><p class="muted">${t('vouching.givenBy', { name: cooperative?.name ?? site.host })}</p><p>${type.text}</p>${type.link === '' ? '' : html`<p><a href="${safeUrl(type.link)}">${t('vouching.readMore')}</a></p>`}
<section class="section"><h2>${t('vouching.holders')}</h2>${holders.length === 0 ? empty(t('vouching.holdersNone')) : html`<ul class="lines">${holders.map((one) => html`<li><p><a href="${safeUrl(`${originOf(deps, one.host)}/`)}"><strong>${one.name}</strong></a><br><span class="muted small">${one.host}</span></p></li>`)}</ul>`}</section>`,
    );
  });
  return app;
};
