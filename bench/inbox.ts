/** Signed Creates of a listing, accepted, applied and searchable, against a plain Fedify inbox on a memory store without a queue. */
import { MemoryKvStore, createFederation } from '@fedify/fedify';
import { Create, Note } from '@fedify/vocab';
import { type Bench, PORT, type Report } from './run.ts';
import { befriend, createSender, serveSenders } from './sender.ts';

const OURS = 3_000;
const THEIRS = 600;
/** Rounds of both in turn: what else the machine does then weighs on both alike. */
const ROUNDS = 6;

export const inbox = async (bench: Bench, report: Report): Promise<void> => {
  const { node } = bench;
  const sender = createSender(`http://sender.localhost:${PORT + 2}`);
  const stop = await serveSenders([sender], PORT + 2);
  await befriend(node.db, [sender]);
  const notes: string[] = [];
  const plain = createFederation<void>({ kv: new MemoryKvStore(), allowPrivateAddress: true });
  plain.setActorDispatcher('/users/{identifier}', () => null).setKeyPairsDispatcher(() => []);
  plain.setInboxListeners('/users/{identifier}/inbox', '/inbox').on(Create, async (context, create) => {
    const object = await create.getObject(context);
    if (object instanceof Note) notes.push(String(object.id));
  });
  const native = globalThis.fetch;
  // Node's own fetch knows no *.localhost: Fedify's look-ups of the sender are answered here.
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith(sender.origin) ? sender.answer() : native(request);
  };
  let [ours, theirs, next] = [0, 0, 0];
  const url = `${bench.origin}/inbox`;
  const batch = (count: number): Request[] =>
    Array.from({ length: count }, () => {
      const { headers, body } = sender.make(url, next++);
      return new Request(url, { method: 'POST', headers, body });
    });
  const before = await node.db.read.$count(node.db.read.t.listings);
  for (let round = 0; round < ROUNDS; round++) {
    ours += await seconds(batch(OURS / ROUNDS), (request) => node.fetch(request), round === 0);
    theirs += await seconds(
      batch(THEIRS / ROUNDS),
      (request) => plain.fetch(request, { contextData: undefined }),
      round === 0,
    );
  }
  globalThis.fetch = native;
  stop();
  const stored = (await node.db.read.$count(node.db.read.t.listings)) - before;
  if (stored < OURS) throw new Error(`only ${stored} of ${OURS} were stored`);
  if (notes.length < THEIRS) throw new Error(`Fedify saw only ${notes.length} of ${THEIRS}`);
  const [rate, base] = [OURS / ours, THEIRS / theirs];
  report({
    name: 'Signed Create of a listing, stored and searchable',
    value: rate / base,
    unit: '×',
    detail: `${rate.toFixed(0)}/s on SQLite, plain Fedify in memory ${base.toFixed(0)}/s`,
    target: '≥ 3',
    holds: rate / base >= 3,
  });
};

/** @param warm twenty are sent before the clock starts @returns how long the requests took, ten at a time */
const seconds = async (
  requests: Request[],
  fetch: (request: Request) => Response | Promise<Response>,
  warm: boolean,
): Promise<number> => {
  const take = async (request: Request): Promise<void> => {
    const answer = await fetch(request);
    if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${await answer.text()}`);
  };
  const total = requests.length;
  if (warm) for (const request of requests.splice(0, 20)) await take(request);
  const begin = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) await take(request);
    }),
  );
  return ((performance.now() - begin) / 1_000) * (total / requests.length);
};
