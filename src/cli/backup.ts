/** `maillon backup`: all of a node in one locked file, while it goes on running. */
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupFault } from '#src/backup/fault.ts';
import { nameOf } from '#src/backup/keeper.ts';
import { type BackupKey, makeKey, readKey } from '#src/backup/key.ts';
import { stampOf, syncFolder } from '#src/backup/place.ts';
import { type Written, writeBackup } from '#src/backup/write.ts';
import type { Config } from '#src/config.ts';
import { COMMAND_LINE, audit } from '#domain/audit.ts';
import { noteBackup } from '#domain/restored.ts';
import { faultText } from './backup-faults.ts';
import { type Loaded, command } from './command.ts';
import { type Opened, problemOf, settled, withNode } from './open.ts';
import { Stop, type Terminal } from './terminal.ts';

/** What is left of a backup that was ended is removed by the next one after this. */
const STALE_MS = 24 * 3_600_000;
const PARTIAL = '.partial';

export const backupCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('backup.description'),
    {
      to: { type: 'string', description: terminal.say('backup.to'), valueHint: 'folder' },
      'key-file': { type: 'string', description: terminal.say('backup.keyFile'), valueHint: 'backup.key' },
      keep: { type: 'string', description: terminal.say('backup.keep'), valueHint: 'n' },
      plain: { type: 'boolean', description: terminal.say('backup.plain') },
      'new-key': { type: 'string', description: terminal.say('backup.newKey'), valueHint: 'backup.key' },
    },
    async ({ to, 'key-file': keyFile, keep, plain, 'new-key': newKey, envFile }) => {
      if (newKey !== undefined) return writeKey(terminal, newKey);
      const kept = keep === undefined ? undefined : Number(keep);
      if (kept !== undefined && !(Number.isInteger(kept) && kept >= 1 && kept <= 10_000))
        throw new Stop(2, terminal.say('backup.badKeep'));
      await withNode(terminal, envFile, async (node) => {
        const key = plain === true ? undefined : await keyFor(terminal, node.config, keyFile);
        if (plain !== true && key === undefined) throw new Stop(2, terminal.say('backup.noKey'));
        await settled(terminal, node);
        const now = node.site.now();
        const target = await targetOf(terminal, node, to, key !== undefined, now);
        if (kept !== undefined && target.folder === undefined) throw new Stop(2, terminal.say('backup.keepFolder'));
        const { rows, files, missing, bytes } = await makeBackup(terminal, node, key, target.file, now);
        await node.db.write(async (tx) => {
          await noteBackup(tx, now);
          await audit(tx, now, { actor: COMMAND_LINE, action: 'backup.made', subject: basename(target.file) });
        });
        terminal.out(target.file);
        terminal.err(
          terminal.say('backup.done', { rows, files, megabytes: (bytes / 1e6).toFixed(1), file: target.file }),
        );
        if (missing.length > 0)
          terminal.err(
            terminal.say('backup.missing', { count: missing.length, names: missing.slice(0, 5).join(', ') }),
          );
        if (key === undefined) terminal.err(terminal.say('backup.isPlain'));
        if (to === undefined) terminal.err(terminal.say('backup.sameMachine'));
        if (target.folder !== undefined) await tidy(terminal, target.folder, node, kept);
      });
    },
  );

/** The key that was given, from the command line before the settings; undefined if none was. */
export const keyFor = async (
  terminal: Terminal,
  config: Config,
  keyFile: string | undefined,
): Promise<BackupKey | undefined> => {
  const path = keyFile ?? (config.backupKey === undefined ? config.backupKeyFile : undefined);
  try {
    if (path === undefined) return config.backupKey === undefined ? undefined : await readKey(config.backupKey);
    return await readKey(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof BackupFault) throw new Stop(2, faultText(terminal, error));
    throw new Stop(2, terminal.say('backup.keyUnreadable', { file: path ?? '', problem: problemOf(error) }));
  }
};

const writeKey = async (terminal: Terminal, path: string): Promise<void> => {
  const { file, recipient } = await makeKey(new Date());
  try {
    const handle = await open(path, 'wx', 0o600);
    await handle.writeFile(file);
    await handle.sync();
    await handle.close();
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new Stop(
      1,
      exists
        ? terminal.say('export.exists', { file: path })
        : terminal.say('export.unwritable', { file: path, problem: problemOf(error) }),
    );
  }
  terminal.out(recipient);
  terminal.err(terminal.say('backup.keyMade', { file: resolve(path) }));
};

/** @returns the file to write; its folder, if only that was said */
const targetOf = async (
  terminal: Terminal,
  { config, site }: Opened,
  to: string | undefined,
  locked: boolean,
  now: Date,
): Promise<{ file: string; folder: string | undefined }> => {
  const said = resolve(to ?? join(config.dataDir, 'backups'));
  const isFolder =
    to === undefined || to.endsWith('/') || (await stat(said).catch(() => undefined))?.isDirectory() === true;
  const file = isFolder ? join(said, `${nameOf(site.host)}${stampOf(now)}.tar${locked ? '.age' : ''}`) : said;
  try {
    if (isFolder) await mkdir(said, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Stop(1, terminal.say('export.unwritable', { file: said, problem: problemOf(error) }));
  }
  if ((await stat(file).catch(() => undefined)) !== undefined)
    throw new Stop(1, terminal.say('backup.exists', { file }));
  return { file, folder: isFolder ? said : undefined };
};

/** Under its name only when it is whole and on disk. */
const makeBackup = async (
  terminal: Terminal,
  { db, site, mediaDir }: Opened,
  key: BackupKey | undefined,
  target: string,
  now: Date,
): Promise<Written & { bytes: number }> => {
  const partial = `${target}${PARTIAL}`;
  const bars = {
    rows: terminal.progress(terminal.say('backup.rows')),
    files: terminal.progress(terminal.say('backup.files')),
  };
  let file: FileHandle | undefined;
  try {
    file = await open(partial, 'wx', 0o600);
    const written = await writeBackup(
      {
        db,
        origin: site.origin,
        mediaDir,
        now,
        key,
        onRows: (done, total) => {
          bars.rows.update(done, total);
          if (done === total) bars.rows.stop();
        },
        onFiles: (done, total) => bars.files.update(done, total),
      },
      file,
    );
    const { size } = await file.stat();
    await file.close();
    await rename(partial, target);
    await syncFolder(dirname(target));
    return { ...written, bytes: size };
  } catch (error) {
    await file?.close().catch(() => {});
    if (file !== undefined) await rm(partial, { force: true });
    const full =
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG');
    throw new Stop(
      1,
      terminal.say(full ? 'backup.full' : 'backup.failed', { file: target, problem: problemOf(error) }),
    );
  } finally {
    bars.rows.stop();
    bars.files.stop();
  }
};

/** Keeps the newest of this node's backups, and removes what a backup that was ended left half done. */
const tidy = async (terminal: Terminal, folder: string, { site }: Opened, keep: number | undefined): Promise<void> => {
  const name = nameOf(site.host);
  const names = (await readdir(folder)).filter((one) => one.startsWith(name));
  const whole = names.filter((one) => /^\d{8}T\d{6}Z\.tar(?:\.age)?$/.test(one.slice(name.length))).toSorted();
  const old = keep === undefined ? [] : whole.slice(0, Math.max(0, whole.length - keep));
  const halves: string[] = [];
  for (const one of names.filter((other) => other.endsWith(PARTIAL))) {
    const found = await stat(join(folder, one)).catch(() => undefined);
    if (found !== undefined && site.now().getTime() - found.mtimeMs > STALE_MS) halves.push(one);
  }
  for (const one of [...old, ...halves]) await rm(join(folder, basename(one)), { force: true });
  if (old.length > 0) terminal.err(terminal.say('backup.removed', { count: old.length, names: old.join(', ') }));
};
