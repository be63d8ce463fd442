/** A member with everything leaves: nothing of what they wrote or were called is left in any column of any table. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeAccount, sweepClosed } from '#domain/closing.ts';
import { sendMessage } from '#domain/conversations.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { follow } from '#domain/follows.ts';
import { queueLetter } from '#domain/mail.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { settleClosures, sweepClosures } from '#domain/moving/closures.ts';
import { askExport } from '#domain/moving/exports.ts';
import { updateProfile } from '#domain/profiles.ts';
import { findReported } from '#domain/moderation/objects.ts';
import { report } from '#domain/reports.ts';
import { sweepOld } from '#domain/retention.ts';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { saveListing } from '#domain/saved.ts';
import { openSession } from '#domain/sessions.ts';
import { issueToken } from '#domain/tokens.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';

const DAY_MS = 86_400_000;
const HANDLE = 'zebulonie';
/** What she typed, each where it was typed, and nowhere else in the world. */
const WORDS = {
  email: `${HANDLE}@example.org`,
  name: 'Qwartzheim',
  profile: 'xyloprofile',
  listing: 'xylolisting',
  message: 'xylomessage',
  report: 'xyloreport',
  motivation: 'xylomotivation',
  token: 'xylotoken',
  browser: 'xylobrowser',
};

eachEngine('a member with everything leaves', (engine) => {
  let [marseille, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
  let mona: Stranger;
  let [zebulonie, bob, account] = ['', '', ''];

  /** Where a word stands: `table.column`. */
  const whereIs = async (node: TestNode, word: string): Promise<string[]> => {
    const found = new Set<string>();
    for (const [name, table] of Object.entries(node.db.read.t)) {
      const rows: Record<string, unknown>[] = await node.db.read.select().from(table as never);
      for (const row of rows)
        for (const [column, value] of Object.entries(row)) {
          const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : JSON.stringify(value);
          if ((text ?? '').toLowerCase().includes(word.toLowerCase())) found.add(`${name}.${column}`);
        }
    }
    return [...found].toSorted();
  };
  const left = async (node: TestNode): Promise<Record<string, string[]>> =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(WORDS).map(async ([what, word]): Promise<[string, string[]]> => [
          what,
          await whereIs(node, word),
        ]),
      ),
    );

  beforeAll(async () => {
    [marseille, lyon, mona] = await Promise.all([
      startNode('marseille', { engine }),
      startNode('lyon', { engine }),
      startStranger('mona'),
    ]);
    [zebulonie, bob] = [await addMember(marseille, HANDLE, 'Zoé'), await addMember(lyon, 'bob', 'Bob')];
    await addMember(marseille, 'carole', 'Carole');
    await peerUp(lyon, marseille);
    const { db, site } = marseille;
    const own = (await findAccountByHandle(db.read, HANDLE))!;
    account = own.id;
    const listing = await publish(marseille, HANDLE, {
      title: `Chambre ${WORDS.listing}`,
      text: `Claire, ${WORDS.listing}.`,
    });
    const other = await publish(marseille, 'carole', { title: 'Vélo de Carole' });
    await lyon.federation.port.lookup(zebulonie);
    await lyon.db.write((tx) => follow(tx, lyon.site, bob, { uri: zebulonie, local: false }));
    await marseille.federation.port.lookup(mona.actor);
    const about = { uri: listing.uri, title: `Chambre ${WORDS.listing}` };
    const carole = (await findAccountByHandle(db.read, 'carole'))!;
    const who = { actor: zebulonie, open: true };
    const bicycle = (await findReported(db.read, site, who, { listing: other.id }))!;
    const room = (await findReported(db.read, site, who, { listing: listing.id }))!;
    await db.write(async (tx) => {
      await tx.update(tx.t.accounts).set({ motivation: WORDS.motivation }).where(eq(tx.t.accounts.id, account));
      const wanted = {
        name: `Zoé ${WORDS.name}`,
        text: WORDS.profile,
        languages: ['fr'],
        showProfile: 'public' as const,
        indexable: true,
      };
      expect((await updateProfile(tx, site, own, wanted, undefined)).ok).toBe(true);
      await sendMessage(tx, site, zebulonie, { uri: mona.actor, local: false }, about, `Bonjour ${WORDS.message}`);
      await saveListing(tx, site.now(), account, other.uri);
      await askExport(tx, site, account);
      await issueToken(tx, site.now(), 'api', { account, data: { name: WORDS.token, scopes: 'profile:read' } });
      await queueLetter(tx, site.now(), {
        to: WORDS.email,
        locale: 'fr',
        name: 'message',
        params: { name: HANDLE, from: 'Carole', title: 'Vélo', link: 'http://x.example/' },
      });
      await report(tx, site.now(), bicycle, { reporter: zebulonie }, { reason: 'other', text: WORDS.report });
      await report(tx, site.now(), room, { reporter: carole.actor }, { reason: 'other', text: 'Bizarre' });
      await sendMessage(
        tx,
        site,
        zebulonie,
        { uri: carole.actor, local: true },
        { uri: other.uri, title: 'Vélo' },
        `Salut ${HANDLE}`,
      );
      await openSession(tx, site.now(), account, WORDS.browser);
    });
    await marseille.settled();
    await lyon.settled();
    await until(
      'Lyon has all',
      async () => (await whereIs(lyon, WORDS.listing)).length > 0 && (await whereIs(lyon, WORDS.profile)).length > 0,
    );
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop(), mona?.close()]);
  });

  test('of her words nothing is left but what has to stay, each for its time', async () => {
    const before = await left(marseille);
    for (const [what, places] of Object.entries(before)) expect(places, what).not.toEqual([]);
    const { db, site } = marseille;
    const cooperative = (await getCooperative(db.read))!;
    const own = (await findAccountByHandle(db.read, HANDLE))!;
    expect((await db.write((tx) => closeAccount(tx, site, cooperative, own))).ok).toBe(true);
    await marseille.settled();
    await settleClosures(db, site);
    await marseille.settled();
    const after = await left(marseille);
    expect(after).toEqual({
      // The last two letters, until they are sent, or an admin has handed their link over.
      email: ['jobs.data'],
      // The journal names who was followed; it goes after 90 days.
      name: expect.toSatisfy((all: string[]) => all.every((one) => one.startsWith('received.'))) as string[],
      profile: [],
      // A report needs what it is about until it is decided, and for the time of appeals.
      listing: ['reports.snapshot', 'reports.title'],
      message: [],
      // Without who made it.
      report: ['reports.text'],
      motivation: [],
      token: [],
      browser: [],
    });
    const { reports, jobs } = db.read.t;
    expect((await db.read.select().from(reports)).map((row) => row.reporter)).not.toContain(zebulonie);
    const waiting = await db.read.select().from(jobs).where(eq(jobs.type, 'mail'));
    const hers = waiting.filter((row) => row.data['to'] === WORDS.email).map((row) => row.data['name'] ?? '');
    expect(new Set(hers)).toEqual(new Set(['closed', 'erased']));
    expect(hers).toHaveLength(2);
    // Told, and remembered whom.
    await until('Lyon keeps nothing', async () =>
      (await Promise.all([WORDS.name, WORDS.profile].map((word) => whereIs(lyon, word))))
        .flat()
        .every((one) => one.startsWith('received.')),
    );
    expect((await whereIs(lyon, WORDS.listing)).filter((one) => !one.startsWith('received.'))).toEqual([]);
    expect(mona.received).toContainEqual(expect.objectContaining({ type: 'Delete', object: zebulonie }));

    const later = new Date(site.now().getTime() + 100 * DAY_MS);
    await sweepOld(db, later, DEFAULT_LIMITS.keep);
    await db.write((tx) => sweepClosed(tx, later));
    expect(await whereIs(marseille, WORDS.name)).toEqual([]);
    await db.write((tx) => sweepClosures(tx, new Date(later.getTime() + 30 * DAY_MS)));
    const { activities } = db.read.t;
    expect(await db.read.$count(activities, eq(activities.actor, zebulonie))).toBe(0);
    // What the cooperative passed on names her address for a year. The name is taken for good, so that nobody passes for her; who had a message from her keeps it.
    const named = await whereIs(marseille, HANDLE);
    expect(
      named.filter((one) => !/^(actors|tombstones|conversations|messages|reports|jobs|activities)\./.test(one)),
    ).toEqual([]);
  });
});
