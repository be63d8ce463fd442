/** A member takes her data along, arrives elsewhere, has her followers brought there, and is erased where she was. */
import { Readable } from 'node:stream';
import { and, eq } from 'drizzle-orm';
import tar from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '#db/database.ts';
import { findActor } from '#domain/actors.ts';
import { sendMessage } from '#domain/conversations.ts';
import { follow } from '#domain/follows.ts';
import { touchListing } from '#domain/listings.ts';
import { attachPicture, listPictures, preparePicture, savePictureFiles } from '#domain/media.ts';
import { settleClosures } from '#domain/moving/closures.ts';
import { sweepOld } from '#domain/retention.ts';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { eachEngine } from '../support/databases.ts';
import { letters, linkIn } from '../support/letters.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { painted } from '../support/photographs.ts';
import { type Stranger, startStranger } from '../support/stranger.ts';
import { type Visitor, visit } from '../support/visitor.ts';

const DAY_MS = 86_400_000;

const addRule = async (tx: Tx, domain: string): Promise<void> => {
  await tx.insert(tx.t.domainRules).values({ domain, severity: 'suspend', comment: '', created: new Date() });
};

eachEngine('a member moves', (engine) => {
  let [marseille, lyon, toulouse]: TestNode[] = [];
  let [a, b, c]: [TestNode, TestNode, TestNode] = [undefined as never, undefined as never, undefined as never];
  let mona: Stranger;
  let later = 0;
  let [alice, alix, bob] = ['', '', ''];
  let [atA, atC]: [Visitor, Visitor] = [undefined as never, undefined as never];
  let container: Buffer;

  beforeAll(async () => {
    const clock = { now: () => new Date(Date.now() + later) };
    [marseille, lyon, toulouse, mona] = await Promise.all([
      startNode('marseille', { engine, overrides: clock }),
      startNode('lyon', { engine }),
      startNode('toulouse', { engine }),
      startStranger('mona'),
    ]);
    [a, b, c] = [marseille!, lyon!, toulouse!];
    [alice, bob, alix] = [
      await addMember(a, 'alice', 'Alice'),
      await addMember(b, 'bob', 'Bob'),
      await addMember(c, 'alix', 'Alix'),
    ];
    await peerUp(b, a);
    const chambre = await publish(a, 'alice', { title: 'Chambre claire' });
    await publish(a, 'alice', {
      title: 'Vélo',
      text: 'Un vélo pour **tous** les chemins.',
      kind: 'goods',
      'attributes.beds': '',
      'attributes.amenities': [],
      tags: 'vélo, mer',
      language: 'fr',
      validUntil: '2027-08-31',
      access: 'priced',
      attestations: ['care-worker'],
      holderPrice: '37,13',
    });
    const picture = await preparePicture(await painted());
    if (!picture.ok) throw new Error('no picture');
    await savePictureFiles(`${a.dir}/media`, picture.value);
    await a.db.write(async (tx) => {
      await attachPicture(tx, new Date(), picture.value, {
        owner: alice,
        listing: chambre.id,
        alt: 'Vue',
        position: 0,
      });
      await touchListing(tx, a.site, chambre);
    });
    for (const [node, who, whom] of [
      [b, bob, alice],
      [a, alice, bob],
    ] as const) {
      await node.federation.port.lookup(whom);
      await node.db.write((tx) => follow(tx, node.site, who, { uri: whom, local: false }));
    }
    await a.federation.port.lookup(mona.actor);
    await a.db.write((tx) =>
      sendMessage(
        tx,
        a.site,
        alice,
        { uri: mona.actor, local: false },
        { uri: chambre.uri, title: 'Chambre' },
        'Bonjour !',
      ),
    );
    await until('all has been told', async () => (await follows(b, bob, alice)) === 1 && mona.received.length > 0);
    [atA, atC] = [visit(a), visit(c)];
    await atA.signIn('alice');
    await atC.signIn('alix');
    await atA.send(
      await atA.open('/account/profile'),
      { text: 'Je prête **ma** chambre.', languages: ['fr', 'it'] },
      { action: '/account/profile' },
    );
  });
  afterAll(async () => {
    await Promise.all([a?.drop(), b?.drop(), c?.drop(), mona?.close()]);
  });

  const follows = (node: TestNode, follower: string, followed: string): Promise<number> => {
    const { follows: f } = node.db.read.t;
    return node.db.read.$count(f, and(eq(f.follower, follower), eq(f.followed, followed), eq(f.state, 'accepted')));
  };

  const EXPORTS = '/account/moving/exports';
  const newest = async (who: Visitor): Promise<string | undefined> =>
    /href="(\/account\/moving\/exports\/[0-9a-f-]{36})"/.exec((await who.open(EXPORTS)).html)?.[1];
  const fetched = async (node: TestNode, who: Visitor, path: string): Promise<Buffer> => {
    const answer = await node.fetch(
      new Request(`${node.origin}${path}`, { headers: { cookie: `session=${who.cookie('session')}` } }),
    );
    expect(answer.status).toBe(200);
    return Buffer.from(await answer.arrayBuffer());
  };
  const unpacked = async (file: Buffer): Promise<Map<string, string>> => {
    const files = new Map<string, string>();
    const extract = tar.extract();
    Readable.from([file]).pipe(extract);
    for await (const entry of extract)
      files.set(entry.header.name, Buffer.concat(await Array.fromAsync(entry)).toString('utf8'));
    return files;
  };

  test('she asks for her file with her password, and it has all that is hers and no key', async () => {
    const page = await atA.open(EXPORTS);
    const refused = await atA.send(page, { currentPassword: 'not this one' });
    expect(refused.status).toBe(422);
    expect(refused.faults()).toMatchObject([{ field: 'currentPassword', tied: true }]);
    await atA.send(refused, { currentPassword: PASSWORD });
    await until('it is ready', async () => (await newest(atA)) !== undefined);
    const path = (await newest(atA))!;
    container = await fetched(a, atA, path);
    // Nobody else gets it, signed in or not.
    const stranger = visit(a);
    expect((await stranger.open(path)).path).toContain('/sign-in');
    await stranger.signIn('ada');
    expect((await stranger.open(path)).status).toBe(404);

    const files = await unpacked(container);
    expect([...files.keys()].filter((name) => !name.startsWith('media/'))).toEqual([
      'manifest.yml',
      'activitypub/actor.json',
      'maillon/profile.json',
      'listings.json',
      'listings.csv',
      'activitypub/outbox.json',
      'activitypub/following.json',
      'activitypub/followers.json',
      'activitypub/likes.json',
      'activitypub/following_accounts.csv',
      'activitypub/followers.csv',
      'maillon/follows.json',
      'maillon/threads.json',
      'maillon/reports.json',
      'maillon/decisions.json',
      'maillon/attestations.json',
      'maillon/calendar.json',
      'maillon/agreements.json',
      'maillon/reviews.json',
    ]);
    expect([...files.keys()].filter((name) => name.startsWith('media/'))).toHaveLength(1);
    for (const [name, text] of files) {
      expect(text, name).not.toMatch(/PRIVATE KEY|argon2/);
      if (name.endsWith('.json')) expect(() => JSON.parse(text), name).not.toThrow();
      expect(files.get('manifest.yml')).toContain(`${name.split('/').at(-1)}:`);
    }
    expect(JSON.parse(files.get('activitypub/actor.json')!)).toMatchObject({ id: alice, type: 'Person' });
    const outbox = JSON.parse(files.get('activitypub/outbox.json')!);
    expect(outbox.orderedItems.length).toBeGreaterThan(2);
    expect(JSON.parse(files.get('activitypub/followers.json')!).orderedItems).toEqual([bob]);
    expect(files.get('activitypub/following_accounts.csv')).toContain(`bob@${b.host},true,false,`);
    expect(JSON.parse(files.get('maillon/threads.json')!)).toMatchObject([
      { with: mona.actor, messages: [{ from: alice }] },
    ]);
  });

  test('she brings it elsewhere, sees what is in it, and what she chooses is taken, once', async () => {
    const bring = async () => {
      const page = await atC.open('/account/moving/arrivals');
      const sent = await atC.send(page, { file: [new File([new Uint8Array(container)], 'alice.tar')] });
      expect(sent.path).toMatch(/arrivals\/[0-9a-f-]{36}$/);
      const { arrivals } = c.db.read.t;
      const id = sent.path.split('/').at(-1)!;
      const state = async () => (await c.db.read.select().from(arrivals).where(eq(arrivals.id, id)))[0];
      await until('it was looked at', async () => (await state())?.state === 'ready');
      return { id, path: sent.path, state };
    };
    const first = await bring();
    const preview = await atC.open(first.path);
    expect(preview.text('main')).toContain('2 annonces, 1 photo');
    expect(preview.text('main')).toContain(alice);
    await atC.send(preview, { profile: '1', listings: 'published', follows: '1' }, { action: `${first.path}/choice` });
    await until('it is taken', async () => (await first.state())?.state === 'done');
    expect((await first.state())!.report).toMatchObject({
      handle: `@alice@${a.host}`,
      taken: { profile: true, created: 2, already: 0, failed: 0, follows: 1 },
    });
    expect((await atC.open(first.path)).text('main')).toContain('2 nouvelles');
    const { listings } = c.db.read.t;
    const rows = await c.db.read.select().from(listings).where(eq(listings.publisher, alix));
    expect(rows.map((row) => `${row.title}, ${row.state}`).toSorted()).toEqual([
      'Chambre claire, published',
      'Vélo, published',
    ]);
    const pictures = await listPictures(
      c.db.read,
      rows.map((row) => row.id),
    );
    expect(pictures).toMatchObject([{ alt: 'Vue' }]);
    expect((await findActor(c.db.read, alix))?.name).toBe('Alice');
    await until('she follows Bob from there', async () => (await follows(c, alix, bob)) === 1);

    const again = await bring();
    await atC.send(
      await atC.open(again.path),
      { listings: 'published', follows: '1', profile: [] },
      { action: `${again.path}/choice` },
    );
    await until('it is taken', async () => (await again.state())?.state === 'done');
    expect((await again.state())!.report!.taken).toMatchObject({
      created: 0,
      already: 2,
      follows: 0,
      followsAlready: 1,
    });
    expect(await c.db.read.$count(listings, eq(listings.publisher, alix))).toBe(2);
  });

  test('what she takes along from there says the same as what she brought', async () => {
    await atC.send(await atC.open(EXPORTS), { currentPassword: PASSWORD });
    await until('it is ready', async () => (await newest(atC)) !== undefined);
    const [before, after] = [await unpacked(container), await unpacked(await fetched(c, atC, (await newest(atC))!))];
    type Line = Record<string, unknown>;
    /** What belongs to a place stays there: whose it is, where it lies, and by which name. */
    const listingsIn = (files: Map<string, string>): Line[] =>
      (JSON.parse(files.get('listings.json')!) as Line[])
        .map(({ ref: _ref, member: _member, photos, ...said }): Line => ({ ...said, photos: [photos].flat().length }))
        .toSorted((one, other) => String(one['title']).localeCompare(String(other['title'])));
    const profileIn = (files: Map<string, string>): Line => {
      const { name, text, languages, showProfile, indexable, locale } = JSON.parse(files.get('maillon/profile.json')!);
      return { name, text, languages, showProfile, indexable, locale };
    };
    const followsIn = (files: Map<string, string>) =>
      (JSON.parse(files.get('maillon/follows.json')!) as Line[]).map(({ uri, state }) => ({ uri, state }));
    expect(listingsIn(before)).toHaveLength(2);
    expect(listingsIn(before)[1]).toMatchObject({ holder_price: '37.13', tags: ['vélo', 'mer'] });
    expect(listingsIn(after)).toEqual(listingsIn(before));
    expect(profileIn(before)).toMatchObject({ languages: ['fr', 'it'] });
    expect(profileIn(after)).toEqual(profileIn(before));
    expect(followsIn(after)).toEqual(followsIn(before));
    const pictures = (files: Map<string, string>) => [...files.keys()].filter((name) => name.startsWith('media/'));
    expect(pictures(after)).toHaveLength(pictures(before).length);
    expect(after.get('activitypub/following_accounts.csv')).toBe(before.get('activitypub/following_accounts.csv'));
  });

  test('she moves: only once the new address names the old one, and who follows her is brought there and told', async () => {
    const about = { uri: `${alice}/items/x`, title: 'Chambre' };
    const written = await b.db.write((tx) =>
      sendMessage(tx, b.site, bob, { uri: alice, local: false }, about, 'Salut'),
    );
    if (!written.ok) throw new Error('not written');
    const thread = `/conversations/${written.value.conversation}`;
    const departure = await atA.open('/account/moving/departure');
    const target = `@alix@${c.host}`;
    const early = await atA.send(departure, { target, currentPassword: PASSWORD });
    expect(early.status).toBe(422);
    expect(early.faults()).toMatchObject([{ field: 'target', tied: true }]);
    expect(early.values()['target']).toEqual([target]);

    const moving = await atC.open('/account/moving');
    await atC.send(moving, { actor: `@alice@${a.host}` }, { action: '/account/moving/aliases' });
    const moved = await atA.send(early, { target, currentPassword: PASSWORD });
    expect(moved.path).toBe('/account/moving');
    expect(moved.text('main')).toContain(target);
    await until(
      'Bob follows her there',
      async () => (await follows(b, bob, alix)) === 1 && (await follows(b, bob, alice)) === 0,
    );
    await until('Marseille knows that he went', async () => (await follows(a, bob, alice)) === 0);
    expect(await follows(c, bob, alix)).toBe(1);
    const atB = visit(b);
    await atB.signIn('bob');
    const wrote = (await letters(b)).filter((one) => one.name === 'theyMoved');
    expect(wrote).toMatchObject([{ to: 'bob@example.org', locale: 'fr', subject: 'Alice a déménagé' }]);
    expect(wrote[0]!.text).toContain(target);
    expect(linkIn(wrote[0]!)).toBe('/follows');
    const told = await atB.open('/follows');
    expect(told.text('.notice')).toContain(target);
    expect((await atB.send(told, {}, { action: '/follows/moved' })).html).not.toContain('/follows/moved');
    // Also who only writes with her reads where she is now, until nobody is sent there.
    expect((await atB.open(thread)).text('.notice')).toContain(target);
    expect((await atB.open(thread)).text('.notice')).toContain('a déménagé');
    await b.db.write((tx) => addRule(tx, c.host.split(':')[0]!));
    expect((await atB.open(thread)).html).not.toContain(target);
    await b.db.write(async (tx) => {
      await tx.delete(tx.t.domainRules);
    });
    expect((await visit(a).open('/@alice')).text('.notice')).toContain(target);
    // Whoever asks for her by her old name is led on, not left there.
    const ada = visit(a);
    await ada.signIn('ada');
    const led = await ada.send(await ada.open('/follows'), { actor: `@alice@${a.host}` }, { action: '/follows' });
    expect([led.status, led.values()['actor']]).toEqual([422, [target]]);
    expect(await follows(a, `${a.origin}/users/ada`, alice)).toBe(0);
    const { listings } = a.db.read.t;
    expect(await a.db.read.$count(listings, and(eq(listings.publisher, alice), eq(listings.state, 'paused')))).toBe(2);
    // Not again for a week.
    const soon = await atA.send(await atA.open('/account/moving/departure'), { target, currentPassword: PASSWORD });
    expect(soon.status).toBe(422);
    // The signpost can be taken away.
    await atA.send(await atA.open('/account/moving'), {}, { action: '/account/moving/departure/end' });
    expect((await a.federation.port.document(alice))!['movedTo']).toBeUndefined();
  });

  test('she closes the account: everybody who ever heard is told, and the report names who could not be', async () => {
    await a.settled();
    // What was sent to Mona is long forgotten; that she heard something is not.
    await sweepOld(a.db, new Date(Date.now() + 30 * DAY_MS), { ...DEFAULT_LIMITS.keep, auditMs: 3_650 * DAY_MS });
    const { activities, deliveries } = a.db.read.t;
    const left = await a.db.read
      .select()
      .from(deliveries)
      .innerJoin(activities, eq(activities.uri, deliveries.activity))
      .where(eq(deliveries.host, mona.host));
    expect(left).toEqual([]);
    await mona.close();

    const closed = await atA.send(await atA.open('/account/closure'), { currentPassword: PASSWORD });
    expect(closed.path).toMatch(/^\/closures\//);
    await until('Lyon knows', async () => (await findActor(b.db.read, alice))?.deleted != null);
    const report = visit(a);
    const { closures } = a.db.read.t;
    await until('one is told and one is waited for', async () => {
      await settleClosures(a.db, a.site);
      const words = (await report.open(closed.path)).text('main');
      return new RegExp(`${b.host} ?Prévenu`).test(words) && new RegExp(`${mona.host} ?Pas encore`).test(words);
    });
    expect((await report.open(`${closed.path}x`)).status).toBe(404);
    expect((await a.db.read.select().from(closures))[0]!.email).toBe('alice@example.org');

    later = 16 * DAY_MS;
    await until('it is given up', async () => {
      a.federation.worker.wake();
      await settleClosures(a.db, a.site);
      return (await a.db.read.select().from(closures))[0]!.finished !== null;
    });
    const [row] = await a.db.read.select().from(closures);
    expect(row).toMatchObject({ handle: 'alice', email: null });
    const last = (await letters(a)).at(-1)!;
    expect(last).toMatchObject({ to: 'alice@example.org', name: 'erasedPartly', locale: 'fr' });
    expect(last.text).toContain(mona.host);
    expect(last.text).not.toContain(b.host);
    expect((await report.open(linkIn(last))).text('main')).toMatch(new RegExp(`${mona.host} ?Abandonné`));
    const admin = visit(a);
    await admin.signIn('ada');
    expect((await admin.open(`/admin/closures/${row!.id}`)).text('main')).toContain(mona.host);
    const { arrivals, exports, aliases, moves } = a.db.read.t;
    for (const table of [arrivals, exports, aliases, moves]) expect(await a.db.read.$count(table)).toBe(0);
  });
});
