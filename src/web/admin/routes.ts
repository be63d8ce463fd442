/** The admin's pages: what waits for a decision, members, partners, settings, reports, journal. */
import { and, eq, isNotNull } from 'drizzle-orm';
import { Hono } from 'hono';
import { countByHost } from '#domain/catalogue.ts';
import { askComparison, lastComparisons } from '#domain/comparisons.ts';
import { updateCooperative, readCooperative } from '#domain/cooperative.ts';
import { dropHeldLetter, heldLetters } from '#domain/mail.ts';
import { approveMember, listMembers, reinstateMember, setRole, suspendMember } from '#domain/members.ts';
import { cutPeer, findPeer, peersToDecide, type PeerRow } from '#domain/peers.ts';
import { countOpenReports } from '#domain/reports.ts';
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
import { comparisonSection } from './comparison.ts';
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
} from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { failingWords } from './failures.ts';
import { handshakeRoutes, handshakeSection } from './handshake.ts';
import { inviteRoutes } from './invites.ts';
import { journalRoutes } from './journal.ts';
import { operationRoutes } from './operation.ts';
import { peerState } from './peer-identity.ts';
import { peersRoutes } from './peers.ts';
import { scopeRoutes, scopeSection } from './scopes.ts';
import { PAGE, createChange, createShell, csrfOf } from './shell.ts';

export const adminRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  // Moderators see members and reports; the rest is the admins'.
  app.use(async (c, next) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const forModerators = /^\/admin(?:\/(?:members|reports).*)?$/.test(c.req.path);
    if (!hasRole(viewer, forModerators ? 'moderator' : 'admin')) return c.notFound();
    return next();
  });
  app.use(lately(deps));

  const shell = createShell(deps);
  const change = createChange(app);

  app.route('/', journalRoutes(deps));
  app.route('/', operationRoutes(deps));
  app.route('/', scopeRoutes(deps, shell));
  app.route('/', peersRoutes(deps, shell));
  app.route('/', inviteRoutes(deps, shell));
  app.route('/', handshakeRoutes(deps, shell));

  app.get('/', async (c) => {
    const { t } = c.get('asked');
    // Letters hold links that let one in as somebody, an admin too: they are for admins alone.
    const admin = hasRole(viewerOf(c)!, 'admin');
    const [pending, asking, reports, letters] = [
      await listMembers(db.read, { state: 'pending', limit: 50 }),
      admin ? await peersToDecide(db.read) : [],
      await countOpenReports(db.read),
      admin ? await heldLetters(db.read) : [],
    ];
    const counts = await countByHost(db.read);
    const { accounts, deliveries } = db.read.t;
    const [members, waiting] = [
      await db.read.$count(accounts),
      await db.read.$count(deliveries, eq(deliveries.state, 'waiting')),
    ];
    const failing = await db.read.select().from(db.read.t.hosts).where(isNotNull(db.read.t.hosts.failing)).limit(50);
    const todo = pending.length + asking.length + reports + failing.length;
    return shell(
      c,
      t('admin.areas.home'),
      html`<div class="numbers"><div class="card"><b>${t.number(members)}</b>${t('admin.members')}</div><div class="card"><b>${t.number(counts.get(site.host) ?? 0)}</b>${t('admin.listings')}</div><div class="card"><b>${t.number([...counts].reduce((sum, [host, n]) => (host === site.host ? sum : sum + n), 0))}</b>${t('admin.shared')}</div><div class="card"><b>${t.number(waiting)}</b>${t('admin.waiting')}</div></div>
<section class="section"><h2>${t('admin.todo')}</h2>${
        todo === 0
          ? empty(t('admin.nothing'))
          : html`<ul class="lines">
${pending.map((member) => html`<li><p>${t('admin.asksToJoin', { name: member.name })}<br><span class="muted small">${member.motivation}</span></p><a class="button plain" href="/admin/members">${t('admin.decide')}</a></li>`)}
${asking.map((peer) => html`<li><p>${t(peer.state === 'countered' ? 'handshake.proposesTerms' : 'admin.asksToPeer', { name: peer.name })}</p><a class="button plain" href="/admin/peers/${peer.id}">${t('admin.decide')}</a></li>`)}
${reports > 0 ? html`<li><p>${t('admin.openReports', { n: reports })}</p><a class="button plain" href="/admin/reports">${t('admin.decide')}</a></li>` : ''}
${failing.map((host) => html`<li><p>${stateWord('bad', failingWords(t, host, site.now()))}</p><a class="button plain" href="/admin/operation/hosts/${encodeURIComponent(host.host)}">${t('admin.see')}</a></li>`)}</ul>`
      }</section>
${deps.mailConfigured || letters.length === 0 ? '' : html`<section class="section"><h2>${t('admin.letters')}</h2><p class="muted">${t('admin.lettersText')}</p><ul class="lines">${letters.map((letter) => html`<li><p><strong>${letter.subject}</strong><br><span class="muted small">${letter.to} · ${t.time(letter.created)}</span><br>${letter.link === '' ? '' : html`<span class="code">${letter.link}</span>`}</p>${act('/admin/letters/handed-over', csrfOf(c), t('admin.handedOver'), 'plain', { row: String(letter.row) })}</li>`)}</ul></section>`}`,
    );
  });
  change('/letters/handed-over', '/admin', async (_c, form) => {
    await db.write((tx) => dropHeldLetter(tx, Number(form.text('row'))));
    return 'saved';
  });

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

  app.get('/peers/:id', async (c) => {
    const { t } = c.get('asked');
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined) return c.notFound();
    const csrf = csrfOf(c);
    const { deliveries, hosts } = db.read.t;
    const waiting = await db.read.$count(
      deliveries,
      and(eq(deliveries.host, peer.host), eq(deliveries.state, 'waiting')),
    );
    const dead = await db.read.$count(deliveries, and(eq(deliveries.host, peer.host), eq(deliveries.state, 'dead')));
    const [host] = await db.read.select().from(hosts).where(eq(hosts.host, peer.host)).limit(1);
    const running = peer.state === 'active' && ['waiting', 'running', 'failed'].includes(peer.backfillState);
    return shell(
      c,
      peer.name,
      html`<p>${peerState(t, peer)}</p>${await handshakeSection(deps, t, peer, csrf)}
<div class="section">${facts([
        [t('peers.lastIn'), peer.lastReceived === null ? '–' : t.time(peer.lastReceived)],
        [t('peers.lastOut'), peer.lastDelivered === null ? '–' : t.time(peer.lastDelivered)],
        [t('admin.waiting'), t.number(waiting)],
        [t('peers.dead'), t.number(dead)],
      ])}</div>
${host?.failing == null && dead === 0 ? '' : html`<p class="section">${host?.failing == null ? '' : html`${stateWord('bad', failingWords(t, host, site.now()))}<br>`}<a href="/admin/operation/hosts/${encodeURIComponent(peer.host)}">${t('operation.sendingTo', { host: peer.host })}</a></p>`}
${peer.state === 'active' ? html`<section class="section"><h2>${t('peers.backfill')}</h2>${running ? html`<progress aria-label="${t('peers.backfill')}" max="${peer.backfillTotal ?? 1}" value="${peer.backfillDone}"></progress>` : ''}<p>${t.any(`peers.backfillStates.${peer.backfillState}`, { done: peer.backfillDone, total: peer.backfillTotal ?? 0 })}${peer.backfillError === null ? '' : html`<br><span class="problem">${peer.backfillError}</span>`}</p></section>${comparisonSection(t, `/admin/peers/${peer.id}`, csrf, (await lastComparisons(db.read, [peer.id])).get(peer.id))}` : ''}
${scopeSection(t, peer, csrf)}
<div class="row section">${['active', 'paused'].includes(peer.state) ? html`<details><summary>${t('peers.cut')}</summary><div class="card stack"><p>${t('peers.cutText')}</p>${act(`/admin/peers/${peer.id}/end`, csrf, t('peers.cut'), 'danger')}</div></details>` : ''}</div>`,
    );
  });
  const peerChange = (path: string, work: (peer: PeerRow) => Promise<unknown>, word: string): void =>
    change(`/peers/:id/${path}`, '/admin/peers/:id', async (c) => {
      const peer = await findPeer(db.read, c.req.param('id') ?? '');
      if (peer === undefined) return 'notFound';
      await work(peer);
      return word;
    });
  peerChange('comparison', (peer) => db.write((tx) => askComparison(tx, site.now(), peer.id)), 'comparisonAsked');
  peerChange('end', (peer) => db.write((tx) => cutPeer(tx, site, peer, true)), 'peeringCut');

  decisionRoutes(deps, app, shell);

  const settingsPage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('admin.areas.settings'),
      html`<form class="stack" method="post" action="/admin/settings">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${cooperativeFields(form, false, site.host)}${input(form, 'charterUrl', { label: t('fields.charterUrl'), hint: t('handshake.charterHint'), type: 'url' })}${checkbox(form, 'publicOpen', t('admin.publicOpen'), t('admin.publicOpenHint'))}${button(t('write.save'))}</form>`,
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
        charterUrl: form.text('charterUrl'),
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
