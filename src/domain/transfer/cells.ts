/** How single cells are written into a file and read back, safely for the spreadsheets that open it. */

/** What a spreadsheet may take for a formula; some take the full-width signs, too. */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
const GUARDED = /^'+[=+\-@\t\r＝＋－＠]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** @returns the cell with a `'` before what a spreadsheet would run as a formula; plain numbers stay numbers */
export const guardCell = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

/** Takes off what `guardCell` put on. */
export const unguardCell = (text: string): string => (GUARDED.test(text) ? text.slice(1) : text);

/** @returns the items as one cell; a `;` within an item is written `\;` */
export const joinList = (items: readonly string[]): string =>
  items.map((item) => item.replaceAll(';', String.raw`\;`)).join(';');

/** Reads what `joinList` wrote, or a list typed by hand. Positions are kept: an empty item stays empty. */
export const splitList = (cell: string): string[] =>
  cell.trim() === '' ? [] : cell.split(/(?<!\\);/).map((item) => item.replaceAll(String.raw`\;`, ';').trim());

/** @returns one CSV record with its line end; quoted where RFC 4180 asks for it */
export const csvRecord = (cells: readonly string[]): string =>
  `${cells.map((cell) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
