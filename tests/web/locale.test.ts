import { expect, test } from 'vitest';
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import { chooseLocale, translator } from '#web/ui/locale.ts';
import en from '#web/locales/en.json' with { type: 'json' };
import fr from '#web/locales/fr.json' with { type: 'json' };

const leaves = (node: object, path = ''): [string, string][] =>
  Object.entries(node).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : leaves(value as object, `${path}${key}.`),
  );
const holes = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)/g)]
    .map((match) => match[1]!)
    .filter((word) => word !== 'n')
    .toSorted();

test('French and English say the same things, with the same gaps', () => {
  const [french, english] = [new Map(leaves(fr)), new Map(leaves(en))];
  expect([...french.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  for (const [key, text] of english)
    if (!text.includes('plural')) expect(holes(french.get(key)!), key).toEqual(holes(text));
});
test('every attribute of every kind has its words', () => {
  const words = new Map(leaves(fr));
  for (const [kind, profile] of Object.entries(KIND_PROFILES)) {
    for (const attribute of profile.attributes) {
      expect(words.has(`kinds.${kind}.attributes.${attribute.key}`), `${kind}.${attribute.key}`).toBe(true);
      for (const option of attribute.options ?? [])
        expect(
          words.has(`kinds.${kind}.options.${attribute.key}.${option}`),
          `${kind}.${attribute.key}.${option}`,
        ).toBe(true);
    }
  }
});
test('the reader gets their language, and prices as they are written there', () => {
  expect(chooseLocale('de, en;q=0.5', undefined, undefined)).toBe('en');
  expect(chooseLocale('de', undefined, undefined)).toBe('fr');
  expect(chooseLocale('en', 'fr', 'en')).toBe('fr');
  expect(translator('fr').price({ type: 'money', amount: 4200, currency: 'EUR' }, 'night')).toMatch(/^42\s€ \/ nuit$/);
  expect(translator('en').price({ type: 'hours', minutes: 90 }, 'hour')).toBe('1.5 h of time / hour');
});
test('no line ends before a French colon, or after an opening quotation mark', () => {
  const t = translator('fr');
  expect(t('report.nameHint')).toContain('pour «\u00A0Abus sexuels sur mineurs\u00A0».');
  expect(translator('en')('forms.colon')).toBe(': ');
  expect(t('forms.colon')).toBe('\u00A0: ');
});
