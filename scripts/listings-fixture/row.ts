/** One line of the fixture, and the prices that it may have. */

/** By column. */
export type Row = Record<string, string>;

/** A price as people type it: with a comma in French and Italian, a point in English. */
export const money = (amount: number, language = 'fr'): Row => {
  const plain = Number.isInteger(amount) ? String(amount) : amount.toFixed(2);
  return { price_type: 'money', price: language === 'en' ? plain : plain.replace('.', ','), currency: 'EUR' };
};
export const hours = (value: number): Row => ({ price_type: 'hours', price: String(value).replace('.', ',') });
export const free: Row = { price_type: 'free' };
export const quote: Row = { price_type: 'quote' };
