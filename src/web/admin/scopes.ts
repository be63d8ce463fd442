/** What flows between this node and one partner: set by the admin, counted before it is done, rested and taken up again. */
import { Hono } from 'hono';
import type { Tx } from '#db/database.ts';
import type { AuditAction } from '#domain/audit-actions.ts';
import { stateOfPeer } from '#domain/audit-states.ts';
import { type ScopeEffect, pausePeer, previewScopes, resumePeer, setScopes } from '#domain/peer-scopes.ts';
import { type PeerRow, findPeer } from '#domain/peers.ts';
import { type DataEffect, previewData } from '#domain/scope-effects.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { facts } from '../ui/components.ts';
import { type FormState, type Values, act, button, csrfField, errorSummary } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { inWords, readScopes, scopeFields, scopeLabel, scopeValues } from './scope-form.ts';
import { type Shell, createChange, createNoted, csrfOf } from './shell.ts';

type Effect = ScopeEffect & { data: DataEffect[] };

/** @param shell the frame of the admin's pages */
export const scopeRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const { db, site, places } = deps;
  const app = new Hono<WebEnv>();
  const change = createChange(app);
  const noted = createNoted(deps);

  const scopePage = async (
    c: Ctx,
    peer: PeerRow,
    values: Values,
    errors: FieldError[] = [],
    effect?: Effect,
  ): Promise<Response> => {
    const { t } = c.get('asked');
    const form: FormState = { t, values, errors, csrf: csrfOf(c) };
    return shell(
      c,
      t('scopes.title', { name: peer.name }),
      html`<p class="muted">${t('scopes.intro')}</p>
<form class="stack" method="post" action="/admin/peers/${peer.id}/scopes">${errorSummary(form, (field) => scopeLabel(t, field))}${csrfField(form)}
${effect === undefined ? '' : effectNotice(t, peer, effect)}
${scopeFields(form)}
<div class="row">${button(t('scopes.preview'), effect === undefined ? '' : 'plain')}<a href="/admin/peers/${peer.id}">${t('scopes.back')}</a></div></form>
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
    return scopePage(c, peer, scopeValues(peer));
  });
  app.post('/peers/:id/scopes', async (c) => {
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined) return c.notFound();
    const form = await posted(c);
    if (!isOwnForm(c, form)) return scopePage(c, peer, form.values, [{ field: 'give.kinds', code: 'formExpired' }]);
    const read = readScopes(form, places);
    if (!read.ok) return scopePage(c, peer, form.values, read.errors);
    // First what it would do, then, pressed again, it is done.
    if (form.text('apply') !== '1')
      return scopePage(c, peer, form.values, [], {
        ...(await previewScopes(db.read, peer, read.scopes)),
        data: await previewData(db.read, site.now(), peer, read.scopes),
      });
    const result = await noted(
      c,
      { action: 'peer.scopes', subject: peer.host },
      (tx) => stateOfPeer(tx, peer),
      (tx) => setScopes(tx, site, peer.id, read.scopes),
    );
    return result.ok ? done(c, `/admin/peers/${peer.id}`, 'saved') : scopePage(c, peer, form.values, result.errors);
  });
  const flowChange = (
    path: string,
    action: AuditAction,
    work: (tx: Tx, id: string) => Promise<{ ok: boolean }>,
    word: string,
  ): void =>
    change(`/peers/:id/${path}`, '/admin/peers/:id', async (c) => {
      const id = c.req.param('id') ?? '';
      const subject = (await findPeer(db.read, id))?.host ?? id;
      const result = await noted(
        c,
        { action, subject },
        (tx) => stateOfPeer(tx, { id }),
        (tx) => work(tx, id),
      );
      return result.ok ? word : 'notFound';
    });
  flowChange('pause', 'peer.paused', (tx, id) => pausePeer(tx, site, id), 'peerPaused');
  flowChange('resumption', 'peer.resumed', (tx, id) => resumePeer(tx, site, id), 'peerResumed');
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

/** With the button that does it: at the end of the form it would be three screens below on a telephone. */
const effectNotice = (t: Translator, peer: PeerRow, effect: Effect): Html =>
  html`<div class="notice" role="status"><strong>${t('scopes.effect')}</strong><ul>
<li>${t('scopes.leave', { n: effect.leave, name: peer.name })}</li><li>${t('scopes.come', { n: effect.come, name: peer.name })}</li><li>${t('scopes.drop', { n: effect.drop })}</li>${effect.data.map((one) => html`<li>${dataWords(t, peer, one)}</li>`)}</ul>${button(t('scopes.apply'), '', 'apply', '1')}</div>`;

const dataWords = (t: Translator, { name }: PeerRow, { half, data, starts, n }: DataEffect): string =>
  n === undefined
    ? t('scopeEffects.none', { what: t.any(`scopes.data.${data}`) })
    : t.any(`scopeEffects.${half}.${data}.${starts ? 'starts' : 'ends'}`, { n, name });
