/** The import law: db ← domain ← federation and web (which never meet) ← node ← main, commands. And what goes with it. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = new URL('..', import.meta.url).pathname;
const files = globSync(['src/**/*.ts', 'db/**/*.ts', 'federation/**/*.ts'], { cwd: ROOT });
const ALIASES: [string, string][] = [
  ['#db/', 'db/'],
  ['#domain/', 'src/domain/'],
  ['#federation/', 'federation/'],
  ['#web/', 'src/web/'],
  ['#src/', 'src/'],
];

const layerOf = (path: string): string => {
  if (path.startsWith('db/')) return 'db';
  if (path.startsWith('src/domain/')) return 'domain';
  if (path.startsWith('federation/')) return 'federation';
  if (path.startsWith('src/web/')) return 'web';
  if (['src/log.ts', 'src/config.ts', 'src/limits.ts'].includes(path)) return 'base';
  return 'top';
};
const ALLOWED: Record<string, string[]> = {
  db: ['db'],
  domain: ['domain', 'db'],
  federation: ['federation', 'domain', 'db', 'base'],
  web: ['web', 'domain', 'db', 'base'],
  base: ['base'],
  top: ['top', 'web', 'federation', 'domain', 'db', 'base'],
};
const FORBIDDEN: Record<string, RegExp> = {
  db: /^(hono|@hono|@fedify)/,
  domain: /^(hono|@hono|@fedify)/,
  web: /^@fedify/,
};

/** What a file breaks of the law. */
const breaches = (path: string, source: string): string[] => {
  const layer = layerOf(path);
  return [...source.matchAll(/(?:from\s+|import\()\s*'([^']+)'/g)].flatMap(([, target]) => {
    const alias = ALIASES.find(([name]) => target!.startsWith(name));
    const resolved =
      alias !== undefined
        ? target!.replace(alias[0], alias[1])
        : target!.startsWith('.')
          ? normalize(join(dirname(path), target!))
          : undefined;
    if (resolved === undefined)
      return FORBIDDEN[layer]?.test(target!) === true ? [`${path} (${layer}) may not import ${target}`] : [];
    return ALLOWED[layer]!.includes(layerOf(resolved))
      ? []
      : [`${path} (${layer}) may not import ${resolved} (${layerOf(resolved)})`];
  });
};

test('imports point one way', () => {
  expect(files.length).toBeGreaterThan(80);
  expect(files.flatMap((path) => breaches(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
  expect(breaches('src/web/x.ts', "import { a } from '#federation/fetch.ts';")).toHaveLength(1);
  expect(breaches('src/domain/x.ts', "import { Hono } from 'hono';")).toHaveLength(1);
});
test('only main and the commands read the environment or end the process', () => {
  const found = files.filter(
    (path) =>
      path !== 'src/main.ts' &&
      !path.startsWith('src/cli/') &&
      /process\.(env|exit)\b/.test(readFileSync(join(ROOT, path), 'utf8')),
  );
  expect(found).toEqual([]);
});
test('HTML that is not escaped comes in by one door', () => {
  expect(
    files.filter(
      (path) => path !== 'src/web/ui/html.ts' && /from 'hono\/html'/.test(readFileSync(join(ROOT, path), 'utf8')),
    ),
  ).toEqual([]);
});
test('every attribute in a template is quoted', () => {
  const unquoted = files.filter(
    (path) => path.startsWith('src/web/') && /\s[a-z-]+=\$\{/.test(readFileSync(join(ROOT, path), 'utf8')),
  );
  expect(unquoted).toEqual([]);
});
test('every node of Drizzle’s own transaction is absent', () => {
  expect(files.filter((path) => /\.transaction\(/.test(readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
});
