/** npm run bench: every figure beside a baseline of the same run, on this machine, with real databases and signatures. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryKvStore, createFederation } from '@fedify/fedify';
import { Create, Note } from '@fedify/vocab';
import { serve } from '@hono/node-server';
import autocannon from 'autocannon';
import { Hono } from 'hono';
import { generateKeys } from '#domain/actors.ts';
import { readCooperative, setUp } from '#domain/cooperative.ts';
import { readListing } from '#domain/listing-input.ts';
import { type ListingRow, createListing } from '#domain/listings.ts';
import { hashPassword } from '#domain/passwords.ts';
import { openPlaces } from '#domain/places.ts';
import { signedHeaders } from '#federation/signatures.ts';
import { writeCreate } from '#federation/vocab/activity.ts';
import { PUBLIC } from '#federation/vocab/context.ts';
import { writeNote } from '#federation/vocab/listing.ts';
import { KINDS, type ListingValue } from '#domain/types.ts';
import { loadConfig } from '#src/config.ts';
import { createNode } from '#src/node.ts';

const PORT = 4790;
const places = openPlaces();
const dir = mkdtempSync(join(tmpdir(), 'maillon-bench-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const quantile = (times: number[], q: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;

const loaded = loadConfig({ MAILLON_ORIGIN: `http://bench.localhost:${PORT}`, PORT: String(PORT), MAILLON_DATA: dir });
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const node = await createNode(loaded.config, { limits: { perAddress: 1e9, perHost: 1e9 } });
const { db, site } = node;
const value = readCooperative(
  { name: 'Bench', handle: 'bench', territory: 'Marseille', languages: ['fr'], kinds: [...KINDS], signUpRule: 'open' },
  (name) => places.find(name),
);
if (!value.ok) throw new Error(JSON.stringify(value.errors));
await setUpBench(value.value);
const towns = ['Marseille', 'Lyon', 'Aubagne', 'Bologna', 'Paris', 'Nantes'];
const drafts = towns.map((place) =>
  readListing(
    {
      kind: 'lodging',
      title: `Chambre à ${place}`,
      text: 'Une chambre claire, calme, près de l’hôpital et du marché.',
      priceType: 'money',
      price: '42',
      place,
      quantity: '2',
    },
    { kinds: KINDS, findPlace: (name) => places.find(name), now: new Date() },
  ),
);
const rows: ListingRow[] = [];
for (let from = 0; from < 10_000; from += 500) {
  await db.write(async (tx) => {
    for (let i = 0; i < 500; i++) {
      const draft = drafts[i % drafts.length]!;
      if (draft.ok)
        rows.push(
          await createListing(tx, site, 'ada', { ...draft.value, title: `${draft.value.title} ${from + i}` }, 'draft'),
        );
    }
    await tx.update(tx.t.listings).set({ state: 'published', published: new Date() });
  });
}

say(`# ${cpus()[0]?.model ?? ''}, ${cpus().length} cores, Node ${process.version}`);
const server = serve({ fetch: node.fetch, port: PORT, hostname: '127.0.0.1' });
const headers = { host: `bench.localhost:${PORT}`, accept: 'application/activity+json' };
const load = async (port: number, path: string): Promise<number> =>
  (await autocannon({ url: `http://127.0.0.1:${port}${path}`, headers, connections: 20, duration: 4 })).requests
    .average;

for (const [name, path] of [
  ['actor', '/users/ada'],
  ['listing', `/users/ada/items/${rows[0]!.id}`],
  ['outbox page', '/users/ada/outbox?page=first'],
] as const) {
  const body = await (await node.fetch(new Request(`${site.origin}${path}`, { headers }))).text();
  const bare = new Hono().get('*', (c) => c.body(body, 200, { 'content-type': 'application/activity+json' }));
  const other = serve({ fetch: bare.fetch, port: PORT + 1, hostname: '127.0.0.1' });
  const [base, ours] = [await load(PORT + 1, path), await load(PORT, path)];
  other.close();
  say(
    `GET ${name}: ${ours.toFixed(0)}/s, bare Hono route with the same ${body.length} bytes ${base.toFixed(0)}/s, ratio ${(ours / base).toFixed(2)}`,
  );
}

const times: number[] = [];
for (let i = 0; i < 400; i++) {
  const start = performance.now();
  await (
    await node.fetch(
      new Request(`${site.origin}/listings${i % 3 === 0 ? '' : `?q=chambre&place=${towns[i % towns.length]}`}`, {
        headers: { host: headers.host, accept: 'text/html' },
      }),
    )
  ).text();
  if (i >= 50) times.push(performance.now() - start);
}
say(
  `Catalogue page at 10,000 listings: server time p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`,
);
server.close();

await inbox();
await node.close();
rmSync(dir, { recursive: true, force: true });
await start();

async function setUpBench(cooperative: Parameters<typeof setUp>[2]): Promise<void> {
  const [a, b, c, hash] = await Promise.all([
    generateKeys(),
    generateKeys(),
    generateKeys(),
    hashPassword('une phrase assez longue'),
  ]);
  await db.write((tx) =>
    setUp(
      tx,
      site,
      cooperative,
      { name: 'Ada', handle: 'ada', email: 'ada@bench.localhost', password: '' },
      { node: a, cooperative: b, admin: c, adminPasswordHash: hash },
      'fr',
    ),
  );
}

/** Signed Creates of a listing, accepted, applied and searchable, against a plain Fedify inbox on a memory store without a queue. */
async function inbox(): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const origin = `http://sender.localhost:${PORT + 2}`;
  const actor = `${origin}/users/bob`;
  const document = {
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
  };
  const sender = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const listening = serve(
      {
        fetch: () =>
          new Response(JSON.stringify(document), { headers: { 'content-type': 'application/activity+json' } }),
        port: PORT + 2,
        hostname: '127.0.0.1',
      },
      () => resolve(listening),
    );
  });
  await db.write(async (tx) => {
    const now = new Date();
    await tx.insert(tx.t.peers).values({
      id: 'bench',
      host: `sender.localhost:${PORT + 2}`,
      nodeActor: actor,
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
  const make = (inboxUrl: string, n: number): Request => {
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
      published: new Date(),
      updated: new Date(),
    };
    const to = { to: [PUBLIC], cc: [`${actor}/followers`] };
    const body = Buffer.from(
      JSON.stringify(
        writeCreate({
          id: `${actor}/activities/${n}`,
          actor,
          ...to,
          published: new Date(),
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
      now: new Date(),
    });
    return new Request(inboxUrl, {
      method: 'POST',
      headers: { ...signed, 'content-type': 'application/activity+json' },
      body,
    });
  };
  const rate = async (
    count: number,
    inboxUrl: string,
    fetch: (request: Request) => Response | Promise<Response>,
  ): Promise<number> => {
    const requests = Array.from({ length: count + 20 }, (_, n) => make(inboxUrl, n));
    for (const request of requests.splice(0, 20)) {
      const answer = await fetch(request);
      if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${await answer.text()}`);
    }
    const begin = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let request = requests[next++]; request !== undefined; request = requests[next++])
          if ((await fetch(request)).status !== 202) throw new Error('not accepted');
      }),
    );
    return count / ((performance.now() - begin) / 1_000);
  };
  const plain = createFederation<void>({ kv: new MemoryKvStore(), allowPrivateAddress: true });
  plain.setActorDispatcher('/users/{identifier}', () => null).setKeyPairsDispatcher(() => []);
  const notes: string[] = [];
  plain.setInboxListeners('/users/{identifier}/inbox', '/inbox').on(Create, async (context, create) => {
    const object = await create.getObject(context);
    if (object instanceof Note) notes.push(String(object.id));
  });
  // Node's own fetch knows no *.localhost: Fedify's look-ups of the sender go to loopback by name resolution of the test.
  const ours = await rate(1_500, `${site.origin}/inbox`, (request) => node.fetch(request));
  const native = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith(origin)
      ? new Response(JSON.stringify(document), { headers: { 'content-type': 'application/activity+json' } })
      : native(request);
  };
  const theirs = await rate(300, `${site.origin}/inbox`, (request) =>
    plain.fetch(request, { contextData: undefined }),
  ).finally(() => {
    globalThis.fetch = native;
  });
  const stored = await db.read.$count(db.read.t.listings);
  say(
    `Signed Create of a listing: ${ours.toFixed(0)}/s stored and searchable on SQLite (${stored} listings now), plain Fedify on a memory store ${theirs.toFixed(0)}/s (${notes.length} seen), ratio ${(ours / theirs).toFixed(1)}`,
  );
  sender.close();
}

/** From the start of the process to the first page, and what it takes idle. */
async function start(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'maillon-bench-'));
  const begin = performance.now();
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: {
      ...process.env,
      PORT: String(PORT + 5),
      MAILLON_DATA: data,
      MAILLON_ORIGIN: `http://bench.localhost:${PORT + 5}`,
    },
    stdio: 'ignore',
  });
  while (
    !(await fetch(`http://127.0.0.1:${PORT + 5}/`).then(
      (answer) => answer.ok,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 10));
  const first = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  child.kill('SIGTERM');
  rmSync(data, { recursive: true, force: true });
  say(`Start to first page: ${first.toFixed(0)} ms; memory idle ${memory.toFixed(0)} MB`);
}
