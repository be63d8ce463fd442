/** `maillon export`: the node's own listings, or one member's, as a file that import reads back. */
import { constants } from 'node:fs';
import { access, copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { COMMAND_LINE, audit } from '#domain/audit.ts';
import { exportListings, exportedPictures } from '#domain/export.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { pictureFile } from '#domain/media.ts';
import { type Loaded, command } from './command.ts';
import { type Opened, problemOf, settled, withNode } from './open.ts';
import { Stop, type Terminal } from './terminal.ts';

export const exportCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('export.description'),
    {
      member: { type: 'string', description: terminal.say('export.member'), valueHint: 'handle' },
      format: {
        type: 'enum',
        options: ['csv', 'json'],
        default: 'csv',
        description: terminal.say('export.format'),
        valueHint: 'csv|json',
      },
      output: { type: 'string', description: terminal.say('export.output'), valueHint: 'file' },
      photos: { type: 'string', description: terminal.say('export.photos'), valueHint: 'folder' },
      force: { type: 'boolean', description: terminal.say('export.force') },
    },
    async ({ member, format, output, photos, force, envFile }) => {
      if (photos !== undefined && output === undefined) throw new Stop(2, terminal.say('export.photosNeedFile'));
      const folder = output === undefined || photos === undefined ? undefined : folderOf(terminal, output, photos);
      if (
        output !== undefined &&
        force !== true &&
        (await access(output).then(
          () => true,
          () => false,
        ))
      )
        throw new Stop(1, terminal.say('export.exists', { file: output }));
      await withNode(terminal, envFile, async (node) => {
        await settled(terminal, node);
        const handle = member?.replace(/^@/, '').toLowerCase();
        if (handle !== undefined && (await findAccountByHandle(node.db.read, handle)) === undefined)
          throw new Stop(1, terminal.say('noMember', { handle }));
        const bar = terminal.progress(terminal.say('export.progress'));
        let count = 0;
        const pieces = exportListings(node.db.read, node.site, {
          format: format === 'json' ? 'json' : 'csv',
          ...(handle === undefined ? {} : { handle }),
          ...(folder === undefined ? {} : { photo: ({ key }) => `${folder.path}/${key}-1600.webp` }),
          onProgress: (done, total) => {
            count = done;
            if (output !== undefined) bar.update(done, total);
          },
        });
        try {
          if (output === undefined) for await (const piece of pieces) await terminal.write(piece);
          else await writeWhole(terminal, output, pieces);
          if (folder !== undefined) await copyPhotos(node, folder.dir, handle);
        } finally {
          bar.stop();
        }
        const now = node.site.now();
        await node.db.write((tx) =>
          audit(tx, now, {
            actor: COMMAND_LINE,
            action: 'listings.exported',
            subject: handle ?? '*',
            after: { count },
          }),
        );
        if (output !== undefined) terminal.err(terminal.say('export.done', { file: output, count }));
      });
    },
  );

/** The import takes only what lies beside its file: so must the export write. */
const folderOf = (terminal: Terminal, output: string, photos: string): { dir: string; path: string } => {
  const base = dirname(resolve(output));
  const dir = resolve(base, photos);
  const path = relative(base, dir);
  if (path.startsWith('..') || path === '') throw new Stop(2, terminal.say('export.photosInside'));
  return { dir, path: path.split(sep).join('/') };
};

/** Under its name only when it is complete: a half file looks like a whole one. */
const writeWhole = async (terminal: Terminal, output: string, pieces: AsyncIterable<string>): Promise<void> => {
  const partial = `${output}.partial`;
  try {
    const file = await open(partial, 'w', 0o600);
    try {
      for await (const piece of pieces) await file.write(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { force: true });
    throw new Stop(1, terminal.say('export.unwritable', { file: output, problem: problemOf(error) }));
  }
};

const copyPhotos = async (node: Opened, dir: string, handle: string | undefined): Promise<void> => {
  await mkdir(dir, { recursive: true });
  for await (const { key } of exportedPictures(node.db.read, node.site, handle)) {
    await copyFile(pictureFile(node.mediaDir, key, 1600), join(dir, `${key}-1600.webp`), constants.COPYFILE_FICLONE);
  }
};
