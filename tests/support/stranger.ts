/** A server that is no node of ours, with actors and keys of its own: a fediverse user, or an attacker. */
import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { signedHeaders } from '#federation/signatures.ts';
import { type Shot, shoot } from './shots.ts';

export type Json = Record<string, unknown>;
export type Keys = { publicKey: KeyObject; privateKey: KeyObject };
/** @param until the answer waits for this */
export type StrangerFile = {
  body?: Buffer | string;
  type?: string;
  status?: number;
  location?: string;
  until?: Promise<void>;
};
export type Person = { actor: string; keyId: string; keys: Keys };
/** What is to be wrong, or other than usual, in a signed POST. */
export type Change = {
  /** Who signs, if not the server's first actor. */
  by?: Person;
  keyId?: string;
  privateKey?: KeyObject;
  /** What is sent instead of what was signed. */
  body?: string;
  /** What is signed and sent, instead of the activity as JSON. */
  bytes?: Buffer;
  headers?: Record<string, string>;
  dialect?: 'cavage' | 'rfc9421';
  now?: Date;
};

export type Stranger = {
  origin: string;
  host: string;
  /** Its first actor, by whom everything is signed unless said otherwise. */
  actor: string;
  me: Person;
  /** Documents by path, of its other names by host and path; change them to lie. */
  documents: Map<string, unknown>;
  /** What is served as it is, by path: pictures, or what says that it is one. */
  files: Map<string, StrangerFile>;
  /** Answers that are neither, by path. */
  answers: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  /** Paths that were asked for, and bodies that were posted to an inbox. */
  asked: string[];
  received: Json[];
  /** Whatever came in, with its headers. */
  log: { method: string; host: string; path: string; headers: IncomingMessage['headers'] }[];
  /** The same server by another name: every `*.localhost` leads to it. */
  originOf(name: string): string;
  /** One more actor, at one of its names. Keys are the first actor's unless given: making some takes long. */
  person(handle: string, more?: { name?: string; keys?: Keys; document?: Json }): Person;
  /** A signed POST that is ready to be sent: signing costs the attacker, not the node. */
  sign(inbox: string, activity: Json, change?: Change): Shot;
  /** A signed GET of an ActivityPub document. @param change.for the URL that is signed, if not the one that is asked for */
  ask(url: string, change?: { by?: Person; for?: string; dialect?: 'cavage' | 'rfc9421'; now?: Date }): Shot;
  /** How far its clock is ahead, in milliseconds. */
  dateOff: number;
  /** Signs and posts an activity to an inbox. */
  post(inbox: string, activity: Json, change?: Change): Promise<Response>;
  close(): Promise<void>;
};

export const newKeys = (bits = 2048): Keys => generateKeyPairSync('rsa', { modulusLength: bits });
export const pemOf = (keys: Keys): string => keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** @param options.address of this machine to listen on: its origin is then `http://127.x.y.z:port` */
export const startStranger = async (name: string, options: { address?: string } = {}): Promise<Stranger> => {
  const keys = newKeys();
  const documents: Stranger['documents'] = new Map();
  const files: Stranger['files'] = new Map();
  const answers: Stranger['answers'] = new Map();
  const [asked, received, log]: [string[], Json[], Stranger['log']] = [[], [], []];
  const server: Server = createServer((request, response) => {
    if (stranger.dateOff !== 0) response.setHeader('date', new Date(Date.now() + stranger.dateOff).toUTCString());
    const path = request.url ?? '/';
    const host = request.headers.host ?? '';
    log.push({ method: request.method ?? '', host, path, headers: request.headers });
    const special = answers.get(path);
    if (special !== undefined) return special(request, response);
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
    const document = documents.get(`${host}${path}`) ?? documents.get(path);
    if (typeof document === 'number') response.writeHead(document).end();
    else if (document === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, options.address ?? '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const originOf = (of: string): string => `http://${options.address ?? `${of}.localhost`}:${port}`;
  const origin = originOf(name);

  const person: Stranger['person'] = (handle, more = {}) => {
    const home = originOf(more.name ?? name);
    const actor = `${home}/users/${handle}`;
    const keyId = `${actor}#main-key`;
    const own = more.keys ?? keys;
    documents.set(`${more.name === undefined ? '' : new URL(home).host}/users/${handle}`, {
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
      id: actor,
      type: 'Person',
      preferredUsername: handle,
      name: handle,
      inbox: `${actor}/inbox`,
      outbox: `${actor}/outbox`,
      publicKey: { id: keyId, owner: actor, publicKeyPem: pemOf(own) },
      ...more.document,
    });
    return { actor, keyId, keys: own };
  };
  const me = person(name);
  const sign: Stranger['sign'] = (inbox, activity, change = {}) => {
    const body = change.bytes ?? Buffer.from(JSON.stringify(activity));
    const by = change.by ?? me;
    const headers = signedHeaders({
      method: 'POST',
      url: inbox,
      body,
      keyId: change.keyId ?? by.keyId,
      privateKey: change.privateKey ?? by.keys.privateKey,
      dialect: change.dialect ?? 'cavage',
      now: change.now ?? new Date(),
    });
    return {
      url: inbox,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/activity+json', ...change.headers },
      body: change.body === undefined ? body : Buffer.from(change.body),
    };
  };
  const stranger: Stranger = {
    dateOff: 0,
    origin,
    host: new URL(origin).host,
    actor: me.actor,
    me,
    documents,
    files,
    answers,
    asked,
    received,
    log,
    originOf,
    person,
    sign,
    ask: (url, change = {}) => {
      const by = change.by ?? me;
      const headers = signedHeaders({
        method: 'GET',
        url: change.for ?? url,
        keyId: by.keyId,
        privateKey: by.keys.privateKey,
        dialect: change.dialect ?? 'cavage',
        now: change.now ?? new Date(),
      });
      return { url, method: 'GET', headers: { ...headers, accept: 'application/activity+json' } };
    },
    post: async (inbox, activity, change) => {
      const { status, headers, text } = await shoot(sign(inbox, activity, change));
      return new Response(text, { status, headers });
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return stranger;
};
