/** Tells the admins by letter when a partner has been failing for a day, and when it is well again: once for each outage. */
import { and, eq, inArray, isNotNull, isNull, lte, notInArray } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { tellAdmins } from './admin-letters.ts';
import type { LetterName } from './letters.ts';
import type { Site } from './site.ts';

const DAY_MS = 24 * 3_600_000;
/** Named in one letter; the page has them all. */
const NAMED = 20;
type Failing = { id: string; name: string; host: string; since: Date | null };

/** Looks at all partners; those that rest at our own wish are no outage. @returns how many letters were written */
export const tellOutages = async (tx: Tx, site: Site): Promise<number> => {
  const { hosts, peers } = tx.t;
  const now = site.now();
  const columns = { id: peers.id, name: peers.name, host: hosts.host, since: hosts.failing };
  const active = and(eq(peers.host, hosts.host), eq(peers.state, 'active'));
  const failing = await tx
    .select(columns)
    .from(hosts)
    .innerJoin(peers, active)
    .where(and(isNull(hosts.warned), isNotNull(hosts.failing), lte(hosts.failing, new Date(now.getTime() - DAY_MS))))
    .orderBy(hosts.failing)
    .limit(500);
  const well = await tx
    .select(columns)
    .from(hosts)
    .innerJoin(peers, active)
    .where(and(isNotNull(hosts.warned), isNull(hosts.failing)))
    .orderBy(peers.name)
    .limit(500);
  const note = async (rows: Failing[], warned: Date | null): Promise<void> => {
    if (rows.length > 0)
      await tx
        .update(hosts)
        .set({ warned })
        .where(
          inArray(
            hosts.host,
            rows.map(({ host }) => host),
          ),
        );
  };
  // Of one that rests, or is no partner any more, nobody waits to hear that it is well.
  const watched = tx.select({ host: peers.host }).from(peers).where(eq(peers.state, 'active'));
  await tx
    .update(hosts)
    .set({ warned: null })
    .where(and(isNotNull(hosts.warned), isNull(hosts.failing), notInArray(hosts.host, watched)));
  await note(failing, now);
  await note(well, null);
  return (await write(tx, site, 'failing', failing)) + (await write(tx, site, 'wellAgain', well));
};

const WHAT: Record<'failing' | 'wellAgain', Record<'fr' | 'en', (rows: Failing[]) => string>> = {
  failing: {
    fr: (rows) =>
      rows.length === 1 ? `${rows[0]!.name} ne reçoit plus rien` : `${rows.length} partenaires ne reçoivent plus rien`,
    en: (rows) =>
      rows.length === 1 ? `${rows[0]!.name} gets nothing any more` : `${rows.length} partners get nothing any more`,
  },
  wellAgain: {
    fr: (rows) =>
      rows.length === 1 ? `${rows[0]!.name} reçoit de nouveau` : `${rows.length} partenaires reçoivent de nouveau`,
    en: (rows) => (rows.length === 1 ? `${rows[0]!.name} is well again` : `${rows.length} partners are well again`),
  },
};

const write = async (tx: Tx, site: Site, name: LetterName & keyof typeof WHAT, rows: Failing[]): Promise<number> => {
  if (rows.length === 0) return 0;
  const page = `/admin/peers${rows.length === 1 ? `/${rows[0]!.id}` : ''}`;
  return tellAdmins(tx, site, name, page, (text) => {
    const locale = text === 'en' ? 'en' : 'fr';
    const since = new Intl.DateTimeFormat(locale, {
      day: 'numeric',
      month: 'long',
      hour: '2-digit',
      minute: '2-digit',
    });
    const line = (row: Failing): string =>
      `– ${row.name} (${row.host})${row.since === null ? '' : locale === 'fr' ? `, depuis le ${since.format(row.since)}` : `, since ${since.format(row.since)}`}`;
    const more = rows.length - NAMED;
    return {
      what: WHAT[name][locale](rows),
      list: [...rows.slice(0, NAMED).map(line), ...(more > 0 ? [`– … (+ ${more})`] : [])].join('\n'),
    };
  });
};
