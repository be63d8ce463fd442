/** Invitations to become a partner: made, shown once, listed, revoked. And what new partners are given and taken. */
import { Hono } from 'hono';
import { setPeeringDefaults } from '#domain/cooperative.ts';
import { stateOfPeeringDefaults } from '#domain/audit-states.ts';
import { defaultTerms } from '#domain/handshake.ts';
import {
  type InviteRow,
  inviteLink,
  inviteState,
  issueInvite,
  listInvites,
  revokeInvite,
} from '#domain/peer-invites.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { empty, stateWord } from '../ui/components.ts';
import { type FormState, type Values, act, button, checkbox, csrfField, errorSummary, input } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { qrCode } from '../ui/qr-code.ts';
import { inWords, readScopes, scopeFields, scopeLabel, scopeValues } from './scope-form.ts';
import { type Shell, createChange, createNoted, createTold, csrfOf } from './shell.ts';

export const inviteRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const { db, site } = deps;
  const app = new Hono<WebEnv>();
  const change = createChange(app);
  const noted = createNoted(deps);
  const told = createTold(deps);

  const invitesPage = async (c: Ctx, values: Values, errors: FieldError[], secret?: string): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    const invites = await listInvites(db.read);
    const link = secret === undefined ? undefined : inviteLink(site, secret);
    return shell(
      c,
      t('invites.title'),
      html`<p class="muted">${t('invites.intro')}</p>
${link === undefined ? '' : html`<section class="card stack" role="status"><h2>${t('invites.ready')}</h2><p>${t('invites.giveAway')}</p><p class="code">${link}</p>${qrCode(link, t('invites.qr'))}</section>`}
<form class="card stack section" method="post" action="/admin/peers/invitations">${errorSummary(form, (field) => scopeLabel(t, field))}${csrfField(form)}
${input(form, 'note', { label: t('fields.note'), hint: t('invites.noteHint') })}${input(form, 'host', { label: t('fields.host'), hint: t('invites.hostHint'), autocomplete: 'off' })}
<details${errors.some((error) => error.field.includes('.')) ? html` open` : ''}><summary>${t('handshake.changeTerms')}</summary><div class="stack">${scopeFields(form)}</div></details><div class="row">${button(t('invites.make'), link === undefined ? '' : 'plain')}</div></form>
<section class="section"><h2>${t('invites.list')}</h2>${invites.length === 0 ? empty(t('invites.none')) : html`<ul class="lines">${invites.map((invite) => inviteLine(t, invite, form.csrf ?? ''))}</ul>`}</section>
<p class="back"><a href="/admin/peers">${t('handshake.back')}</a></p>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  const inviteLine = (t: Translator, invite: InviteRow, csrf: string): Html => {
    const state = inviteState(invite, site.now());
    const kind = state === 'used' ? 'good' : state === 'open' ? 'wait' : 'bad';
    const word = t.any(`invites.states.${state}`, { until: t.date(invite.expires), by: invite.usedBy ?? '' });
    return html`<li><p><strong>${invite.note === '' ? t('invites.unnamed') : invite.note}</strong><br><span class="muted small">${t.time(invite.created)}${invite.host === '' ? '' : ` · ${t('invites.onlyFor', { host: invite.host })}`}<br>${t('scopes.give')}${t('forms.colon')}${inWords(t, invite.give)}<br>${t('scopes.take')}${t('forms.colon')}${inWords(t, invite.take)}</span><br>${stateWord(kind, word)}</p>${state === 'open' ? act(`/admin/peers/invitations/${invite.id}/revocation`, csrf, t('invites.revoke'), 'danger') : ''}</li>`;
  };
  const fresh = async (): Promise<Values> => scopeValues(await defaultTerms(db.read));
  app.get('/peers/invitations', async (c) => invitesPage(c, await fresh(), []));
  app.post('/peers/invitations', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return invitesPage(c, form.values, [{ field: 'note', code: 'formExpired' }]);
    const read = readScopes(form, deps.places);
    const typed = form.text('host').trim();
    const host =
      typed === '' ? '' : deps.federation.canonicalHost(typed.replace(/^https?:\/\//i, '').replace(/\/.*$/, ''));
    const errors: FieldError[] = [
      ...(host === undefined ? [{ field: 'host', code: 'discovery.noDomain' }] : []),
      ...(read.ok ? [] : read.errors),
    ];
    if (!read.ok || host === undefined) return invitesPage(c, form.values, errors);
    const made = await told(c, { action: 'peer.invited', subject: host === '' ? '*' : host }, (tx) =>
      issueInvite(tx, site, { ...read.scopes, host, note: form.text('note').trim() }),
    );
    return made.ok ? invitesPage(c, await fresh(), [], made.value) : invitesPage(c, form.values, made.errors);
  });
  change('/peers/invitations/:id/revocation', '/admin/peers/invitations', async (c) =>
    (
      await told(c, { action: 'peer.inviteRevoked', subject: c.req.param('id') ?? '' }, async (tx) => ({
        ok: await revokeInvite(tx, site.now(), c.req.param('id') ?? ''),
      }))
    ).ok
      ? 'inviteRevoked'
      : 'notFound',
  );

  const defaultsPage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('handshake.defaults'),
      html`<p class="muted">${t('handshake.defaultsText')}</p><form class="stack" method="post" action="/admin/peers/defaults">${errorSummary(form, (field) => scopeLabel(t, field))}${csrfField(form)}${scopeFields(form)}${checkbox(form, 'showPartners', t('handshake.showPartners'), t('handshake.showPartnersHint'))}<div class="row">${button(t('write.save'))}<a href="/admin/peers">${t('handshake.back')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/peers/defaults', async (c) =>
    defaultsPage(c, { ...(await fresh()), showPartners: c.get('asked').cooperative!.showPartners ? '1' : '' }, []),
  );
  app.post('/peers/defaults', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return defaultsPage(c, form.values, [{ field: 'showPartners', code: 'formExpired' }]);
    const read = readScopes(form, deps.places);
    if (!read.ok) return defaultsPage(c, form.values, read.errors);
    await noted(c, { action: 'peering.defaults', subject: site.host }, stateOfPeeringDefaults, (tx) =>
      setPeeringDefaults(tx, site.now(), {
        defaultGive: read.scopes.give,
        defaultTake: read.scopes.take,
        showPartners: form.text('showPartners') === '1',
      }),
    );
    return done(c, '/admin/peers/defaults', 'saved');
  });
  return app;
};
