/** What passed per day as bars: sent above the line, received below it, failed in another pattern; and as a table. */
import type { Day } from '#domain/host-days.ts';
import { html, type Html } from './html.ts';
import type { Translator } from './locale.ts';

const [WIDTH, HALF, STEP] = [480, 64, 16];

/** @param days oldest first, at most thirty */
export const dayChart = (t: Translator, days: Day[]): Html => {
  const sum = (what: 'delivered' | 'failed' | 'received'): number => days.reduce((all, day) => all + day[what], 0);
  const top = Math.max(1, ...days.map((day) => Math.max(day.delivered + day.failed, day.received)));
  /** A day with anything at all is seen. */
  const height = (n: number): number => (n === 0 ? 0 : Math.max(2, Math.round((n / top) * (HALF - 4))));
  const bar = (kind: string, i: number, y: number, n: number): Html | '' =>
    n === 0
      ? ''
      : html`<rect class="${kind}" x="${i * STEP + 3}" y="${y}" width="${STEP - 6}" height="${n}" rx="1"></rect>`;
  const bars = days.map((day, i) => {
    const [sent, failed, received] = [height(day.delivered), height(day.failed), height(day.received)];
    return html`${bar('sent', i, HALF - sent, sent)}${bar('failed', i, HALF - sent - failed, failed)}${bar('received', i, HALF + 1, received)}`;
  });
  const date = new Intl.DateTimeFormat(t.locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const name = (day: Day): string => date.format(new Date(`${day.day}T00:00:00Z`));
  const totals = { delivered: sum('delivered'), failed: sum('failed'), received: sum('received'), n: days.length };
  const busy = days.filter((day) => day.delivered + day.failed + day.received > 0).toReversed();
  return html`<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${HALF * 2 + 2}" role="img" aria-label="${t('health.chart.label', totals)}"><path class="axis" d="M0 ${HALF + 0.5}H${WIDTH}"></path>${bars}</svg>
<p class="ends small muted" aria-hidden="true"><span>${name(days[0]!)}</span><span>${name(days.at(-1)!)}</span></p>
<figcaption class="small"><span class="key sent"></span> ${t('health.chart.sent', { n: totals.delivered })} <span class="key failed"></span> ${t('health.chart.failed', { n: totals.failed })} <span class="key received"></span> ${t('health.chart.received', { n: totals.received })}</figcaption>
${
  busy.length === 0
    ? ''
    : html`<details><summary>${t('health.chart.numbers')}</summary><table><caption class="visually-hidden">${t('health.chart.title')}</caption><thead><tr><th scope="col">${t('health.chart.day')}</th><th scope="col">${t('health.chart.sentWord')}</th><th scope="col">${t('health.chart.failedWord')}</th><th scope="col">${t('health.chart.receivedWord')}</th></tr></thead><tbody>${busy.map((day) => html`<tr><th scope="row">${name(day)}</th><td>${t.number(day.delivered)}</td><td>${t.number(day.failed)}</td><td>${t.number(day.received)}</td></tr>`)}</tbody></table></details>`
}</figure>`;
};
