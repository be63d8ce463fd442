/** The questions of set-up, one by one, for a person at the terminal. */
import { type CANCEL_SYMBOL, cancel, intro, isCancel, log, multiselect, password, select, text } from '@clack/prompts';
import { LANGUAGES } from '#domain/cooperative.ts';
import { type FieldError, KINDS, SIGN_UP_RULES } from '#domain/types.ts';
import { translator } from '#web/ui/locale.ts';
import { Stop, type Terminal } from './terminal.ts';

/** `ask`: asked of everybody; the others only by option, or after a fault. */
export const QUESTIONS = [
  { name: 'name', flag: 'name', ask: true },
  { name: 'handle', flag: 'handle', ask: true },
  { name: 'summary', flag: 'summary', ask: true },
  { name: 'territory', flag: 'territory', ask: true },
  { name: 'latitude', flag: 'latitude', ask: false },
  { name: 'longitude', flag: 'longitude', ask: false },
  { name: 'radiusKm', flag: 'radius', ask: true },
  { name: 'languages', flag: 'languages', ask: true },
  { name: 'kinds', flag: 'kinds', ask: true },
  { name: 'signUpRule', flag: 'sign-up-rule', ask: true },
  { name: 'accent', flag: 'accent', ask: false },
  { name: 'admin.name', flag: 'admin-name', ask: true },
  { name: 'admin.handle', flag: 'admin-handle', ask: true },
  { name: 'admin.email', flag: 'admin-email', ask: true },
  { name: 'admin.password', flag: 'admin-password', ask: true },
] as const;
export type Question = (typeof QUESTIONS)[number]['name'];
export type Answers = { [K in Question]?: string };
export const isQuestion = (name: string): name is Question => QUESTIONS.some((question) => question.name === name);

/** Asks these questions, each with what was wrong with the last answer. @throws Stop when the person gives up */
export const askFor = async (
  terminal: Terminal,
  answers: Answers,
  names: Question[],
  faults: FieldError[],
): Promise<void> => {
  if (faults.length === 0) intro(terminal.say('setup.ask'));
  for (const name of new Set(names)) {
    for (const fault of faults) if (fault.field === name) log.error(terminal.explain(fault));
    const answer = await ask(terminal, name, answers[name]);
    if (isCancel(answer)) {
      cancel(terminal.say('setup.cancelled'));
      throw new Stop(1);
    }
    answers[name] = Array.isArray(answer) ? answer.join(',') : (answer ?? '');
  }
};

const ask = (
  terminal: Terminal,
  name: Question,
  before: string | undefined,
): Promise<string | string[] | typeof CANCEL_SYMBOL> => {
  const message = name === 'admin.password' ? terminal.say('setup.password') : sentence(terminal.say(`setup.${name}`));
  const t = translator(terminal.locale);
  const chosen = (before ?? '').split(',').filter((word) => word !== '');
  switch (name) {
    case 'admin.password':
      return password({ message });
    case 'languages': {
      const names = new Intl.DisplayNames(terminal.locale, { type: 'language' });
      const options = LANGUAGES.map((value): { value: string; label: string } => ({
        value,
        label: names.of(value) ?? value,
      }));
      return multiselect({ message, options, initialValues: chosen.length > 0 ? chosen : [terminal.locale] });
    }
    case 'kinds': {
      const options = KINDS.map((value): { value: string; label: string } => ({
        value,
        label: t.any(`kinds.${value}.name`),
      }));
      return multiselect({ message, options, initialValues: chosen.length > 0 ? chosen : [...KINDS] });
    }
    case 'signUpRule': {
      const options = SIGN_UP_RULES.map((value): { value: string; label: string } => ({
        value,
        label: t.any(`rules.${value}`),
      }));
      return select({ message, options, initialValue: before ?? 'approval' });
    }
    default:
      return text({ message, initialValue: before ?? (name === 'radiusKm' ? '30' : '') });
  }
};

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
