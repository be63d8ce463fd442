/** For everybody: what this cooperative attests of its members, and how one comes to it. */
import { Hono } from 'hono';
import { mayAttest } from '#domain/attestations/give.ts';
import { givenKinds, inLanguage } from '#domain/attestations/kinds.ts';
import { type WebDeps, type WebEnv, guestOf, page, toSignIn, viewerOf } from '../context.ts';
import { html } from '../ui/html.ts';

export const publicAttestationRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get('/attestations', async (c) => {
    const { t, cooperative } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined && guestOf(c) === undefined && cooperative?.publicOpen === false) return toSignIn(c);
    const kinds = await givenKinds(deps.db.read);
    const may =
      viewer === undefined ? [] : await mayAttest(deps.db.read, { actor: viewer.actor.uri, role: viewer.account.role });
    const { name } = cooperative!;
    const how =
      viewer !== undefined
        ? html`<p>${t('attest.page.howMember')}</p><div class="row"><a class="button plain" href="/account/attestations">${t('attest.page.mine')}</a>${may.length === 0 ? '' : html`<a class="button" href="/attestations/members">${t('attest.page.give')}</a>`}</div>`
        : guestOf(c) !== undefined
          ? html`<p>${t('attest.page.howGuest', { name })}</p>`
          : html`<p>${t('attest.page.howStranger', { name })}</p><div class="row"><a class="button" href="/sign-up">${t('layout.join')}</a></div>`;
    return page(
      deps,
      c,
      { title: t('attest.page.title'), narrow: true },
      html`<h1>${t('attest.page.title')}</h1><p class="muted">${t('attest.page.text', { name })}</p><ul class="lines">${kinds.map((kind) => html`<li><p><strong>${inLanguage(kind.names, t.locale, kind.code)}</strong><br>${inLanguage(kind.texts, t.locale)}</p></li>`)}</ul><section class="section"><h2>${t('attest.page.how')}</h2>${how}</section>`,
    );
  });
  return app;
};
