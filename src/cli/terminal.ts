/** What a command has of the world: its words, its two outputs, its progress bar. Nothing is global. */
import { SingleBar } from 'cli-progress';
import type { FieldError, Locale } from '#domain/types.ts';
import { translator } from '#web/ui/locale.ts';
import { MESSAGES, type Say, isSay } from './messages.ts';

export type Params = Record<string, string | number>;
export type Progress = { update(done: number, total: number): void; stop(): void };

export type Terminal = {
  locale: Locale;
  env: Record<string, string | undefined>;
  say(key: Say, params?: Params): string;
  /** The text of a fault, remedy included: ours, else the pages'. */
  explain(fault: FieldError): string;
  /** A line of results, to standard output. */
  out(line: string): void;
  /** A line about what happens, to standard error. */
  err(line: string): void;
  /** Text without a line end; waits while the reader is slow. */
  write(text: string): Promise<void>;
  /** Is there a person to ask? */
  interactive: boolean;
  readInput(): Promise<string>;
  progress(label: string): Progress;
};

/** Ends a command with a code, after its reasons were told. */
export class Stop extends Error {
  override name = 'Stop';
  readonly code: 1 | 2;
  constructor(code: 1 | 2, message = '') {
    super(message);
    this.code = code;
  }
}

/** @returns French if the environment says so, else English */
export const localeOf = (env: Record<string, string | undefined>): Locale =>
  /^fr/i.test(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '') ? 'fr' : 'en';

/** The terminal of a process. */
export const openTerminal = (process: NodeJS.Process): Terminal => {
  const locale = localeOf(process.env);
  const say = (key: Say, params: Params = {}): string =>
    MESSAGES[locale][key].replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
      Object.hasOwn(params, name) ? String(params[name]) : whole,
    );
  return {
    locale,
    env: process.env,
    say,
    explain: (fault) => {
      const key = `errors.${fault.code}`;
      return isSay(key) ? say(key, fault.params) : translator(locale).any(key, fault.params ?? {});
    },
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    write: (text) =>
      new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve()))),
    interactive: process.stdin.isTTY && process.stderr.isTTY && process.stdout.isTTY,
    readInput: async () => {
      let text = '';
      for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
      return text;
    },
    progress: (label) => bar(label, process.stderr),
  };
};

/** On a terminal a bar, elsewhere (a log file) nothing. */
const bar = (label: string, stream: NodeJS.WriteStream): Progress => {
  if (!stream.isTTY) return { update: () => {}, stop: () => {} };
  const drawn = new SingleBar({
    format: `${label} {bar} {value}/{total}`,
    stream,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  let started = false;
  return {
    update: (done, total) => {
      if (started) drawn.update(done);
      else drawn.start(total, done);
      started = true;
    },
    stop: () => drawn.stop(),
  };
};
