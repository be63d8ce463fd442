/** On a partner's page: whether all is well, since when not, why, what to do, and doing it. */
import type { Hono } from 'hono';
import { type PeerHealth, healthOf } from '#domain/peer-health.ts';
import { daysOfHost } from '#domain/host-days.ts';
import { type PeerRow, findPeer } from '#domain/peers.ts';
import { deadLetters } from '#domain/queue.ts';
import { type Ctx, type WebDeps, type WebEnv } from '../context.ts';
import { facts, stateWord } from '../ui/components.ts';
import { dayChart } from '../ui/day-chart.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { comparisonSection } from './comparison.ts';
import { failureWords } from './failures.ts';
import { duration, moment } from './moment.ts';
import { deadList, failureBox, letterRoutes } from './operation-host.ts';
import { identitySection } from './identity-keys.ts';
import { keySection } from './peer-keys.ts';
import { createChange, csrfOf } from './shell.ts';

const LETTERS_SHOWN = 5;
const KINDS: Record<PeerHealth['state'], 'good' | 'wait' | 'bad'> = {
  newKeys: 'bad',
  newIdentity: 'bad',
  down: 'bad',
  failing: 'wait',
  dead: 'bad',
  copying: 'wait',
  compareFailed: 'wait',
  waiting: 'wait',
  well: 'good',
  off: 'wait',
};

/** Trying again and dead letters, as on the page of its server, but with the way back here. */
export const peerHealthRoutes = (deps: WebDeps, app: Hono<WebEnv>): void =>
  letterRoutes(deps, createChange(app), '/peers/:id', '/admin/peers/:id', async (c: Ctx) => {
    const peer = await findPeer(deps.db.read, c.req.param('id') ?? '');
    return peer?.host;
  });

/** How a partner fares, in a few words; of one that is none, what it is. */
export const healthWord = (t: Translator, peer: PeerRow, health: PeerHealth | undefined, now: Date): Html => {
  if (health === undefined || health.state === 'off')
    return stateWord(
      peer.state === 'cut' || peer.state === 'refused' ? 'bad' : 'wait',
      t.any(`peers.states.${peer.state}`),
    );
  const { queue, state } = health;
  return stateWord(
    KINDS[state],
    t.any(`health.states.${state}`, {
      n: state === 'dead' ? queue.dead : queue.waiting,
      why: failureWords(t, queue.error),
      since: moment(t, queue.failing ?? queue.oldest ?? now, now),
    }),
  );
};

/** @returns '' for what is no partner (any more) and waits for nothing */
export const healthSection = async (deps: WebDeps, c: Ctx, peer: PeerRow): Promise<Html | ''> => {
  const { t } = c.get('asked');
  const { db, site } = deps;
  const [now, csrf, path] = [site.now(), csrfOf(c), `/admin/peers/${peer.id}`];
  const health = (await healthOf(db.read, now, [peer])).get(peer.id)!;
  const { queue } = health;
  const partner = peer.state === 'active' || peer.state === 'paused';
  if (!partner && queue.waiting === 0 && queue.dead === 0) return '';
  const view = { t, now, csrf, path };
  const letters = queue.dead === 0 ? [] : await deadLetters(db.read, peer.host, { limit: LETTERS_SHOWN });
  const resting = queue.retry !== null && queue.retry > now;
  const keys = keySection(t, peer, health.keys, csrf);
  const undecided = health.keys?.newSigning != null;
  const identity = identitySection(t, peer, health.identity, csrf);
  const changed = health.identity?.newThumbprints != null;
  return html`${undecided ? keys : ''}${changed ? identity : ''}
<section class="section" aria-labelledby="health"><h2 id="health">${t('health.title')}</h2>
<p>${healthWord(t, peer, health, now)}</p>${failureBox(view, queue)}
${facts([
  [t('peers.lastIn'), peer.lastReceived === null ? t('health.never') : t.time(peer.lastReceived)],
  [t('peers.lastOut'), peer.lastDelivered === null ? t('health.never') : t.time(peer.lastDelivered)],
  [t('health.queue'), t.number(queue.waiting)],
  [t('health.lag'), queue.oldest === null ? t('health.none') : duration(t, now.getTime() - queue.oldest.getTime())],
  [
    t('health.circuit'),
    undecided
      ? t('health.held')
      : resting
        ? t('health.rests', { until: moment(t, queue.retry!, now) })
        : t('health.open'),
  ],
  [t('peers.dead'), t.number(queue.dead)],
])}
<h3 class="section">${t('health.chart.title')}</h3>${dayChart(t, await daysOfHost(db.read, now, peer.host))}
${queue.dead === 0 ? '' : html`<h3 class="section">${t('operation.deadTitle')}</h3>${deadList(view, queue.dead, letters)}${queue.dead > letters.length ? html`<p><a href="/admin/operation/hosts/${encodeURIComponent(peer.host)}">${t('health.allLetters', { n: queue.dead })}</a></p>` : ''}`}</section>
${peer.state === 'active' ? comparisonSection(t, path, csrf, health.comparison) : ''}${undecided ? '' : keys}${changed ? '' : identity}`;
};
