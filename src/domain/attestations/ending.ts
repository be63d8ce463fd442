/** Attestations that end soon: the member is told in time, and those who attest see whom to look at again. */
import { and, asc, eq, gt, inArray, isNull, lte } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { getCooperative } from '../cooperative.ts';
import { queueLetter } from '../mail.ts';
import type { Site } from '../site.ts';
import { attestationKinds, inLanguage } from './kinds.ts';

/** Two weeks: time to find a paper, and somebody who looks at it. */
export const SOON_MS = 14 * 24 * 3_600_000;
/** At a time; the rest an hour later. */
const AT_ONCE = 100;
const SHOWN = 200;

export type Ending = { id: string; code: string; until: Date; member: string; name: string; handle: string };

/**
 * What ends within two weeks, of active members, and is not attested for longer already; soonest first.
 * @param codes which; all, if absent
 */
export const endingSoon = async (db: Reader, now: Date, codes?: string[]): Promise<Ending[]> => {
  const { attestations: a, accounts, actors } = db.t;
  if (codes?.length === 0) return [];
  const rows = await db
    .select({ id: a.id, code: a.code, until: a.until, member: a.member, name: actors.name, handle: actors.handle })
    .from(a)
    .innerJoin(accounts, and(eq(accounts.actor, a.member), eq(accounts.state, 'active')))
    .innerJoin(actors, eq(actors.uri, a.member))
    .where(
      and(
        isNull(a.revoked),
        gt(a.until, now),
        lte(a.until, new Date(now.getTime() + SOON_MS)),
        codes === undefined ? undefined : inArray(a.code, codes),
      ),
    )
    .orderBy(asc(a.until), asc(a.id))
    .limit(SHOWN);
  return last(rows, await longer(db, now, rows));
};

/** Those that hold beyond two weeks, by member and code. */
const longer = async (db: Reader, now: Date, rows: { member: string }[]): Promise<Set<string>> => {
  if (rows.length === 0) return new Set();
  const { attestations: a } = db.t;
  const members = [...new Set(rows.map((row) => row.member))];
  const held = await db
    .select({ member: a.member, code: a.code })
    .from(a)
    .where(and(inArray(a.member, members), isNull(a.revoked), gt(a.until, new Date(now.getTime() + SOON_MS))));
  return new Set(held.map(keyOf));
};
const keyOf = ({ member, code }: { member: string; code: string }): string => `${member} ${code}`;
/** Of several under one code only the one that ends last matters. */
const last = <T extends { member: string; code: string }>(rows: T[], renewed: Set<string>): T[] => {
  const by = new Map(rows.filter((row) => !renewed.has(keyOf(row))).map((row) => [keyOf(row), row]));
  return rows.filter((row) => by.get(keyOf(row)) === row);
};

/** Tells members, once, what of theirs ends within two weeks. @returns how many letters */
export const remindEnding = async (tx: Tx, site: Site): Promise<number> => {
  const { attestations: a, accounts } = tx.t;
  const now = site.now();
  const rows = await tx
    .select({ id: a.id, code: a.code, until: a.until, member: a.member, account: accounts })
    .from(a)
    .innerJoin(accounts, eq(accounts.actor, a.member))
    .where(
      and(
        isNull(a.reminded),
        isNull(a.revoked),
        gt(a.until, now),
        lte(a.until, new Date(now.getTime() + SOON_MS)),
        eq(accounts.state, 'active'),
      ),
    )
    .orderBy(asc(a.until), asc(a.id))
    .limit(AT_ONCE);
  if (rows.length === 0) return 0;
  const names = new Map((await attestationKinds(tx)).map((kind) => [kind.code, kind.names]));
  const told = last(rows, await longer(tx, now, rows));
  const cooperative = (await getCooperative(tx))?.name ?? site.host;
  for (const { account, code, until } of told)
    await queueLetter(tx, now, {
      to: account.email,
      locale: account.locale,
      name: 'attestationEnds',
      params: {
        cooperative,
        name: account.handle,
        what: inLanguage(names.get(code), account.locale, code),
        until: new Intl.DateTimeFormat(account.locale, { dateStyle: 'long', timeZone: 'UTC' }).format(until),
        link: `${site.origin}/account/attestations`,
      },
    });
  const ids = rows.map((row) => row.id);
  await tx.update(a).set({ reminded: now }).where(inArray(a.id, ids));
  return told.length;
};
