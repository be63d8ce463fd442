/** Signed Creates of a listing, accepted, applied and searchable, against a plain Fedify inbox on a memory store without a queue. */
import { generateKeyPairSync } from 'node:crypto';
import { MemoryKvStore, createFederation } from '@fedify/fedify';
import { Create, Note } from '@fedify/vocab';
import { serve } from '@hono/node-server';
import type { ListingValue } from '#domain/types.ts';
import { signedHeaders } from '#federation/signatures.ts';
import { writeCreate } from '#federation/vocab/activity.ts';
import { PUBLIC } from '#federation/vocab/context.ts';
import { writeNote } from '#federation/vocab/listing.ts';
import { type Bench, PORT, type Report } from './run.ts';

const OURS = 3_000;
const THEIRS = 600;
/** Rounds of both in turn: what else the machine does then weighs on both alike. */
const ROUNDS = 3;

export const inbox = async (bench: Bench, report: Report): Promise<void> => {
  const { node } = bench;
  const sender = await startSender(PORT + 2);
  await befriend(bench, sender);
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
  const batch = (count: number): Request[] => Array.from({ length: count }, () => sender.make(url, next++));
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
  sender.close();
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

type Sender = {
  origin: string;
  actor: string;
  answer(): Response;
  make(inboxUrl: string, n: number): Request;
  close(): void;
};

/** A peer with one member, who signs. */
export const startSender = async (port: number): Promise<Sender> => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const origin = `http://sender.localhost:${port}`;
  const actor = `${origin}/users/bob`;
  const document = JSON.stringify({
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
    id: actor,
    type: 'Person',
    preferredUsername: 'bob',
    name: 'Bob',
    inbox: `${actor}/inbox`,
    publicKey: {
      id: `${actor}#main-key`,
      owner: actor,
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  });
  const answer = (): Response => new Response(document, { headers: { 'content-type': 'application/activity+json' } });
  const listening = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const server = serve({ fetch: answer, port, hostname: '127.0.0.1' }, () => resolve(server));
  });
  const make = (inboxUrl: string, n: number): Request => {
    const now = new Date();
    const listing: ListingValue = {
      uri: `${actor}/items/${n}`,
      proposalUri: `${actor}/proposals/${n}`,
      publisher: actor,
      kind: 'lodging',
      purpose: 'offer',
      title: `Chambre ${n}`,
      html: '<p>Une chambre claire, près de l’hôpital.</p>',
      url: `${origin}/listings/${n}`,
      price: { type: 'money', amount: 4200, currency: 'EUR' },
      unit: 'night',
      unitBased: true,
      quantity: 2,
      attributes: { beds: 1, amenities: ['wifi'] },
      tags: ['mer'],
      pictures: [],
      audience: 'public',
      state: 'published',
      published: now,
      updated: now,
    };
    const to = { to: [PUBLIC], cc: [`${actor}/followers`] };
    const body = Buffer.from(
      JSON.stringify(
        writeCreate({
          id: `${actor}/activities/${n}`,
          actor,
          ...to,
          published: now,
          object: writeNote(listing, to),
        }),
      ),
    );
    const signed = signedHeaders({
      method: 'POST',
      url: inboxUrl,
      body,
      keyId: `${actor}#main-key`,
      privateKey,
      dialect: 'cavage',
      now,
    });
    const headers = { ...signed, 'content-type': 'application/activity+json' };
    return new Request(inboxUrl, { method: 'POST', headers, body });
  };
  return { origin, actor, answer, make, close: () => void listening.close() };
};

const befriend = async ({ node }: Bench, sender: Sender): Promise<void> => {
  const now = new Date();
  await node.db.write(async (tx) => {
    await tx.insert(tx.t.peers).values({
      id: 'bench',
      host: new URL(sender.origin).host,
      nodeActor: sender.actor,
      name: 'Sender',
      summary: '',
      software: '',
      state: 'active',
      message: '',
      sentAccepted: true,
      receivedAccepted: true,
      backfillState: 'done',
      backfillDone: 0,
      created: now,
      updated: now,
    });
  });
};
