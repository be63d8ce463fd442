/** Quantities and money on the wire: om2 measures, ISO 4217 codes, Wikidata's names of currencies. */
import type { Price, Unit } from '#domain/types.ts';
import { type JsonObject, decimal, first, isObject } from './json.ts';

/** Our units by their om2 word, and back. A night is a `day`, a run `one`. */
export const UNIT_WORDS: Record<Unit, string> = { night: 'day', hour: 'hour', unit: 'one', kilo: 'kilogram', run: 'one' };

/** The common currencies by their Wikidata item, as `resourceConformsTo` of a payment (FEP-0837). */
const WIKIDATA: Record<string, string> = {
  EUR: 'Q4916', CHF: 'Q25344', GBP: 'Q25224', USD: 'Q4917', CAD: 'Q1104069', DKK: 'Q25417', SEK: 'Q122922', NOK: 'Q132643', PLN: 'Q123213', CZK: 'Q131016', MAD: 'Q200192', TND: 'Q4602', JPY: 'Q8146', BRL: 'Q173117',
};
export const currencyUri = (currency: string): string | undefined => (WIKIDATA[currency] === undefined ? undefined : `https://www.wikidata.org/wiki/${WIKIDATA[currency]}`);
const currencyOfUri = (uri: string): string | undefined => {
  const item = /wikidata\.org\/(?:wiki|entity)\/(Q\d+)$/.exec(uri)?.[1];
  return Object.keys(WIKIDATA).find((code) => WIKIDATA[code] === item);
};

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const isCurrency = (word: string): boolean => CURRENCIES.has(word);

/** Digits after the point by ISO 4217. */
const digits = (currency: string): number => new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** @param amount integer minor units @returns a plain decimal string: `42.50` */
export const majorUnits = (amount: number, currency: string): string => (amount / 10 ** digits(currency)).toFixed(digits(currency));
/** @returns integer minor units, or undefined when the value is negative or too large */
export const minorUnits = (value: number, currency: string): number | undefined => {
  const amount = Math.round(value * 10 ** digits(currency));
  return amount >= 0 && Number.isSafeInteger(amount) ? amount : undefined;
};

export const writeMeasure = (unit: string, value: string): JsonObject => ({ type: 'om2:Measure', hasUnit: unit, hasNumericalValue: value });

export type Measure = { unit?: string; value?: number };
/** Reads om2 and ValueFlows 1.0 spelling, numbers and strings; the unit's last word in lower case unless a currency. */
export const readMeasure = (value: unknown): Measure => {
  const found = first(value);
  if (!isObject(found)) return {};
  const rawUnit = first(found['hasUnit'] ?? found['om2:hasUnit'] ?? found['vf:hasUnit']);
  const number = decimal(found['hasNumericalValue'] ?? found['om2:hasNumericalValue'] ?? found['vf:hasNumericalValue']);
  const name = typeof rawUnit === 'string' ? rawUnit : isObject(rawUnit) ? rawUnit['id'] : undefined;
  const word = typeof name === 'string' ? name.slice(0, 100).replace(/^.*[#/:]/, '') : undefined;
  return {
    ...(word === undefined || word === '' ? {} : { unit: isCurrency(word.toUpperCase()) && word.length === 3 && word !== 'one' ? word.toUpperCase() : word.toLowerCase() }),
    ...(number === undefined ? {} : { value: number }),
  };
};

/**
 * What the reciprocal intent asks for one unit. Absent = a gift; without a value = on quotation.
 * @param reciprocal the `reciprocal` intent as it came
 */
export const readPrice = (reciprocal: unknown): Price => {
  const intent = first(reciprocal);
  if (!isObject(intent)) return { type: 'free' };
  const { unit, value } = readMeasure(intent['resourceQuantity']);
  if (unit === 'hour' && value !== undefined && value > 0) return { type: 'hours', minutes: Math.round(value * 60) };
  const named = first(intent['currency']);
  const resource = first(intent['resourceConformsTo']);
  const currency =
    (typeof named === 'string' && isCurrency(named) ? named : undefined) ??
    (unit !== undefined && isCurrency(unit) ? unit : undefined) ??
    (typeof resource === 'string' ? (currencyOfUri(resource) ?? (isCurrency(resource) ? resource : undefined)) : undefined);
  const amount = currency === undefined || value === undefined ? undefined : minorUnits(value, currency);
  if (currency === undefined || amount === undefined) return { type: 'quote' };
  return amount === 0 ? { type: 'free' } : { type: 'money', amount, currency };
};
