/** What must hold between the rows: asked by `maillon doctor`, which says what to do if it does not. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { type SQL, and, eq, getTableName, isNotNull, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Reader } from '#db/database.ts';

type Reference = { from: SQLiteColumn; to: SQLiteColumn; only?: SQL | undefined };

/** References are texts that no engine watches over. */
const referencesIn = ({ t }: Reader): Reference[] => [
  { from: t.accounts.actor, to: t.actors.uri },
  { from: t.keys.actor, to: t.actors.uri },
  { from: t.sessions.account, to: t.accounts.id },
  { from: t.listings.publisher, to: t.actors.uri, only: eq(t.listings.local, true) },
  { from: t.pictures.owner, to: t.actors.uri },
  { from: t.pictures.listing, to: t.listings.id },
  { from: t.messages.conversation, to: t.conversations.id },
  { from: t.messages.author, to: t.actors.uri },
  { from: t.deliveries.activity, to: t.activities.uri, only: eq(t.deliveries.state, 'waiting') },
  { from: t.deliveries.key, to: t.keys.id, only: eq(t.deliveries.state, 'waiting') },
  { from: t.peers.nodeActor, to: t.actors.uri, only: eq(t.peers.state, 'active') },
];

export type Dangling = { from: string; to: string; rows: number };

/** @returns references to rows that are not there */
export const danglingReferences = async (db: Reader): Promise<Dangling[]> => {
  const found: Dangling[] = [];
  for (const { from, to, only } of referencesIn(db)) {
    const absent = sql`NOT EXISTS (SELECT 1 FROM ${to.table} WHERE ${to} = ${from})`;
    const rows = await db.$count(from.table, and(isNotNull(from), only, absent));
    if (rows > 0) found.push({ from: nameOf(from), to: getTableName(to.table), rows });
  }
  return found;
};

const nameOf = (column: SQLiteColumn): string => `${getTableName(column.table)}.${column.name}`;

/** Handles of our actors whose two keys are not both there, whole, and the halves of one pair. */
export const actorsWithoutKeys = async (db: Reader): Promise<{ checked: number; bad: string[] }> => {
  const { actors, keys } = db.t;
  const rows = await db
    .select({ handle: actors.handle, type: keys.type, privatePem: keys.privatePem, publicPem: keys.publicPem })
    .from(actors)
    .leftJoin(keys, eq(keys.actor, actors.uri))
    .where(eq(actors.local, true));
  const good = new Map<string, Set<string>>();
  for (const { handle, type, privatePem, publicPem } of rows) {
    const types = good.get(handle) ?? new Set<string>();
    if (type !== null && privatePem !== null && publicPem !== null && isPair(privatePem, publicPem)) types.add(type);
    good.set(handle, types);
  }
  return { checked: good.size, bad: [...good].filter(([, types]) => types.size < 2).map(([handle]) => handle) };
};

const isPair = (privatePem: string, publicPem: string): boolean => {
  try {
    const own = createPublicKey(createPrivateKey(privatePem)).export({ type: 'spki', format: 'der' });
    return own.equals(createPublicKey(publicPem).export({ type: 'spki', format: 'der' }));
  } catch {
    return false;
  }
};

export type OldestDelivery = { host: string; since: Date; error: string };

/** The delivery that has waited longest, and why its host does not take it. */
export const oldestDelivery = async (db: Reader): Promise<OldestDelivery | undefined> => {
  const { deliveries, hosts } = db.t;
  const [row] = await db
    .select({ host: deliveries.host, since: deliveries.created, error: hosts.error })
    .from(deliveries)
    .leftJoin(hosts, eq(hosts.host, deliveries.host))
    .where(eq(deliveries.state, 'waiting'))
    .orderBy(deliveries.created)
    .limit(1);
  return row === undefined ? undefined : { ...row, error: row.error ?? '' };
};
