/** Reads for whom a listing is: everybody who may see it, holders of an attestation alone, or at another price for them. */
import type { Access, RawListing } from './listing-input.ts';
import { minorDigits } from './money.ts';
import { decimal, many, one } from './read.ts';
import type { FieldError, Price } from './types.ts';

/** As it stands in addresses, tokens and files. */
export const ATTESTATION_CODE = /^[a-z][a-z0-9-]{1,39}$/;
const CODES_MAX = 10;

/**
 * @param price what others pay: holders pay in the same kind
 * @param known codes of the cooperative's list; absent = whatever looks like one
 * @returns undefined if it is not spoken of
 */
export const readAccess = (
  raw: RawListing,
  price: Price,
  known: readonly string[] | undefined,
  errors: FieldError[],
): Access | undefined => {
  const wanted = one(raw['access']).trim();
  if (wanted === '') return undefined;
  if (wanted === 'all') return { for: 'all' };
  if (wanted !== 'reserved' && wanted !== 'priced') {
    errors.push({ field: 'access', code: 'choice', params: { allowed: 'all, reserved, priced' } });
    return undefined;
  }
  const codes = [...new Set(many(raw['attestations'] ?? ''))].filter((code) => code !== '').toSorted();
  if (codes.length === 0) errors.push({ field: 'attestations', code: 'listing.attestationNone' });
  if (codes.length > CODES_MAX) errors.push({ field: 'attestations', code: 'tooMany', params: { max: CODES_MAX } });
  const odd = codes.find((code) => !ATTESTATION_CODE.test(code) || known?.includes(code) === false);
  if (odd !== undefined)
    errors.push({ field: 'attestations', code: 'listing.attestationUnknown', params: { code: odd.slice(0, 60) } });
  if (wanted === 'reserved') return { for: 'reserved', codes };
  const typed = one(raw['holderPrice']).trim();
  const holders = readHolderPrice(typed, price);
  if (typeof holders === 'string') {
    errors.push({ field: 'holderPrice', code: holders });
    return undefined;
  }
  return { for: 'priced', codes, price: holders };
};

/** @returns the price, or what is wrong */
const readHolderPrice = (typed: string, price: Price): Price | string => {
  const value = decimal(typed);
  if (price.type !== 'money' && price.type !== 'hours') return 'listing.holderPriceType';
  if (value === undefined || value < 0) return 'listing.holderPrice';
  if (value === 0) return { type: 'free' };
  if (price.type === 'hours')
    return value > 1_000 ? 'listing.holderPrice' : { type: 'hours', minutes: Math.round(value * 60) };
  const amount = value * 10 ** minorDigits(price.currency);
  if (Math.abs(amount - Math.round(amount)) > 1e-6 || amount > 100_000_000) return 'listing.holderPrice';
  return { type: 'money', amount: Math.round(amount), currency: price.currency };
};
