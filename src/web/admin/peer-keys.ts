/** The key by which a partner's node is known; if it shows another one, both, and the decision. */
import { audit } from '#domain/audit.ts';
import type { Hono } from 'hono';
import { askComparison } from '#domain/comparisons.ts';
import { type PeerKeysRow, approveKeys } from '#domain/peer-keys.ts';
import { type PeerRow, findPeer } from '#domain/peers.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { facts } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { thumbprint } from './peer-identity.ts';
import { actorOf, createChange } from './shell.ts';

export const peerKeyRoutes = ({ db, site }: WebDeps, app: Hono<WebEnv>): void =>
  createChange(app)('/peers/:id/keys', '/admin/peers/:id', async (c, form) => {
    const peer = await findPeer(db.read, c.req.param('id') ?? '');
    if (peer === undefined) return 'notFound';
    const approved = await db.write(async (tx) => {
      const done = await approveKeys(tx, site.now(), peer.host, form.text('seen'));
      if (done) {
        await askComparison(tx, site.now(), peer.id);
        await audit(tx, site.now(), { actor: actorOf(c), action: 'peer.keysApproved', subject: peer.host });
      }
      return done;
    });
    return approved ? 'keysApproved' : 'keysOther';
  });

/** In groups of four, to be read aloud. */
const grouped = (text: string): Html =>
  html`<span class="code thumbprint">${text.match(/.{1,4}/g)?.map((part) => html`<span>${part}</span> `)}</span>`;

export const keySection = (t: Translator, peer: PeerRow, keys: PeerKeysRow | undefined, csrf: string): Html | '' => {
  if (keys === undefined) return '';
  const known = html`${thumbprint(keys.signing)}${keys.proving === null ? '' : html`<br>${grouped(keys.proving)}`}`;
  if (keys.newSigning === null)
    return html`<details class="section"><summary>${t('health.keys.title')}</summary><div class="card">${facts([
      [t('health.keys.known'), known],
      [t('health.keys.since'), t.time(keys.since)],
    ])}${keys.renewed === null ? '' : html`<p class="muted small">${t('health.keys.renewed', { when: t.time(keys.renewed) })}</p>`}<p class="muted small">${t('health.keys.text')}</p></div></details>`;
  const seen = `${keys.newSigning} ${keys.newProving ?? ''}`;
  return html`<section class="notice stack section" aria-labelledby="new-key"><h2 id="new-key">${t('health.keys.changed', { name: peer.name })}</h2>
<p>${t('health.keys.changedText', { when: t.time(keys.newSeen ?? keys.since) })}</p>
${facts([
  [t('health.keys.known'), known],
  [
    t('health.keys.shown'),
    html`${thumbprint(keys.newSigning)}${keys.newProving === null ? '' : html`<br>${grouped(keys.newProving)}`}`,
  ],
])}
<p>${t('health.keys.how', { name: peer.name })}</p>
<div class="row">${act(`/admin/peers/${peer.id}/keys`, csrf, t('health.keys.approve'), '', { seen })}<a class="button danger" href="/admin/peers/${peer.id}/cut">${t('peers.cut')}</a></div></section>`;
};
