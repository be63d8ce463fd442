/** A server that is no node of ours, with actors and keys of its own: a fediverse user, or an attacker. */
import { generateKeyPairSync } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import { signedHeaders } from '#federation/signatures.ts';

/** @param until the answer waits for this */
export type StrangerFile = {
  body?: Buffer | string;
  type?: string;
  status?: number;
  location?: string;
  until?: Promise<void>;
};

export type Stranger = {
  origin: string;
  actor: string;
  /** Documents by path; change them to lie. */
  documents: Map<string, unknown>;
  /** What is served as it is, by path: pictures, or what says that it is one. */
  files: Map<string, StrangerFile>;
  /** Paths that were asked for, and bodies that were posted to an inbox. */
  asked: string[];
  received: Record<string, unknown>[];
  /** Signs and posts an activity to an inbox. */
  post(
    inbox: string,
    activity: Record<string, unknown>,
    change?: {
      keyId?: string;
      body?: string;
      headers?: Record<string, string>;
      dialect?: 'cavage' | 'rfc9421';
      now?: Date;
    },
  ): Promise<Response>;
  close(): Promise<void>;
};

export const startStranger = async (name: string): Promise<Stranger> => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const documents = new Map<string, unknown>();
  const files = new Map<string, StrangerFile>();
  const asked: string[] = [];
  const received: Record<string, unknown>[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        received.push(JSON.parse(body));
        response.writeHead(202).end();
      });
      return;
    }
    asked.push(path);
    const file = files.get(path);
    if (file !== undefined) {
      const { body = '', type = 'image/png', status = 200, location, until = Promise.resolve() } = file;
      const headers = { 'content-type': type, ...(location === undefined ? {} : { location }) };
      void until.then(() => response.writeHead(status, headers).end(body));
      return;
    }
    const document = documents.get(path);
    if (document === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const origin = `http://${name}.localhost:${port}`;
  const actor = `${origin}/users/${name}`;
  documents.set(`/users/${name}`, {
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
    id: actor,
    type: 'Person',
    preferredUsername: name,
    name,
    inbox: `${actor}/inbox`,
    outbox: `${actor}/outbox`,
    publicKey: {
      id: `${actor}#main-key`,
      owner: actor,
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  });
  return {
    origin,
    actor,
    documents,
    files,
    asked,
    received,
    post: (inbox, activity, change = {}) => {
      const body = Buffer.from(JSON.stringify(activity));
      const url = new URL(inbox);
      const headers = signedHeaders({
        method: 'POST',
        url: inbox,
        body,
        keyId: change.keyId ?? `${actor}#main-key`,
        privateKey,
        dialect: change.dialect ?? 'cavage',
        now: change.now ?? new Date(),
      });
      // Node's own fetch knows no *.localhost: the address is loopback, the name stays in the signed Host header.
      return send(
        `http://127.0.0.1:${url.port}${url.pathname}`,
        { ...headers, 'content-type': 'application/activity+json', ...change.headers },
        change.body ?? body.toString(),
      );
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

/** A POST with a Host header of its own. */
export const send = async (url: string, headers: Record<string, string>, body: string): Promise<Response> => {
  const { request } = await import('undici');
  const answer = await request(url, { method: 'POST', headers, body });
  return new Response(await answer.body.text(), { status: answer.statusCode });
};
