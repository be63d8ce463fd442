/** The keys of an identity: by which one it is known; if it shows another, both, and the decision. */
import type { Hono } from 'hono';
import { audit } from '#domain/audit.ts';
import { planTrust } from '#domain/identity/anchors.ts';
import { type PinRow, approvePin, pinSeen } from '#domain/identity/pins.ts';
import { findPeer } from '#domain/peers.ts';
import { type Ctx, type Posted, type WebDeps, type WebEnv } from '../context.ts';
import { facts } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { thumbprint } from './peer-identity.ts';
import { actorOf, createChange } from './shell.ts';

/** An admin has compared, and says that it is theirs. @returns the word for the page */
export const approveIdentity = async (
  { db, site }: WebDeps,
  c: Ctx,
  host: string,
  form: Posted,
): Promise<'identityApproved' | 'keysOther'> =>
  db.write(async (tx) => {
    if (!(await approvePin(tx, site.now(), host, form.text('seen')))) return 'keysOther';
    await planTrust(tx, site.now());
    await audit(tx, site.now(), { actor: actorOf(c), action: 'identity.keysApproved', subject: host });
    return 'identityApproved';
  });

export const identityKeyRoutes = (deps: WebDeps, app: Hono<WebEnv>): void =>
  createChange(app)('/peers/:id/identity-keys', '/admin/peers/:id', async (c, form) => {
    const peer = await findPeer(deps.db.read, c.req.param('id') ?? '');
    return peer === undefined ? 'notFound' : approveIdentity(deps, c, peer.host, form);
  });

/** All that are listed, each on a line. */
export const thumbprints = (values: string[]): Html =>
  html`${values.map((value, i) => html`${i === 0 ? '' : html`<br>`}${thumbprint(value)}`)}`;

/**
 * What an admin decides when the identity of somebody has changed.
 * @param action where the approval goes
 * @param otherwise what to do if it is not theirs
 */
export const changedIdentity = (
  t: Translator,
  name: string,
  pin: PinRow | undefined,
  approval: { action: string; csrf: string; fields?: Record<string, string> },
  otherwise: Html | '' = '',
): Html | '' =>
  pin?.newThumbprints == null
    ? ''
    : html`<section class="notice stack section" aria-labelledby="new-identity"><h2 id="new-identity">${t('trust.keys.changed', { name })}</h2>
<p>${t('trust.keys.changedText', { when: t.time(pin.newSeen ?? pin.since) })}</p>
${facts([
  [t('health.keys.known'), thumbprints(pin.thumbprints)],
  [t('health.keys.shown'), thumbprints(pin.newThumbprints)],
])}
<p>${t('trust.keys.how', { name })}</p>
<div class="row">${act(approval.action, approval.csrf, t('health.keys.approve'), '', { ...approval.fields, seen: pinSeen(pin) })}${otherwise}</div></section>`;

/** On a partner's page; '' while nothing is known of it. */
export const identitySection = (
  t: Translator,
  peer: { id: string; name: string },
  pin: PinRow | undefined,
  csrf: string,
): Html | '' => {
  if (pin === undefined) return '';
  if (pin.newThumbprints !== null)
    return changedIdentity(
      t,
      peer.name,
      pin,
      { action: `/admin/peers/${peer.id}/identity-keys`, csrf },
      html`<a class="button danger" href="/admin/peers/${peer.id}/cut">${t('peers.cut')}</a>`,
    );
  return html`<details class="section"><summary>${t('trust.keys.title')}</summary><div class="card">${facts([
    [t('health.keys.known'), thumbprints(pin.thumbprints)],
    [t('health.keys.since'), t.time(pin.since)],
  ])}${pin.renewed === null ? '' : html`<p class="muted small">${t('health.keys.renewed', { when: t.time(pin.renewed) })}</p>`}<p class="muted small">${t('trust.keys.text')}</p></div></details>`;
};
