/** What a change of scopes does beside listings: to members, guests and statistics, counted before it is made. */
import { and, eq, gt, isNotNull } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import type { PeerRow } from './peers.ts';
import { DATA_CLASSES, type DataClass, OPEN_SCOPE, type Scope } from './scopes.ts';

type Half = 'give' | 'take';
/** `n`: of people, or of months of statistics; undefined where there is nothing to count. */
export type DataEffect = { half: Half; data: DataClass; starts: boolean; n: number | undefined };

/** What is counted; whatever is not here does nothing yet. */
const COUNTED: Record<Half, Partial<Record<DataClass, (db: Reader, now: Date, host: string) => Promise<number>>>> = {
  give: {
    // What a partner learns beside the name when one of them signs in there.
    profiles: (db) => membersWithPicture(db),
    signIn: (db) => Promise.resolve(db.$count(db.t.accounts, eq(db.t.accounts.state, 'active'))),
    statistics: () => Promise.resolve(1),
  },
  take: {
    signIn: (db, now, host) => {
      const { guests } = db.t;
      return Promise.resolve(db.$count(guests, and(eq(guests.host, host), gt(guests.expires, now))));
    },
    statistics: (db, _now, host) => {
      const { snapshots } = db.t;
      return Promise.resolve(db.$count(snapshots, and(eq(snapshots.host, host), isNotNull(snapshots.body))));
    },
  },
};

const membersWithPicture = (db: Reader): Promise<number> => {
  const { accounts, actors } = db.t;
  const pictured = db
    .select({ uri: actors.uri })
    .from(actors)
    .innerJoin(accounts, eq(accounts.actor, actors.uri))
    .where(and(eq(accounts.state, 'active'), isNotNull(actors.icon)));
  return Promise.resolve(db.$count(pictured));
};

/** One line for each class of data that starts or stops to flow. Nothing is changed. */
export const previewData = async (
  db: Reader,
  now: Date,
  peer: Pick<PeerRow, 'host' | 'give' | 'take'>,
  next: Record<Half, Scope>,
): Promise<DataEffect[]> => {
  const effects: DataEffect[] = [];
  for (const half of ['give', 'take'] as const) {
    const before = (peer[half] ?? OPEN_SCOPE).data;
    for (const data of DATA_CLASSES) {
      const starts = next[half].data.includes(data);
      if (before.includes(data) === starts) continue;
      effects.push({ half, data, starts, n: await COUNTED[half][data]?.(db, now, peer.host) });
    }
  }
  return effects;
};
