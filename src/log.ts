/**
 * Loggers by category, and where their lines go: one JSON object each on standard error. Every line passes `scrub`,
 * so that no secret reaches it whatever a library writes into its error; a line of a request carries its number.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type LogRecord, configure, getConsoleSink, getJsonLinesFormatter, getLogger } from '@logtape/logtape';

export const log = {
  node: getLogger(['maillon', 'node']),
  web: getLogger(['maillon', 'web']),
  federation: getLogger(['maillon', 'federation']),
  inbox: getLogger(['maillon', 'inbox']),
  outbox: getLogger(['maillon', 'outbox']),
  mail: getLogger(['maillon', 'mail']),
  jobs: getLogger(['maillon', 'jobs']),
};

const requests = new AsyncLocalStorage<string>();
/** Runs `work` as a part of one request: every line that it logs carries the request's number. */
export const inRequest = <T>(id: string, work: () => T): T => requests.run(id, work);
/** Number of the request under way, if there is one. */
export const requestId = (): string | undefined => requests.getStore();
/** Runs what goes on after the request that caused it: its lines are not the request's. */
export const afterRequest = <T>(work: () => T): T => requests.exit(work);

const SECRET_KEY = /passw|secret|token|authorization|cookie|signature|pem$|csrf|privatekey/i;
const LONGEST = 8_000;

/** What a secret looks like wherever it stands. The order counts: the whole before its parts. */
const SECRETS: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g, '[PEM]'],
  // Drizzle quotes the values of a failed statement: words of people, hashes, addresses.
  [/\nparams: [\s\S]*$/, '\nparams: [redacted]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, '$1 [redacted]'],
  [/\b(signature|sig\d+)(=|":\s*)(["':]?)[^"':,;\s]+/gi, '$1$2$3[redacted]'],
  [/\b((?:__Host-)?session|flash)=[^;\s"]+/g, '$1=[redacted]'],
  [/\b(password|passphrase|token|secret|csrf|code)(=|":\s*")[^&\s",}]+/gi, '$1$2[redacted]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@"]*:[^/\s@"]+@/gi, '$1[redacted]@'],
  [/\$argon2\w*\$[^\s"']+/g, '[hash]'],
  // The key of a link by which somebody comes back to a report, a decision, a farewell.
  [/(\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.)[\w-]{32}(?![\w-])/gi, '$1[secret]'],
  // Ours are 43 letters (256 bits): sessions, form tokens, links to confirm, to reset, to join, to set up.
  [/(?<![\w-])(?:mln_)?[\w-]{40,}(?![\w-])/g, '[secret]'],
  [/[A-Za-z0-9+/]{80,}={0,2}/g, '[secret]'],
  [/([\w.+-])[\w.+-]*@(?=[\w-]+\.[a-z])/gi, '$1…@'],
];

/** @returns the text without anything that looks like a secret or a person's address, and not endless */
export const scrub = (text: string): string =>
  SECRETS.reduce((clean, [secret, instead]) => clean.replace(secret, instead), text.slice(0, LONGEST));

/** An error with what caused it, for a log line; without the values of a failed statement. */
export const describe = (error: unknown, options: { stack: boolean } = { stack: true }): string => {
  if (!(error instanceof Error)) return scrub(String(error));
  const message = error.message.replace(/\nparams: [\s\S]*$/, '');
  const frames = error.stack?.slice(error.stack.lastIndexOf(error.message) + error.message.length) ?? '';
  const head = `${error.name === 'Error' ? '' : `${error.name}: `}${message}${options.stack ? frames : ''}`;
  const cause = error.cause instanceof Error ? `\nbecause ${describe(error.cause, options)}` : '';
  return scrub(`${head}${cause}`);
};

const clean = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return scrub(value);
  if (value instanceof Error) return describe(value);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (depth > 4) return '[…]';
  return Array.isArray(value)
    ? value.slice(0, 50).map((one) => clean(one, depth + 1))
    : redact(Object.fromEntries(Object.entries(value).slice(0, 50)), depth + 1);
};

/** @returns the properties of a log line: values of telling names blanked, everything else scrubbed */
export const redact = (properties: Record<string, unknown>, depth = 0): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, SECRET_KEY.test(key) ? '[redacted]' : clean(value, depth)]),
  );

/** The message as it reads, made of the cleaned properties alone. */
const words = (record: LogRecord, properties: Record<string, unknown>): string => {
  const template = typeof record.rawMessage === 'string' ? record.rawMessage : record.rawMessage.join('{}');
  return scrub(
    template.replaceAll(/\{(\w+)\}/g, (whole, key: string) => {
      if (!(key in properties)) return whole;
      const value = properties[key];
      return typeof value === 'string' ? value : JSON.stringify(value);
    }),
  );
};

export type NotedError = { when: Date; where: string; text: string; request: string | undefined; times: number };
const KEPT_ERRORS = 50;
const errors: NotedError[] = [];
/** The last errors of this process, newest first, equal ones once: at most fifty, gone with the process. */
export const lastErrors = (): NotedError[] => errors.toReversed();

const keep = (record: LogRecord, message: string, request: string | undefined): void => {
  const text = message.split('\n    at ')[0]!.slice(0, 400);
  const where = record.category.at(-1) ?? '';
  const at = errors.findIndex((one) => one.text === text && one.where === where);
  const [before] = at < 0 ? [] : errors.splice(at, 1);
  errors.push({ when: new Date(record.timestamp), where, text, request, times: (before?.times ?? 0) + 1 });
  if (errors.length > KEPT_ERRORS) errors.shift();
};

/** Sends log lines, one JSON object each, to standard error. */
export const configureLog = async (level: 'debug' | 'info' | 'warning' | 'error'): Promise<void> => {
  const format = getJsonLinesFormatter();
  const sink = getConsoleSink({
    formatter: (record) => {
      const request = requestId();
      const properties = redact(record.properties);
      const message = words(record, properties);
      if (record.level === 'error' || record.level === 'fatal') keep(record, message, request);
      const told = request === undefined ? properties : { request, ...properties };
      return format({ ...record, message: [message], rawMessage: message, properties: told }).trimEnd();
    },
    levelMap: { trace: 'error', debug: 'error', info: 'error', warning: 'error', error: 'error', fatal: 'error' },
  });
  await configure({
    sinks: { stderr: sink },
    loggers: [
      { category: 'maillon', lowestLevel: level, sinks: ['stderr'] },
      { category: 'fedify', lowestLevel: 'error', sinks: ['stderr'] },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['stderr'] },
    ],
    reset: true,
  });
};
