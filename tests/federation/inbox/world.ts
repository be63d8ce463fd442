/** Other servers of the fediverse, as far as an inbox meets them: real ones on loopback, with actors, keys and documents. */
import { createPrivateKey } from 'node:crypto';
import { type IncomingMessage, type Server, createServer } from 'node:http';
import { and, eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { type KeyPairs, findActor, generateKeys } from '#domain/actors.ts';
import { type ReceivedRow, journal } from '#domain/received.ts';
import { acceptPeering } from '#domain/handshake.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { type GuardedFetch, createGuardedFetch } from '#federation/fetch.ts';
import { createPolicy } from '#federation/inbox/policy.ts';
import type { InboxDeps } from '#federation/inbox/types.ts';
import { createKeyring } from '#federation/keys.ts';
import { createResolver } from '#federation/resolve.ts';
import { signedHeaders } from '#federation/signatures.ts';
import { CONTEXT, PUBLIC } from '#federation/vocab/context.ts';
import type { JsonObject } from '#federation/vocab/json.ts';
import { type TestNode, freePort, until } from '../../support/nodes.ts';

export { PUBLIC };
export type Person = { uri: string; keyId: string; keys: KeyPairs };
export type Remote = {
  host: string;
  origin: string;
  /** What it answers, by path; a number is a status without a body. */
  documents: Map<string, JsonObject | number>;
  /** Paths that were asked for, in order. */
  asked: string[];
  /** What was posted to its inboxes. */
  inbox: JsonObject[];
  actor(handle: string, change?: JsonObject): Promise<Person>;
  down(): Promise<void>;
};

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
};

/** @returns a server at `http://NAME.localhost:PORT` */
export const startRemote = async (name: string): Promise<Remote> => {
  const port = await freePort();
  const origin = `http://${name}.localhost:${port}`;
  const documents = new Map<string, JsonObject | number>();
  const [asked, inbox]: [string[], JsonObject[]] = [[], []];
  const server: Server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      inbox.push(JSON.parse(await read(request)));
      response.writeHead(202).end();
      return;
    }
    asked.push(request.url ?? '');
    const found = documents.get(request.url ?? '') ?? 404;
    if (typeof found === 'number') response.writeHead(found).end();
    else response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(found));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    host: new URL(origin).host,
    origin,
    documents,
    asked,
    inbox,
    actor: async (handle, change = {}) => {
      const keys = await generateKeys();
      const uri = `${origin}/users/${handle}`;
      documents.set(`/users/${handle}`, {
        '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
        id: uri,
        type: 'Person',
        preferredUsername: handle,
        name: handle,
        inbox: `${uri}/inbox`,
        followers: `${uri}/followers`,
        publicKey: { id: `${uri}#main-key`, owner: uri, publicKeyPem: keys.rsa.publicPem },
        ...change,
      });
      return { uri, keyId: `${uri}#main-key`, keys };
    },
    down: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

let count = 0;
/** An activity of this actor with an id of its own. */
export const says = (from: Person, type: string, rest: JsonObject): JsonObject => ({
  '@context': CONTEXT,
  id: `${new URL(from.uri).origin}/activities/${++count}`,
  type,
  actor: from.uri,
  to: [PUBLIC],
  cc: [],
  ...rest,
});

/** Signs and posts. @param change.signer somebody else than the actor @param change.path an inbox */
export const post = async (
  node: TestNode,
  from: Person,
  activity: JsonObject,
  change: { signer?: Person; path?: string } = {},
): Promise<Response> => {
  const url = `${node.origin}${change.path ?? '/inbox'}`;
  const body = Buffer.from(JSON.stringify(activity));
  const signer = change.signer ?? from;
  const headers = signedHeaders({
    method: 'POST',
    url,
    body,
    keyId: signer.keyId,
    privateKey: createPrivateKey(signer.keys.rsa.privatePem),
    dialect: 'cavage',
    now: node.site.now(),
  });
  return node.fetch(
    new Request(url, { method: 'POST', body, headers: { 'content-type': 'application/activity+json', ...headers } }),
  );
};

/** Posts what must be answered with 202. @returns its line in the journal */
export const tell = async (node: TestNode, from: Person, activity: JsonObject): Promise<ReceivedRow> => {
  const response = await post(node, from, activity);
  expect(response.status, await response.clone().text()).toBe(202);
  const line = (await journal(node.db.read, { limit: 200 })).find((row) => row.uri === activity['id']);
  if (line === undefined) throw new Error('It is not in the journal.');
  return line;
};

/** A listing as another Maillon writes it, `version` seconds into 2026. */
export const listingOf = (owner: Person, id: string, version: number, change: JsonObject = {}): JsonObject => {
  const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
  const proposal = `${owner.uri}/proposals/${id}`;
  return {
    id: `${owner.uri}/items/${id}`,
    type: 'Note',
    attributedTo: owner.uri,
    to: [PUBLIC],
    cc: [`${owner.uri}/followers`],
    name: `${id}, version ${version}`,
    content: '<p>Calm.</p>',
    url: `${owner.uri}/items/${id}`,
    published: at(0),
    updated: at(version),
    attachment: [
      {
        id: proposal,
        type: 'Proposal',
        attributedTo: owner.uri,
        purpose: 'offer',
        name: `${id}, version ${version}`,
        content: '<p>Calm.</p><script>alert(1)</script>',
        unitBased: false,
        listingKind: 'goods',
        listingUnit: 'unit',
        publishes: {
          id: `${proposal}#primary`,
          type: 'Intent',
          action: 'transfer',
          resourceQuantity: { hasUnit: 'one', hasNumericalValue: '1' },
        },
        reciprocal: {
          id: `${proposal}#reciprocal`,
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

/** The server's own actor follows the node's, and the admin says yes; the server says yes to ours. */
export const becomePeer = async (node: TestNode, remote: Remote, server: Person): Promise<void> => {
  await tell(node, server, says(server, 'Follow', { object: `${node.origin}/users/instance` }));
  const peer = (await findPeerByHost(node.db.read, remote.host))!;
  const done = await node.db.write((tx) => acceptPeering(tx, node.site, peer));
  if (!done.ok) throw new Error(JSON.stringify(done.errors));
  await until('our Follow comes', async () => remote.inbox.some((one) => one['type'] === 'Follow'));
  const ours = remote.inbox.find((one) => one['type'] === 'Follow')!;
  await tell(node, server, says(server, 'Accept', { object: ours['id'] }));
  expect((await findPeerByHost(node.db.read, remote.host))?.state).toBe('active');
};

/** A member of the node follows an actor; accepted at once, as the tests need it. */
export const followedBy = async (node: TestNode, member: string, actor: string): Promise<void> => {
  const now = node.site.now();
  const { follows } = node.db.read.t;
  await node.db.write(async (tx) => {
    await tx.delete(follows).where(and(eq(follows.follower, member), eq(follows.followed, actor)));
    await tx.insert(follows).values({
      id: crypto.randomUUID(),
      uri: `${member}/activities/${crypto.randomUUID()}`,
      follower: member,
      followed: actor,
      state: 'accepted',
      created: now,
      updated: now,
    });
  });
};

export const knownActor = (node: TestNode, uri: string) => findActor(node.db.read, uri);

/** What comes after the signature, by itself. @param fetch absent: the real one, on this machine's network */
export const inboxOf = (
  node: TestNode,
  fetch: GuardedFetch = createGuardedFetch({ testNetwork: true, userAgent: 'test' }),
): InboxDeps => {
  const { db, site } = node;
  const resolver = createResolver({ db, site, fetch, keyring: createKeyring(db.read) });
  return { db, site, resolver, policy: createPolicy(db), discovery: { site, fetch, resolver, testNetwork: true } };
};

/** A network that is down. */
export const noNetwork: GuardedFetch = {
  request: async () => ({ ok: false, code: 'unreachable', detail: 'The network is down.' }),
  close: async () => {},
};
