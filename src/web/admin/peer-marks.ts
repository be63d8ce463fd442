/** On a partner's page and before a decision: what umbrellas that are trusted here say of it, and what they say no more. */
import type { Hono } from 'hono';
import { type Badge, badgesOf, forgetLost, listAnchors, vouchingsOf } from '#domain/identity/anchors.ts';
import { type PeerRow, findPeer } from '#domain/peers.ts';
import type { PeerPreview } from '#domain/ports.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { badgesIn, markBadges } from '../ui/marks.ts';
import { createChange } from './shell.ts';

export const peerMarkRoutes = ({ db }: WebDeps, app: Hono<WebEnv>): void =>
  createChange(app)('/peers/:id/marks-read', '/admin/peers/:id', async (c) => {
    const peer = await findPeer(db.read, c.req.param('id') ?? '');
    return peer !== undefined && (await db.write((tx) => forgetLost(tx, peer.host))) ? 'saved' : 'notFound';
  });

const list = (t: Translator, badges: Badge[]): Html =>
  html`<ul class="lines">${badges.map((one) => html`<li><p>${markBadges(t, [one])}<br><span class="muted">${one.text}</span><br><span class="muted small">${t('trust.saidBy', { anchor: one.anchor, until: t.date(new Date(one.until)) })}</span></p></li>`)}</ul>`;

/** Of somebody who was just looked up; '' if no umbrella is trusted. */
export const previewMarks = async ({ db }: WebDeps, t: Translator, preview: PeerPreview): Promise<Html | ''> => {
  const trusted = (await listAnchors(db.read)).filter((row) => row.trusted);
  if (trusted.length === 0 || !preview.node) return '';
  const badges = badgesIn(preview.marks ?? [], new Map(trusted.map((row) => [row.host, row.name])));
  return html`<section><h3>${t('trust.marks')}</h3>${badges.length === 0 ? html`<p class="muted">${t('trust.noMarks')}</p>` : list(t, badges)}</section>`;
};

export const peerMarks = async (
  { db, site }: WebDeps,
  t: Translator,
  peer: PeerRow,
  csrf: string,
): Promise<Html | ''> => {
  const rows = await vouchingsOf(db.read, [peer.host]);
  const badges = (await badgesOf(db.read, site.now(), [peer.host])).get(peer.host) ?? [];
  const partner = peer.state === 'active' || peer.state === 'paused';
  const lost = partner ? rows.flatMap((row) => (row.lostSeen === null ? [] : row.lost)) : [];
  const since = rows.find((row) => row.lostSeen !== null)?.lostSeen;
  return html`${
    lost.length === 0 || since == null
      ? ''
      : html`<section class="notice stack" aria-labelledby="lost"><h2 id="lost">${t('trust.lost', { name: peer.name })}</h2><p>${t('trust.lostText', { marks: lost.map(({ name }) => name).join(', '), when: t.time(since) })}</p><div class="row">${act(`/admin/peers/${peer.id}/marks-read`, csrf, t('trust.read'))}</div></section>`
  }${badges.length === 0 ? '' : html`<section class="section"><h2>${t('trust.marks')}</h2>${list(t, badges)}</section>`}`;
};
