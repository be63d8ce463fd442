/** Networks that vouch, with real tokens by a network that lies, a cooperative that lies, and strangers in their name. */
import { sign } from 'node:crypto';
import { cpuUsage } from 'node:process';
import { eq } from 'drizzle-orm';
import { calculateJwkThumbprint } from 'jose';
import { afterAll, beforeAll, expect } from 'vitest';
import { addAnchor, setAnchor, vouchingsOf } from '#domain/identity/anchors.ts';
import { approvePin, findPin, pinSeen } from '#domain/identity/pins.ts';
import { addMarkType, addSubordinate, giveMark, takeMarkBack } from '#domain/identity/vouching.ts';
import { attack } from '../../support/attack.ts';
import { type Partner, forged, jwkOf, newKey, seconds, startPartner } from '../../support/crooked-partner.ts';
import { type Otherwise, type Said, type Umbrella, startUmbrella } from '../../support/crooked-umbrella.ts';
import { type TestNode, startNode } from '../../support/nodes.ts';
import { type Answer, shoot } from '../../support/shots.ts';

let node: TestNode;
let partner: Partner;
let union: Umbrella;
/** CPU of a round in which all is well, the strangers' own work in it. */
let honest = 0;
const MOST = 6;

const trust = async (umbrella: Umbrella): Promise<void> => {
  const thumbprints = [await calculateJwkThumbprint(jwkOf(umbrella.keys.publicKey))];
  const found = { host: umbrella.server.host, name: 'Union', thumbprints, offers: {} };
  await node.db.write((tx) => addAnchor(tx, node.site, found, { ours: false, trusted: true }));
  await node.jobs.idle();
};
/** All is looked at anew. @returns names of the marks that are believed, and how much CPU it took beside an honest round */
const round = async (): Promise<{ marks: string[]; cost: number }> => {
  const { anchors } = node.db.read.t;
  await node.db.write((tx) => tx.update(anchors).set({ checked: null }));
  const before = cpuUsage();
  await node.federation.identity.trustRound();
  const { user, system } = cpuUsage(before);
  const rows = await vouchingsOf(node.db.read, [partner.server.host]);
  return { marks: rows.flatMap(({ marks }) => marks.map(({ name }) => name)), cost: (user + system) / honest };
};
const believed = async (said?: Said): Promise<string[]> => {
  await union.say(said);
  let { marks, cost } = await round();
  // A round takes some milliseconds, and what the machine cleans up meanwhile as many: the least of three counts.
  for (let i = 0; i < 2 && cost >= MOST; i++) ({ marks, cost } = await round());
  expect(cost, 'honest rounds’ worth of CPU').toBeLessThan(MOST);
  return marks;
};
/** Each of these is refused, and what is honest is believed again after it. */
const refused = async (...list: Said[]): Promise<void> => {
  for (const said of list) expect(await believed(said), JSON.stringify(said)).toEqual([]);
  expect(await believed()).toEqual(['Charte']);
};

beforeAll(async () => {
  node = await startNode('marseille');
  partner = await startPartner('friend', node);
  union = await startUmbrella('union', partner);
  await union.say();
  await trust(union);
  for (let i = 0; i < 4; i++) {
    honest = 1;
    honest = (await round()).cost;
  }
});
afterAll(async () => {
  await Promise.all([node?.drop(), partner?.server.close(), union?.server.close()]);
});

attack('the honest mark, so that the others are refused for their fault', async () => {
  expect(await believed()).toEqual(['Charte']);
});
attack('a forged mark: alg none, HS256 with a public key, another’s key, a key that it brings', async () => {
  const claims = { iss: union.server.origin, sub: partner.server.origin, iat: seconds(), exp: seconds() + 600 };
  const mark = { ...claims, trust_mark_type: union.type, trust_mark_name: 'Charte' };
  const secret = union.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const typ = 'trust-mark+jwt';
  const other = newKey();
  await refused(
    { partner: { marks: [forged({ alg: 'none', kid: 'one', typ }, mark)] } },
    { partner: { marks: [forged({ alg: 'HS256', kid: 'one', typ }, mark, secret)] } },
    { mark: { key: other.privateKey } },
    { mark: { key: other.privateKey, header: { jwk: jwkOf(other.publicKey) } } },
    { mark: { key: partner.keys.privateKey } },
    { mark: { header: { kid: 'two' } } },
    { partner: { marks: ['x', 'a.b.c'] } },
  );
});
attack('a mark that is something else: another typ, a statement, a status', async () => {
  const statement = await union.sign('entity-statement+jwt', { iss: union.server.origin, sub: partner.server.origin });
  await refused({ mark: { header: { typ: 'JWT' } } }, { partner: { marks: [statement] } });
});
attack('a mark for another, by another, or of a kind that is not its to give', async () => {
  await refused(
    { mark: { claims: { sub: 'https://elsewhere.example' } } },
    { mark: { claims: { iss: 'https://elsewhere.example' } } },
    { mark: { claims: { trust_mark_type: `${union.server.origin}/marks/other` } } },
    { mark: { claims: { trust_mark_type: undefined } } },
    { configuration: { claims: { trust_mark_issuers: { [union.type]: ['https://elsewhere.example'] } } } },
    { configuration: { claims: { trust_mark_issuers: {} } } },
    { mark: { claims: { delegation: 'x' } } },
    { mark: { claims: { aud: 'https://elsewhere.example' } } },
    { configuration: { claims: { trust_mark_owners: { [union.type]: { sub: 'x', jwks: {} } } } } },
  );
});
attack('a mark that is shown as another kind, or as none', async () => {
  const other = `${union.server.origin}/marks/other`;
  const issuers = { [union.type]: [union.server.origin], [other]: [union.server.origin] };
  const both: Said = { configuration: { claims: { trust_mark_issuers: issuers } } };
  expect(await believed(both)).toEqual(['Charte']);
  const mark = await union.mark();
  for (const shown of [{ trust_mark_type: other }, {}, { trust_mark_type: [union.type] }])
    await refused({ ...both, partner: { claims: { trust_marks: [{ ...shown, trust_mark: mark }] } } });
});
attack('a mark that has run out, never does, holds for ten years, or is of tomorrow', async () => {
  await refused(
    { mark: { claims: { exp: seconds() - 300 } } },
    { mark: { claims: { exp: undefined } } },
    { mark: { claims: { exp: seconds() + 10 * 366 * 86_400 } } },
    { mark: { claims: { iat: seconds() + 86_400, exp: seconds() + 2 * 86_400 } } },
  );
});
attack('a mark that was taken back, and answers about it that are old, another’s, or none', async () => {
  const type = 'application/trust-mark-status-response+jwt';
  const text = (status: number, as: string, body: string): Said => ({ status: { answer: { status, type: as, body } } });
  await refused(
    { status: { claims: { status: 'revoked' } } },
    { status: { claims: { status: 'invalid' } } },
    { status: { claims: { status: true } } },
    { status: { claims: { iat: seconds() - 3_600 } } },
    { status: { claims: { trust_mark: 'x' } } },
    { status: { claims: { iss: partner.server.origin } } },
    { status: { key: newKey().privateKey } },
    { status: { header: { typ: 'JWT' } } },
    text(404, 'application/json', '{"error":"not_found"}'),
    text(200, 'application/json', '{"active":true}'),
    text(200, type, 'x'.repeat(1e6)),
  );
});
attack('an umbrella that cannot be asked: what it said last stays for now, and nothing new is believed', async () => {
  expect(await believed({ status: { answer: { status: 503, type: 'text/plain', body: '' } } })).toEqual(['Charte']);
  await node.db.write((tx) => tx.delete(tx.t.vouchings));
  await refused({ status: { answer: { status: 503, type: 'text/plain', body: '' } } });
});
attack('unknown crit, in a header or as a claim, wherever it stands', async () => {
  const crit: Otherwise = { claims: { crit: ['x'], x: 1 } };
  await refused({ configuration: crit }, { statement: crit }, { mark: crit }, { status: crit });
  // A header that names `crit` cannot be made by a library that keeps to the norm.
  const mark = await union.mark();
  const header = { alg: 'EdDSA', kid: 'one', typ: 'trust-mark+jwt', crit: ['x'], x: 1 };
  const text = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${mark.split('.')[1]}`;
  const signature = sign(null, Buffer.from(text), union.keys.privateKey).toString('base64url');
  await refused({ partner: { marks: [`${text}.${signature}`] } });
});
attack('a policy, constraints or metadata in a statement', async () => {
  const policy = { metadata_policy: { openid_provider: { issuer: { value: 'x' } } } };
  await refused(
    ...[policy, { metadata_policy_crit: ['x'] }, { constraints: { max_path_length: 0 } }, { metadata: {} }].map(
      (claims): Said => ({ statement: { claims } }),
    ),
    { configuration: { claims: policy } },
    { configuration: { claims: { constraints: { max_path_length: 3 } } } },
  );
});
attack('a statement about another, for a year, run out, or of another typ', async () => {
  await refused(
    { statement: { claims: { sub: 'https://elsewhere.example' } } },
    { statement: { claims: { iss: 'https://elsewhere.example' } } },
    { statement: { claims: { exp: seconds() + 365 * 86_400 } } },
    { statement: { claims: { exp: seconds() - 300 } } },
    { statement: { header: { typ: 'JWT' } } },
    { statement: { key: newKey().privateKey } },
  );
});
attack('a statement that names other keys than the cooperative shows', async () => {
  await refused(
    { statement: { jwks: [jwkOf(newKey().publicKey)] } },
    { statement: { claims: { jwks: undefined } } },
    { statement: { claims: { jwks: { keys: [] } } } },
  );
});
attack('a cooperative that does not name the umbrella', async () => {
  await refused(
    { partner: { claims: { authority_hints: undefined } } },
    { partner: { claims: { authority_hints: ['https://elsewhere.example'] } } },
  );
});
attack('a chain of three: an umbrella below the one that is trusted', async () => {
  const between = await startUmbrella('between', partner);
  await between.say();
  const { body = '' } = partner.server.files.get('/.well-known/openid-federation') ?? {};
  await union.say({ statement: { claims: { sub: between.server.origin } } });
  partner.server.files.set('/.well-known/openid-federation', { body, type: 'application/entity-statement+jwt' });
  const before = between.server.asked.length;
  expect((await round()).marks).toEqual([]);
  // Nobody was climbed to.
  expect(between.server.asked.length).toBe(before);
  await between.server.close();
});
attack('loops in authority_hints', async () => {
  const asked = union.server.asked.length;
  await refused({ partner: { claims: { authority_hints: [union.server.origin, partner.server.origin] } } });
  expect(await believed({ configuration: { claims: { authority_hints: [partner.server.origin] } } })).toEqual([
    'Charte',
  ]);
  // Its configuration and its statement, in each of three rounds.
  expect(union.server.asked.length - asked).toBeLessThanOrEqual(6);
});
attack('giant lists: of umbrellas, marks, kinds, keys, and texts without an end', async () => {
  const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
  await refused(
    { partner: { claims: { authority_hints: [union.server.origin, ...many(200, (i) => `https://a${i}.example`)] } } },
    { partner: { claims: { authority_hints: many(50_000, (i) => `https://a${i}.example`) } } },
    { partner: { marks: [await union.mark(), ...many(20, () => 'a.b.c')] } },
    { mark: { claims: { trust_mark_text: 'x'.repeat(5_000) } } },
    { statement: { jwks: many(11, (i) => ({ ...jwkOf(partner.keys.publicKey), kid: `k${i}` })) } },
    { statement: { claims: { more: 'x'.repeat(1e6) } } },
    {
      configuration: {
        claims: {
          trust_mark_issuers: {
            [union.type]: [union.server.origin],
            ...Object.fromEntries(many(20, (i) => [`${i}`, []])),
          },
        },
      },
    },
  );
});
attack('an umbrella that a rule shuts out', async () => {
  const { domainRules } = node.db.read.t;
  const domain = 'union.localhost';
  await node.db.write((tx) =>
    tx.insert(domainRules).values({ domain, severity: 'suspend', comment: '', created: new Date() }),
  );
  const asked = union.server.asked.length;
  expect((await round()).marks).toEqual([]);
  const found = await node.federation.identity.port.identityAt(union.server.host);
  expect(found).toMatchObject({ ok: false, errors: [{ code: 'discovery.blocked' }] });
  expect(union.server.asked.length).toBe(asked);
  await node.db.write((tx) => tx.delete(domainRules));
  await refused();
});
attack('a network that is let go of, or becomes ours, while it is asked', async () => {
  const { host } = union.server;
  const { anchors } = node.db.read.t;
  const path = `/federation/fetch?sub=${encodeURIComponent(partner.server.origin)}`;
  /** A round that waits for the network's word about the partner, and what is done meanwhile. */
  const during = async (slow: string, work: () => Promise<unknown>): Promise<void> => {
    await union.say();
    let go = (): void => {};
    const until = new Promise<void>((resolve) => {
      go = resolve;
    });
    union.server.files.set(slow, { ...union.server.files.get(slow), until });
    const asked = union.server.asked.length;
    await node.db.write((tx) => tx.update(anchors).set({ checked: null }));
    const rounds = node.federation.identity.trustRound();
    while (!union.server.asked.slice(asked).includes(slow)) await new Promise((resolve) => setTimeout(resolve, 5));
    await work();
    go();
    await rounds;
  };
  const set = (to: { ours: boolean; trusted: boolean }) => () =>
    node.db.write((tx) => setAnchor(tx, new Date(), host, { ...to, skips: [] }));
  await during(path, set({ ours: false, trusted: false }));
  expect(await vouchingsOf(node.db.read, [partner.server.host])).toEqual([]);
  await union.say();
  await trust(union);
  await refused();
  // Its new part has not been looked at: that is still to be done.
  await during('/.well-known/openid-federation', set({ ours: true, trusted: true }));
  await node.jobs.idle();
  const [row] = await node.db.read.select().from(anchors).where(eq(anchors.host, host));
  expect(row).toMatchObject({ ours: true, problem: 'notVouched' });
  await set({ ours: false, trusted: true })();
  await refused();
});
attack('endpoints that are another’s', async () => {
  const elsewhere = partner.server.origin;
  const path = `?sub=${encodeURIComponent(elsewhere)}`;
  partner.server.files.set(`/fetch${path}`, union.server.files.get(`/federation/fetch${path}`)!);
  await refused({ configuration: { metadata: { federation_fetch_endpoint: `${elsewhere}/fetch` } } });
  expect(partner.server.asked).not.toContain(`/fetch${path}`);
});
attack(
  'an umbrella’s key changed: not believed before an admin has approved; one that the old key names is',
  async () => {
    const [next, stolen] = [newKey(), newKey()];
    const host = union.server.host;
    await union.say({
      configuration: { key: stolen.privateKey, claims: { jwks: { keys: [jwkOf(stolen.publicKey)] } } },
    });
    expect((await round()).marks).toEqual([]);
    const pin = (await findPin(node.db.read, host))!;
    expect(pin.newThumbprints).toEqual([await calculateJwkThumbprint(jwkOf(stolen.publicKey))]);
    const letters = await node.db.read.select().from(node.db.read.t.jobs).where(eq(node.db.read.t.jobs.type, 'mail'));
    expect(letters.filter((job) => job.data['name'] === 'identityKeyChanged')).toHaveLength(1);
    // Its old key again, once it may be asked again: nothing has to be decided.
    await node.db.write((tx) => tx.update(tx.t.entityPins).set({ newSeen: new Date(0) }));
    expect(await believed()).toEqual(['Charte']);
    expect((await findPin(node.db.read, host))?.newThumbprints).toBeNull();
    // The old one names the new one, and then the new one speaks.
    const both = { keys: [jwkOf(union.keys.publicKey), jwkOf(next.publicKey, 'two')] };
    expect(await believed({ configuration: { claims: { jwks: both } } })).toEqual(['Charte']);
    const by: Otherwise = { key: next.privateKey, header: { kid: 'two' } };
    const alone = { configuration: { ...by, claims: { jwks: { keys: [both.keys[1]] } } } };
    expect(await believed({ ...alone, statement: by, mark: by, status: by })).toEqual(['Charte']);
    expect(await believed(alone)).toEqual([]);
    // The old key is no word any more; an admin could say that it is.
    expect(await believed()).toEqual([]);
    const waits = (await findPin(node.db.read, host))!;
    expect(await node.db.write((tx) => approvePin(tx, new Date(), host, pinSeen(waits)))).toBe(true);
    expect(await believed()).toEqual(['Charte']);
  },
);

const ask = (path: string, posted?: string): Promise<Answer> =>
  shoot({
    url: `${node.origin}${path}`,
    method: posted === undefined ? 'GET' : 'POST',
    headers: posted === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' },
    ...(posted === undefined ? {} : { body: Buffer.from(posted) }),
  });
attack('asked for what it does not vouch for, this node says nothing that could be shown', async () => {
  const { host, origin } = partner.server;
  const now = new Date();
  const found = { host, name: 'Friend', thumbprints: ['x'], jwks: [{ ...jwkOf(partner.keys.publicKey) }] };
  const until = new Date(now.getTime() + 30 * 86_400_000).toISOString().slice(0, 10);
  await node.db.write(async (tx) => {
    await addMarkType(tx, now, { slug: 'ici', name: 'Ici', text: 'x', link: '' });
    await addSubordinate(tx, now, found);
    await giveMark(tx, now, { host, slug: 'ici', until });
  });
  const query = (sub: string, slug = 'ici'): string =>
    `?${new URLSearchParams({ trust_mark_type: `${node.origin}/marks/${slug}`, sub }).toString()}`;
  const mark = await ask(`/federation/trust-mark${query(origin)}`);
  expect(mark.status).toBe(200);
  const status = async (token: string): Promise<string> => {
    const answer = await ask('/federation/trust-mark-status', new URLSearchParams({ trust_mark: token }).toString());
    if (answer.status !== 200) return String(answer.status);
    return JSON.parse(Buffer.from(answer.text.split('.')[1] ?? '', 'base64url').toString()).status;
  };
  expect(await status(mark.text)).toBe('active');
  // The same words by another's key, another's words, no words.
  const [head = '', claims = '', signature = ''] = mark.text.split('.');
  expect(await status(`${head}.${claims}.${signature.split('').toReversed().join('')}`)).toBe('invalid');
  expect(await status(forged({ alg: 'none' }, { trust_mark_type: `${node.origin}/marks/ici`, sub: origin }))).toBe(
    'invalid',
  );
  expect(await status('x')).toBe('404');
  expect(await status('x'.repeat(10_000))).toBe('400');
  expect(await status('x'.repeat(1e6))).toBe('413');
  for (const path of [
    '/federation/fetch',
    '/federation/fetch?sub=https://elsewhere.example',
    `/federation/fetch?sub=${encodeURIComponent(`${origin}/`)}`,
    `/federation/trust-mark${query('https://elsewhere.example')}`,
    `/federation/trust-mark${query(origin, '../ici')}`,
    '/federation/list?entity_type=openid_provider',
    '/federation/trust-marked',
    '/federation/x',
  ])
    expect((await ask(path)).status, path).toBeGreaterThanOrEqual(400);
  const { givenMarks } = node.db.read.t;
  const [given] = await node.db.read.select().from(givenMarks);
  await node.db.write((tx) => tx.update(givenMarks).set({ until: new Date(now.getTime() - 1) }));
  expect(await status(mark.text)).toBe('expired');
  expect((await ask(`/federation/trust-mark${query(origin)}`)).status).toBe(404);
  await node.db.write((tx) => tx.update(givenMarks).set({ until: given!.until }));
  // Of one whose key has changed nothing is said, and what was taken back is told as that.
  await node.db.write((tx) => tx.update(tx.t.subordinates).set({ problem: 'keyChanged' }));
  expect((await ask(`/federation/fetch?sub=${encodeURIComponent(origin)}`)).status).toBe(404);
  expect((await ask(`/federation/trust-mark${query(origin)}`)).status).toBe(404);
  expect(await status(mark.text)).toBe('invalid');
  await node.db.write((tx) => takeMarkBack(tx, new Date(), host, 'ici'));
  expect((await ask(`/federation/trust-mark${query(origin)}`)).status).toBe(404);
  expect(await status(mark.text)).toBe('revoked');
});
