/** Every limit that an admin may change, with its bounds: one table, read by config.ts and explained in docs/configure.md. */

type Limit = { fallback: number; min: number; max: number; unit: string };
const limit = (fallback: number, min: number, max: number, unit: string): Limit => ({ fallback, min, max, unit });

/**
 * Bounds are where something else would break: below them honest servers are refused, above them one stranger could
 * hold a small machine.
 */
export const LIMITS = {
  MAILLON_LIMIT_INBOX_KIB: limit(256, 16, 1_024, 'KiB'),
  MAILLON_LIMIT_INBOX_PER_ADDRESS: limit(6_000, 60, 1_000_000, 'requests a minute'),
  MAILLON_LIMIT_INBOX_PER_HOST: limit(6_000, 60, 1_000_000, 'activities a minute'),
  MAILLON_LIMIT_INBOX_LOOKUPS: limit(300, 10, 1_000_000, 'look-ups a minute'),
  MAILLON_LIMIT_INBOX_FOLLOWS: limit(600, 10, 1_000_000, 'follows an hour'),
  MAILLON_LIMIT_IDENTITY_PER_ADDRESS: limit(300, 10, 1_000_000, 'requests a minute'),
  MAILLON_LIMIT_API_PER_ADDRESS: limit(300, 10, 1_000_000, 'requests a minute'),
  MAILLON_LIMIT_REPORTS: limit(20, 1, 1_000, 'reports an hour'),
  MAILLON_LIMIT_MESSAGES: limit(100, 10, 10_000, 'messages an hour'),
  MAILLON_LIMIT_THREADS: limit(20, 1, 1_000, 'new threads an hour'),
  MAILLON_LIMIT_UPLOAD_MIB: limit(64, 1, 512, 'MiB'),
  MAILLON_LIMIT_MOVE_MIB: limit(512, 1, 8_192, 'MiB'),
  MAILLON_LIMIT_PICTURES_MIB: limit(1_024, 10, 1_000_000, 'MiB'),
  MAILLON_LIMIT_FETCH_KIB: limit(1_024, 64, 16_384, 'KiB'),
  MAILLON_LIMIT_FETCH_SECONDS: limit(10, 1, 60, 'seconds'),
  MAILLON_LIMIT_DELIVERY_SECONDS: limit(10, 1, 20, 'seconds'),
  MAILLON_LIMIT_CONNECTIONS: limit(16, 2, 256, 'connections'),
  MAILLON_LIMIT_CONNECTIONS_PER_HOST: limit(2, 1, 16, 'connections'),
  MAILLON_LIMIT_STOP_SECONDS: limit(15, 2, 15, 'seconds'),
  // A delivery that was taken though its answer got lost comes again for GIVE_UP days, and for KEEP_DEAD days more when an
  // admin replays it: the journal, by which copies are known, has to last longer than both (28 + 60 < 90).
  MAILLON_GIVE_UP_DAYS: limit(14, 1, 28, 'days'),
  MAILLON_KEEP_DEAD_DAYS: limit(60, 1, 60, 'days'),
  MAILLON_KEEP_JOURNAL_DAYS: limit(90, 90, 3_650, 'days'),
  MAILLON_KEEP_SENT_DAYS: limit(7, 1, 365, 'days'),
  MAILLON_KEEP_ACTIVITIES_DAYS: limit(365, 30, 3_650, 'days'),
  MAILLON_KEEP_REPORTS_DAYS: limit(365, 200, 3_650, 'days'),
  MAILLON_KEEP_AUDIT_DAYS: limit(1_825, 365, 3_650, 'days'),
  MAILLON_READY_QUEUE_MINUTES: limit(30, 1, 1_440, 'minutes'),
  MAILLON_READY_DISK_MIB: limit(500, 1, 1_000_000, 'MiB'),
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
type Numbers = Record<LimitName, number>;

const KIB = 1_024;
const MIB = 1_024 * KIB;
const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** The same in the units that code counts in: bytes and milliseconds. */
export const limitsOf = (given: Numbers) => ({
  inbox: {
    maxBytes: given.MAILLON_LIMIT_INBOX_KIB * KIB,
    perAddress: given.MAILLON_LIMIT_INBOX_PER_ADDRESS,
    perHost: given.MAILLON_LIMIT_INBOX_PER_HOST,
    lookupsPerAddress: given.MAILLON_LIMIT_INBOX_LOOKUPS,
    followsPerHost: given.MAILLON_LIMIT_INBOX_FOLLOWS,
  },
  /** Of partners, and of browsers that are sent to the issuer. */
  identity: { perMinute: given.MAILLON_LIMIT_IDENTITY_PER_ADDRESS },
  web: {
    apiPerMinute: given.MAILLON_LIMIT_API_PER_ADDRESS,
    reportsPerHour: given.MAILLON_LIMIT_REPORTS,
    messagesPerHour: given.MAILLON_LIMIT_MESSAGES,
    threadsPerHour: given.MAILLON_LIMIT_THREADS,
    uploadBytes: given.MAILLON_LIMIT_UPLOAD_MIB * MIB,
    /** A file that a member brings from elsewhere. */
    moveBytes: given.MAILLON_LIMIT_MOVE_MIB * MIB,
  },
  /** All copies of others' pictures together. */
  pictures: { maxBytes: given.MAILLON_LIMIT_PICTURES_MIB * MIB },
  fetch: {
    maxBytes: given.MAILLON_LIMIT_FETCH_KIB * KIB,
    timeoutMs: given.MAILLON_LIMIT_FETCH_SECONDS * SECOND,
    connections: given.MAILLON_LIMIT_CONNECTIONS,
    perHost: given.MAILLON_LIMIT_CONNECTIONS_PER_HOST,
  },
  delivery: {
    timeoutMs: given.MAILLON_LIMIT_DELIVERY_SECONDS * SECOND,
    giveUpMs: given.MAILLON_GIVE_UP_DAYS * DAY,
  },
  stopMs: given.MAILLON_LIMIT_STOP_SECONDS * SECOND,
  ready: {
    queueMs: given.MAILLON_READY_QUEUE_MINUTES * 60 * SECOND,
    diskBytes: given.MAILLON_READY_DISK_MIB * MIB,
  },
  keep: {
    journalMs: given.MAILLON_KEEP_JOURNAL_DAYS * DAY,
    sentMs: given.MAILLON_KEEP_SENT_DAYS * DAY,
    deadMs: given.MAILLON_KEEP_DEAD_DAYS * DAY,
    activitiesMs: given.MAILLON_KEEP_ACTIVITIES_DAYS * DAY,
    reportsMs: given.MAILLON_KEEP_REPORTS_DAYS * DAY,
    auditMs: given.MAILLON_KEEP_AUDIT_DAYS * DAY,
  },
});
export type Limits = ReturnType<typeof limitsOf>;

/**
 * Reads them all. @param get a variable's text, undefined if it is not set
 * @param fault told of each that is no number or out of bounds
 */
export const readLimits = (
  get: (name: string) => string | undefined,
  fault: (variable: string, problem: string, remedy: string) => void,
): Limits => {
  const given: Partial<Numbers> = {};
  for (const name of Object.keys(LIMITS) as LimitName[]) {
    const { fallback, min, max, unit } = LIMITS[name];
    const text = get(name);
    const value = text === undefined ? fallback : Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      fault(
        name,
        `"${text}" is not possible.`,
        `Use a whole number of ${unit} from ${min} to ${max}; without it ${fallback} holds.`,
      );
    given[name] = value;
  }
  return limitsOf(given as Numbers);
};

/** What holds when nothing is set. */
export const DEFAULT_LIMITS: Limits = readLimits(
  () => undefined,
  () => {},
);
