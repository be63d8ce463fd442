/** A price in the columns in which it is kept, and out of them. */
import type { ListingRow } from './listings.ts';
import type { Price } from './types.ts';

/** The columns in which a price is kept. */
export const priceColumns = (
  price: Price,
): { priceType: string; priceAmount: number | null; currency: string | null } => ({
  priceType: price.type,
  priceAmount: price.type === 'money' ? price.amount : price.type === 'hours' ? price.minutes : null,
  currency: price.type === 'money' ? price.currency : null,
});

/** The price out of its columns. */
export const priceOf = (row: Pick<ListingRow, 'priceType' | 'priceAmount' | 'currency'>): Price => {
  if (row.priceType === 'money')
    return { type: 'money', amount: row.priceAmount ?? 0, currency: row.currency ?? 'EUR' };
  if (row.priceType === 'hours') return { type: 'hours', minutes: row.priceAmount ?? 60 };
  return row.priceType === 'free' ? { type: 'free' } : { type: 'quote' };
};
