/** Loggers by category, and where their lines go. Secrets never reach a line: see `redact`. */
import { configure, getConsoleSink, getJsonLinesFormatter, getLogger } from '@logtape/logtape';

export const log = {
  node: getLogger(['maillon', 'node']),
  web: getLogger(['maillon', 'web']),
  inbox: getLogger(['maillon', 'inbox']),
  outbox: getLogger(['maillon', 'outbox']),
  mail: getLogger(['maillon', 'mail']),
  jobs: getLogger(['maillon', 'jobs']),
};

const SECRET = /password|secret|token|authorization|cookie|signature|pem/i;

/** @returns the properties of a log line with the values of telling names blanked */
export const redact = (properties: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, SECRET.test(key) ? '[redacted]' : value]));

/** Sends log lines, one JSON object each, to standard error. */
export const configureLog = async (level: 'debug' | 'info' | 'warning' | 'error'): Promise<void> => {
  const format = getJsonLinesFormatter();
  const sink = getConsoleSink({
    formatter: (record) => format({ ...record, properties: redact(record.properties) }).trimEnd(),
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
