/** Every code that an admin's page may meet has its words, in both languages, and they can be filled in. */
import { expect, test } from 'vitest';
import { REASONS } from '#domain/reasons.ts';
import { failingWords, failureRemedy, failureWords } from '#web/admin/failures.ts';
import { duration, size } from '#web/admin/moment.ts';
import { translator } from '#web/ui/locale.ts';
import en from '#web/locales/en.json' with { type: 'json' };

test('every reason of the journal', () => {
  expect(Object.keys(en.reasons).toSorted()).toEqual(Object.keys(REASONS).toSorted());
});

test.each(['fr', 'en'] as const)('every way in which a delivery fails, and what to do (%s)', (locale) => {
  const t = translator(locale);
  const other = failureWords(t, 'Something never seen.');
  const known = [
    'timeout: lyon.example did not answer in time.',
    'unreachable: lyon.example cannot be reached (ECONNREFUSED).',
    'no-such-host: There is no server named lyon.example.',
    'tls: The certificate of lyon.example is not valid (CERT_HAS_EXPIRED).',
    'address-refused: 10.0.0.1 is not a public address.',
    'scheme-refused: Only https is fetched, not http:',
    'redirect-refused: It redirects elsewhere (301).',
    'too-large: The answer is larger than 65536 bytes.',
    'wrong-type: It answers text/html.',
    '302 moved',
    '400 {"error":"bad"}',
    '401 Request not signed',
    '403 forbidden',
    '404 ',
    '410 Gone',
    '413 too large',
    '421 misdirected',
    '422 no',
    '429 slow down',
    '500 oops',
    '503 maintenance',
    'The key that signs it is gone.',
  ];
  for (const error of known) {
    expect(failureWords(t, error), error).not.toBe(other);
    // A clause and a sentence, filled in.
    expect(failureWords(t, error)).toMatch(/^\p{Ll}[^{}]{8,}[^.{}]$/u);
    expect(failureRemedy(t, error)).toMatch(/^\p{Lu}[^{}]{8,}\.$/u);
  }
  expect(failureRemedy(t, null)).toMatch(/\.$/);
});

test('a host that does not answer, in a sentence', () => {
  const now = new Date(2026, 5, 1, 12, 0);
  const host = {
    host: 'lyon.example',
    failing: new Date(2026, 5, 1, 9, 40),
    error: 'timeout: x',
    retry: new Date(2026, 5, 1, 14, 20),
  };
  expect(failingWords(translator('en'), host, now)).toBe(
    'lyon.example: the server does not answer in time, since 09:40. Next try: 14:20.',
  );
  expect(failingWords(translator('fr'), host, now)).toBe(
    'lyon.example\u00A0: le serveur ne répond pas à temps, depuis 09:40. Prochain essai\u00A0: 14:20.',
  );
  const yesterday = { ...host, failing: new Date(2026, 4, 31, 9, 40), retry: null };
  expect(failingWords(translator('fr'), yesterday, now)).toMatch(/depuis le 31 mai.*09:40\. Un nouvel essai/);
});

test('sizes and times as people read them', () => {
  expect(size(translator('en'), 1_400_000_000)).toBe('1.4 GB');
  expect(size(translator('fr'), 1_400_000_000)).toMatch(/^1,4\sGo$/);
  expect(size(translator('en'), 0)).toBe('0 bytes');
  expect(duration(translator('en'), 5 * 86_400_000)).toBe('5 days');
  expect(duration(translator('fr'), 90_000)).toBe('1 minute');
});

test.each(['fr', 'en'] as const)('what a change of scopes does to each class of data that it counts (%s)', (locale) => {
  const t = translator(locale);
  for (const effect of ['give.profiles', 'give.signIn', 'give.statistics', 'take.signIn', 'take.statistics'])
    for (const way of ['starts', 'ends'])
      for (const n of [0, 1, 2])
        expect(t.any(`scopeEffects.${effect}.${way}`, { n, name: 'Lyon' }), `${effect} ${n}`).toMatch(
          /^[\p{L}\d][^{}#]{20,}\.$/u,
        );
});
