/** What a file of listings is read as, before anything is saved. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseListings } from '#domain/import.ts';
import { csvRecord, guardCell, joinList, splitList, unguardCell } from '#domain/transfer/cells.ts';
import { decodeFile } from '#domain/transfer/parse.ts';

const read = (text: string, format: 'csv' | 'json' = 'csv') => {
  const parsed = parseListings(text, format);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
};
const codeOf = (text: string, format: 'csv' | 'json' = 'csv'): string => {
  const parsed = parseListings(text, format);
  return parsed.ok ? '' : (parsed.errors[0]?.code ?? '');
};

describe('a file from a spreadsheet', () => {
  test.each([[','], [';'], ['\t']])('is read with %j between its cells, mark and French headers or not', (sign) => {
    const { lines, notes } = read(
      `\uFEFF${['Titre', 'Catégorie', 'Prix', 'Valable jusqu’au'].join(sign)}\r\n${['Miel', 'Alimentation', '8', '2030-01-31'].join(sign)}\r\n`,
    );
    expect(notes).toEqual([]);
    expect(lines).toMatchObject([
      { line: 2, raw: { title: 'Miel', kind: 'food', price: '8', validUntil: '2030-01-31' } },
    ]);
  });

  test('in an old encoding keeps its accents', () => {
    expect(decodeFile(Buffer.from('prêt', 'latin1'))).toBe('prêt');
    expect(decodeFile(Buffer.from('prêt', 'utf8'))).toBe('prêt');
    expect(decodeFile(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('prêt', 'utf16le')]))).toBe('prêt');
  });

  test('numbers its records as an editor does, over line ends in cells and empty lines', () => {
    const { lines } = read('title,text\nOne,"a\nb\nc"\n\nTwo,x\n\n\n"Three\n",y');
    expect(lines.map(({ line, raw }) => [line, raw['title']])).toEqual([
      [2, 'One'],
      [6, 'Two'],
      [9, 'Three'],
    ]);
  });

  test('loses only the line whose quotes are wrong', () => {
    const { lines } = read('title,text\nOne,"a"b\nTwo,x\nThree,"never closed\nFour,y\n');
    expect(lines.map(({ line, raw, faults }) => [line, raw['title'], faults[0]?.code])).toEqual([
      [2, undefined, 'import.quotes'],
      [3, 'Two', undefined],
      [4, undefined, 'import.quotes'],
      [5, 'Four', undefined],
    ]);
  });

  test('tells an unknown column once, with the one that was meant', () => {
    const { notes } = read('title,pirce,quantty,colour of the sky,lodging.bed\nOne,1,2,3,4\nTwo,1,2,3,4');
    expect(notes).toEqual([
      { field: 'pirce', code: 'import.unknownColumnNear', params: { nearest: 'price' } },
      { field: 'quantty', code: 'import.unknownColumnNear', params: { nearest: 'quantity' } },
      { field: 'colour of the sky', code: 'import.unknownColumn' },
      { field: 'lodging.bed', code: 'import.unknownColumnNear', params: { nearest: 'lodging.beds' } },
    ]);
  });

  test('with more cells than headers, or an attribute of another kind, says so', () => {
    const { lines } = read(
      'title,kind,food.organic,lodging.beds\nOne,food,oui,\nTwo,lodging,oui,2\nThree,food,,,x\nFour,food,perhaps,',
    );
    expect(lines.map(({ faults }) => faults.map((fault) => fault.code))).toEqual([
      [],
      ['import.otherKind'],
      ['import.tooManyCells'],
      ['import.yesNo'],
    ]);
  });

  test('names photos with what they show', () => {
    const { lines } = read(String.raw`title,photos,photo_alts
One,a.jpg; b/c.png,The door\; open;The stairs
Two,,
Three,a.jpg,x;y`);
    expect(lines[0]?.photos).toEqual([
      { path: 'a.jpg', alt: 'The door; open' },
      { path: 'b/c.png', alt: 'The stairs' },
    ]);
    expect(lines[1]?.photos).toBeUndefined();
    expect(lines[2]?.faults).toMatchObject([{ field: 'photo_alts', code: 'import.altsWithoutPhotos' }]);
  });
});

describe('a file that is none', () => {
  test('says what would be right', () => {
    expect(codeOf('')).toBe('import.empty');
    expect(codeOf('\n \n')).toBe('import.empty');
    expect(codeOf('hello,world\n1,2')).toBe('import.noColumns');
    expect(codeOf(`title\n${'x\n'.repeat(20_001)}`)).toBe('import.tooManyLines');
    expect(codeOf(`title\n${'x'.repeat(20_000_001)}`)).toBe('import.tooLarge');
    expect(codeOf('{"title"', 'json')).toBe('import.json');
    expect(codeOf('{"title":"x"}', 'json')).toBe('import.jsonShape');
  });

  test('even if it is noise, ends in an answer', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (noise) => {
        parseListings(`title,"text"\n${noise}`, 'csv');
        parseListings(noise, 'json');
      }),
      { numRuns: 200 },
    );
  });
});

test('JSON is read like CSV: numbers, lists, and what is no object', () => {
  const { lines, notes } = read(
    '{"listings":[{"title":"One","kind":"lodging","price":42.5,"lodging.amenities":["wifi","kitchen"],"tags":["a","b"],"photo_alts":["x;y"],"photos":["a.jpg"]},7]}',
    'json',
  );
  expect(notes).toEqual([]);
  expect(lines[0]).toMatchObject({
    line: 1,
    raw: { title: 'One', price: '42.5', 'attributes.amenities': ['wifi', 'kitchen'], tags: ['a', 'b'] },
    photos: [{ path: 'a.jpg', alt: 'x;y' }],
  });
  expect(lines[1]?.faults).toEqual([{ field: '', code: 'import.noObject' }]);
});

test('no cell of an export is a formula to a spreadsheet, and every text comes back as it was', () => {
  for (const bad of ['=1+1', '+33 4 91', '-cmd', '@SUM(A1)', '\tx', "'=1"]) expect(guardCell(bad)).toMatch(/^'/);
  expect(guardCell('-1.55')).toBe('-1.55');
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.constantFrom('', '=', "'-", '\t', '@'),
      (text, head) => {
        expect(unguardCell(guardCell(head + text))).toBe(head + text);
        expect(csvRecord([head + text])).toMatch(/\r\n$/);
      },
    ),
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ maxLength: 20 }).map((s) => s.replaceAll('\\', '').trim()),
        { minLength: 2 },
      ),
      (items) => {
        expect(splitList(joinList(items))).toEqual(
          items.every((item) => item === '') && items.join('') === '' && joinList(items).trim() === '' ? [] : items,
        );
      },
    ),
  );
});
