/** What went wrong with another server, in words for somebody who runs a cooperative and no servers; and what to do. */
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { moment } from './moment.ts';

type Failure = { code: string; params: Record<string, string> };

const STATUS_CODES: Record<number, string> = {
  400: 'notUnderstood',
  401: 'refusesUs',
  403: 'refusesUs',
  404: 'gone',
  408: 'timeout',
  410: 'gone',
  413: 'too-large',
  421: 'wrongName',
  429: 'tooMany',
  503: 'busy',
};
/** What the guarded fetch says, and what is made of an answer that is none. */
const CODES = new Set([
  'address-refused',
  'scheme-refused',
  'timeout',
  'too-large',
  'wrong-type',
  'redirect-refused',
  'unreachable',
  'tls',
  'no-such-host',
  'gone',
  'status',
  'noActor',
  'noJson',
  'otherOrigin',
  'otherId',
  'ourselves',
  'blocked',
  'keyHeld',
]);

/** What we note ourselves, in whole sentences. */
const SENTENCES: [string, string][] = [
  ['The key that signs', 'keyGone'],
  ['The key of its node has changed', 'keyHeld'],
];

/** @param error as a delivery keeps it: a status and what was answered, or a code of the fetch with its detail */
const failureOf = (error: string): Failure => {
  const status = /^(\d{3})\b/.exec(error)?.[1];
  if (status !== undefined) {
    const general = status.startsWith('5') ? 'broken' : status.startsWith('3') ? 'redirect-refused' : 'notWanted';
    return { code: STATUS_CODES[Number(status)] ?? general, params: { status } };
  }
  const code = /^([A-Za-z-]+)(?:: |$)/.exec(error)?.[1];
  if (code !== undefined && CODES.has(code)) return { code, params: {} };
  const known = SENTENCES.find(([begins]) => error.startsWith(begins));
  return { code: known?.[1] ?? 'other', params: {} };
};

/** @returns a clause without a full stop: "the server does not answer" */
export const failureWords = (t: Translator, error: string | null): string => {
  const { code, params } = failureOf(error ?? '');
  return t.any(`failures.${code}.is`, params);
};
/** What was noted, in the reader's words where there are some, else as it stands. */
export const failureNote = (t: Translator, error: string): Html | string => {
  if (failureOf(error).code === 'other') return html`${t('operation.said')} <span class="code">${error}</span>`;
  const words = failureWords(t, error);
  return `${words.charAt(0).toLocaleUpperCase(t.locale)}${words.slice(1)}.`;
};
/** @returns a sentence: what an admin may do about it */
export const failureRemedy = (t: Translator, error: string | null): string => {
  const { code, params } = failureOf(error ?? '');
  return t.any(`failures.${code}.do`, params);
};

type Failing = { host: string; failing: Date | null; error: string | null; retry: Date | null };

/** "lyon.example: the server does not answer, since 9:40. Next try 14:20." */
export const failingWords = (t: Translator, host: Failing, now: Date): string =>
  t(host.retry === null || host.retry <= now ? 'operation.failingNow' : 'operation.failing', {
    host: host.host,
    why: failureWords(t, host.error),
    since: moment(t, host.failing ?? now, now),
    next: moment(t, host.retry ?? now, now),
  });
