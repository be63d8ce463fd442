/** `maillon import`: listings out of a file, with every bad line told. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { COMMAND_LINE, audit } from '#domain/audit.ts';
import {
  type ImportFault,
  type ImportReport,
  MAX_IMPORT_BYTES,
  decodeFile,
  importListings,
  parseListings,
} from '#domain/import.ts';
import type { FieldError, Result } from '#domain/types.ts';
import { createGuardedFetch } from '#federation/fetch.ts';
import { createPolicy } from '#federation/inbox/policy.ts';
import { createPictureFetch } from '#federation/pictures.ts';
import { userAgentOf } from '#federation/version.ts';
import { type Loaded, command } from './command.ts';
import { problemOf, settled, withNode } from './open.ts';
import { Stop, type Terminal } from './terminal.ts';

export const importCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('import.description'),
    {
      file: { type: 'positional', required: true, description: terminal.say('import.file') },
      member: { type: 'string', description: terminal.say('import.member'), valueHint: 'handle' },
      format: {
        type: 'enum',
        options: ['csv', 'json'],
        description: terminal.say('import.format'),
        valueHint: 'csv|json',
      },
      'dry-run': { type: 'boolean', description: terminal.say('import.dryRun') },
      json: { type: 'boolean', description: terminal.say('import.report') },
    },
    async (args) => {
      const format = formatOf(terminal, args.file, args.format);
      const dryRun = args['dry-run'] === true;
      await withNode(terminal, args.envFile, async (node) => {
        const cooperative = await settled(terminal, node);
        const parsed = orStop(terminal, parseListings(await readText(terminal, args.file), format));
        for (const note of parsed.notes)
          terminal.err(terminal.say('import.note', { field: note.field, message: terminal.explain(note) }));
        const bar = terminal.progress(terminal.say('import.progress'));
        const web = createGuardedFetch({
          testNetwork: node.config.testNetwork,
          limits: node.config.limits.fetch,
          userAgent: userAgentOf(node.site),
        });
        const handle = args.member?.replace(/^@/, '').toLowerCase();
        const report = await importListings(node.db, node.site, {
          lines: parsed.lines,
          places: node.places,
          kinds: cooperative.kinds,
          photos: {
            mediaDir: node.mediaDir,
            baseDir: dirname(args.file),
            fetch: createPictureFetch(createPolicy(node.db), web),
          },
          dryRun,
          onProgress: (done, total) => bar.update(done, total),
          note: (tx, { created, updated }) =>
            audit(tx, node.site.now(), {
              actor: COMMAND_LINE,
              action: 'listings.imported',
              subject: basename(args.file),
              after: { created, updated },
            }),
          ...(handle === undefined ? {} : { handle }),
        }).finally(async () => {
          bar.stop();
          await web.close();
        });
        if (args.json === true) terminal.out(asJson(terminal, report, parsed.notes));
        else tell(terminal, report, format, dryRun);
        if (report.faults.length > 0) throw new Stop(1);
      });
    },
  );

const formatOf = (terminal: Terminal, file: string, said: string | undefined): 'csv' | 'json' => {
  const word = said ?? extname(file).slice(1).toLowerCase();
  if (word === 'csv' || word === 'tsv') return 'csv';
  if (word === 'json') return 'json';
  throw new Stop(2, terminal.say('import.what', { file }));
};

const readText = async (terminal: Terminal, file: string): Promise<string> => {
  try {
    const { size } = await stat(file);
    // Twice as much, for UTF-16; what it comes to is measured after decoding.
    if (size > MAX_IMPORT_BYTES * 2)
      throw new Stop(
        1,
        terminal.explain({ field: '', code: 'import.tooLarge', params: { megabytes: MAX_IMPORT_BYTES / 1e6 } }),
      );
    return decodeFile(await readFile(file));
  } catch (error) {
    throw error instanceof Stop
      ? error
      : new Stop(1, terminal.say('import.noFile', { file, problem: problemOf(error) }));
  }
};

const orStop = <T>(terminal: Terminal, result: Result<T>): T => {
  if (!result.ok) throw new Stop(1, result.errors.map((error) => terminal.explain(error)).join('\n'));
  return result.value;
};

const tell = (terminal: Terminal, report: ImportReport, format: 'csv' | 'json', dryRun: boolean): void => {
  const faulty = new Set(report.faults.map((fault) => fault.line)).size;
  const { created, updated, unchanged } = report;
  terminal.out(terminal.say(dryRun ? 'import.would' : 'import.done', { created, updated, unchanged, faulty }));
  if (faulty === 0) return;
  terminal.err(terminal.say(dryRun ? 'import.faultsDry' : 'import.faults'));
  for (const fault of report.faults) {
    const where = terminal.say(format === 'csv' ? 'fault.line' : 'fault.item', { line: fault.line });
    terminal.err(
      `  ${where}, ${fault.field === '' ? terminal.say('fault.whole') : fault.field}: ${terminal.explain(fault)}`,
    );
  }
};

const asJson = (terminal: Terminal, report: ImportReport, notes: FieldError[]): string => {
  const told = <T extends FieldError | ImportFault>(fault: T) => ({ ...fault, message: terminal.explain(fault) });
  return JSON.stringify({ ...report, faults: report.faults.map(told), notes: notes.map(told) }, undefined, 2);
};
