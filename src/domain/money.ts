/** Amounts are integers in the currency's own minor units: cents for EUR, yen themselves for JPY, millimes for TND. */
const DIGITS = new Map<string, number>();
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** Is this a code of ISO 4217 that the platform knows? */
export const isCurrency = (word: string): boolean => CURRENCIES.has(word);

/** Digits after the point: 2 for EUR, 0 for JPY, 3 for TND. Asked once per currency, for a formatter is dear to make. */
export const minorDigits = (currency: string): number => {
  const known =
    DIGITS.get(currency) ??
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
    2;
  DIGITS.set(currency, known);
  return known;
};

/** @param amount in minor units @returns in major units, as a plain decimal with all its digits: `42.50`, `4200`, `42.500` */
export const majorUnits = (amount: number, currency: string): string => {
  const digits = minorDigits(currency);
  // By its figures, not by division: large amounts would lose a cent.
  const figures = String(amount).padStart(digits + 1, '0');
  return digits === 0 ? figures : `${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
};

/** Beyond, a decimal number no longer tells cents apart. */
const AMOUNT_MAX = 1e14;
/** @param value in major units @returns in minor units, or undefined when it is negative or too large */
export const minorUnits = (value: number, currency: string): number | undefined => {
  const amount = Math.round(value * 10 ** minorDigits(currency));
  return amount >= 0 && amount <= AMOUNT_MAX ? amount : undefined;
};
