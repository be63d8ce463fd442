/** What ends with what: each line of the table in docs/security.md, cell by cell. */
import { readFileSync } from 'node:fs';
import { and, eq, isNotNull } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { heldLetters } from '#domain/mail.ts';
import { nameVisit, noteVisit } from '#domain/identity/visits.ts';
import { findAccountByHandle, suspendMember } from '#domain/members.ts';
import { sessionName } from '#domain/sessions.ts';
import { resetWaysIn } from '#domain/sign-in/factors.ts';
import { issueToken } from '#domain/tokens.ts';
import { api, memberOf, registered, tokensFor } from '../support/app.ts';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, addMember, startNode, until } from '../support/nodes.ts';
import { keepKey, softKey } from '../support/passkeys.ts';
import { type Visitor, visit } from '../support/visitor.ts';

type Doing = { node: TestNode; handle: string; id: string; alice: Visitor; other: string; keepApps: boolean };
/** A form as it stands, with the tick for apps and tokens or without it. */
const sent = async (
  { alice, keepApps }: Doing,
  path: string,
  action: string,
  fields: Record<string, string> = {},
): Promise<void> => {
  const page = await alice.open(path);
  expect(page.values(action)['endApps'], 'ticked unless she unticks it').toEqual(['1']);
  const { status } = await alice.send(page, { ...fields, ...(keepApps ? { endApps: [] } : {}) }, { action });
  expect(status).toBe(200);
};
const EVENTS: Record<string, (doing: Doing) => Promise<void>> = {
  'another password, while signed in': (doing) =>
    sent(doing, '/account/settings', '/account/password', {
      currentPassword: PASSWORD,
      newPassword: `${PASSWORD} encore`,
    }),
  'another password, by a link in a letter': async ({ node, id }) => {
    const token = await node.db.write((tx) => issueToken(tx, new Date(), 'reset', { account: id, ttlMs: 3_600_000 }));
    const page = await visit(node).open(`/password-reset/${token}`);
    expect((await visit(node).send(page, { password: `${PASSWORD} encore` })).path).toBe('/sign-in');
  },
  'another e-mail address, confirmed': async (doing) => {
    const { node, handle, alice } = doing;
    const email = `autre-${handle}@example.org`;
    await alice.send(
      await alice.open('/account/settings'),
      { email, emailPassword: PASSWORD },
      { action: '/account/email' },
    );
    await node.settled();
    const letter = (await heldLetters(node.db.read)).find((one) => one.to === email)!;
    const { pathname } = new URL(letter.link);
    const page = await alice.open(pathname);
    expect(page.values()['endApps']).toEqual(['1']);
    expect((await alice.send(page, doing.keepApps ? { endApps: [] } : {})).path).toBe('/account/settings');
  },
  'all other devices signed out': (doing) => sent(doing, '/account/devices', '/account/devices/others/end'),
  'one device signed out': async ({ alice, other }) => {
    const action = `/account/devices/${other}/end`;
    await alice.send(await alice.open('/account/devices'), {}, { action });
  },
  'a passkey removed': async ({ alice, node, id }) => {
    const { passkeys } = node.db.read.t;
    const [key] = await node.db.read.select().from(passkeys).where(eq(passkeys.account, id));
    const action = `/account/sign-in/passkeys/${key!.id}/end`;
    await alice.send(await alice.open('/account/sign-in'), {}, { action });
  },
  'lost factors taken away': async ({ node, handle }) => {
    const row = (await findAccountByHandle(node.db.read, handle))!;
    expect((await node.db.write((tx) => resetWaysIn(tx, node.site, row, 'Perdu'))).ok).toBe(true);
  },
  suspended: async ({ node, id }) => {
    expect((await node.db.write((tx) => suspendMember(tx, node.site, id))).ok).toBe(true);
  },
  closed: async ({ alice }) => {
    const page = await alice.open('/account/closure');
    await alice.send(page, { currentPassword: PASSWORD }, { action: '/account/closure' });
  },
};

/** Lines of the table, as they are written: event, then `ends`, `stays` or `asked` for each of the columns. */
const written = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
  .split('## What ends with what')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => /^\| (?!---|Event)/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const lines = written.map((cells): [string, ...string[]] => [cells[0] ?? '', ...cells.slice(1)]);

test('the table has each event once', () => {
  expect(lines.map(([event]) => event).toSorted()).toEqual(Object.keys(EVENTS).toSorted());
});

eachEngine('what ends with what', (engine) => {
  let node: TestNode;
  let n = 0;
  beforeAll(async () => {
    node = await startNode('fins', { engine });
    await addMember(node, 'maker', 'Maker');
  });
  afterAll(() => node?.drop());

  const cases = lines.flatMap((line) =>
    line.includes('asked') ? [false, true].map((keepApps) => ({ line, keepApps })) : [{ line, keepApps: false }],
  );
  test.each(cases)('$line.0, apps kept: $keepApps', async ({ line, keepApps }) => {
    const [event, ...cells] = line;
    const handle = `alice${(n += 1)}`;
    await addMember(node, handle, 'Alice');
    const { id, actor } = (await findAccountByHandle(node.db.read, handle))!;
    const { sessions, visits, passkeys } = node.db.read.t;
    const mine = () => node.db.read.select().from(sessions).where(eq(sessions.account, id));
    const [alice, phone] = [visit(node), visit(node)];
    await phone.signIn(handle);
    const [other] = await mine();
    await alice.signIn(handle);
    const own = (await mine()).find((row) => row.hash !== other!.hash)!;
    await keepKey(node, handle, softKey(node, `key of ${handle}`));
    const client = await registered(node, 'maker', `Appli ${n}`);
    const app = String((await tokensFor(node, await memberOf(node, handle), client))['access_token']);
    const token = await node.db.write((tx) =>
      issueToken(tx, new Date(), 'api', { account: id, data: { scopes: 'profile:read' } }),
    );
    for (const [name, session] of [['own', own.hash] as const, ['other', other!.hash] as const])
      await node.db.write(async (tx) => {
        const grant = `${name} of ${handle}`;
        await noteVisit(tx, { grant, session, actor, host: 'partner.example', created: new Date() });
        await nameVisit(tx, grant, grant);
      });
    const works = async (it: string): Promise<boolean> => (await api(node, 'GET', '/me', it)).status === 200;
    expect([await works(app), await works(token)]).toEqual([true, true]);

    await EVENTS[event]!({ node, handle, id, alice, other: sessionName(other!), keepApps });

    const isIn = async (who: Visitor): Promise<boolean> => (await who.open('/account')).path === '/account';
    const there = (name: string): Promise<number> =>
      node.db.read.$count(visits, and(eq(visits.grant, `${name} of ${handle}`), isNotNull(visits.sid)));
    const goes = (cell: string | undefined): boolean => cell === 'stays' || (cell === 'asked' && keepApps);
    const [thisOne, others, keys, apps, tokens, partners, partnersOfOthers] = cells;
    expect(await isIn(alice), 'this session').toBe(goes(thisOne));
    expect(await isIn(phone), 'other sessions').toBe(goes(others));
    expect((await node.db.read.$count(passkeys, eq(passkeys.account, id))) > 0, 'passkeys').toBe(goes(keys));
    expect(await works(app), 'apps').toBe(goes(apps));
    expect(await works(token), 'own tokens').toBe(goes(tokens));
    // No partner of that name is left to be told: what is over is forgotten. That one is told, tests/journeys hold.
    await until(
      'sessions at partners',
      async () => (await there('own')) > 0 === goes(partners) && (await there('other')) > 0 === goes(partnersOfOthers),
    );
  });
});
