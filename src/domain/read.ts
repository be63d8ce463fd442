/** How numbers, lists and days are read as people write them. */

/** @returns the first of what was given, or nothing */
export const one = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? (value[0] ?? '') : (value ?? '');

/** @returns all that was given; one text is split at `;` and `,` */
export const many = (value: string | string[] | undefined): string[] =>
  (Array.isArray(value) ? value : (value ?? '').split(/[;,]/)).map((v) => v.trim()).filter((v) => v !== '');

/** @returns the number that a person typed (`1 234,50`, `1234.5`), or undefined */
export const decimal = (text: string): number | undefined => {
  const plain = text.replaceAll(/[\s\u00A0\u202F]/g, '').replace(',', '.');
  return /^\d{1,12}(\.\d{1,6})?$/.test(plain) ? Number(plain) : undefined;
};

/** @param text `2027-08-31` @returns the end of that day, or undefined if there is no such day */
export const endOfDay = (text: string): Date | undefined => {
  const end = new Date(`${text}T23:59:59.000Z`);
  const exists = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(end.getTime());
  return exists && end.toISOString().slice(0, 10) === text ? end : undefined;
};
