/** A member's file as it is fetched: by themselves at a page, by a program that they let. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type ExportRow, exportPath } from '#domain/moving/exports.ts';
import type { WebDeps } from '../context.ts';

/** @returns the answer, piece by piece from the disk; undefined if the file is not there, as after a restore from a backup */
export const exportFile = async (
  { site, movingDir }: WebDeps,
  row: ExportRow,
  handle: string,
): Promise<Response | undefined> => {
  const path = exportPath(movingDir, row.id);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return undefined;
  const day = row.created.toISOString().slice(0, 10);
  const stream = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
  return new Response(stream, {
    headers: {
      'content-type': 'application/x-tar',
      // It never changes. Without one the API would read the whole file to make one.
      etag: `"${row.id}"`,
      'content-length': String(info.size),
      'content-disposition': `attachment; filename="${handle}-${site.host.replaceAll(/[^a-z0-9.-]/g, '-')}-${day}.tar"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  });
};
