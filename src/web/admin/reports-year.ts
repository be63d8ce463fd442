/** What a transparency report says of a year: a table, and the same as a file. */
import { Hono } from 'hono';
import { type YearCount, countYear, yearAsCsv } from '#domain/moderation/statistics.ts';
import type { Ctx, WebDeps, WebEnv } from '../context.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import type { Shell } from './shell.ts';

const FIRST_YEAR = 2024;

export const yearRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const yearOf = (c: Ctx): number => {
    const [now, asked] = [site.now().getUTCFullYear(), Number(c.req.query('year'))];
    return Number.isInteger(asked) && asked >= FIRST_YEAR && asked <= now ? asked : now;
  };
  app.get('/reports/year', async (c) => {
    const { t } = c.get('asked');
    const count = await countYear(db.read, yearOf(c));
    const { year } = count;
    const now = site.now().getUTCFullYear();
    return shell(
      c,
      t('moderation.yearTitle', { year: String(year) }),
      html`<p><a href="/admin/reports">${t('admin.areas.reports')}</a></p><p class="muted">${t('moderation.yearText')}</p>
<nav class="chips" aria-label="${t('moderation.year')}">${[now, now - 1, now - 2].filter((one) => one >= FIRST_YEAR).map((one) => html`<a class="chip" href="/admin/reports/year?year=${one}"${one === year ? html` aria-current="true"` : ''}>${String(one)}</a>`)}</nav>
${tables(t, count)}<p class="section"><a class="button plain" href="/admin/reports/year.csv?year=${year}">${t('moderation.csv')}</a></p>`,
    );
  });
  app.get('/reports/year.csv', async (c) => {
    const { t } = c.get('asked');
    const year = yearOf(c);
    c.header('content-type', 'text/csv; charset=utf-8');
    c.header('content-disposition', `attachment; filename="moderation-${year}.csv"`);
    return c.body(yearAsCsv(await countYear(db.read, year), (key) => t.any(key)));
  });
  return app;
};

const tables = (t: Translator, count: YearCount): Html => {
  const hours = (value: number | undefined): string =>
    value === undefined ? '–' : t('moderation.hours', { n: value });
  const table = (name: string, head: string[], rows: (string | number)[][]): Html =>
    html`<section class="section wide" tabindex="0" aria-labelledby="t-${name}"><h2 id="t-${name}">${t.any(`moderation.tables.${name}`)}</h2><table><thead><tr>${head.map((one) => html`<th scope="col">${one}</th>`)}</tr></thead><tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${typeof cell === 'number' ? t.number(cell) : cell}</td>`)}</tr>`)}</tbody></table></section>`;
  const { appeals } = count;
  return html`${table(
    'reports',
    ['reason', 'forms', 'flags', 'decided', 'median'].map((one) => t.any(`moderation.columns.${one}`)),
    count.reasons.map((one) => [
      t.any(`report.reasons.${one.reason}`),
      one.forms,
      one.flags,
      one.decided,
      hours(one.medianHours),
    ]),
  )}${table(
    'decisions',
    ['decision', 'number', 'lifted'].map((one) => t.any(`moderation.columns.${one}`)),
    count.decisions.map((one) => [t.any(`moderation.actions.${one.action}`), one.n, one.lifted]),
  )}${table(
    'rest',
    ['what', 'number'].map((one) => t.any(`moderation.columns.${one}`)),
    [
      [t('moderation.columns.appealsOpen'), appeals.open],
      [t('moderation.columns.appealsUpheld'), appeals.upheld],
      [t('moderation.columns.appealsReversed'), appeals.reversed],
      [t('moderation.columns.appealsMedian'), hours(appeals.medianHours)],
      [t('moderation.columns.own'), count.own],
      [t('moderation.columns.forwarded'), count.forwarded],
    ],
  )}`;
};
