/** `maillon <command>`: one file per command beside this one. */
import '../loading.ts';
import { runCommand } from 'citty';
import { type Command, type Loaded, usage } from './command.ts';
import { nearest } from './nearest.ts';
import { Stop, type Terminal, openTerminal } from './terminal.ts';

/** Each is loaded only when it is named: a typing mistake is told at once. */
const commandsOf = (terminal: Terminal): Loaded => ({
  about: terminal.say('app'),
  commands: {
    setup: {
      about: terminal.say('setup.description'),
      load: async () => (await import('./setup.ts')).setupCommand(terminal),
    },
    'setup-link': {
      about: terminal.say('setupLink.description'),
      load: async () => (await import('./setup-link.ts')).setupLinkCommand(terminal),
    },
    member: {
      about: terminal.say('member.description'),
      load: async () => (await import('./member.ts')).memberCommands(terminal),
    },
    import: {
      about: terminal.say('import.description'),
      load: async () => (await import('./import.ts')).importCommand(terminal),
    },
    export: {
      about: terminal.say('export.description'),
      load: async () => (await import('./export.ts')).exportCommand(terminal),
    },
    token: {
      about: terminal.say('token.description'),
      load: async () => (await import('./token.ts')).tokenCommands(terminal),
    },
    backup: {
      about: terminal.say('backup.description'),
      load: async () => (await import('./backup.ts')).backupCommand(terminal),
    },
    restore: {
      about: terminal.say('restore.description'),
      load: async () => (await import('./restore.ts')).restoreCommand(terminal),
    },
    keys: {
      about: terminal.say('keys.description'),
      load: async () => (await import('./keys.ts')).keysCommands(terminal),
    },
    doctor: {
      about: terminal.say('doctor.description'),
      load: async () => (await import('./doctor.ts')).doctorCommand(terminal),
    },
  },
});

/** Finds the command that the words name, runs it. @returns the exit code: 0 done, 1 faults found, 2 wrong usage */
const run = async (terminal: Terminal, words: string[]): Promise<0 | 1 | 2> => {
  let found = commandsOf(terminal);
  const path: string[] = [];
  const rest = [...words];
  const help = rest.some((word) => word === '--help' || word === '-h');
  const wrong = (message: string): 2 => {
    terminal.err(`${message}\n\n${usage(terminal, path, found)}`);
    return 2;
  };
  while ('commands' in found) {
    const word = rest[0];
    if (word === undefined || word.startsWith('-')) {
      if (!help) return wrong(terminal.say('usage.noCommand'));
      terminal.out(usage(terminal, path, found));
      return 0;
    }
    const next: Command | undefined = Object.hasOwn(found.commands, word) ? found.commands[word] : undefined;
    if (next === undefined) {
      const near = nearest(word, Object.keys(found.commands));
      return wrong(
        terminal.say('usage.unknownCommand', {
          name: word,
          near: near === undefined ? '' : terminal.say('usage.near', { name: near }),
        }),
      );
    }
    path.push(word);
    rest.shift();
    found = 'load' in next ? await next.load() : next;
  }
  if (help) {
    terminal.out(usage(terminal, path, found));
    return 0;
  }
  try {
    await runCommand(found.def, { rawArgs: rest });
    return 0;
  } catch (error) {
    if (error instanceof Stop) {
      if (error.message !== '') terminal.err(error.message);
      return error.code;
    }
    if (error instanceof Error && error.name === 'CLIError') return wrong(plain(terminal, error.message));
    throw error;
  }
};

/** citty's two complaints in the reader's language. */
const plain = (terminal: Terminal, message: string): string => {
  const missing = /^Missing required (?:positional )?argument: (\S+)/.exec(message)?.[1];
  if (missing !== undefined) return terminal.say('usage.missing', { name: missing.toLowerCase() });
  // oxlint-disable-next-line no-control-regex
  const bare = message.replaceAll(/\u001B\[\d+m/g, '');
  const [, name, allowed] = /^Invalid value for argument: (\S+) .*Expected one of: (.*)\.$/.exec(bare) ?? [];
  return name === undefined || allowed === undefined ? bare : terminal.say('usage.oneOf', { name, allowed });
};

process.exitCode = await run(openTerminal(process), process.argv.slice(2));
