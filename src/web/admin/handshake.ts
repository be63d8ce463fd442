/** On the page of one that is not yet a partner: what is proposed, and saying yes, no, or something else. */
import { Hono } from 'hono';
import type { Tx } from '#db/database.ts';
import type { AuditAction } from '#domain/audit-actions.ts';
import { stateOfPeer } from '#domain/audit-states.ts';
import { type Terms, defaultTerms, mirrored, refusePeering } from '#domain/handshake.ts';
import {
  agree,
  counterPeering,
  isBeingSettled,
  isOurTurn,
  repeatLastWord,
  withdrawPeering,
} from '#domain/negotiation.ts';
import { type PeerRow, findPeer } from '#domain/peers.ts';
import type { Scope } from '#domain/scopes.ts';
import { checkText } from '#domain/text.ts';
import { ownThumbprint } from '#domain/thumbprint.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type Posted, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { facts } from '../ui/components.ts';
import { type FormState, type Values, act, button, csrfField, errorSummary, hidden, textarea } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { identityFacts, thumbprintHelp } from './peer-identity.ts';
import { differences, inWords, readScopes, scopeFields, scopeLabel, scopeValues } from './scope-form.ts';
import { type Shell, createChange, createNoted, csrfOf } from './shell.ts';

export const handshakeRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const { db, site, places } = deps;
  const app = new Hono<WebEnv>();
  const change = createChange(app);
  const noted = createNoted(deps);
  const notedPeer = <T>(c: Ctx, action: AuditAction, peer: PeerRow, work: (tx: Tx) => Promise<T>): Promise<T> =>
    noted(c, { action, subject: peer.host }, (tx) => stateOfPeer(tx, { id: peer.id }), work);
  const peerChange = (path: string, work: (peer: PeerRow, form: Posted, c: Ctx) => Promise<string>): void =>
    change(`/peers/:id/${path}`, '/admin/peers/:id', async (c, form) => {
      const peer = await findPeer(db.read, c.req.param('id') ?? '');
      return peer === undefined ? 'notFound' : work(peer, form, c);
    });

  peerChange('acceptance', (peer, form, c) =>
    notedPeer(c, 'peer.accepted', peer, async (tx) => {
      const now = await findPeer(tx, peer.id);
      if (now === undefined) return 'notFound';
      // Yes is said to what was read, and to nothing that came since.
      if (isOther(form, now)) return 'peeringChanged';
      return (await agree(tx, site, now)).ok ? 'peeringAccepted' : 'notFound';
    }),
  );
  peerChange('withdrawal', async (peer, _form, c) =>
    (await notedPeer(c, 'peer.withdrawn', peer, (tx) => withdrawPeering(tx, site, peer))).ok
      ? 'peeringWithdrawn'
      : 'notFound',
  );
  peerChange('reminder', async (peer) => {
    await db.write((tx) => repeatLastWord(tx, site, peer));
    return 'peeringRepeated';
  });

  const refusalPage = async (c: Ctx, peer: PeerRow, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('handshake.refuseTitle', { name: peer.name }),
      html`<p>${t('handshake.refuseText')}</p><form class="stack" method="post" action="/admin/peers/${peer.id}/refusal">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${read(peer)}${textarea(form, 'reason', { label: t('fields.reason'), hint: t('handshake.refuseHint'), rows: 4 })}<div class="row">${button(t('peers.refuse'), 'danger')}<a class="button plain" href="/admin/peers/${peer.id}">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  const refusable = async (c: Ctx): Promise<PeerRow | undefined> => {
    const peer = await findPeer(db.read, c.req.param('id') ?? '');
    return peer !== undefined && mayRefuse(peer) ? peer : undefined;
  };
  app.get('/peers/:id/refusal', async (c) => {
    const peer = await refusable(c);
    return peer === undefined ? c.notFound() : refusalPage(c, peer, {}, []);
  });
  app.post('/peers/:id/refusal', async (c) => {
    const form = await posted(c);
    const peer = await refusable(c);
    if (peer === undefined) return done(c, '/admin/peers', 'notFound');
    if (!isOwnForm(c, form)) return refusalPage(c, peer, form.values, [{ field: 'reason', code: 'formExpired' }]);
    const reason = form.text('reason').trim();
    const errors = checkText('reason', reason, { max: 1_000 });
    if (errors.length > 0) return refusalPage(c, peer, form.values, errors);
    // What a person writes is never one of our own words.
    const words = reason.replace(/^code:/, 'code :');
    const changed = await notedPeer(c, 'peer.refused', peer, async (tx) => {
      const now = await findPeer(tx, peer.id);
      if (now === undefined || !mayRefuse(now) || isOther(form, now)) return { now };
      return void (await refusePeering(tx, site, now, words));
    });
    if (changed === undefined) return done(c, `/admin/peers/${peer.id}`, 'peeringRefused');
    return changed.now !== undefined && mayRefuse(changed.now)
      ? refusalPage(c, changed.now, form.values, [{ field: 'reason', code: 'peeringChanged' }])
      : done(c, `/admin/peers/${peer.id}`, 'peeringChanged');
  });

  const proposalPage = async (c: Ctx, peer: PeerRow, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('handshake.counterTitle', { name: peer.name }),
      html`<p class="muted">${t('handshake.counterText', { name: peer.name })}</p>
<form class="stack" method="post" action="/admin/peers/${peer.id}/proposal">${errorSummary(form, (field) => scopeLabel(t, field))}${csrfField(form)}${read(peer)}${scopeFields(form)}${textarea(form, 'message', { label: t('peers.message'), rows: 3 })}<div class="row">${button(t('handshake.sendProposal'))}<a class="button plain" href="/admin/peers/${peer.id}">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/peers/:id/proposal', async (c) => {
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined || !mayCounter(peer)) return c.notFound();
    const theirs = mirrored(peer);
    const usual = await defaultTerms(db.read);
    const begin = theirs === undefined ? usual : peer.state === 'received' ? common(theirs, usual) : theirs;
    return proposalPage(c, peer, scopeValues(begin), []);
  });
  app.post('/peers/:id/proposal', async (c) => {
    const form = await posted(c);
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined || !mayCounter(peer)) return done(c, '/admin/peers', 'notFound');
    if (!isOwnForm(c, form)) return proposalPage(c, peer, form.values, [{ field: 'message', code: 'formExpired' }]);
    const scopes = readScopes(form, places);
    if (!scopes.ok) return proposalPage(c, peer, form.values, scopes.errors);
    const result = await notedPeer(c, 'peer.countered', peer, async (tx) => {
      const now = await findPeer(tx, peer.id);
      if (now === undefined || !mayCounter(now) || isOther(form, now)) return { now };
      return counterPeering(tx, site, now, scopes.scopes, form.text('message').trim());
    });
    if ('now' in result)
      return result.now !== undefined && mayCounter(result.now)
        ? proposalPage(c, result.now, form.values, [{ field: 'message', code: 'peeringChanged' }])
        : done(c, `/admin/peers/${peer.id}`, 'peeringChanged');
    if (!result.ok) return proposalPage(c, peer, form.values, result.errors);
    return done(
      c,
      `/admin/peers/${peer.id}`,
      result.value.state === 'countered' ? 'peeringCountered' : 'peeringAccepted',
    );
  });
  return app;
};

/** What is decided about: a form says which proposal its page showed. */
const read = (peer: PeerRow): Html => hidden('proposal', peer.proposal ?? '');
const isOther = (form: Posted, peer: PeerRow): boolean => form.text('proposal') !== (peer.proposal ?? '');

/** Whoever asked may be refused, also while other terms are on the table. */
const mayRefuse = (peer: PeerRow): boolean =>
  ['received', 'countered'].includes(peer.state) && peer.followReceived !== null;
const mayCounter = (peer: PeerRow): boolean => isOurTurn(peer) && peer.proposal !== null;

/** What both have. */
const common = (a: Terms, b: Terms): Terms => ({ give: narrowed(a.give, b.give), take: narrowed(a.take, b.take) });
const narrowed = (a: Scope, b: Scope): Scope => {
  const territory = b.territory ?? a.territory;
  return {
    kinds: a.kinds.filter((kind) => b.kinds.includes(kind)),
    requests: a.requests && b.requests,
    data: a.data.filter((one) => b.data.includes(one)),
    ...(territory === undefined ? {} : { territory }),
  };
};

/** On the page of a partner to be. */
export const handshakeSection = async (deps: WebDeps, t: Translator, peer: PeerRow, csrf: string): Promise<Html> => {
  const { db, site } = deps;
  const own = peer.plain ? undefined : await ownThumbprint(db.read, site);
  const identity = html`${identityFacts(t, peer, new URL(peer.nodeActor).origin)}${thumbprintHelp(t, own)}`;
  // A partner is known; who it is can be looked up.
  if (['active', 'paused', 'cut'].includes(peer.state))
    return html`<p>${peer.summary}</p><details><summary>${t('handshake.who')}</summary><div class="stack">${identity}</div></details>`;
  const base = `/admin/peers/${peer.id}`;
  return html`${reason(t, peer)}${message(t, peer)}${await terms(deps, t, peer)}
<div class="row section">${isOurTurn(peer) ? act(`${base}/acceptance`, csrf, t('peers.accept'), '', { proposal: peer.proposal ?? '' }) : ''}${mayCounter(peer) ? html`<a class="button plain" href="${base}/proposal">${t('handshake.counter')}</a>` : ''}${mayRefuse(peer) ? html`<a class="button danger" href="${base}/refusal">${t('peers.refuse')}</a>` : ''}${mayRepeat(peer) ? act(`${base}/reminder`, csrf, t('handshake.repeat')) : ''}${mayWithdraw(peer) ? act(`${base}/withdrawal`, csrf, t('handshake.withdraw'), 'danger') : ''}</div>
<section class="section"><h2>${t('handshake.who')}</h2><div class="stack">${identity}</div></section>`;
};

const mayRepeat = (peer: PeerRow): boolean =>
  peer.state === 'asked' || (peer.state === 'countered' && peer.turn === 'them');
const mayWithdraw = (peer: PeerRow): boolean =>
  ['asked', 'countered'].includes(peer.state) && peer.followSent !== null && !peer.sentAccepted;

/** The last word of either. */
const message = (t: Translator, peer: PeerRow): Html | '' => {
  if (peer.message === '') return '';
  const by = isOurTurn(peer)
    ? html`<p class="muted">${t('handshake.theyWrite', { name: peer.name })}</p>`
    : mayRepeat(peer) && !isBeingSettled(peer)
      ? html`<p class="muted">${t('handshake.youWrote')}</p>`
      : '';
  return html`${by}<blockquote class="card">${peer.message}</blockquote>`;
};

const reason = (t: Translator, peer: PeerRow): Html | '' => {
  if (peer.state !== 'refused') return '';
  const byThem = peer.followReceived === null;
  const words = peer.reason.startsWith('code:')
    ? peer.reason === 'code:notListed'
      ? t('peers.refusals.notListed')
      : t.any(`errors.invite.${peer.reason.slice(5)}`, { host: peer.host })
    : peer.reason;
  return html`<div class="notice"><p>${t(byThem ? 'handshake.theyRefused' : 'handshake.weRefused', { name: peer.name })}</p>${words === '' ? '' : html`<blockquote>${words}</blockquote>`}${byThem ? html`<p><a href="/admin/peers/new?domain=${encodeURIComponent(peer.host)}">${t('handshake.askAnew')}</a></p>` : ''}</div>`;
};

/** What is on the table; and, where it is ours to answer, how it differs from what we said or usually do. */
const terms = async ({ db }: WebDeps, t: Translator, peer: PeerRow): Promise<Html | ''> => {
  if (peer.plain || ['refused', 'withdrawn'].includes(peer.state)) return '';
  const theirs = mirrored(peer);
  const ours = peer.give === null || peer.take === null ? undefined : { give: peer.give, take: peer.take };
  const shown = isOurTurn(peer) ? theirs : ours;
  if (shown === undefined) return '';
  const heading = isOurTurn(peer)
    ? t('handshake.theirProposal', { name: peer.name })
    : t(isBeingSettled(peer) ? 'handshake.agreed' : 'handshake.ourProposal');
  const usual = await defaultTerms(db.read);
  const compared = isOurTurn(peer)
    ? peer.state === 'countered'
      ? changes(t, t('handshake.changed'), ours ?? usual, shown)
      : changes(t, t('handshake.unusual'), usual, shown)
    : peer.state === 'countered' && theirs !== undefined
      ? changes(t, t('handshake.changedByUs'), theirs, shown)
      : '';
  return html`<section class="section"><h2>${heading}</h2>${facts([
    [t('handshake.wouldGive'), inWords(t, shown.give)],
    [t('handshake.wouldTake'), inWords(t, shown.take)],
  ])}${compared}</section>`;
};

const changes = (t: Translator, heading: string, before: Terms, after: Terms): Html | '' => {
  const lines = [
    ...differences(t, before.give, after.give).map((what) => t('handshake.inGive', { what })),
    ...differences(t, before.take, after.take).map((what) => t('handshake.inTake', { what })),
  ];
  return lines.length === 0
    ? ''
    : html`<div class="notice section"><strong>${heading}</strong><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></div>`;
};
