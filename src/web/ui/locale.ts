/** The reader's language: messages, dates, numbers, prices. A key that is not in en.json fails the type check. */
import { IntlMessageFormat } from 'intl-messageformat';
import { majorUnits } from '#domain/money.ts';
import { LOCALES, type Locale, type Price, type Unit } from '#domain/types.ts';
import en from '../locales/en.json' with { type: 'json' };
import fr from '../locales/fr.json' with { type: 'json' };

type Leaves<T, P extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Leaves<T[K], `${P}${K}.`>;
}[keyof T & string];
export type MessageKey = Leaves<typeof en>;
export type Params = Record<string, string | number | Date>;

const CATALOGUES: Record<Locale, unknown> = { en, fr };
const formats = new Map<string, IntlMessageFormat>();

const find = (locale: Locale, key: string): string | undefined => {
  let node: unknown = CATALOGUES[locale];
  for (const part of key.split('.'))
    node = typeof node === 'object' && node !== null ? Reflect.get(node, part) : undefined;
  return typeof node === 'string' ? node : undefined;
};

export type Translator = {
  locale: Locale;
  (key: MessageKey, params?: Params): string;
  /** For keys that are put together; falls back to the key's last word. */
  any(key: string, params?: Params): string;
  date(value: Date): string;
  time(value: Date): string;
  ago(value: Date, now: Date): string;
  number(value: number): string;
  price(price: Price, unit: Unit): string;
};

/** French puts a blank before `:`, `;`, `!`, `?` and inside its quotation marks, and no line may end at it. */
const unbroken = (text: string): string => text.replaceAll(/ (?=[:;!?»])/g, '\u00A0').replaceAll('« ', '«\u00A0');

const format = (locale: Locale, key: string, params: Params): string | undefined => {
  const id = `${locale}:${key}`;
  let message = formats.get(id);
  if (message === undefined) {
    const text = find(locale, key);
    if (text === undefined) return undefined;
    message = new IntlMessageFormat(locale === 'fr' ? unbroken(text) : text, locale);
    formats.set(id, message);
  }
  return String(message.format(params));
};

/** @returns `t('page.key', {…})` with the helpers of that language */
export const createTranslator = (locale: Locale): Translator => {
  const any = (key: string, params: Params = {}): string =>
    format(locale, key, params) ?? key.slice(key.lastIndexOf('.') + 1);
  const dates = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
  const times = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const monies = new Map<string, Intl.NumberFormat>();
  const moneyFormat = (currency: string): Intl.NumberFormat => {
    const made =
      monies.get(currency) ??
      new Intl.NumberFormat(locale, { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' });
    monies.set(currency, made);
    return made;
  };
  return Object.assign((key: MessageKey, params?: Params) => any(key, params), {
    locale,
    any,
    date: (value: Date) => dates.format(value),
    time: (value: Date) => times.format(value),
    ago: (value: Date, now: Date) => {
      const minutes = Math.round((value.getTime() - now.getTime()) / 60_000);
      if (Math.abs(minutes) < 60) return relative.format(minutes, 'minute');
      if (Math.abs(minutes) < 36 * 60) return relative.format(Math.round(minutes / 60), 'hour');
      return Math.abs(minutes) < 30 * 1_440 ? relative.format(Math.round(minutes / 1_440), 'day') : dates.format(value);
    },
    number: (value: number) => numbers.format(value),
    price: (price: Price, unit: Unit) => {
      if (price.type === 'free' || price.type === 'quote') return any(`price.${price.type}`);
      if (price.type === 'hours')
        return any('price.hours', { hours: numbers.format(price.minutes / 60), unit: any(`units.${unit}`) });
      const money = moneyFormat(price.currency);
      return `${money.format(Number(majorUnits(price.amount, price.currency)))} / ${any(`units.${unit}`)}`;
    },
  });
};

/** A language by its name in the reader's own, as it begins a line. */
export const languageName = (t: Translator, code: string): string => {
  const name = new Intl.DisplayNames(t.locale, { type: 'language' }).of(code) ?? code;
  return `${name.charAt(0).toLocaleUpperCase(t.locale)}${name.slice(1)}`;
};

const translators: Record<Locale, Translator> = { fr: createTranslator('fr'), en: createTranslator('en') };
export const translator = (locale: Locale): Translator => translators[locale];

const known = (text: string | undefined): Locale | undefined =>
  LOCALES.find((locale) => locale === text?.slice(0, 2).toLowerCase());

/** The member's choice, else the cookie's, else the browser's first that we have, else French. */
export const chooseLocale = (
  accept: string | undefined,
  cookie: string | undefined,
  member: string | undefined,
): Locale => {
  const chosen = known(cookie) ?? known(member);
  if (chosen !== undefined) return chosen;
  const wanted = (accept ?? '')
    .split(',')
    .map((part) => {
      const [tag, q] = part.trim().split(';q=');
      return { tag: tag ?? '', q: q === undefined ? 1 : Number(q) };
    })
    .toSorted((a, b) => b.q - a.q);
  return wanted.map((one) => known(one.tag)).find((locale) => locale !== undefined) ?? 'fr';
};
