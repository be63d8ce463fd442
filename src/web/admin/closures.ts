/** Closed accounts: who has been told, and whom nobody could reach. */
import type { Hono } from 'hono';
import { type FarewellState, listClosures, readClosure } from '#domain/moving/closures.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { farewellLines, farewellSummary } from '../public/farewell.ts';
import { empty, stateWord } from '../ui/components.ts';
import { html } from '../ui/html.ts';
import { type Shell, plain } from './shell.ts';

const STATES = ['told', 'waiting', 'gaveUp', 'shutOut'] as const satisfies FarewellState[];

export const closureReportRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { db } = deps;
  app.get('/closures', async (c) => {
    const { t } = c.get('asked');
    const rows = await listClosures(db.read);
    const lines = rows.map(({ closure, counts }) => {
      const said = STATES.flatMap((state) =>
        counts[state] === undefined
          ? []
          : [`${t.any(`farewell.states.${state}`)}${t('forms.colon')}${t.number(counts[state])}`],
      );
      const missed = (counts.gaveUp ?? 0) + (counts.shutOut ?? 0) > 0;
      const look = closure.finished === null ? 'wait' : missed ? 'bad' : 'good';
      return html`<li><p><a href="/admin/closures/${closure.id}"><strong>@${closure.handle}</strong></a> <span class="muted small">${t.date(closure.created)}</span><br><span class="small">${said.join(' · ')}</span></p>${stateWord(look, closure.finished === null ? t('farewell.open') : t('farewell.finished', { when: closure.finished }))}</li>`;
    });
    return shell(
      c,
      t('farewell.adminTitle'),
      html`<p class="back"><a href="/admin/members">${t('memberInvites.back')}</a></p><p class="muted">${t('farewell.adminText')}</p>${rows.length === 0 ? empty(t('farewell.none')) : html`<ul class="lines">${lines}</ul>`}`,
    );
  });
  app.get('/closures/:id', async (c) => {
    const { t } = c.get('asked');
    const found = await readClosure(db.read, plain(c.req.param('id')));
    if (found === undefined) return c.notFound();
    return shell(
      c,
      `@${found.closure.handle}`,
      html`<p class="back"><a href="/admin/closures">${t('farewell.adminTitle')}</a></p>${farewellSummary(t, found)}${farewellLines(t, found.hosts, true)}<p class="muted small">${t('farewell.adminAgain')} <a href="/admin/operation">${t('admin.areas.operation')}</a></p>`,
    );
  });
};
