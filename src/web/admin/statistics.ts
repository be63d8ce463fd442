/** Publishing monthly statistics, or not; what they would say; and which partners' are added up, or why not. */
import type { Hono } from 'hono';
import { stateOfLook } from '#domain/audit-states.ts';
import { publishStatistics } from '#domain/cooperative.ts';
import { type PeerRow, listPeers } from '#domain/peers.ts';
import { type SnapshotRow, planStatistics, snapshotsOf, weighsWith } from '#domain/snapshots.ts';
import { SMALLEST, monthBefore, weigh } from '#domain/statistics.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { empty, facts, stateWord } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { monthName } from '../public/together.ts';
import { type Shell, createChange, createNoted, csrfOf } from './shell.ts';

export const statisticsRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { db, site, places } = deps;

  app.get('/statistics', async (c) => {
    const { t, cooperative } = c.get('asked');
    const month = monthBefore(site.now());
    const peers = await listPeers(db.read, ['active']);
    const rows = new Map(
      (
        await snapshotsOf(
          db.read,
          peers.map(({ host }) => host),
          month,
        )
      ).map((row) => [row.host, row]),
    );
    const own = await weigh(db.read, site, cooperative!, places, month);
    const on = cooperative!.statistics;
    const shown = (n: number | undefined): string =>
      n === undefined ? t('statistics.leftOut', { n: SMALLEST }) : t.number(n);
    return shell(
      c,
      t('statistics.title'),
      html`<p>${t('statistics.text', { n: SMALLEST })}</p>
<p>${stateWord(on ? 'good' : 'wait', t(on ? 'statistics.on' : 'statistics.off'))}</p>
<div class="row">${act('/admin/statistics', csrfOf(c), t(on ? 'statistics.stop' : 'statistics.start'), on ? 'danger' : '', { publish: on ? '' : '1' })}${on ? html`<a class="button plain" href="/together">${t('together.title')}</a>` : ''}</div>
<section class="section"><h2>${t('statistics.preview')}</h2>${facts([
        [t('together.members'), shown(own.members)],
        [t('together.listings'), shown(own.listings?.total)],
        ...Object.entries(own.listings?.kinds ?? {}).map(([kind, n]): [string, string] => [
          t.any(`kinds.${kind}.name`),
          t.number(n),
        ]),
        [t('together.exchanges'), shown(own.exchanges)],
      ])}</section>
<section class="section"><h2>${t('statistics.partners')}</h2><p class="muted">${t('statistics.partnersText')}</p>${peers.length === 0 ? empty(t('statistics.noPartners'), { href: '/admin/peers', label: t('admin.areas.peers') }) : html`<ul class="lines">${peers.map((peer) => html`<li><p><strong>${peer.name}</strong><br>${stateOf(t, peer, rows.get(peer.host), month)}</p><a class="button plain" href="/admin/peers/${peer.id}/scopes">${t('scopes.change')}<span class="visually-hidden"> ${peer.name}</span></a></li>`)}</ul>`}</section>`,
    );
  });
  createChange(app)('/statistics', '/admin/statistics', async (c, form) => {
    const publish = form.text('publish') === '1';
    await createNoted(deps)(c, { action: 'statistics.published', subject: site.host }, stateOfLook, (tx) =>
      publishStatistics(tx, site.now(), publish),
    );
    if (publish) await planStatistics(db, site);
    return publish ? 'statisticsOn' : 'statisticsOff';
  });
};

const stateOf = (t: Translator, peer: PeerRow, row: SnapshotRow | undefined, month: string): Html => {
  if (!weighsWith(peer)) return stateWord('wait', t('statistics.noConsent'));
  if (row === undefined) return stateWord('wait', t('statistics.awaited', { month: monthName(t, month) }));
  if (row.state === 'kept') return stateWord('good', t('statistics.counted', { month: monthName(t, row.month) }));
  return stateWord(row.reason === 'absent' ? 'wait' : 'bad', t.any(`statistics.refusals.${row.reason}`));
};
