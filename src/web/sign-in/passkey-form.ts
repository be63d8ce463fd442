/** The form that a passkey answers, with the words that its script may have to say. */
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, page } from '../context.ts';
import { hidden } from '../ui/forms.ts';
import { type Html, html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

/**
 * Hidden until its script finds that the browser knows passkeys.
 * @param o.action where the answer goes; the challenge is asked for at `action/challenge`
 * @param o.fields what else it sends @param o.inside shown before the button
 */
export const passkeyForm = (
  t: Translator,
  o: {
    kind: 'new' | 'known';
    action: string;
    label: string;
    fields?: Record<string, string>;
    inside?: Html;
    plain?: boolean;
  },
): Html =>
  html`<form class="stack" method="post" action="${o.action}" hidden data-passkey="${o.kind}" data-cancelled="${t('passkeys.cancelled')}" data-known="${t('errors.passkeyKnown')}" data-failed="${t('passkeys.failed')}">${Object.entries({ ...o.fields, answer: '' }).map(([name, value]) => hidden(name, value))}${o.inside ?? ''}<p class="error" role="alert" data-trouble hidden></p><button class="button${o.plain === true ? ' plain' : ''}">${o.label}</button></form>`;

/** A passkey did not open: why, and what else there is. */
export const passkeyProblem = (
  deps: WebDeps,
  c: Ctx,
  error: FieldError,
  back: { href: string; label: string },
): Promise<Response> => {
  const { t } = c.get('asked');
  return page(
    deps,
    c,
    { title: t('passkeys.problem'), narrow: true, noindex: true },
    html`<h1>${t('passkeys.problem')}</h1><p>${t.any(`errors.${error.code}`, error.params ?? {})}</p><p><a class="button" href="${back.href}">${back.label}</a></p>`,
    422,
  );
};
