/** `maillon <command>`: one file per command beside this one. */
import { runCommand } from 'citty';
import { type Command, usage } from './command.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { memberCommands } from './member.ts';
import { nearest } from './nearest.ts';
import { setupLinkCommand } from './setup-link.ts';
import { setupCommand } from './setup.ts';
import { Stop, type Terminal, openTerminal } from './terminal.ts';
import { tokenCommands } from './token.ts';

const commandsOf = (terminal: Terminal): Command => ({
  about: terminal.say('app'),
  commands: {
    'setup': setupCommand(terminal),
    'setup-link': setupLinkCommand(terminal),
    'member': memberCommands(terminal),
    'import': importCommand(terminal),
    'export': exportCommand(terminal),
    'token': tokenCommands(terminal),
    'doctor': doctorCommand(terminal),
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
      return wrong(terminal.say('usage.unknownCommand', { name: word, near: near === undefined ? '' : terminal.say('usage.near', { name: near }) }));
    }
    path.push(word);
    rest.shift();
    found = next;
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
