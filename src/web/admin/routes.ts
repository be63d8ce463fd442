/** The admin's pages: what waits for a decision, members, partners, settings, reports, journal. */
import { Hono } from 'hono';
import type { Tx } from '#db/database.ts';
import type { AuditAction } from '#domain/audit-actions.ts';
import { stateOfCooperative, stateOfMember, stateOfPeer } from '#domain/audit-states.ts';
import { askComparison } from '#domain/comparisons.ts';
import { updateCooperative, readCooperative } from '#domain/cooperative.ts';
import { approveMember } from '#domain/joining.ts';
import { findAccount, listMembers, setRole } from '#domain/members.ts';
import { reinstate } from '#domain/moderation/decide.ts';
import { cutPeer, findPeer, type PeerRow } from '#domain/peers.ts';
import { confirmRestore } from '#domain/restored.ts';
import { type FieldError, ROLES } from '#domain/types.ts';
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
import { cooperativeFields, cooperativeInput } from '../public/setup.ts';
import { attestationAdminRoutes, recognitionLink } from './attestations.ts';
import { auditRoutes } from './audit.ts';
import { older, stateWord } from '../ui/components.ts';
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
} from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import type { PasswordGate } from '../member/password-gate.ts';
import { backupRoutes } from './backup.ts';
import { closureReportRoutes } from './closures.ts';
import { failureNote } from './failures.ts';
import { handshakeRoutes, handshakeSection } from './handshake.ts';
import { homeRoutes } from './home.ts';
import { identityKeyRoutes } from './identity-keys.ts';
import { inviteRoutes } from './invites.ts';
import { journalRoutes } from './journal.ts';
import { lookRoutes } from './look.ts';
import { mailRoutes } from './mail.ts';
import { appAdminRoutes } from './apps.ts';
import { memberInviteRoutes } from './member-invites.ts';
import { operationRoutes } from './operation.ts';
import { refusalRoutes } from './refusals.ts';
import { reportQueueRoutes } from './reports.ts';
import { peerEffectRoutes } from './peer-effects.ts';
import { healthSection, peerHealthRoutes } from './peer-health.ts';
import { peerState } from './peer-identity.ts';
import { peerKeyRoutes } from './peer-keys.ts';
import { peerMarkRoutes, peerMarks } from './peer-marks.ts';
import { peersRoutes } from './peers.ts';
import { peeringModeRoutes } from './peering-mode.ts';
import { ruleImportRoutes } from './rule-import.ts';
import { ruleRoutes } from './rules.ts';
import { scopeRoutes, scopeSection } from './scopes.ts';
import { PAGE, actorOf, createChange, createNoted, createShell, csrfOf } from './shell.ts';
import { statisticsRoutes } from './statistics.ts';
import { trustRoutes } from './trust.ts';
import { vouchingRoutes } from './vouching.ts';
import { twoFactorRoutes, twoFactorSection } from './two-factors.ts';

export const adminRoutes = (deps: WebDeps, gate: PasswordGate): Hono<WebEnv> => {
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
  const noted = createNoted(deps);

  app.route('/', journalRoutes(deps));
  app.route('/', auditRoutes(deps, shell));
  app.route('/', ruleRoutes(deps, shell));
  app.route('/', ruleImportRoutes(deps, shell));
  app.route('/', peeringModeRoutes(deps, shell));
  app.route('/', operationRoutes(deps));
  app.route('/', scopeRoutes(deps, shell));
  app.route('/', reportQueueRoutes(deps, shell));
  app.route('/', peersRoutes(deps, shell));
  app.route('/', inviteRoutes(deps, shell));
  app.route('/', attestationAdminRoutes(deps, shell));
  app.route('/', handshakeRoutes(deps, shell));
  app.route('/', trustRoutes(deps, shell));
  app.route('/', vouchingRoutes(deps, shell));
  peerMarkRoutes(deps, app);
  peerEffectRoutes(deps, app, shell);
  peerHealthRoutes(deps, app);
  peerKeyRoutes(deps, app);
  identityKeyRoutes(deps, app);
  statisticsRoutes(deps, app, shell);
  backupRoutes(deps, app, shell, gate);
  lookRoutes(deps, app, shell);
  mailRoutes(deps, app, shell);
  memberInviteRoutes(deps, app, shell);
  closureReportRoutes(deps, app, shell);
  appAdminRoutes(deps, app, shell);

  homeRoutes(deps, app, shell);

  change('/restored/confirmation', '/admin', async (c) =>
    (await db.write((tx) => confirmRestore(tx, site, actorOf(c)))) ? 'restoreConfirmed' : 'notFound',
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
      html`<div class="row"><a class="button" href="/invitations">${t('account.titles.invite')}</a><a class="button plain" href="/admin/members/invitations">${t('memberInvites.title')}</a>${admin ? html`<a class="button plain" href="/admin/apps">${t('apps.admin.title')}</a><a class="button plain" href="/admin/closures">${t('farewell.adminTitle')}</a>` : ''}</div><ul class="lines">${shown.map(
        (
          member,
        ) => html`<li><p><a href="/@${member.handle}"><strong>${member.name}</strong></a> <span class="muted small">@${member.handle} · ${member.email}</span><br>${stateWord(member.state === 'active' ? 'good' : member.state === 'suspended' ? 'bad' : 'wait', t.any(`account.${member.state}`))}${member.motivation === '' || !['pending', 'unconfirmed'].includes(member.state) ? '' : html`<br><span class="muted">${member.motivation}</span>`}</p>
${member.state === 'pending' || member.state === 'unconfirmed' ? html`${act(`/admin/members/${member.id}/approval`, csrf, t('admin.approve'), '')}<a class="button danger" href="/admin/members/${member.id}/refusal">${t('admin.refuse')}</a>` : ''}
${member.state === 'active' && admin ? html`<form class="row" method="post" action="/admin/members/${member.id}/role">${hidden('csrf', csrf)}<label class="visually-hidden" for="role-${member.id}">${t('admin.roleOf', { name: member.name })}</label><select id="role-${member.id}" name="role">${ROLES.map((role) => html`<option value="${role}"${role === member.role ? html` selected` : ''}>${t.any(`roles.${role}`)}</option>`)}</select>${button(t('write.save'), 'plain')}</form>` : ''}
${member.state === 'active' ? html`<div class="row acts">${admin ? html`<a class="button plain" href="/attestations/members/${member.handle}">${t('attest.link')}<span class="visually-hidden"> ${member.name}</span></a><a class="button plain" href="/admin/members/${member.id}/factors">${t('twoFactors.lost')}<span class="visually-hidden"> ${member.name}</span></a>` : ''}${act(`/admin/members/${member.id}/case`, csrf, t('moderation.measure'))}</div>` : ''}
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
  const notedMember = async <T>(c: Ctx, action: AuditAction, id: string, work: (tx: Tx) => Promise<T>): Promise<T> => {
    const subject = (await findAccount(db.read, id))?.handle ?? id;
    return noted(c, { action, subject }, (tx) => stateOfMember(tx, id), work);
  };
  memberChange('approval', (c, id) =>
    notedMember(c, 'member.approved', id, (tx) => approveMember(tx, site, c.get('asked').cooperative!, id)),
  );
  memberChange('reinstatement', (c, id) =>
    notedMember(c, 'member.reinstated', id, (tx) => reinstate(tx, site, viewerOf(c)!.account, id)),
  );
  memberChange('role', async (c, id, form) =>
    hasRole(viewerOf(c)!, 'admin')
      ? notedMember(c, 'member.role', id, (tx) => setRole(tx, site.now(), id, form.text('role')))
      : { ok: false, errors: [] },
  );

  app.get('/peers/:id', async (c) => {
    const { t } = c.get('asked');
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined) return c.notFound();
    const csrf = csrfOf(c);
    const running = peer.state === 'active' && ['waiting', 'running', 'failed'].includes(peer.backfillState);
    return shell(
      c,
      peer.name,
      html`<p>${peerState(t, peer)}</p>${await peerMarks(deps, t, peer, csrf)}${await handshakeSection(deps, t, peer, csrf)}
${await healthSection(deps, c, peer)}
${peer.state === 'active' ? html`<section class="section"><h2>${t('peers.backfill')}</h2>${running ? html`<progress aria-label="${t('peers.backfill')}" max="${peer.backfillTotal ?? 1}" value="${peer.backfillDone}"></progress>` : ''}<p>${t.any(`peers.backfillStates.${peer.backfillState}`, { done: peer.backfillDone, total: peer.backfillTotal ?? 0 })}${peer.backfillError === null ? '' : html`<br><span class="problem">${failureNote(t, peer.backfillError)}</span>`}</p></section>` : ''}
${scopeSection(t, peer, csrf)}
<div class="row section">${recognitionLink(t, peer)}${['active', 'paused'].includes(peer.state) ? html`<a class="button danger" href="/admin/peers/${peer.id}/cut">${t('peers.cut')}</a>` : ''}</div>`,
    );
  });
  const peerChange = (path: string, work: (peer: PeerRow, c: Ctx) => Promise<unknown>, word: string): void =>
    change(`/peers/:id/${path}`, '/admin/peers/:id', async (c) => {
      const peer = await findPeer(db.read, c.req.param('id') ?? '');
      if (peer === undefined) return 'notFound';
      await work(peer, c);
      return word;
    });
  const notedPeer =
    (action: AuditAction, work: (tx: Tx, peer: PeerRow) => Promise<unknown>) =>
    (peer: PeerRow, c: Ctx): Promise<unknown> =>
      noted(
        c,
        { action, subject: peer.host },
        (tx) => stateOfPeer(tx, peer),
        (tx) => work(tx, peer),
      );
  peerChange('comparison', (peer) => db.write((tx) => askComparison(tx, site.now(), peer.id)), 'comparisonAsked');
  peerChange(
    'end',
    notedPeer('peer.cut', (tx, peer) => cutPeer(tx, site, peer, true)),
    'peeringCut',
  );

  refusalRoutes(deps, app, shell);
  twoFactorRoutes(deps, app, shell);

  const settingsPage = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('admin.areas.settings'),
      html`<form class="stack" method="post" action="/admin/settings">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${cooperativeFields(form, false, site.host)}${input(form, 'charterUrl', { label: t('fields.charterUrl'), hint: t('handshake.charterHint'), type: 'url' })}${checkbox(form, 'publicOpen', t('admin.publicOpen'), t('admin.publicOpenHint'))}${button(t('write.save'))}</form>${await twoFactorSection(deps, c)}`,
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
        charterUrl: coop.charterUrl ?? '',
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
        accent: coop.accent,
        charterUrl: form.text('charterUrl'),
        ...(same ? { latitude: String(coop.latitude), longitude: String(coop.longitude) } : {}),
      },
      (name) => deps.places.find(name),
    );
    if (!read.ok) return settingsPage(c, form.values, read.errors);
    const { handle: _, ...value } = read.value;
    await noted(c, { action: 'cooperative.changed', subject: coop.handle }, stateOfCooperative, (tx) =>
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
