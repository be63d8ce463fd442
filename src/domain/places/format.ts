/**
 * The offline table of places as one binary block, so that opening it is one decompression and no parsing:
 * `[rows u32] [latitude i32 × rows] [longitude i32 × rows] [population u32 × rows] [bytes per line u16 × rows] [text]`,
 * little endian, degrees × 100,000, rows in the byte order of their key. A line of text is `key\tname\tcountry\tdepartment`.
 */

export type PlaceRow = {
  key: string;
  name: string;
  country: string;
  department: string;
  population: number;
  latitude: number;
  longitude: number;
};

export type PlaceTable = {
  rows: number;
  latitude: Int32Array;
  longitude: Int32Array;
  population: Uint32Array;
  /** Where each line starts in `text`, and one more for the end. */
  start: Uint32Array;
  text: Buffer;
};

const DEGREE = 100_000;
const HEADER = 4;

/** What people type and what we store, made equal: no accents, case, apostrophes or hyphens; `St` is `Saint`. */
export function foldName(name: string): string {
  const plain = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/œ/g, 'oe')
    .replace(/æ/g, 'ae')
    .replace(/ø/g, 'o')
    .replace(/ß/g, 'ss')
    .replace(/ł/g, 'l')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return plain.replace(/\bst(e?)(?= |$)/g, 'saint$1');
}

/** Takes rows in any order, returns the uncompressed block. */
export function encodePlaces(rows: PlaceRow[]): Buffer {
  const sorted = rows
    .map((row) => ({ row, key: Buffer.from(row.key) }))
    .sort((a, b) => Buffer.compare(a.key, b.key) || b.row.population - a.row.population)
    .map(({ row }) => row);
  const lines = sorted.map((row) => Buffer.from(`${row.key}\t${row.name}\t${row.country}\t${row.department}`));
  const head = Buffer.alloc(HEADER + sorted.length * 14);
  head.writeUInt32LE(sorted.length, 0);
  sorted.forEach((row, index) => {
    const at = HEADER + index * 4;
    head.writeInt32LE(Math.round(row.latitude * DEGREE), at);
    head.writeInt32LE(Math.round(row.longitude * DEGREE), at + sorted.length * 4);
    head.writeUInt32LE(row.population, at + sorted.length * 8);
    head.writeUInt16LE(lines[index]?.length ?? 0, HEADER + sorted.length * 12 + index * 2);
  });
  return Buffer.concat([head, ...lines]);
}

/** Takes the uncompressed block, returns views on it: nothing is copied but the starts of the lines. */
export function decodePlaces(block: Buffer): PlaceTable {
  // Typed arrays need an aligned start; a pooled Buffer may lie anywhere.
  const bytes = block.byteOffset % 4 === 0 ? block : Buffer.from(new Uint8Array(block).buffer);
  const rows = bytes.readUInt32LE(0);
  const column = (index: number) => bytes.byteOffset + HEADER + rows * 4 * index;
  const lengths = new Uint16Array(bytes.buffer, column(3), rows);
  const start = new Uint32Array(rows + 1);
  for (let index = 0; index < rows; index += 1) start[index + 1] = (start[index] ?? 0) + (lengths[index] ?? 0);
  return {
    rows,
    latitude: new Int32Array(bytes.buffer, column(0), rows),
    longitude: new Int32Array(bytes.buffer, column(1), rows),
    population: new Uint32Array(bytes.buffer, column(2), rows),
    start,
    text: bytes.subarray(HEADER + rows * 14),
  };
}

/** The row at `index` as an object. */
export function rowAt(table: PlaceTable, index: number): PlaceRow {
  const [key = '', name = '', country = '', department = ''] = table.text
    .toString('utf8', table.start[index], table.start[index + 1])
    .split('\t');
  return {
    key,
    name,
    country,
    department,
    population: table.population[index] ?? 0,
    latitude: (table.latitude[index] ?? 0) / DEGREE,
    longitude: (table.longitude[index] ?? 0) / DEGREE,
  };
}

/** First index whose key is not below `key` (bytes), by binary search. */
export function lowerBound(table: PlaceTable, key: string): number {
  const wanted = Buffer.from(key);
  let low = 0;
  let high = table.rows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const from = table.start[middle] ?? 0;
    const end = table.text.indexOf(9, from);
    if (table.text.compare(wanted, 0, wanted.length, from, end) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
