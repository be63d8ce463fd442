/** What a change of the rules by domain does to what is here: counted before it is made, and done with it. */
import { type SQL, and, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { dropCopiesOfHost } from './copies.ts';
import { type RuleSets, type RuledDomains, isUnderRule } from './domain-rules.ts';
import { cutPeer } from './peers.ts';
import type { Site } from './site.ts';

export type RuleEffect = {
  /** Of servers that are newly shut out: partnerships that end, copies that go, follows in both directions that end. */
  partners: number;
  listings: number;
  follows: number;
  /** Copies that are newly in no list, are in lists again, or lose their pictures. */
  hidden: number;
  shown: number;
  withoutPictures: number;
  /** Servers that are heard again; nothing that went comes back by itself. */
  heardAgain: number;
};

const OPEN_STATES = ['asked', 'received', 'countered', 'active', 'paused'];
const HOSTS_MAX = 100_000;
const CHUNK = 400;

type Judge = (host: string, of: (sets: RuleSets) => RuledDomains) => 'more' | 'less' | 'same';
const judgeOf =
  (before: RuleSets, after: RuleSets): Judge =>
  (host, of) => {
    const [was, is] = [isUnderRule(host, of(before)), isUnderRule(host, of(after))];
    return was === is ? 'same' : is ? 'more' : 'less';
  };

/** Counts; nothing is changed. */
export const previewRules = async (db: Reader, before: RuleSets, after: RuleSets): Promise<RuleEffect> => {
  const judge = judgeOf(before, after);
  const effect: RuleEffect = {
    partners: 0,
    listings: 0,
    follows: 0,
    hidden: 0,
    shown: 0,
    withoutPictures: 0,
    heardAgain: 0,
  };
  for (const { host, n } of await copiesByHost(db)) {
    if (judge(host, (sets) => sets.suspended) === 'more') effect.listings += n;
    else {
      const hiding = judge(host, (sets) => sets.hidden);
      if (hiding === 'more') effect.hidden += n;
      if (hiding === 'less') effect.shown += n;
      if (judge(host, (sets) => sets.withoutMedia) === 'more') effect.withoutPictures += n;
    }
  }
  for (const { host, state } of await peerHosts(db)) {
    const change = judge(host, (sets) => sets.suspended);
    if (change === 'more' && OPEN_STATES.includes(state)) effect.partners += 1;
    if (change === 'less') effect.heardAgain += 1;
  }
  for (const { host, n } of await followsByHost(db))
    if (judge(host, (sets) => sets.suspended) === 'more') effect.follows += n;
  return effect;
};

/** Servers that are newly shut out are partners no longer, their copies and follows go, and nothing waits for them. Nobody is told. */
export const enforceRules = async (tx: Tx, site: Site, before: RuleSets, after: RuleSets): Promise<void> => {
  const judge = judgeOf(before, after);
  const newly = (host: string): boolean => judge(host, (sets) => sets.suspended) === 'more';
  // There are few partners among them, and each ends in its own way.
  for (const { id, host, state } of await peerHosts(tx))
    if (newly(host) && OPEN_STATES.includes(state)) {
      const [peer] = await tx.select().from(tx.t.peers).where(eq(tx.t.peers.id, id)).limit(1);
      await cutPeer(tx, site, peer!, false);
    }
  for (const { host } of await copiesByHost(tx)) if (newly(host)) await dropCopiesOfHost(tx, host);
  const following = (await followsByHost(tx)).map((one) => one.host).filter(newly);
  const { actors, deliveries, follows } = tx.t;
  await inChunks(following, async (hosts) => {
    const theirs = tx
      .select({ uri: actors.uri })
      .from(actors)
      .where(and(eq(actors.local, false), inArray(actors.host, hosts)));
    await tx.delete(follows).where(or(inArray(follows.followed, theirs), inArray(follows.follower, theirs)));
  });
  const waiting = await tx
    .selectDistinct({ host: deliveries.host })
    .from(deliveries)
    .where(inArray(deliveries.state, ['waiting', 'dead']))
    .limit(HOSTS_MAX);
  await inChunks(waiting.map((one) => one.host).filter(newly), async (hosts) => {
    await tx
      .delete(deliveries)
      .where(and(inArray(deliveries.host, hosts), inArray(deliveries.state, ['waiting', 'dead'])));
  });
};

const inChunks = async (hosts: string[], work: (hosts: string[]) => Promise<void>): Promise<void> => {
  for (let from = 0; from < hosts.length; from += CHUNK) await work(hosts.slice(from, from + CHUNK));
};

const N: SQL<number> = sql<number>`count(*)`;
type ByHost = { host: string; n: number };
const numbers = (rows: ByHost[]): ByHost[] => rows.map(({ host, n }) => ({ host, n: Number(n) }));

const copiesByHost = async (db: Reader): Promise<ByHost[]> => {
  const { listings } = db.t;
  return numbers(
    await db
      .select({ host: listings.host, n: N })
      .from(listings)
      .where(eq(listings.local, false))
      .groupBy(listings.host)
      .limit(HOSTS_MAX),
  );
};

const peerHosts = (db: Reader): Promise<{ id: string; host: string; state: string }[]> => {
  const { id, host, state } = db.t.peers;
  return Promise.resolve(db.select({ id, host, state }).from(db.t.peers).limit(5_000));
};

/** Follows of people here of somebody there, and the other way round; between two of elsewhere there are none. */
const followsByHost = async (db: Reader): Promise<ByHost[]> => {
  const { follows, actors } = db.t;
  return numbers(
    await db
      .select({ host: actors.host, n: N })
      .from(follows)
      .innerJoin(
        actors,
        and(
          eq(actors.local, false),
          isNotNull(actors.host),
          or(eq(actors.uri, follows.followed), eq(actors.uri, follows.follower)),
        ),
      )
      .groupBy(actors.host)
      .limit(HOSTS_MAX),
  );
};
