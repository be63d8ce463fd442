/**
 * Conditions and rows of any number by one parameter: the text stays the same, so that it is built in no time and
 * prepared once. A placeholder for each value costs more than what the database then does with it.
 */
import { type AnyColumn, type SQL, sql } from 'drizzle-orm';
import type { Reader, Tx } from '../database.ts';

/** @returns the condition that `column` is one of `values`; true of no row where there are none */
export const among = ({ engine }: Reader, column: AnyColumn, values: readonly (string | number)[]): SQL =>
  engine === 'sqlite'
    ? sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`
    : sql`${column} = ANY(${sql.param([...values])})`;

/** What the deliveries of one activity share. `key` = id of the key that signs. */
export type Sent = { activity: string; key: string; priority: number; now: Date };

/** Adds a waiting delivery for each target, in their order; one that is there already stays as it is. */
export const insertDeliveries = async (
  tx: Tx,
  { activity, key, priority, now }: Sent,
  targets: readonly { inbox: string; host: string }[],
): Promise<void> => {
  const { deliveries: d } = tx.t;
  const json = JSON.stringify(targets.map(({ inbox, host }) => ({ inbox, host })));
  const [rows, at] =
    tx.engine === 'sqlite'
      ? [sql`json_each(${json}) AS target WHERE true`, sql`${sql.param(now, d.due)}`]
      : [sql`jsonb_array_elements(${json}::jsonb) AS target(value)`, sql`${sql.param(now, d.due)}::timestamptz`];
  await tx.execute(sql`
    INSERT INTO ${d} (activity, inbox, host, "key", priority, state, attempts, due, created)
    SELECT ${activity}, target.value ->> 'inbox', target.value ->> 'host', ${key}, CAST(${priority} AS integer),
      'waiting', 0, ${at}, ${at}
    FROM ${rows} ON CONFLICT DO NOTHING`);
};
