/** On a partner's page: whether our copies are its catalogue, and a button to compare them now. */
import type { Comparison } from '#domain/comparisons.ts';
import { stateWord } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

/** @param last absent if none was made yet @param path of the partner's page */
export const comparisonSection = (t: Translator, path: string, csrf: string, last: Comparison | undefined): Html =>
  html`<section class="section"><h2>${t('peers.comparison.title')}</h2><p>${last === undefined ? t('peers.comparison.never') : outcome(t, last)}</p>${act(`${path}/comparison`, csrf, t('peers.comparison.now'), 'plain')}</section>`;

const outcome = (t: Translator, last: Comparison): Html => {
  const word = t.any(`peers.comparison.${last.state}`, {
    when: t.time(last.at),
    total: last.total,
    n: last.added + last.changed + last.removed,
  });
  const good = last.state === 'equal' || (last.state === 'repaired' && last.left === 0);
  return html`${stateWord(good ? 'good' : last.state === 'failed' ? 'bad' : 'wait', word)}${last.left === 0 ? '' : html`<br>${t('peers.comparison.left', { n: last.left })}`}${last.detail === '' ? '' : html`<br><span class="muted small">${last.detail}</span>`}`;
};
