/**
 * Keys by which this node vouches for its members and for itself. They lie beside the node actor's other keys; a new
 * one is made in time, and signs only when whoever knew the old one has had time to learn of it.
 */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { and, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { newId, nodeUri } from '../ids.ts';
import type { Site } from '../site.ts';

export type KeyUse = 'oidc-eddsa' | 'oidc-es256' | 'federation';
export type IdentityKey = { id: string; use: KeyUse; privatePem: string; publicPem: string; created: Date };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
type Life = { renewMs: number; matureMs: number; keepMs: number };
/**
 * `matureMs`: partners read our statement hourly when they need it, and weekly at least; until then a new key is shown
 * and does not sign. `keepMs`: for so long the one before is still shown.
 */
const LIVES: Record<KeyUse, Life> = {
  'oidc-eddsa': { renewMs: 90 * DAY_MS, matureMs: 2 * HOUR_MS, keepMs: 2 * DAY_MS },
  'oidc-es256': { renewMs: 90 * DAY_MS, matureMs: 2 * HOUR_MS, keepMs: 2 * DAY_MS },
  federation: { renewMs: 365 * DAY_MS, matureMs: 14 * DAY_MS, keepMs: 28 * DAY_MS },
};
const USES = ['oidc-eddsa', 'oidc-es256', 'federation'] as const;

const [generateEd, generateEc] = [promisify(generateKeyPair), promisify(generateKeyPair)];
const generate = async (use: KeyUse): Promise<{ privatePem: string; publicPem: string }> => {
  const pair = use === 'oidc-es256' ? await generateEc('ec', { namedCurve: 'P-256' }) : await generateEd('ed25519');
  return {
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};

/** All that are shown, the one that signs first. */
export const identityKeys = async (db: Reader, site: Site, use: KeyUse): Promise<IdentityKey[]> => {
  const { keys } = db.t;
  const rows = await db
    .select()
    .from(keys)
    .where(and(eq(keys.actor, nodeUri(site)), eq(keys.type, use)))
    .orderBy(desc(keys.created), desc(keys.id))
    .limit(20);
  const now = site.now().getTime();
  const signing = rows.find((row) => now - row.created.getTime() >= LIVES[use].matureMs) ?? rows.at(-1);
  return rows
    .map(({ id, privatePem, publicPem, created }) => ({ id, use, privatePem, publicPem, created }))
    .toSorted((a, b) => Number(b.id === signing?.id) - Number(a.id === signing?.id));
};

/** Makes what is missing or old, and forgets what was replaced long ago. @returns whether anything has changed */
export const keepIdentityKeys = async (db: Database, site: Site): Promise<boolean> => {
  const now = site.now();
  const due: KeyUse[] = [];
  for (const use of USES) {
    const [newest] = await newestOf(db.read, site, use);
    if (newest === undefined || now.getTime() - newest.created.getTime() > LIVES[use].renewMs) due.push(use);
  }
  const made = await Promise.all(due.map(async (use) => ({ use, pair: await generate(use) })));
  return db.write(async (tx) => {
    let changed = false;
    for (const { use, pair } of made) {
      // Another process may have been quicker.
      const [newest] = await newestOf(tx, site, use);
      if (newest !== undefined && now.getTime() - newest.created.getTime() <= LIVES[use].renewMs) continue;
      await insertKey(tx, site, use, pair, now);
      changed = true;
    }
    for (const use of USES) {
      const [newest] = await newestOf(tx, site, use);
      if (newest === undefined || now.getTime() - newest.created.getTime() < LIVES[use].keepMs) continue;
      const gone = await tx
        .delete(tx.t.keys)
        .where(and(eq(tx.t.keys.actor, nodeUri(site)), eq(tx.t.keys.type, use), lt(tx.t.keys.created, newest.created)))
        .returning({ id: tx.t.keys.id });
      changed ||= gone.length > 0;
    }
    return changed;
  });
};

/**
 * New keys at once, because others may have seen the old ones: those are gone, and what they signed is believed no
 * longer. Partners then see another federation key than the one that they remember, and their admins have to look.
 */
export const replaceIdentityKeys = async (db: Database, site: Site): Promise<void> => {
  const made = await Promise.all(USES.map(async (use) => ({ use, pair: await generate(use) })));
  await db.write(async (tx) => {
    await tx.delete(tx.t.keys).where(and(eq(tx.t.keys.actor, nodeUri(site)), inArray(tx.t.keys.type, [...USES])));
    for (const { use, pair } of made) await insertKey(tx, site, use, pair, site.now());
  });
};

const newestOf = (db: Reader, site: Site, use: KeyUse) =>
  db
    .select({ created: db.t.keys.created })
    .from(db.t.keys)
    .where(and(eq(db.t.keys.actor, nodeUri(site)), eq(db.t.keys.type, use)))
    .orderBy(desc(db.t.keys.created))
    .limit(1);

const insertKey = async (
  tx: Tx,
  site: Site,
  use: KeyUse,
  pair: { privatePem: string; publicPem: string },
  created: Date,
): Promise<void> => {
  await tx.insert(tx.t.keys).values({
    id: `${nodeUri(site)}#${use}-${newId().slice(0, 8)}`,
    actor: nodeUri(site),
    type: use,
    ...pair,
    created,
  });
};
