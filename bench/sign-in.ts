/**
 * Members of one node sign in at another, both processes of their own; and chains of trust, as they are verified, beside
 * jose's bare verification of as many signatures.
 */
import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import { request } from 'node:http';
import { type CryptoKey, importJWK, jwtVerify } from 'jose';
import { findActor } from '#domain/actors.ts';
import { identityKeys, keepIdentityKeys, type IdentityKey } from '#domain/identity/keys.ts';
import { pinFirst } from '#domain/identity/pins.ts';
import { nodeUri } from '#domain/ids.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { openSession } from '#domain/sessions.ts';
import { thumbprintOf } from '#domain/thumbprint.ts';
import { publicJwk, readStatement, thumbprintOfJwk, writeStatement } from '#federation/identity/statement.ts';
import {
  readMark,
  readStatus,
  readSubordinate,
  writeMark,
  writeStatus,
  writeSubordinate,
} from '#federation/identity/vouched.ts';
import { startNode } from './process.ts';
import { type Bench, PORT, type Report, settle } from './run.ts';
import { peerRow } from '../tests/support/peer-row.ts';

const SIGN_INS = 200;
const AT_ONCE = 4;
const CHAINS = 2_000;
const ROUNDS = 3;

/** Each believes the other's members, as if both admins had agreed and the nodes had exchanged their keys. */
const trust = async (at: Bench, of: Bench): Promise<void> => {
  await keepIdentityKeys(of.node.db, of.node.site);
  const keys = await identityKeys(of.node.db.read, of.node.site, 'federation');
  const thumbprints = keys.flatMap((key) => thumbprintOf(key.publicPem) ?? []);
  const scope = { ...OPEN_SCOPE, data: [...OPEN_SCOPE.data, 'signIn' as const] };
  const [actor] = [await findActor(of.node.db.read, nodeUri(of.node.site))];
  await at.node.db.write(async (tx) => {
    const agreed = { give: scope, take: scope, theirGive: scope, theirTake: scope };
    await tx.insert(tx.t.peers).values(peerRow({ host: of.host, nodeActor: actor!.uri, name: of.host, ...agreed }));
    await pinFirst(tx, new Date(), of.host, thumbprints);
  });
};

type Answer = { status: number; location: string | undefined; text: string };
/** A browser of its own, at an address of its own: what one does must not count for the next. */
const browser = (i: number, jars: Record<string, Map<string, string>>) => {
  const from = `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${(i & 255) + 1}`;
  const ask = async (url: string, form?: Record<string, string>): Promise<Answer> => {
    const { port, host, pathname, search } = new URL(url);
    const jar = (jars[host] ??= new Map());
    const sent = request({
      host: '127.0.0.1',
      port,
      localAddress: from,
      path: `${pathname}${search}`,
      method: form === undefined ? 'GET' : 'POST',
      agent: false,
      headers: {
        host,
        accept: 'text/html',
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    });
    sent.end(form === undefined ? undefined : new URLSearchParams(form).toString());
    const [answer] = await once(sent, 'response');
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return { status: Number(answer.statusCode), location: answer.headers.location, text };
  };
  /** Follows redirects. @returns where it ended */
  const go = async (url: string, form?: Record<string, string>): Promise<Answer & { url: string }> => {
    let [at, answer] = [url, await ask(url, form)];
    while (answer.location !== undefined && answer.status >= 300 && answer.status < 400) {
      at = new URL(answer.location, at).href;
      answer = await ask(at);
    }
    return { ...answer, url: at };
  };
  return go;
};

const signIns = async (report: Report): Promise<void> => {
  const [port, other] = [PORT + 20, PORT + 21];
  const [here, home] = [await settle(port, 0), await settle(other, 0)];
  await trust(here, home);
  await trust(home, here);
  const account = (await findAccountByHandle(home.node.db.read, 'ada'))!;
  const sessions = await home.node.db.write((tx) =>
    Promise.all(Array.from({ length: AT_ONCE }, () => openSession(tx, new Date(), account.id, 'bench'))),
  );
  await Promise.all([here.node.close(), home.node.close()]);
  const env = { MAILLON_LIMIT_IDENTITY_PER_ADDRESS: '1000000', MAILLON_LIMIT_INBOX_LOOKUPS: '1000000' };
  const running = [await startNode(port, here.dir, env), await startNode(other, home.dir, env)];
  const one = async (i: number, session: string): Promise<void> => {
    const go = browser(i, { [home.host]: new Map([['session', session]]) });
    const question = await go(`${here.origin}/sign-in/cooperative`, { home: home.host, next: '/listings' });
    const csrf = /name="csrf" value="([^"]*)"/.exec(question.text)?.[1] ?? '';
    const back = await go(question.url, { csrf, answer: 'yes' });
    if (back.url !== `${here.origin}/listings` || back.status !== 200)
      throw new Error(`not signed in: ${question.url} ${back.url} ${back.status}`);
  };
  // The libraries are loaded with the first ones.
  for (let i = 0; i < 10; i++) await one(i, sessions[0]!);
  let next = 10;
  const begin = performance.now();
  await Promise.all(
    sessions.map(async (session) => {
      for (let i = next++; i < 10 + SIGN_INS; i = next++) await one(i, session);
    }),
  );
  const seconds = (performance.now() - begin) / 1_000;
  await Promise.all(running.map((node) => node.stop()));
  report({
    name: 'Sign-ins at a partner',
    value: SIGN_INS / seconds,
    unit: '/s',
    detail: `${SIGN_INS} of members who are at home already, ${AT_ONCE} at a time; seven pages and four requests between two processes each`,
    target: '≥ 10',
    holds: SIGN_INS / seconds >= 10,
  });
};

const newKey = (name: string): IdentityKey => {
  const pair = generateKeyPairSync('ed25519');
  return {
    id: `https://${name}.example/users/instance#federation-1`,
    use: 'federation',
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    created: new Date(),
  };
};

/** Two configurations, a statement, a mark, and that it holds: five signatures. */
const chains = async (report: Report): Promise<void> => {
  const [anchor, leaf] = [newKey('union'), newKey('lyon')];
  const [id, sub] = ['https://union.example', 'https://lyon.example'];
  const now = new Date();
  const type = `${id}/marks/charte`;
  const until = new Date(now.getTime() + 86_400_000);
  const mark = await writeMark(anchor, id, { sub, type, given: now, until, name: 'Charte', text: 'x', link: type });
  const shown = { authority_hints: [id], trust_marks: [{ trust_mark_type: type, trust_mark: mark }] };
  const [above, own, statement, status] = await Promise.all([
    writeStatement(id, now, [anchor], { federation_entity: {} }, { trust_mark_issuers: { [type]: [id] } }),
    writeStatement(sub, now, [leaf], { openid_provider: { issuer: sub } }, shown),
    writeSubordinate(anchor, id, now, { id: sub, jwks: [{ ...publicJwk(leaf) }] }),
    writeStatus(anchor, id, now, { mark, status: 'active' }),
  ]);
  const pins = [thumbprintOfJwk(publicJwk(anchor)), thumbprintOfJwk(publicJwk(leaf))];
  const ours = async (): Promise<void> => {
    const [a, b] = [await readStatement(above, id, now, [pins[0]!]), await readStatement(own, sub, now, [pins[1]!])];
    if (!a.ok || !b.ok) throw new Error('a configuration was refused');
    const by = { id, keys: a.value.keys };
    const keys = await readSubordinate(statement, by, sub, now);
    const named = keys.ok ? keys.value.map(thumbprintOfJwk) : [];
    const read = await readMark(b.value.marks[0]!.token, by, sub, Object.keys(a.value.issuers), now);
    if (!named.includes(b.value.signer) || !read.ok || !(await readStatus(status, by, mark, now)))
      throw new Error('the chain was refused');
  };
  const imported: [string, CryptoKey | Uint8Array][] = [];
  for (const [token, key] of [
    [above, anchor],
    [own, leaf],
    [statement, anchor],
    [mark, anchor],
    [status, anchor],
  ] as const)
    imported.push([token, await importJWK(publicJwk(key), 'EdDSA')]);
  const bare = async (): Promise<void> => {
    for (const [token, key] of imported) await jwtVerify(token, key, { currentDate: now });
  };
  const time = async (work: () => Promise<void>): Promise<number> => {
    const begin = performance.now();
    for (let i = 0; i < CHAINS / ROUNDS; i++) await work();
    return performance.now() - begin;
  };
  await time(ours);
  await time(bare);
  let [mine, base] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    mine += await time(ours);
    base += await time(bare);
  }
  const done = Math.floor(CHAINS / ROUNDS) * ROUNDS;
  report({
    name: 'Chains of trust verified',
    value: base / mine,
    unit: '×',
    detail: `${((done / mine) * 1_000).toFixed(0)}/s of five signatures each, jose alone ${((done / base) * 1_000).toFixed(0)}/s`,
    target: '≥ 0.5',
    holds: base / mine >= 0.5,
  });
};

export const signIn = async (report: Report): Promise<void> => {
  await chains(report);
  await signIns(report);
};
