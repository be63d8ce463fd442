/**
 * The number under which a furnished tourist let is registered in France. Code du tourisme, art. D. 324-1-1: the INSEE
 * code of the commune (5, not the postal code), six digits, two letters or digits. Towns that gave numbers before all
 * kept to that wrote letters among the six, and all write them with blanks, dots or hyphens between the groups. The
 * number of the national register that follows them (API Meublés) begins with `FRA` and the same INSEE code.
 */
import type { FieldError } from '../types.ts';

const COMMUNE = String.raw`(?:\d{5}|2[AB]\d{3})`;
const TOWN = new RegExp(`^(${COMMUNE})([0-9A-Z]{6})([0-9A-Z]{2})$`);
const NATIONAL = new RegExp(`^FRA(${COMMUNE})([0-9A-Z]{4,17})$`);

/** @returns the number in one form, capitals without blanks, or what is wrong with it */
export const readRegistration = (typed: string): { value: string } | { error: Omit<FieldError, 'field'> } => {
  const plain = typed.replaceAll(/[\s.\-–/]/g, '').toUpperCase();
  if (TOWN.test(plain) || NATIONAL.test(plain)) return { value: plain };
  return { error: { code: 'listing.registrationNumber', params: { given: Array.from(plain).length } } };
};

/** @returns the number in the groups in which the town hall writes it: `13055 004127 KD` */
export const showRegistration = (value: string): string =>
  value.replace(TOWN, '$1 $2 $3').replace(NATIONAL, 'FRA $1 $2');
