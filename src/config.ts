/** The environment, read in one place. Pure: every fault is reported at once, each with its remedy. */
import { isIP } from 'node:net';
import { type Limits, readLimits } from './limits.ts';

export type Config = {
  /** Public origin, without trailing slash. */
  origin: string;
  port: number;
  /** Address to listen on. */
  bind: string;
  /** Directory of the database file, pictures and other state. */
  dataDir: string;
  /** PostgreSQL; absent = the embedded SQLite file in `dataDir`. */
  databaseUrl?: string;
  role: 'all' | 'web' | 'worker';
  smtpUrl?: string;
  mailFrom: string;
  /** Plain http and private addresses are allowed: the node is on this machine only, or in a test network. */
  testNetwork: boolean;
  /** Addresses of reverse proxies whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  /** What backups are locked with, and opened: the key itself, or a file that has it. Read by the commands, and when an admin makes a backup from the page. */
  backupKey?: string;
  backupKeyFile?: string;
  logLevel: 'debug' | 'info' | 'warning' | 'error';
  /** Who may read the metrics: whoever reaches the port, whoever knows the token, or, without both, nobody. */
  metrics: { port?: number; bind: string; token?: string };
  limits: Limits;
};

export type ConfigFault = { variable: string; problem: string; remedy: string };
export type ConfigResult =
  /** `unknown`: variables of ours by their name that mean nothing, misspelt or of another version. */
  { ok: true; config: Config; unknown: string[] } | { ok: false; faults: ConfigFault[] };

type Environment = Record<string, string | undefined>;

/** @param env the process's environment; empty values count as absent */
export const loadConfig = (env: Environment): ConfigResult => {
  const faults: ConfigFault[] = [];
  const known = new Set<string>();
  const get = (name: string): string | undefined => {
    known.add(name);
    return env[name]?.trim() === '' ? undefined : env[name]?.trim();
  };
  const fault = (variable: string, problem: string, remedy: string): void => {
    faults.push({ variable, problem, remedy });
  };
  const oneOf = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
    const value = get(name);
    if (value === undefined) return fallback;
    const found = allowed.find((option) => option === value);
    if (found === undefined) fault(name, `"${value}" is not known.`, `Use one of: ${allowed.join(', ')}.`);
    return found ?? fallback;
  };
  const flag = (name: string): boolean => oneOf(name, ['true', 'false'], 'false') === 'true';

  const port = Number(get('PORT') ?? '8000');
  if (!isPort(port)) {
    fault('PORT', `"${get('PORT')}" is no port number.`, 'Use a whole number from 1 to 65535, for example 8000.');
  }
  const rawOrigin = get('MAILLON_ORIGIN') ?? `http://localhost:${isPort(port) ? port : 8000}`;
  const origin = readOrigin(rawOrigin, fault);
  const local = isLocalName(origin.hostname);
  const testNetwork = flag('MAILLON_TEST_NETWORK') || local;
  if (origin.protocol === 'http:' && !testNetwork) {
    fault(
      'MAILLON_ORIGIN',
      `"${rawOrigin}" is not https.`,
      'Use https:// (a reverse proxy such as Caddy gets the certificate), or a *.localhost name to try the node on this machine.',
    );
  }
  const databaseUrl = get('DATABASE_URL');
  if (databaseUrl !== undefined && !isAddress(databaseUrl, /^postgres(ql)?:$/, { withPath: true })) {
    fault(
      'DATABASE_URL',
      'It is no PostgreSQL address.',
      `Use postgres://user:password@host:5432/name${ENCODE}, or leave it empty for the embedded SQLite file.`,
    );
  }
  const role = oneOf('MAILLON_ROLE', ['all', 'web', 'worker'], 'all');
  if (role !== 'all' && databaseUrl === undefined) {
    fault(
      'MAILLON_ROLE',
      `"${role}" needs PostgreSQL: on SQLite one process does both.`,
      'Leave it empty, or set DATABASE_URL.',
    );
  }
  const smtpUrl = get('SMTP_URL');
  if (smtpUrl !== undefined && !isAddress(smtpUrl, /^smtps?:$/, { withPath: false })) {
    fault(
      'SMTP_URL',
      'It is no mail server address.',
      `Use smtps://user:password@host:465 or smtp://user:password@host:587${ENCODE}, or leave it empty: links are then shown to the admin.`,
    );
  }
  const mailFrom = get('MAIL_FROM') ?? `maillon@${origin.hostname}`;
  if (!local && (get('MAIL_FROM') ?? smtpUrl) !== undefined && !isMailbox(mailFrom)) {
    fault(
      'MAIL_FROM',
      `"${mailFrom}" is no e-mail address.`,
      'Use for example "Les Volets Ouverts <contact@coop.example>".',
    );
  }
  const trustedProxies = list(get('TRUSTED_PROXIES'));
  for (const proxy of trustedProxies) {
    if (isIP(proxy) === 0)
      fault(
        'TRUSTED_PROXIES',
        `"${proxy}" is no address of one machine.`,
        'Use IP addresses separated by commas, no names and no ranges, for example 127.0.0.1,::1.',
      );
  }
  const bind = (name: string, fallback: string): string => {
    const address = get(name) ?? fallback;
    if (isIP(address) === 0 && address !== 'localhost')
      fault(
        name,
        `"${address}" is no address of this machine.`,
        'Use 127.0.0.1 (behind a proxy on this machine) or 0.0.0.0 (from everywhere).',
      );
    return address;
  };
  const metricsPort = get('METRICS_PORT');
  if (metricsPort !== undefined && !isPort(Number(metricsPort)))
    fault(
      'METRICS_PORT',
      `"${metricsPort}" is no port number.`,
      'Use a whole number from 1 to 65535, for example 9464.',
    );
  else if (metricsPort !== undefined && Number(metricsPort) === port)
    fault('METRICS_PORT', `Port ${port} is the one of the pages.`, 'Use another one, for example 9464.');
  const metricsToken = get('METRICS_TOKEN');
  if (metricsToken !== undefined && !/^[\w.~+/=-]{16,200}$/.test(metricsToken))
    fault(
      'METRICS_TOKEN',
      'It is too short, or has characters that no header carries.',
      'Use 16 to 200 letters and digits; "openssl rand -hex 24" makes a good one.',
    );
  const limits = readLimits(get, fault);
  const backupKey = get('MAILLON_BACKUP_KEY');
  const backupKeyFile = get('MAILLON_BACKUP_KEY_FILE');
  const config: Config = {
    origin: origin.origin,
    port,
    bind: bind('BIND', local ? '127.0.0.1' : '0.0.0.0'),
    dataDir: get('MAILLON_DATA') ?? 'data',
    role,
    mailFrom,
    testNetwork,
    trustedProxies,
    logLevel: oneOf('LOG_LEVEL', ['debug', 'info', 'warning', 'error'], 'info'),
    metrics: {
      bind: bind('METRICS_BIND', '127.0.0.1'),
      ...(metricsPort === undefined ? {} : { port: Number(metricsPort) }),
      ...(metricsToken === undefined ? {} : { token: metricsToken }),
    },
    limits,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(smtpUrl === undefined ? {} : { smtpUrl }),
    ...(backupKey === undefined ? {} : { backupKey }),
    ...(backupKeyFile === undefined ? {} : { backupKeyFile }),
  };
  const unknown = Object.keys(env).filter((name) => name.startsWith('MAILLON_') && !known.has(name));
  if (faults.length === 0) return { ok: true, config, unknown };
  // A name that is misspelt may be why another is missing.
  for (const name of unknown)
    fault(name, 'It is not known, and has no effect.', 'Look for its right name, or remove it.');
  return { ok: false, faults };
};

const ENCODE = ' (signs such as # / ? in a password as %23 %2F %3F)';
/** A sign that was not encoded ends the host or begins a query: then the address says something else than was meant. */
const isAddress = (text: string, scheme: RegExp, { withPath }: { withPath: boolean }): boolean => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const path = url.pathname.length > 1;
  return scheme.test(url.protocol) && url.hash === '' && (withPath ? path : !path && url.hostname !== '');
};
// By hand: zod for this one line would cost every node 16 MB.
const MAILBOX = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,63}$/u;
const isMailbox = (text: string): boolean => MAILBOX.test(text.replace(/^.*<(.*)>$/, '$1'));
const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

/** `localhost` and every name under it: loopback by RFC 6761. */
export const isLocalName = (hostname: string): boolean => hostname === 'localhost' || hostname.endsWith('.localhost');

/** @returns the faults as lines for a person at a terminal */
export const explainFaults = (faults: ConfigFault[]): string =>
  [
    'The configuration has faults:',
    ...faults.map((f) => `  ${f.variable}: ${f.problem} ${f.remedy}`),
    'Every variable is explained in .env.example.',
  ].join('\n');

const readOrigin = (text: string, fault: (variable: string, problem: string, remedy: string) => void): URL => {
  const fallback = new URL('http://localhost:8000');
  const remedy = 'Use the address that people type, for example https://coop.example, without a path.';
  if (!URL.canParse(text)) {
    fault('MAILLON_ORIGIN', `"${text}" is no web address.`, remedy);
    return fallback;
  }
  const url = new URL(text);
  if (
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    fault('MAILLON_ORIGIN', `"${text}" has more than a scheme, a host and a port.`, remedy);
  } else if (url.hostname.endsWith('.')) {
    fault('MAILLON_ORIGIN', `The name in "${text}" ends with a dot.`, remedy);
  }
  return url;
};
