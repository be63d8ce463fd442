/** The first entry of a backup, which says what it is of, and the last, which says what must have been in it. */
import { z } from 'zod';
import { BackupFault } from './fault.ts';

export const FIRST_ENTRY = 'manifest.json';
const FORMAT = 'maillon-backup';

const manifest = z.object({
  format: z.literal(FORMAT),
  /** Of this form; grows when an older program could not read it. */
  version: z.number().int().positive(),
  /** Public address of the node: all ids begin with it. */
  origin: z.string(),
  name: z.string(),
  engine: z.enum(['sqlite', 'postgres']),
  /** The state of the database is that of this moment. */
  created: z.iso.datetime(),
  /** Names of the migrations that the database had behind it. */
  migrations: z.array(z.string()),
  tables: z.array(
    z.object({
      name: z.string().regex(/^[a-z_]{1,60}$/),
      columns: z.record(
        z.string().regex(/^[a-z_]{1,60}$/),
        z.enum(['text', 'json', 'instant', 'bool', 'integer', 'real']),
      ),
    }),
  ),
});
export type Manifest = z.infer<typeof manifest>;
export const VERSION = 1;

const ending = z.object({
  entries: z.number(),
  sha256: z.string(),
  /** Rows by table. */
  rows: z.record(z.string(), z.number()),
  files: z.number(),
  /** Files that rows spoke of and that were not there. */
  missing: z.array(z.string()),
});
export type Ending = z.infer<typeof ending>;

export const writeManifest = (of: Omit<Manifest, 'format' | 'version'>): Buffer =>
  Buffer.from(`${JSON.stringify({ format: FORMAT, version: VERSION, ...of }, undefined, 2)}\n`);

/** @throws BackupFault `foreign`, `newer` */
export const readManifest = (bytes: Buffer): Manifest => {
  const read = manifest.safeParse(json(bytes));
  if (!read.success) throw new BackupFault('foreign');
  if (read.data.version > VERSION) throw new BackupFault('newer');
  return read.data;
};

export const writeEnding = (of: Ending): Buffer => Buffer.from(`${JSON.stringify(of, undefined, 2)}\n`);

/** @throws BackupFault `damaged` */
export const readEnding = (bytes: Buffer): Ending => {
  const read = ending.safeParse(json(bytes));
  if (!read.success) throw new BackupFault('damaged');
  return read.data;
};

const json = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
};
