/** The partners, who answers at an address or has sent an invitation, and asking to become a partner. */
import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { badgesOf } from '#domain/identity/anchors.ts';
import { countByHost } from '#domain/catalogue.ts';
import { stateOfPeer } from '#domain/audit-states.ts';
import { healthOf } from '#domain/peer-health.ts';
import { type Terms, defaultTerms, requestPeering } from '#domain/handshake.ts';
import { type PeerRow, findPeerByHost, listPeers } from '#domain/peers.ts';
import type { FoundInvite, PeerPreview } from '#domain/ports.ts';
import { ownThumbprint } from '#domain/thumbprint.ts';
import type { FieldError, Result } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { empty, facts } from '../ui/components.ts';
import { type FormState, type Values, button, csrfField, errorSummary, hidden, input, textarea } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { markBadges } from '../ui/marks.ts';
import { healthWord } from './peer-health.ts';
import { previewMarks } from './peer-marks.ts';
import { identityFacts, peerState, thumbprintHelp } from './peer-identity.ts';
import { inWords, readScopes, scopeFields, scopeLabel, scopeValues } from './scope-form.ts';
import { type Shell, createNoted, csrfOf } from './shell.ts';

/** What was found at an address, or behind an invitation. */
type Found = { preview: PeerPreview; invite?: FoundInvite };
const INVITE_LINK = /\/peering\/invitations\//;

export const peersRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const { db, site } = deps;
  const app = new Hono<WebEnv>();

  const peersPage = async (c: Ctx, values: Values, errors: FieldError[], found?: Found): Promise<Response> => {
    const { t } = c.get('asked');
    // What waits for a word of ours comes first: among thirty it would not be found.
    const peers = (await listPeers(db.read)).toSorted((a, b) => Number(isOurs(b)) - Number(isOurs(a)));
    const counts = await countByHost(db.read);
    const health = await healthOf(db.read, site.now(), peers);
    const badges = await badgesOf(
      db.read,
      site.now(),
      peers.map(({ host }) => host),
    );
    // What is wrong with the other's address or invitation stands at the field; the rest at the request.
    const above = errors.some((error) => error.field === 'domain');
    const form: FormState = { t, values, errors: above || found === undefined ? errors : [], csrf: csrfOf(c) };
    return shell(
      c,
      t('admin.areas.peers'),
      html`${found === undefined || above ? '' : await foundSection(c, values, errors, found)}<p class="muted${found === undefined || above ? '' : ' section'}">${t('peers.intro')}</p>
<form class="card stack" method="post" action="/admin/peers/preview">${errorSummary(form, (field) => scopeLabel(t, field))}${csrfField(form)}${input(form, 'domain', { label: t('peers.domain'), hint: t('handshake.domainHint'), required: true, autocomplete: 'off' })}<div class="row">${button(t('peers.look'), found === undefined ? '' : 'plain')}</div></form>
${found === undefined || !above ? '' : await foundSection(c, values, [], found)}
<p class="row section"><a class="button plain" href="/admin/peers/invitations">${t('invites.title')}</a><a class="button plain" href="/admin/peers/defaults">${t('handshake.defaults')}</a></p>
<section class="section"><h2>${t('peers.list')}</h2>${peers.length === 0 ? empty(t('peers.none')) : html`<ul class="lines">${peers.map((peer) => html`<li><p><a href="/admin/peers/${peer.id}"><strong>${peer.name}</strong></a><br><span class="muted small">${peer.host} · ${t('home.partnerListings', { n: counts.get(peer.host) ?? 0 })}</span>${badges.has(peer.host) ? html`<br>${markBadges(t, badges.get(peer.host))}` : ''}</p>${healthWord(t, peer, health.get(peer.id), site.now())}</li>`)}</ul>`}</section>`,
      errors.length > 0 ? 422 : 200,
    );
  };

  const foundSection = async (c: Ctx, values: Values, errors: FieldError[], found: Found): Promise<Html> => {
    const { t } = c.get('asked');
    const { preview, invite } = found;
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    const known = await findPeerByHost(db.read, preview.host);
    return html`<section class="card stack section" id="found"><h2>${invite === undefined ? t('peers.answers', { host: preview.host }) : t('invites.invitesYou', { name: preview.name })}</h2>
${known === undefined ? '' : html`<p>${peerState(t, known)} <a href="/admin/peers/${known.id}">${t('handshake.seePage')}</a></p>`}
${preview.node ? '' : html`<p class="notice">${t('handshake.plain', { software: preview.software, host: preview.host })}</p>`}
${identityFacts(t, preview, new URL(preview.nodeActor).origin)}
${await previewMarks(deps, t, preview)}
${preview.node ? thumbprintHelp(t, await ownThumbprint(db.read, site)) : ''}
${known?.state === 'active' || known?.state === 'paused' ? '' : await askForm(form, found)}</section>`;
  };
  const askForm = async (form: FormState, { preview, invite }: Found): Promise<Html> => {
    const { t } = form;
    return html`<form class="stack" method="post" action="/admin/peers">${errorSummary(form, (field) => scopeLabel(t, field))}${csrfField(form)}${hidden('domain', preview.host)}
${invite === undefined ? (preview.node ? await ownTerms(form) : '') : invitedTo(form, invite)}
${preview.node ? textarea(form, 'message', { label: t('peers.message'), rows: 3 }) : ''}<div class="row">${button(t(invite !== undefined ? 'invites.join' : preview.node ? 'peers.ask' : 'handshake.follow'))}</div></form>`;
  };
  /** What is proposed, as it is set for new partners; changed here for this one. */
  const ownTerms = async (form: FormState): Promise<Html> => {
    const { t } = form;
    const typed = form.values['give.kinds'] !== undefined || form.values['terms'] !== undefined;
    const terms = await defaultTerms(db.read);
    const values = typed ? form.values : { ...form.values, ...scopeValues(terms) };
    const words = facts([
      [t('handshake.wouldGive'), inWords(t, terms.give)],
      [t('handshake.wouldTake'), inWords(t, terms.take)],
    ]);
    return html`<h3>${t('handshake.proposal')}</h3>${typed ? '' : words}<details${typed ? html` open` : ''}><summary>${t('handshake.changeTerms')}</summary><div class="stack">${hidden('terms', '1')}${scopeFields({ ...form, values })}</div></details>`;
  };
  const invitedTo = ({ t }: FormState, invite: FoundInvite): Html =>
    html`${hidden('read', seal(invite))}${hidden('invite', `${originOf(deps, invite.host)}/peering/invitations/${invite.secret}`)}<h3>${t('invites.terms')}</h3>${facts(
      [
        [t('handshake.wouldGive'), inWords(t, invite.takes)],
        [t('handshake.wouldTake'), inWords(t, invite.gives)],
        [t('invites.until'), t.date(invite.expires)],
      ],
    )}<p class="muted">${t('invites.joinText')}</p>`;

  /** @returns faults of `domain` */
  const find = async (domain: string, link: string): Promise<Result<Found>> => {
    const atDomain = (errors: FieldError[]): { ok: false; errors: FieldError[] } => ({
      ok: false,
      errors: errors.map((error) => ({ ...error, field: 'domain' })),
    });
    if (link === '') {
      const preview = await deps.federation.inspect(domain);
      return preview.ok ? { ok: true, value: { preview: preview.value } } : preview;
    }
    const invite = await deps.federation.invite(link);
    if (!invite.ok) return atDomain(invite.errors);
    if (invite.value.state !== 'open')
      return atDomain([
        { field: 'invite', code: `invite.${STATES[invite.value.state]}`, params: { host: invite.value.host } },
      ]);
    const preview = await deps.federation.inspect(invite.value.host);
    return preview.ok ? { ok: true, value: { preview: preview.value, invite: invite.value } } : preview;
  };
  const look = async (c: Ctx, values: Values, domain: string, link: string): Promise<Response> => {
    const found = await find(domain, link);
    return found.ok ? peersPage(c, values, [], found.value) : peersPage(c, values, found.errors);
  };

  app.get('/peers', (c) => peersPage(c, {}, []));
  // Where an invitation leads: its link is opened at the node that gave it, and goes on here.
  app.get('/peers/new', (c) => {
    const [domain, link] = [c.req.query('domain') ?? '', (c.req.query('invite') ?? '').slice(0, 500)];
    return domain === '' && link === ''
      ? peersPage(c, {}, [])
      : look(c, { domain: link === '' ? domain : link }, domain, link);
  });
  app.post('/peers/preview', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return peersPage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const typed = form.text('domain').trim();
    return look(c, form.values, typed, INVITE_LINK.test(typed) ? typed : '');
  });
  app.post('/peers', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return peersPage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const found = await find(form.text('domain'), form.text('invite'));
    if (!found.ok) return peersPage(c, form.values, found.errors);
    const { preview, invite } = found.value;
    // Its node might answer with other terms than those that were read.
    if (invite !== undefined && form.text('read') !== seal(invite))
      return peersPage(c, form.values, [{ field: 'domain', code: 'invite.changed' }], found.value);
    let terms: Terms | undefined = invite === undefined ? undefined : { give: invite.takes, take: invite.gives };
    if (terms === undefined && form.text('terms') === '1') {
      const read = readScopes(form, deps.places);
      if (!read.ok) return peersPage(c, form.values, read.errors, found.value);
      terms = read.scopes;
    }
    const result = await createNoted(deps)(
      c,
      { action: 'peer.asked', subject: preview.host },
      (tx) => stateOfPeer(tx, { host: preview.host }),
      (tx) =>
        requestPeering(tx, site, preview, form.text('message').trim(), {
          ...(terms === undefined ? {} : { terms }),
          ...(invite === undefined ? {} : { invite: invite.secret }),
        }),
    );
    return result.ok
      ? done(
          c,
          `/admin/peers/${result.value.id}`,
          preview.node ? (invite === undefined ? 'peeringAsked' : 'peeringJoined') : 'peerFollowAsked',
        )
      : peersPage(c, form.values, result.errors, found.value);
  });
  return app;
};

/** Is it for us to decide? */
const isOurs = ({ state, turn }: PeerRow): boolean => state === 'received' || (state === 'countered' && turn === 'us');

/** What the page showed of an invitation. */
const seal = ({ gives, takes }: FoundInvite): string =>
  createHash('sha256')
    .update(JSON.stringify([gives, takes]))
    .digest('base64url');

const STATES = { used: 'inviteUsed', expired: 'inviteExpired', revoked: 'inviteRevoked' } as const;

/** Of another node: plain http only among nodes of one machine. */
export const originOf = (deps: Pick<WebDeps, 'site'>, host: string): string =>
  `${deps.site.origin.startsWith('http:') && /(?:^|\.)localhost(?::\d+)?$/.test(host) ? 'http' : 'https'}://${host}`;
