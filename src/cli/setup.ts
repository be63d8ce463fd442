/** `maillon setup`: the same as the page, by questions or, unattended, by options and a file. */
import { readFile } from 'node:fs/promises';
import { generateKeys } from '#domain/actors.ts';
import { COMMAND_LINE } from '#domain/audit.ts';
import { LANGUAGES, getCooperative, readAdmin, readCooperative, setUp } from '#domain/cooperative.ts';
import { hashPassword } from '#domain/passwords.ts';
import { type FieldError, KINDS } from '#domain/types.ts';
import { type Loaded, command } from './command.ts';
import { type Opened, problemOf, withNode } from './open.ts';
import { type Answers, QUESTIONS, type Question, askFor, isQuestion } from './questions.ts';
import { Stop, type Terminal } from './terminal.ts';

export const setupCommand = (terminal: Terminal): Loaded => {
  const option = (name: Question, valueHint?: string) =>
    ({
      type: 'string',
      description: terminal.say(`setup.${name}`),
      ...(valueHint === undefined ? {} : { valueHint }),
    }) as const;
  return command(
    terminal,
    terminal.say('setup.description'),
    {
      from: { type: 'string', description: terminal.say('setup.from'), valueHint: 'file.json' },
      name: option('name'),
      handle: option('handle'),
      summary: option('summary'),
      territory: option('territory', 'town'),
      latitude: option('latitude'),
      longitude: option('longitude'),
      radius: option('radiusKm', '30'),
      languages: option('languages', 'fr,en'),
      kinds: option('kinds', 'lodging,food'),
      'sign-up-rule': option('signUpRule', 'approval'),
      accent: option('accent', '#1C6349'),
      'admin-name': option('admin.name'),
      'admin-handle': option('admin.handle'),
      'admin-email': option('admin.email'),
      'admin-password': option('admin.password'),
      'password-stdin': { type: 'boolean', description: terminal.say('setup.passwordStdin') },
    },
    ({ envFile, ...args }) =>
      withNode(terminal, envFile, async (node) => {
        const cooperative = await getCooperative(node.db.read);
        if (cooperative !== undefined) throw new Stop(1, terminal.say('setup.already', { name: cooperative.name }));
        const answers: Answers = typeof args.from === 'string' ? await readAnswers(terminal, args.from) : {};
        for (const { name, flag } of QUESTIONS) {
          const given: unknown = Reflect.get(args, flag);
          if (typeof given === 'string') answers[name] = given;
        }
        if (args['password-stdin'] === true)
          answers['admin.password'] = (await terminal.readInput()).replace(/\r?\n$/, '');
        await complete(terminal, node, answers);
        await save(terminal, node, answers);
      }),
  );
};

const readAnswers = async (terminal: Terminal, file: string): Promise<Answers> => {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Stop(1, terminal.say('setup.badFile', { file, problem: problemOf(error) }));
  }
  const answers: Answers = {};
  const faults: FieldError[] = [];
  const take = (values: unknown, prefix: string): void => {
    if (typeof values !== 'object' || values === null) return;
    for (const [key, value] of Object.entries(values)) {
      const name = `${prefix}${key}`;
      if (name === 'admin') take(value, 'admin.');
      else if (!isQuestion(name)) faults.push({ field: name, code: 'unknown' });
      else answers[name] = Array.isArray(value) ? value.map(String).join(',') : String(value ?? '');
    }
  };
  take(data, '');
  const allowed = QUESTIONS.map((question) => question.name).join(', ');
  if (faults.length > 0)
    throw new Stop(
      1,
      [
        terminal.say('setup.faults'),
        ...faults.map(({ field }) => `  ${field}: ${terminal.say('setup.unknownKey', { allowed })}`),
      ].join('\n'),
    );
  return answers;
};

/** Asks a person for what lacks or is wrong, until all is right; without a person tells every fault at once. */
const complete = async (terminal: Terminal, node: Opened, answers: Answers): Promise<void> => {
  if (terminal.interactive)
    await askFor(
      terminal,
      answers,
      QUESTIONS.filter((question) => question.ask && answers[question.name] === undefined).map(
        (question) => question.name,
      ),
      [],
    );
  else defaults(terminal, answers);
  for (;;) {
    const faults = faultsOf(node, answers);
    if (faults.length === 0) return;
    if (!terminal.interactive) {
      const lines = faults.map((fault) => {
        const flag = QUESTIONS.find((question) => question.name === fault.field)?.flag;
        return `  ${fault.field}${flag === undefined ? '' : ` (--${flag})`}: ${terminal.explain(fault)}`;
      });
      throw new Stop(1, [terminal.say('setup.faults'), ...lines].join('\n'));
    }
    await askFor(terminal, answers, faults.map((fault) => fault.field).filter(isQuestion), faults);
  }
};

/** What is not said unattended is as the page proposes it. */
const defaults = (terminal: Terminal, answers: Answers): void => {
  answers.radiusKm ??= '30';
  answers.languages ??= terminal.locale;
  answers.kinds ??= KINDS.join(',');
  answers.signUpRule ??= 'approval';
};

const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(/[,;]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
const cooperativeOf = (node: Opened, answers: Answers) =>
  readCooperative({ ...answers, languages: list(answers.languages), kinds: list(answers.kinds) }, (name) =>
    node.places.find(name),
  );
const adminOf = (answers: Answers) => ({
  name: answers['admin.name'] ?? '',
  handle: answers['admin.handle'] ?? '',
  email: answers['admin.email'] ?? '',
  password: answers['admin.password'] ?? '',
});

const faultsOf = (node: Opened, answers: Answers): FieldError[] => {
  const cooperative = cooperativeOf(node, answers);
  const wrongWords = [
    ...unknownWords('kinds', list(answers.kinds), KINDS),
    ...unknownWords('languages', list(answers.languages), LANGUAGES),
  ];
  return [
    ...(cooperative.ok ? [] : cooperative.errors),
    ...wrongWords,
    ...readAdmin(adminOf(answers), (answers.handle ?? '').trim().toLowerCase()),
  ];
};

/** The page offers boxes; here a word may be misspelt, and must not be dropped in silence. */
const unknownWords = (field: string, words: string[], allowed: readonly string[]): FieldError[] =>
  words.some((word) => !allowed.includes(word)) && words.some((word) => allowed.includes(word))
    ? [{ field, code: 'choice', params: { allowed: allowed.join(', ') } }]
    : [];

const save = async (terminal: Terminal, node: Opened, answers: Answers): Promise<void> => {
  const value = cooperativeOf(node, answers);
  if (!value.ok) throw new Stop(1, terminal.say('setup.faults'));
  const admin = adminOf(answers);
  const [own, cooperative, member, adminPasswordHash] = await Promise.all([
    generateKeys(),
    generateKeys(),
    generateKeys(),
    hashPassword(admin.password),
  ]);
  const done = await node.db.write((tx) =>
    setUp(
      tx,
      node.site,
      value.value,
      admin,
      { node: own, cooperative, admin: member, adminPasswordHash },
      terminal.locale,
      COMMAND_LINE,
    ),
  );
  if (!done.ok) throw new Stop(1, done.errors.map((error) => terminal.explain(error)).join('\n'));
  terminal.out(
    terminal.say('setup.done', {
      name: done.value.name,
      origin: node.site.origin,
      handle: admin.handle.trim().toLowerCase(),
    }),
  );
};
