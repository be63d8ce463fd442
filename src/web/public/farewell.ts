/** What became of a closed account, for whoever has the link: which servers were told, and which could not be. */
import { Hono } from 'hono';
import { readReceipt } from '#domain/moderation/receipts.ts';
import { type ClosureHost, type Farewell, readClosure } from '#domain/moving/closures.ts';
import { type WebDeps, type WebEnv, page } from '../context.ts';
import { stateWord } from '../ui/components.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

const LOOKS: Record<string, 'good' | 'wait' | 'bad'> = { told: 'good', waiting: 'wait', gaveUp: 'bad', shutOut: 'bad' };

/** @param withErrors for admins: what the server or our connection said */
export const farewellLines = (t: Translator, hosts: ClosureHost[], withErrors: boolean): Html =>
  html`<ul class="lines">${hosts.map((row) => html`<li><p><strong>${row.host}</strong>${withErrors && row.error !== null ? html`<br><span class="muted small">${row.error}</span>` : ''}</p>${stateWord(LOOKS[row.state] ?? 'wait', t.any(`farewell.states.${row.state}`))}</li>`)}</ul>`;

export const farewellSummary = (t: Translator, { closure, hosts }: Farewell): Html => {
  const of = (...states: string[]): number => hosts.filter((row) => states.includes(row.state)).length;
  const open = closure.finished === null;
  return html`<p>${stateWord(open ? 'wait' : of('gaveUp', 'shutOut') > 0 ? 'bad' : 'good', open ? t('farewell.open') : t('farewell.finished', { when: closure.finished! }))}</p>
<p>${t('farewell.told', { n: of('told') })} ${of('waiting') > 0 ? t('farewell.waiting', { n: of('waiting') }) : ''} ${of('gaveUp', 'shutOut') > 0 ? t('farewell.missed', { n: of('gaveUp', 'shutOut') }) : ''}</p>`;
};

export const farewellRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get('/closures/:key', async (c) => {
    const { t } = c.get('asked');
    const { id, opened } = await readReceipt(deps.db.read, 'closure', (c.req.param('key') ?? '').slice(0, 200));
    const found = opened ? await readClosure(deps.db.read, id) : undefined;
    if (found === undefined) return c.notFound();
    return page(
      deps,
      c,
      { title: t('farewell.title'), narrow: true, noindex: true },
      html`<h1>${t('farewell.title')}</h1><p class="muted">${t('farewell.lead', { when: found.closure.created })}</p>${farewellSummary(t, found)}
<section class="section"><h2>${t('farewell.servers')}</h2>${found.hosts.length === 0 ? html`<p class="muted">${found.closure.finished === null ? t('farewell.soon') : t('farewell.nobody')}</p>` : farewellLines(t, found.hosts, false)}</section>
<p class="muted small">${t('farewell.kept')}</p>`,
    );
  });
  return app;
};
