/** docs/security.md and the attacks stay in step: every case is a test, every test is a case. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url).pathname;
const FILES = ['tests/federation/attacks/*.test.ts', 'tests/web/attacks/*.test.ts'];

/** Names given to `attack(…)`, or to `case:` in a table of attacks. */
const namesIn = (path: string): string[] =>
  [
    ...readFileSync(`${ROOT}${path}`, 'utf8').matchAll(
      /\b(?:attack\(\s*|case:\s*)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g,
    ),
  ].map(([, single, double, template]) =>
    (single ?? double ?? template ?? '').replace(' (${engine})', '').replaceAll(/\\(.)/g, '$1'),
  );

/** First cells of the table under each heading that names a file. */
const casesOf = (document: string): Map<string, string[]> => {
  const cases = new Map<string, string[]>();
  let file: string | undefined;
  for (const line of document.split('\n')) {
    if (line.startsWith('## ')) file = /`(tests\/[^`]+\.test\.ts)`/.exec(line)?.[1];
    const cell = /^\| (.+?) \|/.exec(line)?.[1];
    if (file !== undefined && cell !== undefined && cell !== 'Case' && !/^-+$/.test(cell))
      cases.set(file, [...(cases.get(file) ?? []), cell]);
  }
  return cases;
};

const document = readFileSync(`${ROOT}docs/security.md`, 'utf8');
const cases = casesOf(document);
const files = globSync(FILES, { cwd: ROOT }).filter((path) => !path.endsWith('/table.test.ts'));

test('every file of attacks is a section of docs/security.md, and every section a file', () => {
  expect([...cases.keys()].toSorted()).toEqual(files.toSorted());
  expect(files.every((path) => existsSync(`${ROOT}${path}`))).toBe(true);
});
test('every test that it names elsewhere is there', () => {
  const named = [...document.matchAll(/\| `(tests\/[^`]+\.test\.ts)`: (.+) \|$/gm)];
  expect(named.length).toBeGreaterThan(0);
  for (const [, path = '', name = ''] of named) expect(readFileSync(`${ROOT}${path}`, 'utf8'), path).toContain(name);
});
test.each(files)('every case of %s is a test, and every test a case', (path) => {
  const names = namesIn(path);
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size, 'a name is there twice').toBe(names.length);
  expect((cases.get(path) ?? []).toSorted()).toEqual(names.toSorted());
});
