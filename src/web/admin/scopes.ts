/** What flows between this node and one partner: set by the admin, counted before it is done, rested and taken up again. */
import { Hono } from 'hono';
import { type ScopeEffect, pausePeer, previewScopes, resumePeer, setScopes } from '#domain/peer-scopes.ts';
import { type PeerRow, findPeer } from '#domain/peers.ts';
import { DATA_CLASSES, OPEN_SCOPE, type Scope, readScope } from '#domain/scopes.ts';
import { type FieldError, KINDS } from '#domain/types.ts';
import { type Ctx, type Posted, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { facts } from '../ui/components.ts';
import {
  type FormState,
  type Values,
  act,
  button,
  checkbox,
  choices,
  csrfField,
  errorSummary,
  input,
} from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { type Shell, createChange, csrfOf } from './shell.ts';

const HALVES = ['give', 'take'] as const;
type Half = (typeof HALVES)[number];
type Scopes = Record<Half, Scope>;

/** @param shell the frame of the admin's pages */
export const scopeRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const { db, site, places } = deps;
  const app = new Hono<WebEnv>();
  const change = createChange(app);

  const scopePage = async (
    c: Ctx,
    peer: PeerRow,
    values: Values,
    errors: FieldError[] = [],
    effect?: ScopeEffect,
  ): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('scopes.title', { name: peer.name }),
      html`<p class="muted">${t('scopes.intro')}</p>
<form class="stack" method="post" action="/admin/peers/${peer.id}/scopes">${errorSummary(form, (field) => t.any(`scopes.fields.${field.replace(/^(?:give|take)\./, '')}`))}${csrfField(form)}
${effect === undefined ? '' : effectNotice(t, peer, effect)}
${HALVES.map((half) => halfOf(form, half))}
<div class="row">${effect === undefined ? button(t('scopes.preview')) : html`${button(t('scopes.apply'), '', 'apply', '1')}${button(t('scopes.preview'), 'plain')}`}<a href="/admin/peers/${peer.id}">${t('scopes.back')}</a></div></form>
${
  peer.theirGive === null && peer.theirTake === null
    ? ''
    : html`<section class="section"><h2>${t('scopes.theirs', { name: peer.name })}</h2>${facts([
        [t('scopes.gives'), inWords(t, peer.theirGive)],
        [t('scopes.takes'), inWords(t, peer.theirTake)],
      ])}</section>`
}`,
      errors.length > 0 ? 422 : 200,
    );
  };

  app.get('/peers/:id/scopes', async (c) => {
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined) return c.notFound();
    return scopePage(c, peer, { ...valuesOf('give', peer.give), ...valuesOf('take', peer.take) });
  });
  app.post('/peers/:id/scopes', async (c) => {
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined) return c.notFound();
    const form = await posted(c);
    if (!isOwnForm(c, form)) return scopePage(c, peer, form.values, [{ field: 'give.kinds', code: 'formExpired' }]);
    const read = readScopes(form);
    if (!read.ok) return scopePage(c, peer, form.values, read.errors);
    // First what it would do, then, pressed again, it is done.
    if (form.text('apply') !== '1')
      return scopePage(c, peer, form.values, [], await previewScopes(db.read, peer, read.scopes));
    const result = await db.write((tx) => setScopes(tx, site, peer.id, read.scopes));
    return result.ok ? done(c, `/admin/peers/${peer.id}`, 'saved') : scopePage(c, peer, form.values, result.errors);
  });
  const readScopes = (form: Posted): { ok: true; scopes: Scopes } | { ok: false; errors: FieldError[] } => {
    const read = (half: Half) =>
      readScope(
        half,
        {
          kinds: form.all(`${half}.kinds`),
          requests: form.text(`${half}.requests`) === '1',
          data: form.all(`${half}.data`),
          territory: form.text(`${half}.territory`),
          radiusKm: form.text(`${half}.radiusKm`),
        },
        places,
      );
    const [give, take] = [read('give'), read('take')];
    if (give.ok && take.ok) return { ok: true, scopes: { give: give.value, take: take.value } };
    return { ok: false, errors: [give, take].flatMap((one) => (one.ok ? [] : one.errors)) };
  };

  change('/peers/:id/pause', '/admin/peers/:id', async (c) =>
    (await db.write((tx) => pausePeer(tx, site, c.req.param('id') ?? ''))).ok ? 'peerPaused' : 'notFound',
  );
  change('/peers/:id/resumption', '/admin/peers/:id', async (c) =>
    (await db.write((tx) => resumePeer(tx, site, c.req.param('id') ?? ''))).ok ? 'peerResumed' : 'notFound',
  );
  return app;
};

/** On the page of a partner: what flows, in words, and what may be done about it. */
export const scopeSection = (t: Translator, peer: PeerRow, csrf: string): Html | '' =>
  peer.state !== 'active' && peer.state !== 'paused'
    ? ''
    : html`<section class="section"><h2>${t('scopes.heading')}</h2>${facts([
        [t('scopes.give'), inWords(t, peer.give)],
        [t('scopes.take'), inWords(t, peer.take)],
        ...(peer.theirGive === null ? [] : [[t('scopes.gives'), inWords(t, peer.theirGive)] as [string, string]]),
        ...(peer.theirTake === null ? [] : [[t('scopes.takes'), inWords(t, peer.theirTake)] as [string, string]]),
      ])}<div class="row"><a class="button plain" href="/admin/peers/${peer.id}/scopes">${t('scopes.change')}</a>${peer.state === 'active' ? html`<a class="button plain" href="/admin/peers/${peer.id}/rest">${t('scopes.pause')}</a>` : act(`/admin/peers/${peer.id}/resumption`, csrf, t('scopes.resume'), '')}</div></section>`;

const effectNotice = (t: Translator, peer: PeerRow, effect: ScopeEffect): Html =>
  html`<div class="notice" role="status"><strong>${t('scopes.effect')}</strong><ul>
<li>${t('scopes.leave', { n: effect.leave, name: peer.name })}</li><li>${t('scopes.come', { n: effect.come, name: peer.name })}</li><li>${t('scopes.drop', { n: effect.drop })}</li></ul></div>`;

const halfOf = (form: FormState, half: Half): Html => {
  const { t } = form;
  return html`<section class="card stack"><h2>${t.any(`scopes.${half}`)}</h2>
${choices(
  form,
  `${half}.kinds`,
  KINDS.map((value) => ({ value, label: t.any(`kinds.${value}.name`) })),
  { label: t('scopes.fields.kinds'), many: true },
)}
${checkbox(form, `${half}.requests`, t('scopes.fields.requests'))}
${choices(
  form,
  `${half}.data`,
  DATA_CLASSES.map((value) => ({ value, label: t.any(`scopes.data.${value}`) })),
  { label: t('scopes.fields.data'), hint: t('scopes.dataHint'), many: true },
)}
<div class="pair">${input(form, `${half}.territory`, { label: t('scopes.fields.territory'), hint: t('scopes.territoryHint'), places: true, autocomplete: 'off' })}${input(form, `${half}.radiusKm`, { label: t('scopes.fields.radiusKm'), inputmode: 'numeric' })}</div></section>`;
};

const valuesOf = (half: Half, scope: Scope | null): Values => {
  const { kinds, requests, data, territory } = scope ?? OPEN_SCOPE;
  return {
    [`${half}.kinds`]: kinds,
    [`${half}.requests`]: requests ? '1' : '',
    [`${half}.data`]: data,
    [`${half}.territory`]: territory?.name ?? '',
    [`${half}.radiusKm`]: territory === undefined ? '' : String(territory.radiusKm),
  };
};

/** A scope as one line. */
const inWords = (t: Translator, scope: Scope | null): string => {
  const { kinds, requests, data, territory } = scope ?? OPEN_SCOPE;
  if (kinds.length === 0) return t('scopes.nothing');
  return [
    kinds.length === KINDS.length ? t('scopes.allKinds') : kinds.map((kind) => t.any(`kinds.${kind}.name`)).join(', '),
    requests ? t('scopes.withRequests') : t('scopes.offersOnly'),
    ...(territory === undefined ? [] : [t('scopes.within', { km: territory.radiusKm, place: territory.name })]),
    ...data.map((one) => t.any(`scopes.data.${one}`)),
  ].join(' · ');
};
