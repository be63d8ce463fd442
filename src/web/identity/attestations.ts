/** What a guest's own cooperative attests of them, and what of it counts here. */
import { attestationKinds, inLanguage } from '#domain/attestations/kinds.ts';
import { recognitionsOf, vouchedOf } from '#domain/attestations/partners.ts';
import type { Guest } from '#domain/identity/guests.ts';
import type { Ctx, WebDeps } from '../context.ts';
import { stateWord } from '../ui/components.ts';
import { html, type Html } from '../ui/html.ts';

export const guestAttestations = async (deps: WebDeps, c: Ctx, { actor, peer }: Guest): Promise<Html> => {
  const { t } = c.get('asked');
  const said = await vouchedOf(deps.db.read, deps.site.now(), actor.uri);
  const counts = await recognitionsOf(deps.db.read, peer.host);
  const names = new Map((await attestationKinds(deps.db.read)).map((kind) => [kind.code, kind.names]));
  if (said.length === 0) return html`<p class="muted">${t('attest.guest.none', { home: peer.name })}</p>`;
  return html`<section class="section"><h2>${t('attest.guest.title', { home: peer.name })}</h2><ul class="lines">${said.map(
    (row) => {
      const ours = counts.get(row.code);
      return html`<li><p><strong>${inLanguage(names.get(ours ?? row.code), t.locale, row.code)}</strong><br><span class="muted small">${t('attest.until', { when: t.date(row.until) })}</span></p>${ours === undefined ? stateWord('wait', t('attest.guest.notCounted')) : stateWord('good', t('attest.guest.counted'))}</li>`;
    },
  )}</ul></section>`;
};
