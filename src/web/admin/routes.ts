/** The admin's pages: what waits for a decision, members, partners, settings, reports, journal. */
import { Hono } from 'hono';
import { countByHost } from '#domain/catalogue.ts';
import { askComparison } from '#domain/comparisons.ts';
import { updateCooperative, readCooperative } from '#domain/cooperative.ts';
import { healthOf } from '#domain/peer-health.ts';
import { approveMember, listMembers, reinstateMember, setRole, suspendMember } from '#domain/members.ts';
import {
  acceptPeering,
  cutPeer,
  findPeer,
  listPeers,
  refusePeering,
  requestPeering,
  type PeerRow,
} from '#domain/peers.ts';
import type { PeerPreview } from '#domain/ports.ts';
import { confirmRestore } from '#domain/restored.ts';
import { type FieldError, ROLES, type Role } from '#domain/types.ts';
import {
  type Ctx,
  type Posted,
  type WebDeps,
  type WebEnv,
  done,
  hasRole,
  isOwnForm,
  posted,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { lately } from '../member/confirmation.ts';
import { decisionRoutes } from './decisions.ts';
import { cooperativeFields, cooperativeInput } from '../public/setup.ts';
import { empty, facts, older, stateWord } from '../ui/components.ts';
import {
  type FormState,
  type Values,
  act,
  button,
  checkbox,
  csrfField,
  errorSummary,
  hidden,
  input,
  textarea,
} from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { backupRoutes } from './backup.ts';
import { homeRoutes } from './home.ts';
import { journalRoutes } from './journal.ts';
import { lookRoutes } from './look.ts';
import { mailRoutes } from './mail.ts';
import { operationRoutes } from './operation.ts';
import { peerEffectRoutes } from './peer-effects.ts';
import { healthSection, healthWord, peerHealthRoutes } from './peer-health.ts';
import { peerKeyRoutes } from './peer-keys.ts';
import { scopeRoutes, scopeSection } from './scopes.ts';
import { PAGE, createChange, createShell, csrfOf } from './shell.ts';
import { statisticsRoutes } from './statistics.ts';

export const adminRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  // Moderators see members and reports; the rest is the admins'.
  app.use(async (c, next) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const forModerators = /^\/admin(?:\/(?:members|reports|put-off).*)?$/.test(c.req.path);
    if (!hasRole(viewer, forModerators ? 'moderator' : 'admin')) return c.notFound();
    return next();
  });
  app.use(lately(deps));

  const shell = createShell(deps);
  const change = createChange(app);

  app.route('/', journalRoutes(deps));
  app.route('/', operationRoutes(deps));
  app.route('/', scopeRoutes(deps, shell));
  peerEffectRoutes(deps, app, shell);
  peerHealthRoutes(deps, app);
  peerKeyRoutes(deps, app);
  statisticsRoutes(deps, app, shell);
  backupRoutes(deps, app, shell);
  lookRoutes(deps, app, shell);
  mailRoutes(deps, app, shell);

  homeRoutes(deps, app, shell);

  change('/restored/confirmation', '/admin', async () =>
    (await db.write((tx) => confirmRestore(tx, site))) ? 'restoreConfirmed' : 'notFound',
  );

  app.get('/members', async (c) => {
    const { t } = c.get('asked');
    const after = c.req.query('after');
    const rows = await listMembers(db.read, { limit: PAGE + 1, ...(after === undefined ? {} : { after }) });
    const shown = rows.slice(0, PAGE);
    const csrf = csrfOf(c);
    const admin = hasRole(viewerOf(c)!, 'admin');
    return shell(
      c,
      t('admin.areas.members'),
      html`<ul class="lines">${shown.map(
        (
          member,
        ) => html`<li><p><a href="/@${member.handle}"><strong>${member.name}</strong></a> <span class="muted small">@${member.handle} · ${member.email}</span><br>${stateWord(member.state === 'active' ? 'good' : member.state === 'suspended' ? 'bad' : 'wait', t.any(`account.${member.state}`))}${member.motivation === '' || !['pending', 'unconfirmed'].includes(member.state) ? '' : html`<br><span class="muted">${member.motivation}</span>`}</p>
${member.state === 'pending' || member.state === 'unconfirmed' ? html`${act(`/admin/members/${member.id}/approval`, csrf, t('admin.approve'), '')}<a class="button danger" href="/admin/members/${member.id}/refusal">${t('admin.refuse')}</a>` : ''}
${member.state === 'active' && admin ? html`<form class="row" method="post" action="/admin/members/${member.id}/role">${hidden('csrf', csrf)}<label class="visually-hidden" for="role-${member.id}">${t('admin.roleOf', { name: member.name })}</label><select id="role-${member.id}" name="role">${ROLES.map((role) => html`<option value="${role}"${role === member.role ? html` selected` : ''}>${t.any(`roles.${role}`)}</option>`)}</select>${button(t('write.save'), 'plain')}</form>${act(`/admin/members/${member.id}/suspension`, csrf, t('admin.suspend'), 'danger')}` : ''}
${member.state === 'suspended' ? act(`/admin/members/${member.id}/reinstatement`, csrf, t('admin.reinstate')) : ''}</li>`,
      )}</ul>${older(rows.length > PAGE ? `/admin/members?after=${shown.at(-1)!.handle}` : undefined, t('catalogue.more'))}`,
    );
  });
  const memberChange = (
    path: string,
    work: (c: Ctx, id: string, form: Posted) => Promise<{ ok: true } | { ok: false; errors: FieldError[] }>,
  ): void =>
    change(`/members/:id/${path}`, '/admin/members', async (c, form) => {
      const result = await work(c, c.req.param('id') ?? '', form);
      return result.ok ? 'saved' : result.errors[0]?.code === 'members.lastAdmin' ? 'lastAdmin' : 'notFound';
    });
  memberChange('approval', (c, id) => db.write((tx) => approveMember(tx, site, c.get('asked').cooperative!, id)));
  const roleOf = (c: Ctx): Role => ROLES.find((role) => role === viewerOf(c)!.account.role) ?? 'member';
  memberChange('suspension', (c, id) => db.write((tx) => suspendMember(tx, site, id, roleOf(c))));
  memberChange('reinstatement', (c, id) => db.write((tx) => reinstateMember(tx, site, id, roleOf(c))));
  memberChange('role', async (c, id, form) =>
    hasRole(viewerOf(c)!, 'admin')
      ? db.write((tx) => setRole(tx, site.now(), id, form.text('role')))
      : { ok: false, errors: [] },
  );

  const peersPage = async (c: Ctx, values: Values, errors: FieldError[], preview?: PeerPreview): Promise<Response> => {
    const { t } = c.get('asked');
    const peers = await listPeers(db.read);
    const counts = await countByHost(db.read);
    const health = await healthOf(db.read, site.now(), peers);
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('admin.areas.peers'),
      html`<p class="muted">${t('peers.intro')}</p>
<form class="card stack" method="post" action="/admin/peers/preview">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${input(form, 'domain', { label: t('peers.domain'), hint: t('peers.domainHint'), required: true })}${button(t('peers.look'), preview === undefined ? '' : 'plain')}</form>
${
  preview === undefined
    ? ''
    : html`<section class="card stack section"><h2>${t('peers.answers', { host: preview.host })}</h2>${facts([
        [t('peers.name'), preview.name],
        [t('peers.summary'), preview.summary],
        [t('peers.software'), preview.software],
        [t('admin.listings'), preview.listings === undefined ? '–' : t.number(preview.listings)],
        [t('admin.members'), preview.members === undefined ? '–' : t.number(preview.members)],
      ])}
<form class="stack" method="post" action="/admin/peers">${csrfField(form)}${hidden('domain', preview.host)}${textarea(form, 'message', { label: t('peers.message'), rows: 3 })}${button(t('peers.ask'))}</form></section>`
}
<section class="section"><h2>${t('peers.list')}</h2>${peers.length === 0 ? empty(t('peers.none')) : html`<ul class="lines">${peers.map((peer) => html`<li><p><a href="/admin/peers/${peer.id}"><strong>${peer.name}</strong></a><br><span class="muted small">${peer.host} · ${t('home.partnerListings', { n: counts.get(peer.host) ?? 0 })}</span></p>${healthWord(t, peer, health.get(peer.id), site.now())}</li>`)}</ul>`}</section>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/peers', (c) => peersPage(c, {}, []));
  app.post('/peers/preview', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return peersPage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const found = await deps.federation.inspect(form.text('domain'));
    return found.ok ? peersPage(c, form.values, [], found.value) : peersPage(c, form.values, found.errors);
  });
  app.post('/peers', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return peersPage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const found = await deps.federation.inspect(form.text('domain'));
    if (!found.ok) return peersPage(c, form.values, found.errors);
    const result = await db.write((tx) => requestPeering(tx, site, found.value, form.text('message').trim()));
    return result.ok
      ? done(c, `/admin/peers/${result.value.id}`, 'peeringAsked')
      : peersPage(c, form.values, result.errors, found.value);
  });
  app.get('/peers/:id', async (c) => {
    const { t } = c.get('asked');
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined) return c.notFound();
    const csrf = csrfOf(c);
    const running = peer.state === 'active' && ['waiting', 'running', 'failed'].includes(peer.backfillState);
    return shell(
      c,
      peer.name,
      html`<p>${peerState(t, peer)}</p><p>${peer.summary}</p>
${peer.message === '' ? '' : html`<blockquote class="card">${peer.message}</blockquote>`}
${facts([
  [t('peers.domain'), html`<a href="${safeUrl(`${new URL(peer.nodeActor).origin}/`)}">${peer.host}</a>`],
  [t('peers.software'), peer.software],
])}
${await healthSection(deps, c, peer)}
${peer.state === 'active' ? html`<section class="section"><h2>${t('peers.backfill')}</h2>${running ? html`<progress aria-label="${t('peers.backfill')}" max="${peer.backfillTotal ?? 1}" value="${peer.backfillDone}"></progress>` : ''}<p>${t.any(`peers.backfillStates.${peer.backfillState}`, { done: peer.backfillDone, total: peer.backfillTotal ?? 0 })}${peer.backfillError === null ? '' : html`<br><span class="problem">${peer.backfillError}</span>`}</p></section>` : ''}
${scopeSection(t, peer, csrf)}
<div class="row section">${peer.state === 'received' ? html`${act(`/admin/peers/${peer.id}/acceptance`, csrf, t('peers.accept'), '')}${act(`/admin/peers/${peer.id}/refusal`, csrf, t('peers.refuse'), 'danger')}` : ''}${['active', 'asked', 'paused'].includes(peer.state) ? html`<a class="button danger" href="/admin/peers/${peer.id}/cut">${t('peers.cut')}</a>` : ''}</div>`,
    );
  });
  const peerChange = (path: string, work: (peer: PeerRow) => Promise<unknown>, word: string): void =>
    change(`/peers/:id/${path}`, '/admin/peers/:id', async (c) => {
      const peer = await findPeer(db.read, c.req.param('id') ?? '');
      if (peer === undefined) return 'notFound';
      await work(peer);
      return word;
    });
  peerChange('acceptance', (peer) => db.write((tx) => acceptPeering(tx, site, peer)), 'peeringAccepted');
  peerChange('refusal', (peer) => db.write((tx) => refusePeering(tx, site, peer)), 'saved');
  peerChange('comparison', (peer) => db.write((tx) => askComparison(tx, site.now(), peer.id)), 'comparisonAsked');
  peerChange('end', (peer) => db.write((tx) => cutPeer(tx, site, peer, true)), 'peeringCut');

  decisionRoutes(deps, app, shell);

  const settingsPage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('admin.areas.settings'),
      html`<form class="stack" method="post" action="/admin/settings">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${cooperativeFields(form, false, site.host)}${checkbox(form, 'publicOpen', t('admin.publicOpen'), t('admin.publicOpenHint'))}${button(t('write.save'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/settings', (c) => {
    const coop = c.get('asked').cooperative!;
    return settingsPage(
      c,
      {
        name: coop.name,
        summary: coop.summary,
        territory: coop.territoryName,
        radiusKm: String(coop.radiusKm),
        languages: coop.languages,
        kinds: coop.kinds,
        signUpRule: coop.signUpRule,
        accent: coop.accent,
        publicOpen: coop.publicOpen ? '1' : '',
      },
      [],
    );
  });
  app.post('/settings', async (c) => {
    const coop = c.get('asked').cooperative!;
    const form = await posted(c);
    if (!isOwnForm(c, form)) return settingsPage(c, form.values, [{ field: 'name', code: 'formExpired' }]);
    const same = form.text('territory').trim() === coop.territoryName && coop.latitude !== null;
    const read = readCooperative(
      {
        ...cooperativeInput(form),
        handle: coop.handle,
        ...(same ? { latitude: String(coop.latitude), longitude: String(coop.longitude) } : {}),
      },
      (name) => deps.places.find(name),
    );
    if (!read.ok) return settingsPage(c, form.values, read.errors);
    const { handle: _, ...value } = read.value;
    await db.write((tx) =>
      updateCooperative(tx, site, {
        ...value,
        territoryName: same ? coop.territoryName : value.territoryName,
        publicOpen: form.text('publicOpen') === '1',
      }),
    );
    return done(c, '/admin/settings', 'saved');
  });
  return app;
};

const peerState = (t: Translator, peer: PeerRow): Html =>
  stateWord(
    peer.state === 'active' ? 'good' : peer.state === 'cut' || peer.state === 'refused' ? 'bad' : 'wait',
    t.any(`peers.states.${peer.state}`),
  );
