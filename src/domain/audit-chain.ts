/** The chain that the log of decisions is: what a row's hash is over, where it ends, and whether it is whole. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { asc, gt } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { findLocalActor } from './actors.ts';
import { readFact } from './facts.ts';
import { NODE_HANDLE } from './ids.ts';

export type AuditRow = Reader['t']['audit']['$inferSelect'];

/** SHA-256 in hexadecimal over the hash before it, a line feed, and the row's canonical JSON (RFC 8785). */
export const hashOf = (row: Omit<AuditRow, 'hash'>): string => {
  const { n, actor, action, subject, before, after, created } = row;
  const form = canonicalize({ n, actor, action, subject, before, after, created: created.toISOString() });
  return createHash('sha256').update(`${row.previous}\n${form}`).digest('hex');
};

/** @returns URI of the node's own actor, '' before set-up */
export const nodeActor = async (db: Reader): Promise<string> => (await findLocalActor(db, NODE_HANDLE))?.uri ?? '';

export const AUDIT_HEAD = 'audit-head';
/** The end of the chain. */
export type AuditHead = { n: number; hash: string };

export const readHead = async (db: Reader): Promise<AuditHead | undefined> => {
  const fact = await readFact(db, AUDIT_HEAD);
  if (fact === undefined) return undefined;
  const read: unknown = JSON.parse(fact);
  const { n, hash }: Record<string, unknown> = typeof read === 'object' && read !== null ? { ...read } : {};
  if (typeof n !== 'number' || typeof hash !== 'string')
    throw new Error(`The fact ${AUDIT_HEAD} is no end of a chain.`);
  return { n, hash };
};

/**
 * Where a chain breaks. `changed`: row n is not as it was written. `missing`: rows before n are gone. `unlinked`: row n
 * follows another than the one before it. `start`: the oldest is not the first, and nothing says that those before it
 * were cleaned up. `end`: row n should be the last, and is not. `other`: it is the log of another node.
 */
export type AuditBreak = { n: number; fault: 'changed' | 'missing' | 'unlinked' | 'start' | 'end' | 'other' };
export type AuditVerdict = { ok: true; count: number; head: AuditHead | undefined } | ({ ok: false } & AuditBreak);

const PAGE = 500;

/** Asked by `maillon doctor`. @param db one state of the database (`snapshot`), for else what is added meanwhile would look like a break */
export const checkAudit = async (db: Reader): Promise<AuditVerdict> => {
  const head = await readHead(db);
  /** Up to where, and with which hash, the log says itself that it was cleaned up. */
  const shortened = new Map<number, string>();
  let [count, before]: [number, AuditRow | undefined] = [0, undefined];
  let first: AuditRow | undefined;
  for await (const row of allRows(db)) {
    first ??= row;
    if (hashOf(row) !== row.hash) return broken(row.n, 'changed');
    if (before !== undefined && row.n !== before.n + 1) return broken(row.n, 'missing');
    if (before !== undefined && row.previous !== before.hash) return broken(row.n, 'unlinked');
    if (row.action === 'log.shortened') {
      const { through, hash } = row.after ?? {};
      if (typeof through === 'number' && typeof hash === 'string') shortened.set(through, hash);
    }
    count += 1;
    before = row;
  }
  if (before?.n !== head?.n || before?.hash !== head?.hash) return broken(head?.n ?? before?.n ?? 0, 'end');
  if (first === undefined) return { ok: true, count, head };
  const begins = first.n === 0 ? first.previous === '' : shortened.get(first.n - 1) === first.previous;
  if (!begins) return broken(first.n, 'start');
  if (first.n === 0 && first.subject !== (await nodeActor(db))) return broken(0, 'other');
  return { ok: true, count, head };
};

const broken = (n: number, fault: AuditBreak['fault']): AuditVerdict => ({ ok: false, n, fault });

async function* allRows(db: Reader): AsyncGenerator<AuditRow> {
  const { audit } = db.t;
  let after: number | undefined;
  for (;;) {
    const rows = await db
      .select()
      .from(audit)
      .where(after === undefined ? undefined : gt(audit.n, after))
      .orderBy(asc(audit.n))
      .limit(PAGE);
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.n;
  }
}
