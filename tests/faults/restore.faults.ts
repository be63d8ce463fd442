/** A cooperative loses its machine and comes back from last night's backup, while its partner went on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '#db/database.ts';
import { conversationsOf, sendMessage } from '#domain/conversations.ts';
import { follow } from '#domain/follows.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { type ListingRow, findListingByUri, updateListing } from '#domain/listings.ts';
import { queueLetter } from '#domain/mail.ts';
import { attachPicture, preparePicture, savePictureFiles } from '#domain/media.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { isHeld } from '#domain/restored.ts';
import { openSession } from '#domain/sessions.ts';
import type { BackupKey } from '#src/backup/key.ts';
import {
  type Dump,
  type Place,
  asRestored,
  backUp,
  dumpAt,
  dumpOf,
  filesOf,
  newKey,
  newPlace,
  restoreTo,
} from '../support/backups.ts';
import { eachEngine } from '../support/databases.ts';
import { ALL_WELL, audit, report, verdictOf } from './audit.ts';
import { type TestNode, addMember, draft, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';

eachEngine('a node restored from a backup', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  let [alice, bob, carol] = ['', '', ''];
  let [retitled, withdrawn]: ListingRow[] = [];
  let place: Place;
  let key: BackupKey;
  const work = mkdtempSync(join(tmpdir(), 'maillon-night-'));
  const file = join(work, 'night.tar.age');
  /** What Marseille posts to Lyon, and asks of it. */
  const heard: string[] = [];

  const copyAt = (node: TestNode, row: ListingRow): Promise<ListingRow | undefined> =>
    findListingByUri(node.db.read, row.uri);
  const arrives = (row: ListingRow, node: TestNode): Promise<void> =>
    until(`${row.title} arrives`, async () => (await copyAt(node, row)) !== undefined);
  const remove = (node: TestNode, row: ListingRow): Promise<void> =>
    node.db.write((tx) => deleteListing(tx, node.site, row));
  const retryNow = (node: TestNode): Promise<void> =>
    node.db.write(async (tx) => {
      await tx.update(tx.t.hosts).set({ retry: null });
    });
  const listen = (): void => {
    const answer = lyon!.fetch;
    lyon!.fetch = (request, env) => {
      if (request.headers.get('signature')?.includes(marseille!.host) === true)
        heard.push(`${request.method} ${new URL(request.url).pathname}`);
      return answer(request, env);
    };
  };
  const posts = (): string[] => heard.filter((line) => line.startsWith('POST'));

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    [alice, bob, carol] = [
      await addMember(marseille!, 'alice', 'Alice'),
      await addMember(lyon!, 'bob', 'Bob'),
      await addMember(lyon!, 'carol', 'Carol'),
    ];
    retitled = await publish(marseille!, 'alice', { title: 'Chambre bleue' });
    withdrawn = await publish(lyon!, 'bob', { title: 'Studio à la Croix-Rousse' });
    await peerUp(lyon!, marseille!);
    const followed = async (node: TestNode, follower: string, uri: string): Promise<void> => {
      const handle = `@${uri.split('/').at(-1)}@${new URL(uri).host}`;
      expect((await node.federation.port.lookup(handle)).ok).toBe(true);
      await node.db.write((tx) => follow(tx, node.site, follower, { uri, local: false }));
      const { follows } = node.db.read.t;
      const pair = and(eq(follows.follower, follower), eq(follows.followed, uri), eq(follows.state, 'accepted'));
      await until('the follow is accepted', async () => (await node.db.read.$count(follows, pair)) === 1);
    };
    await followed(lyon!, bob, alice);
    await followed(marseille!, alice, bob);
    const about = { uri: retitled.uri, title: retitled.title };
    await lyon!.db.write((tx) =>
      sendMessage(tx, lyon!.site, bob, { uri: alice, local: false }, about, 'Est-elle libre ?'),
    );
    await until('the message comes', async () => (await conversationsOf(marseille!.db.read, alice, 5)).length === 1);
    const pixels = { create: { width: 90, height: 60, channels: 3, background: '#26c' } } as const;
    const picture = await preparePicture(await sharp(pixels).png().toBuffer());
    if (!picture.ok) throw new Error('no picture');
    await savePictureFiles(join(marseille!.config.dataDir, 'media'), picture.value);
    await marseille!.db.write((tx) =>
      attachPicture(tx, new Date(), picture.value, { owner: alice, listing: retitled!.id, alt: 'Bleue', position: 0 }),
    );
    await marseille!.settled();
    key = await newKey();
    place = await newPlace(engine);
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
    await place?.drop();
    rmSync(work, { recursive: true, force: true });
  });

  test('is, row by row and file by file, what the backup saw while members went on publishing', async () => {
    // A partner that is away, so that something waits to be sent, and a letter.
    await lyon!.down();
    const waiting = await publish(marseille!, 'alice', { title: 'Publiée cette nuit-là' });
    await marseille!.settled();
    await marseille!.db.write(async (tx) => {
      await queueLetter(tx, new Date(), { to: 'zoe@example.org', locale: 'fr', name: 'confirm', params: {} });
      await tx
        .update(tx.t.jobs)
        .set({ due: new Date(Date.now() + 3_600_000) })
        .where(eq(tx.t.jobs.type, 'mail'));
    });
    let seen: Dump | undefined;
    let written = 0;
    // What the backup itself sees, read a second time.
    const watched: Database = {
      ...marseille!.db,
      snapshot: async () => {
        const snapshot = await marseille!.db.snapshot();
        seen = await dumpOf(snapshot.read);
        const before = written;
        await until('others write meanwhile', async () => written > before + 5);
        return snapshot;
      },
    };
    let over = false;
    const writing = (async () => {
      while (!over) {
        await publish(marseille!, 'alice', { title: `Pendant la sauvegarde ${written}`, audience: 'members' });
        written++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const mediaDir = join(marseille!.config.dataDir, 'media');
    await until('the writer has begun', async () => written > 3);
    await backUp({ db: watched, origin: marseille!.origin, mediaDir }, file, key);
    over = true;
    await writing;

    await restoreTo(place, marseille!.origin, file, key);
    const restored = await dumpAt(place.location);
    expect(asRestored(restored)).toEqual(asRestored(seen!));
    expect(await filesOf(place.mediaDir)).toEqual(await filesOf(mediaDir));
    const at = (dump: Dump, table: string): number => dump[table]!.length;
    expect(at(restored, 'listings')).toBeLessThan(await marseille!.db.read.$count(marseille!.db.read.t.listings));
    for (const table of [
      'listings',
      'pictures',
      'follows',
      'peers',
      'messages',
      'deliveries',
      'keys',
      'jobs',
      'received',
    ])
      expect(at(restored, table), table).toBeGreaterThan(0);
    expect(restored['deliveries']).toContainEqual(
      expect.objectContaining({ state: 'waiting', host: lyon!.host, attempts: expect.any(Number) }),
    );
    expect(waiting.title).toBe('Publiée cette nuit-là');
  });

  let [lost, fresh, missed]: ListingRow[] = [];
  test('listens, and says nothing before it is confirmed', async () => {
    await lyon!.up();
    listen();
    await retryNow(marseille!);
    // After the backup: what Marseille will have forgotten, and what Lyon did.
    lost = await publish(marseille!, 'alice', { title: 'Perdue avec la machine' });
    await arrives(lost, lyon!);
    await marseille!.db.write((tx) =>
      updateListing(tx, marseille!.site, retitled!, draft({ title: 'Chambre repeinte' })),
    );
    await until('the edit arrives', async () => (await copyAt(lyon!, retitled!))?.title === 'Chambre repeinte');
    await lyon!.federation.port.lookup(`@alice@${marseille!.host}`);
    await lyon!.db.write((tx) => follow(tx, lyon!.site, carol, { uri: alice, local: false }));
    await remove(lyon!, withdrawn!);
    missed = await publish(lyon!, 'bob', { title: 'Chambre de Lyon, parue après' });
    await until(
      'Marseille follows what happens',
      async () =>
        (await copyAt(marseille!, missed!)) !== undefined && (await copyAt(marseille!, withdrawn!)) === undefined,
    );
    await Promise.all([marseille!.settled(), lyon!.settled()]);
    await marseille!.down();

    heard.length = 0;
    marseille!.config.dataDir = place.dir;
    if (place.url !== undefined) marseille!.config.databaseUrl = place.url;
    await marseille!.up();
    // What keeps it silent is no back-off, and no time that has not come.
    await retryNow(marseille!);
    await marseille!.db.write(async (tx) => {
      await tx.update(tx.t.jobs).set({ due: new Date(0) });
    });
    expect(await copyAt(marseille!, missed)).toBeUndefined();
    expect((await copyAt(marseille!, withdrawn!))?.title).toBe('Studio à la Croix-Rousse');
    expect((await copyAt(marseille!, retitled!))?.title).toBe('Chambre bleue');
    // It takes what comes, and what its members do is kept, too.
    const meanwhile = await publish(lyon!, 'bob', { title: 'Parue pendant l’attente' });
    await arrives(meanwhile, marseille!);
    fresh = await publish(marseille!, 'alice', { title: 'Publiée avant la confirmation' });
    await marseille!.settled();
    expect(posts()).toEqual([]);
    expect(await copyAt(lyon!, fresh)).toBeUndefined();
    const { deliveries, jobs } = marseille!.db.read.t;
    expect(await marseille!.db.read.$count(deliveries, eq(deliveries.state, 'waiting'))).toBeGreaterThan(1);
    expect(await marseille!.db.read.$count(jobs, and(eq(jobs.type, 'mail'), eq(jobs.state, 'waiting')))).toBe(1);
  });

  test('tells its admins so on every page, and nobody else can confirm', async () => {
    const session = async (handle: string): Promise<string> => {
      const account = await findAccountByHandle(marseille!.db.read, handle);
      return marseille!.db.write((tx) => openSession(tx, new Date(), account!.id, 'test'));
    };
    const get = async (secret: string, path: string): Promise<string> =>
      (
        await marseille!.fetch(
          new Request(`${marseille!.origin}${path}`, {
            headers: { cookie: `session=${secret}`, 'accept-language': 'fr' },
          }),
        )
      ).text();
    const confirm = async (secret: string, csrf: string): Promise<number> =>
      (
        await marseille!.fetch(
          new Request(`${marseille!.origin}/admin/restored/confirmation`, {
            method: 'POST',
            headers: { cookie: `session=${secret}`, 'content-type': 'application/x-www-form-urlencoded' },
            body: new URLSearchParams({ csrf }).toString(),
          }),
        )
      ).status;
    const csrfIn = (page: string): string => /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';

    const member = await session('alice');
    expect(await confirm(member, csrfIn(await get(member, '/account')))).toBe(404);
    const admin = await session('ada');
    await confirm(admin, 'not the form’s own');
    expect(await isHeld(marseille!.db.read)).toBe(true);
    const page = await get(admin, '/admin/members');
    expect(page).toMatch(/Restauré de la sauvegarde du [^<]+\s: rien n’est envoyé avant votre confirmation/);
    expect(page).toMatch(/\d+ messages qui attendaient sont envoyés \(un serveur/);
    expect(page).toContain('un courrier part');
    expect(page).toContain('un partenaire est interrogé');
    expect(page).toContain('un abonnement est redemandé');
    expect(await get(member, '/account')).not.toContain('Restauré de la sauvegarde');
    expect(await get(admin, '/admin/operation')).toContain('attend votre confirmation');

    expect(posts()).toEqual([]);
    expect(await confirm(admin, csrfIn(page))).toBe(303);
    expect(await isHeld(marseille!.db.read)).toBe(false);
    expect(await get(admin, '/admin/members')).not.toContain('Restauré de la sauvegarde');
  });

  test('then has what its partner did since, and its partner has what is so at Marseille now', async () => {
    // The partner believes its signature as before, and has what waited and what was said meanwhile.
    await until('what waited goes out', async () => (await copyAt(lyon!, fresh!)) !== undefined);
    await until('what Lyon published comes', async () => (await copyAt(marseille!, missed!)) !== undefined);
    await until('what Lyon deleted goes', async () => (await copyAt(marseille!, withdrawn!)) === undefined);
    await until('what Marseille forgot goes at Lyon', async () => (await copyAt(lyon!, lost!)) === undefined);
    await until(
      'the older title stands at Lyon',
      async () => (await copyAt(lyon!, retitled!))?.title === 'Chambre bleue',
    );
    const followers = async (): Promise<string[]> => {
      const { follows } = marseille!.db.read.t;
      const rows = await marseille!.db.read
        .select({ follower: follows.follower })
        .from(follows)
        .where(and(eq(follows.followed, alice), eq(follows.state, 'accepted')));
      return rows.map((row) => row.follower).toSorted();
    };
    await until('Carol, who came after the backup, follows again', async () => (await followers()).length === 2);
    expect(await followers()).toEqual([bob, carol].toSorted());
    await Promise.all([marseille!.settled(), lyon!.settled()]);
    // Sent twice by two machines, taken once.
    const { listings } = lyon!.db.read.t;
    expect(await lyon!.db.read.$count(listings, eq(listings.title, 'Publiée cette nuit-là'))).toBe(1);
    const { follows } = marseille!.db.read.t;
    const asked = await marseille!.db.read.select().from(follows).where(eq(follows.follower, alice));
    expect(asked.map(({ followed, state }) => [followed, state])).toEqual([[bob, 'accepted']]);
    expect(
      (await marseille!.fetch(new Request(lost!.uri, { headers: { accept: 'application/activity+json' } }))).status,
    ).toBe(404);
    // From here on all is as it ever was.
    const next = await publish(marseille!, 'alice', { title: 'Le jour d’après' });
    await arrives(next, lyon!);
    await remove(marseille!, fresh!);
    await until('a deletion arrives', async () => (await copyAt(lyon!, fresh!)) === undefined);
    await Promise.all([marseille!.settled(), lyon!.settled()]);
    const found = await audit([
      { name: 'Marseille', host: marseille!.host, db: marseille!.db.read, restored: true },
      { name: 'Lyon', host: lyon!.host, db: lyon!.db.read },
    ]);
    report(`restored from an old backup (${engine}): ${verdictOf(found)}`);
    expect(verdictOf(found)).toBe(ALL_WELL);
  });
});
