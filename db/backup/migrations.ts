/** The migrations of an engine as a list that can be walked in two parts: up to where a backup was made, then the rest. */
import { readFileSync } from 'node:fs';
import type { MigrationMeta } from 'drizzle-orm/migrator';
import type { Engine } from '../database.ts';
import { allMigrations } from '../upgrade/plan.ts';

/** Names of all migrations in their order: the same on both engines. */
export const migrationTags = (engine: Engine): string[] => {
  const journal: { entries: { tag: string }[] } = JSON.parse(
    readFileSync(new URL(`../migrations/${engine}/meta/_journal.json`, import.meta.url), 'utf8'),
  );
  return journal.entries.map(({ tag }) => tag);
};

/**
 * Splits the migrations at the point where a backup was made.
 * @param tags of the backup's database @returns undefined if it knows one that this version does not
 */
export const splitMigrations = (
  engine: Engine,
  tags: string[],
): { before: MigrationMeta[]; after: MigrationMeta[] } | undefined => {
  const known = migrationTags(engine);
  if (tags.some((tag, i) => known[i] !== tag)) return undefined;
  const all = allMigrations(engine);
  return { before: all.slice(0, tags.length), after: all.slice(tags.length) };
};
