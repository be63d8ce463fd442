/** What citty leaves open: options that do not exist are refused, usage is told in the reader's language. */
import { type ArgsDef, type CommandDef, type ParsedArgs, defineCommand } from 'citty';
import { nearest } from './nearest.ts';
import { Stop, type Terminal } from './terminal.ts';

/** A command with its own arguments, or a group of such. */
export type Loaded =
  | { about: string; args: ArgsDef; def: CommandDef }
  | { about: string; commands: Record<string, Command> };
export type Command = Loaded | { about: string; load: () => Promise<Loaded> };

/**
 * Node itself takes `--env-file` out of any command line: ours is `--settings`.
 * @param run is given the arguments as they were declared; `settings` is added to every command
 */
export const command = <const T extends ArgsDef>(
  terminal: Terminal,
  about: string,
  args: T,
  run: (args: ParsedArgs<T> & { envFile: string | undefined }) => Promise<void>,
): Loaded => {
  const all: ArgsDef = {
    ...args,
    settings: { type: 'string', description: terminal.say('usage.envFile'), valueHint: '.env' },
  };
  const def = defineCommand<ArgsDef>({
    args: all,
    run: async ({ args: given }) => {
      checkArgs(terminal, all, given);
      const envFile = given['settings'];
      // citty has read `given` by the declaration `T`, of which `ArgsDef` is only the common shape.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      await run(
        Object.assign(given as ParsedArgs<T>, {
          envFile: typeof envFile === 'string' && envFile !== '' ? envFile : undefined,
        }),
      );
    },
  });
  return { about, args: all, def };
};

const camel = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const checkArgs = (terminal: Terminal, args: ArgsDef, given: ParsedArgs): void => {
  const options = Object.entries(args)
    .filter(([, arg]) => arg.type !== 'positional')
    .map(([name]) => name);
  const known = new Set([...Object.keys(args), ...Object.keys(args).map(camel), '_']);
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, options);
    throw new Stop(
      2,
      terminal.say('usage.unknownOption', {
        name: unknown,
        near: near === undefined ? '' : terminal.say('usage.near', { name: `--${near}` }),
      }),
    );
  }
  const positionals = Object.values(args).filter((arg) => arg.type === 'positional').length;
  const extra = given._[positionals];
  if (extra !== undefined) throw new Stop(2, terminal.say('usage.tooMany', { value: extra }));
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === 'string' && given[name] === '')
      throw new Stop(2, terminal.say('usage.missing', { name: `--${name} <${arg.valueHint ?? name}>` }));
  }
};

/** How a command is used, for `--help` and after a mistake. @param path its words, without `maillon` */
export const usage = (terminal: Terminal, path: string[], of: Loaded): string => {
  const name = ['maillon', ...path].join(' ');
  if ('commands' in of) {
    const rows = Object.entries(of.commands).map(([word, { about }]): [string, string] => [word, about]);
    return [
      of.about,
      '',
      `${terminal.say('usage.usage')}: ${name} <…>`,
      '',
      `${terminal.say('usage.commands')}:`,
      ...table(rows),
      '',
      terminal.say('usage.more'),
    ].join('\n');
  }
  const args = Object.entries(of.args);
  const positional = args.filter(([, arg]) => arg.type === 'positional');
  const words = positional.map(([word, arg]) => (arg.required === false ? `[${word}]` : `<${word}>`));
  const rows = [
    ...positional.map(([word, arg]): [string, string] => [word, arg.description ?? '']),
    ...args
      .filter(([, arg]) => arg.type !== 'positional')
      .map(([word, arg]): [string, string] => [
        `--${word}${arg.type === 'boolean' ? '' : ` <${arg.valueHint ?? word}>`}`,
        arg.description ?? '',
      ]),
  ];
  return [
    of.about,
    '',
    `${terminal.say('usage.usage')}: ${[name, ...words, '…'].join(' ')}`,
    '',
    `${terminal.say('usage.options')}:`,
    ...table(rows),
    '',
    terminal.say('usage.exit'),
  ].join('\n');
};

const table = (rows: [string, string][]): string[] => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
};
