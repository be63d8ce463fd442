/** Words about reports that the queue and the page of one share. */
import { inArray } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { findActors } from '#domain/actors.ts';
import type { ReportRow } from '#domain/reports.ts';
import { stateWord } from '../ui/components.ts';
import type { Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

/** Names of the moderators who look into these, by account. */
export const claimersOf = async (db: Reader, rows: ReportRow[]): Promise<Map<string, string>> => {
  const ids = [...new Set(rows.flatMap((row) => (row.claimedBy === null ? [] : [row.claimedBy])))];
  return accountNames(db, ids);
};

/** @returns names by account id; who has left has none */
export const accountNames = async (db: Reader, ids: string[]): Promise<Map<string, string>> => {
  if (ids.length === 0) return new Map();
  const { accounts } = db.t;
  const rows = await db
    .select({ id: accounts.id, actor: accounts.actor })
    .from(accounts)
    .where(inArray(accounts.id, ids));
  const actors = await findActors(
    db,
    rows.map((row) => row.actor),
  );
  return new Map(rows.map((row) => [row.id, actors.get(row.actor)?.name ?? '']));
};

/** Where a report came from, in a word; names are on its own page. */
export const originWords = (t: Translator, row: ReportRow): string =>
  row.origin === 'own'
    ? t('moderation.origins.own')
    : row.host !== null
      ? t('moderation.origins.flag', { host: row.host })
      : t.any(`moderation.origins.${row.reporter === null ? 'visitor' : 'member'}`);

export const titleOf = (t: Translator, row: ReportRow): string =>
  row.title === '' ? (row.object === '' ? t('moderation.emptied') : row.object) : row.title;

export const reportState = (t: Translator, row: ReportRow): Html =>
  stateWord(
    row.state === 'closed' ? 'good' : row.state === 'appealed' ? 'bad' : 'wait',
    t.any(`moderation.states.${row.state === 'open' && row.claimedBy !== null ? 'claimed' : row.state}`),
  );
