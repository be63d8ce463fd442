/** Where an invitation to become partners is opened: what it is, in words, and the way to the visitor's own node. */
import { Hono } from 'hono';
import { findInvite, inviteLink, inviteState } from '#domain/peer-invites.ts';
import type { FieldError } from '#domain/types.ts';
import { originOf } from '../admin/peers.ts';
import { type Ctx, type WebDeps, type WebEnv, page } from '../context.ts';
import { type FormState, button, errorSummary, explain, input } from '../ui/forms.ts';
import { html, safeUrl } from '../ui/html.ts';

export const invitationRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const { db, site } = deps;
  const app = new Hono<WebEnv>();
  const gone = (c: Ctx, code: string): Promise<Response> => {
    const { t } = c.get('asked');
    return page(
      deps,
      c,
      { title: t('invites.goneTitle'), narrow: true, noindex: true },
      html`<h1>${t('invites.goneTitle')}</h1><p>${explain(t, { field: '', code: `invite.${code}`, params: { host: site.host } })}</p>`,
      410,
    );
  };
  app.get('/peering/invitations/:secret', async (c) => {
    const { t, cooperative } = c.get('asked');
    const { secret } = c.req.param();
    const invite = await findInvite(db.read, secret);
    if (invite === undefined) return gone(c, 'inviteUnknown');
    const state = inviteState(invite, site.now());
    if (state !== 'open')
      return gone(c, { used: 'inviteUsed', expired: 'inviteExpired', revoked: 'inviteRevoked' }[state]);
    const typed = (c.req.query('node') ?? '').trim().slice(0, 300);
    const host = deps.federation.canonicalHost(typed.replace(/^https?:\/\//i, '').replace(/[/?#].*$/, ''));
    const code =
      host === undefined || !/[.:]|^localhost$/.test(host) ? 'noDomain' : host === site.host ? 'ourselves' : undefined;
    const errors: FieldError[] =
      typed === '' || code === undefined ? [] : [{ field: 'node', code: `discovery.${code}` }];
    const form: FormState = { t, values: { node: typed === '' ? invite.host : typed }, errors };
    const name = cooperative?.name ?? site.host;
    // Not a redirect: a form of ours may lead to no other site, and one should see where one goes.
    const to =
      typed === '' || host === undefined || errors.length > 0
        ? undefined
        : `${originOf(deps, host)}/admin/peers/new?invite=${encodeURIComponent(inviteLink(site, secret))}`;
    return page(
      deps,
      c,
      { title: t('invites.openTitle', { name }), narrow: true, noindex: true },
      html`<h1>${t('invites.openTitle', { name })}</h1><p>${t('invites.openText', { name })}</p>
<p class="muted">${t('invites.openUntil', { until: t.date(invite.expires) })}</p>
<form class="stack" method="get">${errorSummary(form, (field) => t.any(`fields.${field}`))}${input(form, 'node', { label: t('fields.node'), hint: t('invites.nodeHint'), required: true, autocomplete: 'off' })}<div class="row">${button(t('invites.goOn'), to === undefined ? '' : 'plain')}</div></form>
${to === undefined ? '' : html`<p class="section"><a class="button" href="${safeUrl(to)}">${t('invites.goTo', { host: host ?? '' })}</a></p><p class="muted">${t('invites.goToText')}</p>`}`,
      errors.length > 0 ? 422 : 200,
    );
  });
  return app;
};
