/**
 * How an attack is judged: by its answer, by what it left behind and made us fetch, and by the CPU time that it took
 * from the node beside what a valid request takes in the same run. The sender's own work is not in it.
 */
import { expect, test } from 'vitest';
import type { TestNode } from './nodes.ts';
import { peerRow } from './peer-row.ts';
import { type Answer, type Shot, shoot, spent } from './shots.ts';
import type { Json, Stranger } from './stranger.ts';
import type { Target } from './target.ts';

/**
 * A case of docs/security.md, which names it by the same words: `tests/federation/attacks/table.test.ts` compares them.
 * @param most where `beside` was called: valid requests' worth of CPU that each of its requests may take
 */
export const attack = (name: string, body: () => Promise<void>, most = TAKEN): void => {
  test(name, async () => {
    const before = { ...spent };
    await body();
    const shots = spent.shots - before.shots;
    if (valid === undefined || shots === 0) return;
    const micros = (spent.micros - before.micros) / shots;
    if (process.env['SHOW_COST'] !== undefined) console.log(`${(micros / valid).toFixed(3)} ${name}`);
    // Both sides' CPU is in it, so a neighbour on the machine may have made only one of the two dear: measured again.
    if (micros / valid > bound(most, shots)) valid = Math.max(valid, await again!());
    expectBound(micros / valid, most, shots);
  });
};

/**
 * Of few requests, one garbage collection or one compilation is a large part: together they may cost this many valid
 * requests more. What an attack on the CPU costs is in the hundreds.
 */
const ONCE = 10;
const bound = (most: number, shots: number): number => most + ONCE / shots;
const expectBound = (each: number, most: number, shots: number): void =>
  expect(each, `${each.toFixed(2)} valid requests' worth of CPU each`).toBeLessThanOrEqual(bound(most, shots));

/** CPU of one valid request, node and sender together, in microseconds; for a node in the tests' own process. */
let valid: number | undefined;
let again: (() => Promise<number>) | undefined;
/** Measures what a valid request takes, so that every attack of this file is held against it. @param send one, each time another */
export const beside = async (send: () => Promise<{ status: number }>, times = 30): Promise<void> => {
  const micros = async (): Promise<number> => {
    const before = spent.micros;
    for (let i = 0; i < times; i++) expect((await send()).status).toBeLessThan(400);
    return (spent.micros - before) / times;
  };
  // Twice to warm up, then for good.
  await micros();
  await micros();
  valid = await micros();
  again = micros;
};

/** Attacks of one request each, told as a table. */
export type Case = {
  case: string;
  /** Made before anything is measured. */
  shots: () => Shot | Shot[];
  status: number;
  /** May it hang up on the rest of the body? */
  hangsUp?: boolean;
  /** What the answer says, for whoever made it by mistake. */
  says?: RegExp;
  /** At most so many valid requests' worth of CPU each, beside `ONCE`. Default: REFUSED. */
  cost?: number;
  /** Tables in which it may leave rows. */
  leaves?: readonly string[];
  /** Requests that the strangers may get because of it; default none. */
  fetches?: number;
  /** How often it is sent; default 12. */
  times?: number;
};

/** In valid requests: what is refused before it is read, what is refused after it was read, what is taken. */
export const UNREAD = 0.5;
export const REFUSED = 2;
export const TAKEN = 3;

export type Judge = {
  /** CPU of one valid request, in microseconds. */
  unit(): Promise<number>;
  /** Sends them one after the other. @returns the answers, and the CPU of each in valid requests */
  cost(shots: Shot[], from?: string): Promise<{ answers: Answer[]; each: number }>;
  /** @returns the CPU of all that happens meanwhile, in valid requests */
  during(work: () => Promise<void>): Promise<number>;
  /** Rows that came or went since the last call, by table, and requests that the strangers got. */
  traces(): Promise<{ rows: Record<string, number>; requests: string[] }>;
  cases(list: readonly Case[]): void;
};

const VALID = 50;

/** @param valid makes a request that is taken and stored, each time another */
export const createJudge = (of: () => { target: Target; strangers: Stranger[]; valid: () => Shot }): Judge => {
  let measured: Promise<number> | undefined;
  let [rows, heard]: [Record<string, number>, number[]] = [{}, []];

  const run = async (shots: Shot[], from?: string): Promise<{ answers: Answer[]; micros: number }> => {
    const { target } = of();
    const before = await target.cpu();
    const answers: Answer[] = [];
    for (const shot of shots) answers.push(await shoot(shot, from));
    return { answers, micros: ((await target.cpu()) - before) / shots.length };
  };
  const unit = (): Promise<number> => {
    measured ??= (async () => {
      const shots = (): Shot[] => Array.from({ length: VALID }, () => of().valid());
      // Twice to warm up, then for good.
      await run(shots());
      await run(shots());
      const { answers, micros } = await run(shots());
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
      return micros;
    })();
    return measured;
  };
  const judge: Judge = {
    unit,
    cost: async (shots, from) => {
      const one = await unit();
      const { answers, micros } = await run(shots, from);
      return { answers, each: micros / one };
    },
    during: async (work) => {
      const one = await unit();
      const before = await of().target.cpu();
      await work();
      return ((await of().target.cpu()) - before) / one;
    },
    traces: async () => {
      const now = await of().target.rows();
      const changed = Object.entries(now).flatMap(([table, count]): [string, number][] =>
        count === (rows[table] ?? 0) ? [] : [[table, count - (rows[table] ?? 0)]],
      );
      const requests = of().strangers.flatMap((stranger, i) =>
        stranger.log.slice(heard[i] ?? 0).map((one) => `${one.method} ${one.host}${one.path}`),
      );
      rows = now;
      heard = of().strangers.map((stranger) => stranger.log.length);
      return { rows: Object.fromEntries(changed), requests };
    },
    cases: (list) => {
      for (const one of list) {
        attack(one.case, async () => {
          await unit();
          const shots = Array.from({ length: one.times ?? 12 }, () => one.shots()).flat();
          await judge.traces();
          const { answers, each } = await judge.cost(shots);
          const said = answers.map((answer) => answer.text).join('\n');
          const statuses = answers.map((answer) =>
            one.hangsUp === true && answer.status === 0 ? one.status : answer.status,
          );
          expect(statuses, said).toEqual(shots.map(() => one.status));
          if (one.says !== undefined && answers.some((answer) => answer.status !== 0)) expect(said).toMatch(one.says);
          const left = await judge.traces();
          expect(Object.keys(left.rows).filter((table) => !(one.leaves ?? []).includes(table))).toEqual([]);
          expect(left.requests.length, left.requests.join('\n')).toBeLessThanOrEqual(one.fetches ?? 0);
          expectBound(each, one.cost ?? REFUSED, shots.length);
          if (process.env['SHOW_COST'] !== undefined) console.log(`${each.toFixed(3)} ${one.case}`);
        });
      }
    },
  };
  return judge;
};

/** Makes a stranger's server a partner, as if both admins had agreed. */
export const makePeer = (node: TestNode, stranger: Stranger, more: Json = {}): Promise<void> =>
  node.db.write(async (tx) => {
    await tx
      .insert(tx.t.peers)
      .values(peerRow({ host: stranger.host, nodeActor: stranger.actor, name: 'Friend', ...more }));
  });

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public';
let count = 0;
/** An id of this server that was never used. */
export const freshId = (of: { origin: string }): string => `${of.origin}/activities/${++count}`;

/** An activity as others send it, with an id of its own. */
export const says = (of: Stranger, type: string, rest: Json): Json => ({
  '@context': 'https://www.w3.org/ns/activitystreams',
  id: freshId(of),
  type,
  actor: of.actor,
  ...rest,
});

/** A listing as another node writes it. */
export const listing = (of: Stranger, change: Json = {}, by = of.actor): Json => {
  const id = `${by}/items/${++count}`;
  const now = new Date().toISOString();
  return {
    id,
    type: 'Note',
    attributedTo: by,
    to: [PUBLIC],
    name: `Chambre ${count}`,
    content: '<p>Une chambre claire.</p>',
    published: now,
    updated: now,
    attachment: [
      {
        id: `${id}/proposal`,
        type: 'Proposal',
        attributedTo: by,
        purpose: 'offer',
        name: `Chambre ${count}`,
        content: '<p>Une chambre claire.</p>',
        unitBased: true,
        listingKind: 'goods',
        publishes: {
          type: 'Intent',
          action: 'transfer',
          resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
        },
        reciprocal: {
          type: 'Intent',
          action: 'transfer',
          currency: 'EUR',
          resourceQuantity: { hasUnit: 'one', hasNumericalValue: '12.5' },
        },
      },
    ],
    ...change,
  };
};

/** A private message to one of ours. */
export const message = (of: Stranger, to: string, change: Json = {}): Json =>
  says(of, 'Create', {
    to: [to],
    object: {
      id: `${of.actor}/notes/${++count}`,
      type: 'Note',
      attributedTo: of.actor,
      to: [to],
      content: '<p>Bonjour</p>',
      ...change,
    },
  });
