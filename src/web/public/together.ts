/** What this cooperative and its consenting partners weigh together, month by month: a page, and the same as JSON. */
import { Hono } from 'hono';
import { departmentName } from '#domain/places.ts';
import { type Together, addUp } from '#domain/snapshots.ts';
import { SMALLEST, type Area } from '#domain/statistics.ts';
import { type Ctx, type WebDeps, type WebEnv, page } from '../context.ts';
import { areaMap } from '../ui/area-map.ts';
import { empty } from '../ui/components.ts';
import { html, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import type { Translator } from '../ui/locale.ts';

export const togetherRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const open = (c: Ctx): boolean => c.get('asked').cooperative?.statistics === true;

  app.get('/together', async (c) => {
    if (!open(c)) return c.notFound();
    const { t, cooperative } = c.get('asked');
    const sums = await addUp(db.read, site);
    return page(
      deps,
      c,
      {
        title: t('together.title'),
        description: t('together.description', { name: cooperative!.name }),
        url: `${site.origin}/together`,
      },
      html`<h1>${t('together.title')}</h1><p class="muted">${t('together.intro', { n: SMALLEST })}</p>
${sums.months.length === 0 ? empty(t('together.none')) : content(t, sums)}`,
    );
  });
  app.get('/together.json', async (c) => {
    if (!open(c)) return c.json({ error: 'No statistics are published here.' }, 404);
    const { months, kinds, areas, cooperatives } = await addUp(db.read, site);
    c.header('access-control-allow-origin', '*');
    return c.json({
      smallestCount: SMALLEST,
      months,
      latest: {
        month: months[0]?.month ?? null,
        listingsByKind: Object.fromEntries(kinds.map(({ kind, n }) => [kind, n])),
        listingsByArea: areas,
        cooperatives,
      },
    });
  });
  return app;
};

export const monthName = (t: Translator, month: string): string =>
  new Intl.DateTimeFormat(t.locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-15T00:00:00Z`),
  );

/** "Bouches-du-Rhône (13)", as people there say it; other countries are one area each. */
const areaName = (t: Translator, { code }: Area): string => {
  const department = /^FR-(\w+)$/.exec(code)?.[1];
  const name = department === undefined ? undefined : departmentName(department);
  if (department !== undefined) return name === undefined ? code : `${name} (${department})`;
  return new Intl.DisplayNames(t.locale, { type: 'region', fallback: 'code' }).of(code.slice(0, 2)) ?? code;
};

const content = (t: Translator, { months, kinds, areas, cooperatives }: Together): Html => {
  const [newest] = months;
  const big = (n: number, word: string): Html =>
    html`<div class="card"><b>${n === 0 ? '–' : t.number(n)}</b>${word}</div>`;
  const table = (caption: string, heads: string[], rows: (string | Html)[][]): Html =>
    html`<table><caption class="visually-hidden">${caption}</caption><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`;
  const number = (n: number): string => (n === 0 ? '–' : t.number(n));
  return html`<h2>${monthName(t, newest!.month)}</h2>
<div class="numbers">${big(newest!.cooperatives, t('together.cooperatives', { n: newest!.cooperatives }))}${big(newest!.members, t('together.members'))}${big(newest!.listings, t('together.listings'))}${big(newest!.exchanges, t('together.exchanges'))}</div>
${
  areas.length === 0
    ? ''
    : html`<section class="section"><h2>${t('together.where')}</h2>${areaMap(t('together.map', { n: areas.length }), areas, (area) => `${areaName(t, area)} : ${area.n}`)}${table(
        t('together.where'),
        [t('together.area'), t('together.listings')],
        areas.map((area) => [areaName(t, area), t.number(area.n)]),
      )}</section>`
}
${
  kinds.length === 0
    ? ''
    : html`<section class="section"><h2>${t('together.what')}</h2>${table(
        t('together.what'),
        [t('together.kind'), t('together.listings')],
        kinds.map(({ kind, n }) => [html`${icon(kind)} ${t.any(`kinds.${kind}.name`)}`, t.number(n)]),
      )}</section>`
}
<section class="section"><h2>${t('together.months')}</h2><div class="wide" tabindex="0" role="region" aria-label="${t('together.months')}">${table(
    t('together.months'),
    [
      t('together.month'),
      t('together.cooperativesWord'),
      t('together.members'),
      t('together.listings'),
      t('together.exchanges'),
    ],
    months.map((one) => [
      monthName(t, one.month),
      number(one.cooperatives),
      number(one.members),
      number(one.listings),
      number(one.exchanges),
    ]),
  )}</div></section>
<section class="section"><h2>${t('together.who')}</h2><ul class="lines">${cooperatives.map((one) => html`<li><p><strong>${one.name}</strong><br><span class="muted small">${one.host}${one.territory.name === '' ? '' : ` · ${one.territory.name}`}</span></p></li>`)}</ul>
<p class="small"><a href="/together.json">${t('together.json')}</a></p></section>`;
};
