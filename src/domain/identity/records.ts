/** What the issuer remembers for minutes. Every row ends; the sweep takes away what has. */
import { and, eq, gt, inArray, isNull, lt } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';

export type OidcPayload = Record<string, unknown>;
/** Characters of one record: an authorization request that fills more is made to fill our disk. */
const MAX_RECORD = 16_000;
const BATCH = 500;

/** Writes one record over the one before. @throws RangeError when it is larger than anything that we make */
export const putRecord = async (
  tx: Tx,
  id: string,
  payload: OidcPayload,
  grant: string | null,
  expires: Date,
): Promise<void> => {
  if (JSON.stringify(payload).length > MAX_RECORD) throw new RangeError('The request is too large to be remembered.');
  const values = { payload, grant, expires };
  await tx
    .insert(tx.t.oidcRecords)
    .values({ id, ...values })
    .onConflictDoUpdate({ target: tx.t.oidcRecords.id, set: values });
};

/** @returns what was written, with `consumed` in seconds if it was used; undefined once it has run out */
export const readRecord = async (db: Reader, now: Date, id: string): Promise<OidcPayload | undefined> => {
  const { oidcRecords: r } = db.t;
  const [row] = await db
    .select()
    .from(r)
    .where(and(eq(r.id, id), gt(r.expires, now)))
    .limit(1);
  if (row === undefined) return undefined;
  return { ...row.payload, ...(row.consumed === null ? {} : { consumed: Math.floor(row.consumed.getTime() / 1_000) }) };
};

/** Of two who use it at once, one gets it. @returns whether it was this one */
export const useRecord = async (tx: Tx, now: Date, id: string): Promise<boolean> => {
  const { oidcRecords: r } = tx.t;
  const rows = await tx
    .update(r)
    .set({ consumed: now })
    .where(and(eq(r.id, id), isNull(r.consumed)))
    .returning({ id: r.id });
  return rows.length > 0;
};

export const dropRecord = async (tx: Tx, id: string): Promise<void> => {
  await tx.delete(tx.t.oidcRecords).where(eq(tx.t.oidcRecords.id, id));
};

/** Takes back all that hangs on a consent: its code was used twice. */
export const dropRecordsOf = async (tx: Tx, grant: string): Promise<void> => {
  await tx.delete(tx.t.oidcRecords).where(eq(tx.t.oidcRecords.grant, grant));
};

/** Removes records and attempts that have run out. @returns how many, at most a thousand: call it again until there are none */
export const sweepRecords = async (tx: Tx, now: Date): Promise<number> => {
  const { oidcRecords: r, signInAttempts: a } = tx.t;
  const records = await tx.select({ id: r.id }).from(r).where(lt(r.expires, now)).limit(BATCH);
  const attempts = await tx.select({ hash: a.hash }).from(a).where(lt(a.expires, now)).limit(BATCH);
  if (records.length > 0)
    await tx.delete(r).where(
      inArray(
        r.id,
        records.map((one) => one.id),
      ),
    );
  if (attempts.length > 0)
    await tx.delete(a).where(
      inArray(
        a.hash,
        attempts.map((one) => one.hash),
      ),
    );
  return records.length + attempts.length;
};
