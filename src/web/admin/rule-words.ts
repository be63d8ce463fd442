/** A rule by domain, and what a change of rules would do, in words. */
import { type RuleRow, severityOf } from '#domain/domain-rules.ts';
import type { RuleEffect } from '#domain/rule-effects.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

/** "Hidden from lists, no pictures". */
export const ruleWords = (t: Translator, rule: Pick<RuleRow, 'severity' | 'rejectMedia' | 'rejectReports'>): string => {
  const severity = severityOf(rule.severity);
  // Of whom nothing is heard, pictures and reports need not be spoken of.
  if (severity === 'suspend') return t('rulesPage.short.suspend');
  const words = [
    ...(severity === 'silence' ? [t('rulesPage.short.silence')] : []),
    ...(rule.rejectMedia ? [t('rulesPage.short.rejectMedia')] : []),
    ...(rule.rejectReports ? [t('rulesPage.short.rejectReports')] : []),
  ].join(', ');
  return words.charAt(0).toLocaleUpperCase(t.locale) + words.slice(1);
};

const EFFECTS = ['partners', 'listings', 'follows', 'hidden', 'shown', 'withoutPictures', 'heardAgain'] as const;

/** What it would do, or that it changes nothing that is here. @param act the button that does it, within reach of who read it */
export const effectNotice = (t: Translator, effect: RuleEffect, act: Html | '' = ''): Html => {
  const found = EFFECTS.filter((name) => effect[name] > 0);
  return html`<div class="notice" role="status"><strong>${t('scopes.effect')}</strong><ul>${found.length === 0 ? html`<li>${t('rulesPage.effects.none')}</li>` : found.map((name) => html`<li>${t.any(`rulesPage.effects.${name}`, { n: effect[name] })}</li>`)}</ul>${act}</div>`;
};
