/** `maillon restore`: a node out of a backup, which says nothing to anybody before `--confirm`. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupFault } from '#src/backup/fault.ts';
import { isLocked } from '#src/backup/archive.ts';
import { type Restored, restoreBackup } from '#src/backup/restore.ts';
import { COMMAND_LINE } from '#domain/audit.ts';
import { siteOf } from '#domain/site.ts';
import { confirmRestore, isHeld, restoredState, whatWaits } from '#domain/restored.ts';
import { keyFor } from './backup.ts';
import { faultText } from './backup-faults.ts';
import { type Loaded, command } from './command.ts';
import { problemOf, readSettings, withNode } from './open.ts';
import { Stop, type Terminal } from './terminal.ts';

export const restoreCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('restore.description'),
    {
      file: { type: 'positional', required: false, description: terminal.say('restore.file') },
      'key-file': { type: 'string', description: terminal.say('backup.keyFile'), valueHint: 'backup.key' },
      replace: { type: 'boolean', description: terminal.say('restore.replace') },
      confirm: { type: 'boolean', description: terminal.say('restore.confirm') },
    },
    async ({ file, 'key-file': keyFile, replace, confirm, envFile }) => {
      if (confirm === true && file === undefined) return confirmed(terminal, envFile);
      if (file === undefined || confirm === true) throw new Stop(2, terminal.say('restore.what'));
      const restored = await restore(terminal, file, { keyFile, replace: replace === true, envFile });
      tell(terminal, restored, envFile);
    },
  );

const restore = async (
  terminal: Terminal,
  file: string,
  options: { keyFile: string | undefined; replace: boolean; envFile: string | undefined },
): Promise<Restored> => {
  const config = readSettings(terminal, options.envFile);
  await access(file).catch((error: unknown) => {
    throw new Stop(1, terminal.say('import.noFile', { file, problem: problemOf(error) }));
  });
  const bar = terminal.progress(terminal.say('restore.progress'));
  const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
  try {
    // A backup that anybody can read needs no key, and none is asked for.
    const key = (await isLocked(file)) ? await keyFor(terminal, config, options.keyFile) : undefined;
    return await restoreBackup(file, {
      location:
        config.databaseUrl === undefined
          ? { engine: 'sqlite', file: join(config.dataDir, 'maillon.db') }
          : { engine: 'postgres', url: config.databaseUrl },
      dataDir: config.dataDir,
      mediaDir: join(config.dataDir, 'media'),
      origin: siteOf(config.origin).origin,
      now: new Date(),
      key,
      replace: options.replace,
      onBytes: (done, total) => bar.update(megabytes(done), megabytes(total)),
    });
  } catch (error) {
    if (error instanceof Stop) throw error;
    const why = error instanceof BackupFault ? faultText(terminal, error) : `${problemOf(error)}.`;
    throw new Stop(1, terminal.say('restore.failed', { file, why }));
  } finally {
    bar.stop();
  }
};

const tell = (
  terminal: Terminal,
  { manifest, rows, files, missing, aside }: Restored,
  envFile: string | undefined,
): void => {
  const when = timeOf(terminal, new Date(manifest.created));
  terminal.out(terminal.say('restore.done', { name: manifest.name, when, rows, files }));
  if (aside !== undefined) terminal.err(terminal.say('restore.aside', { aside }));
  if (missing.length > 0)
    terminal.err(terminal.say('restore.missing', { count: missing.length, names: missing.slice(0, 5).join(', ') }));
  terminal.err(terminal.say('restore.held', { command: withSettings('maillon restore --confirm', envFile) }));
};

const withSettings = (words: string, envFile: string | undefined): string =>
  envFile === undefined ? words : `${words} --settings ${envFile}`;

const confirmed = (terminal: Terminal, envFile: string | undefined): Promise<void> =>
  withNode(terminal, envFile, async ({ db, site }) => {
    const state = await restoredState(db.read);
    if (state === undefined || !(await isHeld(db.read))) throw new Stop(1, terminal.say('restore.nothing'));
    const waits = await whatWaits(db.read, site);
    await db.write((tx) => confirmRestore(tx, site, COMMAND_LINE));
    terminal.out(terminal.say('restore.confirmed', { ...waits, when: timeOf(terminal, state.backup) }));
  });

export const timeOf = (terminal: Terminal, time: Date): string =>
  new Intl.DateTimeFormat(terminal.locale, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
