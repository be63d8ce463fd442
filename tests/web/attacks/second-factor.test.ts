/** Getting past the second factor: codes used twice, guessed, or never given; passkeys that answer something else. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { attack } from '../../support/attack.ts';
import { codeAt, turnCodesOn } from '../../support/codes.ts';
import { intruder } from '../../support/intruder.ts';
import { PASSWORD, type TestNode, addMember, startNode } from '../../support/nodes.ts';
import { type Change, type SoftKey, keepKey, softKey } from '../../support/passkeys.ts';
import { visit } from '../../support/visitor.ts';

let now = new Date();
let node: TestNode;
let secret = '';
let recovery: string[] = [];
let key: SoftKey;

beforeAll(async () => {
  node = await startNode('marseille', { overrides: { now: () => now } });
  for (const handle of ['alice', 'bob', 'carla']) await addMember(node, handle, handle);
  const alice = visit(node);
  await alice.signIn('alice');
  ({ secret, recovery } = await turnCodesOn(alice, now));
  key = softKey(node, 'a passkey of bob');
  await keepKey(node, 'bob', key);
});
afterAll(() => node?.drop());

let last = 0;
const somebody = (): ReturnType<typeof intruder> => intruder(node.origin, `127.0.6.${++last}`);
const withPassword = async (): Promise<ReturnType<typeof intruder>> => {
  const who = somebody();
  const answer = await who.post('/sign-in', { login: 'alice', password: PASSWORD }, { bare: true });
  expect(answer.headers.get('location')).toBe('/sign-in/code');
  return who;
};

const assertion = (challenge: string, change: Change = {}): string => key.assertion(challenge, change);
const challenged = async (who: ReturnType<typeof intruder>): Promise<string> => {
  const read: { options: { challenge: string } } = JSON.parse((await who.post('/sign-in/passkey/challenge')).text);
  return read.options.challenge;
};

attack('the token of the second step as a session, and a planted one', async () => {
  const who = await withPassword();
  const step = who.cookies.get('step')!;
  expect((await who.get('/account')).status).toBe(303);
  const thief = somebody();
  thief.cookies.set('session', step);
  expect((await thief.get('/account')).status).toBe(303);
  const planted = somebody();
  planted.cookies.set('step', 'planted'.padEnd(43, 'x'));
  const answer = await planted.post('/sign-in/code', { code: codeAt(secret, now) });
  expect(answer.headers.get('location')).toBe('/sign-in?next=%2F');
});

attack('a code used twice, and an older one after a newer', async () => {
  now = new Date(now.getTime() + 5 * 60_000);
  const [first, second, third] = [await withPassword(), await withPassword(), await withPassword()];
  expect((await first.post('/sign-in/code', { code: codeAt(secret, now) })).status).toBe(303);
  expect((await second.post('/sign-in/code', { code: codeAt(secret, now) })).status).toBe(422);
  expect((await third.post('/sign-in/code', { code: codeAt(secret, now, -1) })).status).toBe(422);
  expect((await third.post('/sign-in/code', { code: codeAt(secret, now, 2) })).status).toBe(422);
  expect((await third.post('/sign-in/code', { code: codeAt(secret, now, 1) })).status).toBe(303);
});

attack('a recovery code used twice at once', async () => {
  const both = [await withPassword(), await withPassword()];
  const answers = await Promise.all(both.map((who) => who.post('/sign-in/code', { code: recovery[0]! })));
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([303, 422]);
});

attack('an answer for another origin, host, challenge or purpose, without verification, or used twice', async () => {
  const wrong: [string, (challenge: string) => string][] = [
    ['origin', (it) => assertion(it, { origin: 'https://evil.example' })],
    ['port', (it) => assertion(it, { origin: 'http://marseille.localhost' })],
    ['host', (it) => assertion(it, { host: 'evil.example' })],
    ['challenge', () => assertion(Buffer.alloc(32).toString('base64url'))],
    ['purpose', (it) => assertion(it, { type: 'webauthn.create' })],
    ['not verified', (it) => assertion(it, { flags: 0x01 })],
    ['no answer', () => '{}'],
    ['no JSON', () => 'x'.repeat(20_000)],
  ];
  for (const [name, answer] of wrong) {
    const who = somebody();
    const sent = await who.post('/sign-in/passkey', { answer: answer(await challenged(who)) });
    expect([sent.status, who.cookies.has('session')], name).toEqual([422, false]);
  }
  // Somebody else's browser has another cookie; and one challenge takes one answer.
  const [bob, thief] = [somebody(), somebody()];
  const answer = assertion(await challenged(bob));
  await challenged(thief);
  expect((await thief.post('/sign-in/passkey', { answer })).status).toBe(422);
  const step = bob.cookies.get('step')!;
  expect((await bob.post('/sign-in/passkey', { answer })).status).toBe(303);
  expect((await bob.get('/account')).status).toBe(200);
  thief.cookies.set('step', step);
  expect((await thief.post('/sign-in/passkey', { answer })).status).toBe(422);
});

attack('a counter that went back', async () => {
  const { passkeys } = node.db.read.t;
  for (const counter of [6, 5, 0]) {
    const copy = somebody();
    const sent = await copy.post('/sign-in/passkey', { answer: assertion(await challenged(copy), { counter }) });
    expect([sent.status, sent.text.includes('its counter went back')]).toEqual([422, true]);
  }
  const [row] = await node.db.read.select().from(passkeys).where(eq(passkeys.id, key.id));
  expect(row!.counter).toBe(6);
});

attack('another member’s passkey renamed or removed', async () => {
  const carla = somebody();
  await carla.signIn('carla');
  for (const path of ['name', 'end'])
    await carla.post(`/account/sign-in/passkeys/${key.id}/${path}`, { [`name-${key.id}`]: 'stolen' });
  const { passkeys } = node.db.read.t;
  expect((await node.db.read.select().from(passkeys))[0]!.name).toBe('x');
});

attack('codes guessed', async () => {
  // A right code forgives the tries before it.
  now = new Date(now.getTime() + 5 * 60_000);
  expect((await (await withPassword()).post('/sign-in/code', { code: codeAt(secret, now) })).status).toBe(303);
  const guesses: string[] = [];
  for (let i = 0; i < 7; i++)
    guesses.push((await (await withPassword()).post('/sign-in/code', { code: String(100_000 + i) })).text);
  expect(guesses.filter((text) => text.includes('Too many tries'))).toHaveLength(2);
  // Not even the right one, now.
  now = new Date(now.getTime() + 60_000);
  expect((await (await withPassword()).post('/sign-in/code', { code: codeAt(secret, now) })).status).toBe(422);
});
