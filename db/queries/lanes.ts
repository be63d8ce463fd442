/** The first rows of many lanes at once: one statement of one text, however many lanes, so that it is prepared once. */
import { type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../database.ts';

/** A host's rows up to a priority. `lane` comes back with each of them. */
export type LaneQuery = { lane: string; host: string; maxPriority: number };

/**
 * @param free a condition on `deliveries`: which rows may be taken at all
 * @returns of each lane at most `perLane` rows, in the order of priority and age; a row may come in two lanes
 */
export const firstOfLanes = async (
  db: Reader,
  free: SQL | undefined,
  lanes: readonly LaneQuery[],
  perLane: number,
): Promise<{ row: number; lane: string }[]> => {
  const { deliveries: d } = db.t;
  const json = JSON.stringify(lanes);
  const limit = sql.raw(String(perLane));
  const found =
    db.engine === 'sqlite'
      ? await db.rows<{ row: number; lane: string }>(sql`
          SELECT one."row" AS "row", lane.value ->> 'lane' AS lane
          FROM json_each(${json}) AS lane
          JOIN ${d} AS one ON one."row" IN (
            SELECT ${d.row} FROM ${d}
            WHERE ${free} AND ${d.host} = lane.value ->> 'host' AND ${d.priority} <= lane.value ->> 'maxPriority'
            ORDER BY ${d.priority}, ${d.row} LIMIT ${limit})`)
      : await db.rows<{ row: number | string; lane: string }>(sql`
          SELECT one."row" AS "row", lane.value ->> 'lane' AS lane
          FROM jsonb_array_elements(${json}::jsonb) AS lane
          CROSS JOIN LATERAL (
            SELECT ${d.row} AS "row" FROM ${d}
            WHERE ${free} AND ${d.host} = lane.value ->> 'host' AND ${d.priority} <= (lane.value ->> 'maxPriority')::int
            ORDER BY ${d.priority}, ${d.row} LIMIT ${limit}) AS one`);
  return found.map(({ row, lane }) => ({ row: Number(row), lane }));
};
