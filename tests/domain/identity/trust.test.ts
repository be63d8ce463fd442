/** What is remembered of identities and marks, and what an admin's word changes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addAnchor,
  badgesOf,
  findAnchor,
  forgetLost,
  keepVouchings,
  lostMarks,
  ownMarks,
  setAnchor,
  skipsApproval,
} from '#domain/identity/anchors.ts';
import { approvePin, findPin, forgetPin, holdPin, keepPin, pinFirst, pinSeen } from '#domain/identity/pins.ts';
import { addMarkType, addSubordinate, dropSubordinate, giveMark, givenTo } from '#domain/identity/vouching.ts';
import { admissionByMode } from '#domain/peering-modes.ts';
import { eachEngine } from '../../support/databases.ts';
import { type TestNode, startNode } from '../../support/nodes.ts';
import { peerRow } from '../../support/peer-row.ts';

const DAY_MS = 86_400_000;
const now = new Date();
const later = (days: number): Date => new Date(now.getTime() + days * DAY_MS);
const TYPE = 'https://u.example/marks/charte';
const mark = (type = TYPE, until = later(30)) => ({
  type,
  name: 'Charte',
  text: '',
  link: type,
  until: until.toISOString(),
});

eachEngine('trust in the database', (engine) => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startNode('marseille', { engine });
    await node.db.write(async (tx) => {
      const peer = { host: 'lyon.example', nodeActor: 'https://lyon.example/users/instance', name: 'Lyon' };
      await tx.insert(tx.t.peers).values(peerRow(peer));
    });
  });
  afterAll(() => node?.drop());
  const write: TestNode['db']['write'] = (work) => node.db.write(work);
  const host = 'lyon.example';

  test('the first word about keys counts, and that of a partner from before is its first configuration', async () => {
    await write(async (tx) => {
      const old = { host, thumbprints: ['old'], metadata: {}, fetched: now, expires: now };
      await tx.insert(tx.t.entities).values(old);
      await pinFirst(tx, now, host, ['other']);
    });
    expect((await findPin(node.db.read, host))?.thumbprints).toEqual(['old']);
    await write((tx) => pinFirst(tx, now, host, ['another']));
    expect((await findPin(node.db.read, host))?.thumbprints).toEqual(['old']);
  });

  test('other keys wait; what is approved is what was seen; the old one again ends the wait', async () => {
    expect(await write((tx) => holdPin(tx, node.site, host, ['a', 'b']))).toBe(true);
    expect(await write((tx) => holdPin(tx, node.site, host, ['a', 'b']))).toBe(false);
    expect(await write((tx) => holdPin(tx, node.site, host, ['c']))).toBe(true);
    const { jobs } = node.db.read.t;
    const letters = (await node.db.read.select().from(jobs)).filter((job) => job.data['name'] === 'identityKeyChanged');
    expect(letters, 'one letter, however many keys it shows').toHaveLength(1);
    expect(await write((tx) => approvePin(tx, now, host, 'a b'))).toBe(false);
    await write((tx) => keepPin(tx, now, host, ['old']));
    expect(await findPin(node.db.read, host)).toMatchObject({
      thumbprints: ['old'],
      newThumbprints: null,
      renewed: null,
    });
    await write((tx) => holdPin(tx, node.site, host, ['c']));
    const seen = pinSeen((await findPin(node.db.read, host))!);
    expect(await write((tx) => approvePin(tx, now, host, seen))).toBe(true);
    expect(await findPin(node.db.read, host)).toMatchObject({ thumbprints: ['c'], newThumbprints: null });
    expect(await node.db.read.$count(node.db.read.t.entities), 'its last configuration counts no more').toBe(0);
  });

  test('a mark is shown while its network is trusted, can be asked, and it holds', async () => {
    const u = { host: 'u.example', name: 'Union', thumbprints: ['u'], offers: { [TYPE]: 'Charte' } };
    await write((tx) => addAnchor(tx, node.site, u, { ours: false, trusted: true }));
    await write((tx) => keepVouchings(tx, node.site, host, [{ anchor: u.host, marks: [mark()] }]));
    const shown = async (at = now): Promise<number> =>
      (await badgesOf(node.db.read, at, [host])).get(host)?.length ?? 0;
    expect(await shown()).toBe(1);
    expect(await shown(later(4)), 'it was not asked for three days').toBe(0);
    await write((tx) => setAnchor(tx, now, u.host, { ours: true, trusted: false, skips: [TYPE] }));
    expect(await shown()).toBe(0);
    expect((await findAnchor(node.db.read, u.host))?.skips, 'who is not trusted lets nobody in').toEqual([]);
    await write((tx) => setAnchor(tx, now, u.host, { ours: false, trusted: true, skips: [TYPE, 'https://x.example'] }));
    expect((await findAnchor(node.db.read, u.host))?.skips).toEqual([TYPE]);
    expect(await skipsApproval(node.db.read, [{ anchor: u.host, marks: [mark()] }])).toBe(true);
    expect(await skipsApproval(node.db.read, [{ anchor: u.host, marks: [mark('https://u.example/marks/x')] }])).toBe(
      false,
    );
    // Another network's mark of the same type is not that network's.
    expect(await skipsApproval(node.db.read, [{ anchor: 'v.example', marks: [mark()] }])).toBe(false);
  });

  test('a mark lets in instead of an admin, but nobody whom one turned away, and nobody past the list', async () => {
    const admitted = (before?: string): Promise<string> =>
      write(async (tx) => (await admissionByMode(tx, now, 'nantes.example', before, true)).decision);
    expect(await admitted()).toBe('accept');
    expect(await admitted('cut')).toBe('ask');
    expect(await admitted('refused')).toBe('ask');
    await write((tx) => tx.update(tx.t.cooperative).set({ peeringMode: 'list' }));
    expect(await admitted()).toBe('refuse');
    await write((tx) => tx.update(tx.t.cooperative).set({ peeringMode: 'approval' }));
  });

  test('what is lost is told once, and is there until it was read or comes back', async () => {
    const anchor = 'u.example';
    const say = (marks: ReturnType<typeof mark>[]): Promise<void> =>
      write((tx) => keepVouchings(tx, node.site, host, [{ anchor, marks }]));
    const lost = async (): Promise<string[]> => (await lostMarks(node.db.read)).map(({ marks }) => marks);
    await say([mark()]);
    await say([]);
    await say([]);
    expect(await lost()).toEqual(['Charte']);
    await say([mark()]);
    expect(await lost(), 'it has it again').toEqual([]);
    await say([]);
    expect(await write((tx) => forgetLost(tx, host))).toBe(true);
    expect(await write((tx) => forgetLost(tx, host))).toBe(false);
    expect(await lost()).toEqual([]);
  });

  test('ten networks that vouch for us, twenty marks: others read no more', async () => {
    const add = (i: number) =>
      write((tx) =>
        addAnchor(
          tx,
          node.site,
          { host: `n${i}.example`, name: `N${i}`, thumbprints: ['n'], offers: {} },
          { ours: true, trusted: false },
        ),
      );
    for (let i = 0; i < 10; i++) expect((await add(i)).ok).toBe(true);
    expect(await add(10)).toMatchObject({ ok: false, errors: [{ field: 'domain', code: 'trust.tooMany' }] });
    const marks = Array.from({ length: 5 }, (_, i) => ({ ...mark(`https://n.example/marks/${i}`), token: 'x' }));
    await write((tx) => tx.update(tx.t.anchors).set({ marks }));
    expect(await ownMarks(node.db.read, now)).toMatchObject({ hosts: { length: 10 }, marks: { length: 20 } });
    expect((await ownMarks(node.db.read, later(60))).marks).toEqual([]);
  });

  test('a mark is given to whom we vouch for, until a day within two years; vouching no more takes all back', async () => {
    const known = { host: 'brest.example', name: 'Brest', thumbprints: ['b'], jwks: [] };
    const made = await write((tx) => addMarkType(tx, now, { slug: 'Charte', name: 'Charte', text: 'x', link: '' }));
    expect(made).toMatchObject({ ok: true, value: { slug: 'charte' } });
    expect(
      await write((tx) => addMarkType(tx, now, { slug: 'charte', name: 'x', text: 'x', link: 'http://a.example' })),
    ).toMatchObject({ ok: false, errors: [{ field: 'link' }] });
    const day = (days: number): string => later(days).toISOString().slice(0, 10);
    const give = (until: string, slug = 'charte') =>
      write((tx) => giveMark(tx, now, { host: known.host, slug, until }));
    expect((await give(day(30))).ok, 'it is not vouched for').toBe(false);
    await write((tx) => addSubordinate(tx, now, known));
    for (const until of [day(-2), day(800), 'demain', '2027-02-30x', ''])
      expect(await give(until), until).toMatchObject({ ok: false, errors: [{ field: 'until' }] });
    expect(await give(day(30), 'other')).toMatchObject({ ok: false, errors: [{ field: 'mark' }] });
    expect((await give(day(30))).ok).toBe(true);
    expect(await write((tx) => dropSubordinate(tx, now, known.host))).toBe(true);
    expect((await givenTo(node.db.read, [known.host]))[0]?.revoked).not.toBeNull();
    expect(await findPin(node.db.read, known.host)).toBeUndefined();
    // Of somebody who is dealt with still, the key is kept.
    await write((tx) => forgetPin(tx, host));
    expect(await findPin(node.db.read, host)).toBeDefined();
  });
});
