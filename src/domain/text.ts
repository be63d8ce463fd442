/** What holds for every text that a person types: not too long, and nothing in it that cannot be seen or stored. */
import type { FieldError } from './types.ts';

/** NUL and other controls, direction overrides, lone surrogates, towers of combining marks: never in a name or a text. */
const UNWANTED = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u202A-\u202E\u2066-\u2069]|\p{Surrogate}|\p{M}{9}/u;

/** The same without what cannot be seen or stored: for texts of others, which are not sent back to be mended. */
export const cleanText = (value: string): string => value.replaceAll(new RegExp(UNWANTED, 'gu'), '');

/**
 * Checks one text. Lengths are counted without the blanks around it, in UTF-16 units as browsers count them.
 * @param rule.min at least so many characters; 1 = it must be there
 * @returns one error at most: required, tooShort, tooLong or unwantedCharacters
 */
export const checkText = (field: string, value: string, rule: { min?: number; max: number }): FieldError[] => {
  const { length } = value.trim();
  const { min = 0, max } = rule;
  if (length < min) return [min === 1 ? { field, code: 'required' } : { field, code: 'tooShort', params: { min } }];
  if (length > max) return [{ field, code: 'tooLong', params: { max } }];
  return UNWANTED.test(value) ? [{ field, code: 'unwantedCharacters' }] : [];
};
