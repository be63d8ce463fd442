/** Quantities and money on the wire: om2 measures, ISO 4217 codes, Wikidata's names of currencies. */
import { isCurrency, minorUnits } from '#domain/money.ts';
import type { Price, Unit } from '#domain/types.ts';
import { type JsonObject, decimal, first, isObject } from './json.ts';

/** Our units by their om2 word, and back. A night is a `day`, a run `one`. */
export const UNIT_WORDS: Record<Unit, string> = {
  night: 'day',
  hour: 'hour',
  unit: 'one',
  kilo: 'kilogram',
  run: 'one',
};

/** The common currencies by their Wikidata item, as `resourceConformsTo` of a payment (FEP-0837). */
const WIKIDATA: Record<string, string> = {
  EUR: 'Q4916',
  CHF: 'Q25344',
  GBP: 'Q25224',
  USD: 'Q4917',
  CAD: 'Q1104069',
  DKK: 'Q25417',
  SEK: 'Q122922',
  NOK: 'Q132643',
  PLN: 'Q123213',
  CZK: 'Q131016',
  MAD: 'Q200192',
  TND: 'Q4602',
  JPY: 'Q8146',
  BRL: 'Q173117',
};
export const currencyUri = (currency: string): string | undefined =>
  WIKIDATA[currency] === undefined ? undefined : `https://www.wikidata.org/wiki/${WIKIDATA[currency]}`;
const currencyOfUri = (uri: string): string | undefined => {
  const item = /wikidata\.org\/(?:wiki|entity)\/(Q\d+)$/.exec(uri)?.[1];
  return Object.keys(WIKIDATA).find((code) => WIKIDATA[code] === item);
};

export const writeMeasure = (unit: string, value: string): JsonObject => ({
  type: 'om2:Measure',
  hasUnit: unit,
  hasNumericalValue: value,
});

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
    ...(word === undefined || word === ''
      ? {}
      : {
          unit:
            isCurrency(word.toUpperCase()) && word.length === 3 && word !== 'one'
              ? word.toUpperCase()
              : word.toLowerCase(),
        }),
    ...(number === undefined ? {} : { value: number }),
  };
};

/**
 * What the reciprocal intent asks for one unit. Absent = a gift; without a value = on quotation.
 * @param reciprocal the `reciprocal` intent as it came
 * @param units how many of the listing's units it pays for: others price by the second or by five kilos
 */
export const readPrice = (reciprocal: unknown, units = 1): Price => {
  const intent = first(reciprocal);
  if (!isObject(intent)) return { type: 'free' };
  const measure = readMeasure(intent['resourceQuantity']);
  const { unit } = measure;
  const value = measure.value === undefined ? undefined : measure.value / units;
  if (unit === 'hour' && value !== undefined && value > 0 && value <= HOURS_MAX)
    return { type: 'hours', minutes: Math.max(1, Math.round(value * 60)) };
  const named = first(intent['currency']);
  const conforms = first(intent['resourceConformsTo']);
  const resource = isObject(conforms) ? conforms['id'] : conforms;
  const currency =
    (typeof named === 'string' && isCurrency(named) ? named : undefined) ??
    (unit !== undefined && isCurrency(unit) ? unit : undefined) ??
    (typeof resource === 'string'
      ? (currencyOfUri(resource) ?? (isCurrency(resource) ? resource : undefined))
      : undefined);
  const amount = currency === undefined || value === undefined ? undefined : minorUnits(value, currency);
  if (currency === undefined || amount === undefined) return { type: 'quote' };
  if (amount > 0) return { type: 'money', amount, currency };
  // Less than the smallest coin for one unit is no gift.
  return value === 0 ? { type: 'free' } : { type: 'quote' };
};
const HOURS_MAX = 100_000;

/** How much of our unit one of theirs is. */
const SCALE = new Map([
  ['day as night', 1],
  ['week as night', 7],
  ['hour as hour', 1],
  ['minute as hour', 1 / 60],
  ['second as hour', 1 / 3_600],
  ['kilogram as kilo', 1],
  ['gram as kilo', 0.001],
  ['tonne as kilo', 1_000],
]);
/**
 * @param offered the primary intent's quantity; @param many may multiples of it be asked for (`unitBased`)?
 * @returns how many of our units the price is for; a lot of ten pieces that is not divided counts as one
 */
export const unitsIn = (offered: Measure, unit: Unit, many: boolean): number => {
  const { value } = offered;
  const scale = SCALE.get(`${offered.unit} as ${unit}`) ?? (many && offered.unit === 'one' ? 1 : undefined);
  return value === undefined || value <= 0 || scale === undefined ? 1 : value * scale;
};
