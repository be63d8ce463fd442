/**
 * Public keys of others, and whether they are whose they claim to be: a key counts only if the actor's own
 * document, fetched from its own origin, lists it. Kept a day at most; asked for again at most once in ten minutes.
 */
import { eq } from 'drizzle-orm';
import type { Database } from '#db/database.ts';
import type { Site } from '#domain/site.ts';
import type { KeyWatch } from './peering/node-keys.ts';
import type { Resolver } from './resolve.ts';
import { type ClaimedSignature, signatureHolds } from './signatures.ts';

const KEPT_MS = 24 * 3_600_000;
const AGAIN_MS = 10 * 60_000;
/** That a server did not answer says nothing of its keys: one that is restarted must not be refused for long. */
const AGAIN_SOON_MS = 15_000;
const NO_ANSWER = new Set(['unreachable', 'timeout', 'no-such-host', 'tls', 'status', 'busy']);
const IN_MEMORY = 5_000;

type Known = {
  owner: string | null;
  pem: string | null;
  fetched: Date;
  gone?: boolean;
  unanswered?: boolean;
  held?: boolean;
};
export type KeyVerdict =
  | { ok: true; owner: string }
  | { ok: false; reason: string; gone: boolean; wait?: number; held?: boolean };
export type Verifying = {
  /** Whose key it must be, when known. */
  actor?: string;
  /** Asked before anything is fetched. @returns seconds to wait, if it may not be */
  mayFetch: () => Promise<number | undefined>;
};
export type KeyCache = {
  /** Whose valid signature is this? */
  verify(claimed: ClaimedSignature, how: Verifying): Promise<KeyVerdict>;
};

const HELD = 'The key of your node has changed, and an admin here has to approve it.';

/**
 * That an actor does not list a key says nothing of the key's true owner: it is remembered for the two together.
 * Else anybody could shut an account out by naming its key beside another actor.
 */
const pairOf = (id: string, actor: string | undefined): string => (actor === undefined ? id : `${id} ${actor}`);

export const createKeyCache = (deps: {
  db: Database;
  site: Site;
  resolver: Resolver;
  /** May a key of this actor be believed that was not known before? */
  trusts: KeyWatch['trusts'];
}): KeyCache => {
  const { db, site, resolver, trusts } = deps;
  const memory = new Map<string, Known>();
  const underWay = new Map<string, Promise<Known>>();

  const recall = async (id: string): Promise<Known | undefined> => {
    const known = memory.get(id);
    if (known !== undefined) return known;
    const [row] = await db.read.select().from(db.read.t.remoteKeys).where(eq(db.read.t.remoteKeys.id, id)).limit(1);
    if (row !== undefined) remember(id, row);
    return row;
  };
  const remember = (id: string, key: Known): void => {
    if (memory.size >= IN_MEMORY) memory.delete(memory.keys().next().value ?? '');
    memory.set(id, key);
  };

  /** One fetch per key at a time, however many requests wait for it. */
  const fetchKey = (id: string, actor: string | undefined): Promise<Known> => {
    const pair = pairOf(id, actor);
    const running = underWay.get(pair);
    if (running !== undefined) return running;
    const work = load(id, actor).finally(() => underWay.delete(pair));
    underWay.set(pair, work);
    return work;
  };

  const load = async (id: string, actor: string | undefined): Promise<Known> => {
    const fetched = site.now();
    const owner = actor ?? (await ownerOf(id));
    const answer = owner === undefined ? undefined : await resolver.freshActor(owner);
    const listed =
      answer?.ok === true
        ? answer.value.document.publicKeys.find((key) => key.id === id && key.owner === answer.value.document.uri)
        : undefined;
    if (listed === undefined) {
      const absent: Known = {
        owner: null,
        pem: null,
        fetched,
        gone: answer?.ok === false && answer.gone === true,
        unanswered: answer?.ok === false && NO_ANSWER.has(answer.code),
      };
      remember(pairOf(id, actor), absent);
      // Its owner had it and has it no longer; while the owner cannot be reached, the old one holds for its day.
      if (actor !== undefined && (answer?.ok === true || absent.gone === true) && (await recall(id))?.owner === actor) {
        memory.delete(id);
        await db.write(async (tx) => {
          await tx.delete(tx.t.remoteKeys).where(eq(tx.t.remoteKeys.id, id));
        });
      }
      return absent;
    }
    // Its server may show keys that an admin has to approve: what was known stays, what is new has to wait.
    const before = await recall(id);
    const isNew = before?.owner !== listed.owner || before.pem !== listed.pem;
    const trust = isNew ? await trusts(listed.owner, resolver.freshActor) : 'yes';
    if (trust !== 'yes') {
      const waits: Known = {
        owner: null,
        pem: null,
        fetched,
        ...(trust === 'held' ? { held: true } : { unanswered: true }),
      };
      remember(pairOf(id, actor), waits);
      return waits;
    }
    const known: Known = { owner: listed.owner, pem: listed.pem, fetched };
    memory.delete(pairOf(id, actor));
    remember(id, known);
    await db.write(async (tx) => {
      await tx
        .insert(tx.t.remoteKeys)
        .values({ id, ...known })
        .onConflictDoUpdate({ target: tx.t.remoteKeys.id, set: known });
    });
    return known;
  };

  /** Without an actor to ask (a signed GET): the document at the key's own address says who owns it. */
  const ownerOf = async (id: string): Promise<string | undefined> => {
    const answer = await resolver.get(id.replace(/#.*$/, ''));
    if (!answer.ok) return undefined;
    const owner = answer.value['inbox'] === undefined ? answer.value['owner'] : answer.value['id'];
    return typeof owner === 'string' && URL.canParse(owner) && new URL(owner).origin === new URL(id).origin
      ? owner
      : undefined;
  };

  return {
    verify: async (claimed, { actor, mayFetch }) => {
      const now = site.now().getTime();
      const holds = (key: Known): boolean =>
        key.pem !== null &&
        key.owner !== null &&
        (actor === undefined || key.owner === actor) &&
        signatureHolds(claimed, key.pem);
      const own = await recall(claimed.keyId);
      let known =
        own !== undefined &&
        own.pem !== null &&
        (actor === undefined || own.owner === actor) &&
        now - own.fetched.getTime() <= KEPT_MS
          ? own
          : memory.get(pairOf(claimed.keyId, actor));
      if (known !== undefined && holds(known)) return { ok: true, owner: known.owner! };
      const again = known?.unanswered === true || known?.held === true ? AGAIN_SOON_MS : AGAIN_MS;
      if (known === undefined || now - known.fetched.getTime() > again) {
        const wait = underWay.has(pairOf(claimed.keyId, actor)) ? undefined : await mayFetch();
        if (wait !== undefined)
          return { ok: false, reason: 'Too many keys of yours have to be looked up.', gone: false, wait };
        known = await fetchKey(claimed.keyId, actor);
      }
      if (holds(known)) return { ok: true, owner: known.owner! };
      if (known.held === true) return { ok: false, reason: HELD, gone: false, held: true };
      if (known.pem === null)
        return {
          ok: false,
          reason: "The actor's own document does not list this key, or cannot be had.",
          gone: known.gone === true,
        };
      return { ok: false, reason: 'The signature does not hold under the key of this actor.', gone: false };
    },
  };
};
