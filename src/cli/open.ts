/** Settings and database for a command: the node's state without its server. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { type Database, openDatabase } from '#db/database.ts';
import { type CooperativeRow, getCooperative } from '#domain/cooperative.ts';
import { type Places, openPlaces } from '#domain/places.ts';
import { type Site, siteOf } from '#domain/site.ts';
import { type Config, explainFaults, loadConfig } from '#src/config.ts';
import { Stop, type Terminal } from './terminal.ts';

export type Opened = { config: Config; db: Database; site: Site; places: Places; mediaDir: string };

/** Reads the settings, from `.env` or the given file beside the environment. @throws Stop with code 2, its faults told */
export const readSettings = (terminal: Terminal, envFile: string | undefined): Config => {
  if (envFile !== undefined && !existsSync(envFile)) throw new Stop(2, terminal.say('open.noFile', { file: envFile }));
  // What the environment says already goes before the file.
  if (envFile !== undefined || existsSync('.env')) loadEnvFile(envFile ?? '.env');
  const loaded = loadConfig(terminal.env);
  if (!loaded.ok) throw new Stop(2, explainFaults(loaded.faults));
  return loaded.config;
};

/** Opens the node's database, which brings it up to date. @throws Stop with code 1 if it does not open */
export const openFor = async (terminal: Terminal, config: Config): Promise<Database> => {
  const file = join(config.dataDir, 'maillon.db');
  try {
    return await openDatabase(
      config.databaseUrl === undefined ? { engine: 'sqlite', file } : { engine: 'postgres', url: config.databaseUrl },
    );
  } catch (error) {
    throw new Stop(
      1,
      terminal.say('open.database', {
        problem: problemOf(error),
        what: config.databaseUrl === undefined ? `MAILLON_DATA (${file})` : 'DATABASE_URL',
      }),
    );
  }
};

/** Runs a command's work on the node's state, and closes it again whatever happens. */
export const withNode = async (
  terminal: Terminal,
  envFile: string | undefined,
  work: (node: Opened) => Promise<void>,
): Promise<void> => {
  const config = readSettings(terminal, envFile);
  const db = await openFor(terminal, config);
  try {
    await work({
      config,
      db,
      site: siteOf(config.origin),
      places: openPlaces(),
      mediaDir: join(config.dataDir, 'media'),
    });
  } finally {
    await db.close();
  }
};

/** The cooperative, for commands that make no sense before set-up. @throws Stop with code 1 */
export const settled = async (terminal: Terminal, node: Opened): Promise<CooperativeRow> => {
  const cooperative = await getCooperative(node.db.read);
  if (cooperative === undefined) throw new Stop(1, terminal.say('open.notSetUp'));
  return cooperative;
};

/** One line of an error, without its stack; several in one (a name with two addresses) joined. */
export const problemOf = (error: unknown): string => {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(problemOf))].join('; ');
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error
    ? problemOf(error.cause)
    : error.message.replaceAll(/\s+/g, ' ').replace(/\.$/, '');
};
