/** Our actors' private keys, loaded once and kept as key objects. */
import { type KeyObject, createPrivateKey } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';

export type SigningKey = { id: string; privateKey: KeyObject; publicPem: string };
export type ActorKeys = { rsa: SigningKey; ed25519: SigningKey };

/** Actors whose keys are kept in memory; each is a few kilobytes. */
const KEPT = 5_000;
/** Another process may have renewed them: looked up again after so long. */
const SURE_MS = 30_000;

export type Keyring = {
  /** @returns both keys of one of our actors, or undefined if it has none (it was removed) */
  of(actor: string): Promise<ActorKeys | undefined>;
  /** Forgets an actor's keys: they were rotated. */
  forget(actor: string): void;
};

export const createKeyring = (db: Reader): Keyring => {
  const kept = new Map<string, ActorKeys & { until: number }>();
  return {
    of: async (actor) => {
      const known = kept.get(actor);
      if (known !== undefined && performance.now() < known.until) return known;
      const rows = await db.select().from(db.t.keys).where(eq(db.t.keys.actor, actor)).orderBy(db.t.keys.created);
      const load = (type: 'rsa' | 'ed25519'): SigningKey | undefined => {
        const row = rows.findLast((key) => key.type === type);
        if (known !== undefined && known[type].id === row?.id) return known[type];
        return row === undefined
          ? undefined
          : { id: row.id, privateKey: createPrivateKey(row.privatePem), publicPem: row.publicPem };
      };
      const [rsa, ed25519] = [load('rsa'), load('ed25519')];
      if (rsa === undefined || ed25519 === undefined) {
        kept.delete(actor);
        return undefined;
      }
      if (kept.size >= KEPT) kept.delete(kept.keys().next().value ?? '');
      kept.set(actor, { rsa, ed25519, until: performance.now() + SURE_MS });
      return { rsa, ed25519 };
    },
    forget: (actor) => {
      kept.delete(actor);
    },
  };
};
