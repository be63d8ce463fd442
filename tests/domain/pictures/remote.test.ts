/** Pictures of elsewhere: asked for once by the node, made anew, and shown as long as something here names them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { dropCopiesOfHost, removeCopy, storeCopy } from '#domain/copies.ts';
import { hostOf } from '#domain/ids.ts';
import { type ListingRow, findListing } from '#domain/listings.ts';
import type { AskedPicture, RemotePictures, ShownPicture } from '#domain/pictures/remote.ts';
import { createRemotePictures } from '#domain/pictures/remote.ts';
import { type Site, siteOf } from '#domain/site.ts';
import { storePost } from '#domain/stream.ts';
import type { ListingValue } from '#domain/types.ts';
import { createGuardedFetch } from '#federation/fetch.ts';
import { createPolicy } from '#federation/inbox/policy.ts';
import { createPictureFetch } from '#federation/pictures.ts';
import { type Fresh, eachEngine, freshDatabase } from '../../support/databases.ts';
import { until } from '../../support/nodes.ts';
import { SVG, bomb, painted, photographed } from '../../support/photographs.ts';
import { type Stranger, type StrangerFile, startStranger } from '../../support/stranger.ts';

const TYPES = { jpg: 'image/jpeg', png: 'image/png', svg: 'image/svg+xml' };

eachEngine('pictures of elsewhere', (engine) => {
  let [zoe, slow]: Stranger[] = [];
  let fresh: Fresh;
  let pictures: RemotePictures;
  let now = new Date('2026-11-24T10:00:00Z');
  const site: Site = siteOf('https://volets.example', () => now);
  const loose = createGuardedFetch({ testNetwork: true, userAgent: 'test' });
  const strict = createGuardedFetch({ testNetwork: false, userAgent: 'test' });

  beforeAll(async () => {
    [zoe, slow] = await Promise.all([startStranger('zoe'), startStranger('slow')]);
  });
  afterAll(async () => {
    await Promise.all([zoe?.close(), slow?.close(), loose.close(), strict.close()]);
  });
  const open = (fetch = loose, waitMs = 10_000): Promise<RemotePictures> =>
    createRemotePictures({
      db: fresh.db,
      site,
      dir: join(fresh.dir, 'remote'),
      maxBytes: 10_000_000,
      fetch: createPictureFetch(createPolicy(fresh.db), fetch),
      problem: (error) => {
        throw error;
      },
      waitMs,
    });
  beforeEach(async () => {
    fresh = await freshDatabase(engine);
    for (const one of [zoe!, slow!]) {
      one.asked.length = 0;
      one.files.clear();
    }
    pictures = await open();
  });
  afterEach(async () => {
    await pictures.close();
    await fresh.drop();
  });

  /** A copy of a listing whose pictures are at these addresses. */
  const copy = async (urls: string[], id = 'room', at = zoe!): Promise<ListingRow> => {
    const value: ListingValue = {
      uri: `${at.actor}/items/${id}`,
      proposalUri: `${at.actor}/proposals/${id}`,
      publisher: at.actor,
      kind: 'goods',
      purpose: 'offer',
      title: 'Une table',
      html: '',
      url: at.actor,
      price: { type: 'free' },
      unit: 'unit',
      unitBased: false,
      attributes: {},
      tags: [],
      pictures: urls.map((url) => ({ url, mediaType: 'image/png', alt: 'Le dessus' })),
      audience: 'public',
      state: 'published',
      published: now,
      updated: now,
    };
    const stored = await fresh.db.write((tx) => storeCopy(tx, now, value));
    if (!('id' in stored)) throw new Error(stored.reason);
    return (await findListing(fresh.db.read, stored.id))!;
  };
  const asked = (shown: ShownPicture | undefined): AskedPicture => {
    const found = /^\/media\/remote\/(listing|actor|post)\/([\w-]+)\/([0-9a-f]{40})-(320|800|1600)\.webp$/.exec(
      shown?.url ?? '',
    );
    if (found === null) throw new Error(`It is no path of ours: ${shown?.url}`);
    const [, owner, id, key, size] = found;
    return { owner, id, key, size: Number(size) } as AskedPicture;
  };
  const onDisk = (): string[] =>
    readdirSync(fresh.dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.webp'));

  test('five who look at once make one request; the picture is upright, and tells nothing of where it was taken', async () => {
    zoe!.files.set('/a.jpg', { type: TYPES.jpg, body: await photographed() });
    const row = await copy([`${zoe!.origin}/a.jpg`]);
    const [shown] = pictures.ofListing(row, 1600);
    expect(shown!.alt).toBe('Le dessus');
    const all = await Promise.all(Array.from({ length: 5 }, () => pictures.open(asked(shown))));
    const small = await pictures.open(asked(pictures.ofListing(row, 320)[0]));
    expect(zoe!.asked).toEqual(['/a.jpg']);
    for (const one of [...all, small]) {
      if (one.state !== 'here') throw new Error(one.state);
      const { format, width, height, exif, orientation } = await sharp(one.bytes).metadata();
      expect({ format, width, height, exif, orientation }).toEqual({
        format: 'webp',
        width: 40,
        height: 60,
        exif: undefined,
        orientation: undefined,
      });
    }
    // After a restart it is still here, at the same place.
    await pictures.close();
    pictures = await open();
    expect(pictures.ofListing(row, 1600)).toEqual([shown]);
    expect((await pictures.open(asked(shown))).state).toBe('here');
    expect(zoe!.asked).toEqual(['/a.jpg']);
  });

  test('what is no picture, or no reasonable one, is not shown, and not asked for again', async () => {
    const honest = await painted();
    const bad: Record<string, StrangerFile> = {
      'a page that says that it is a picture': { type: TYPES.png, body: '<html><script>alert(1)</script>' },
      'a picture that says that it is a page': { type: 'text/html', body: honest },
      'a drawing that runs scripts': { type: TYPES.svg, body: SVG },
      'a drawing that says that it is a photo': { type: TYPES.png, body: SVG },
      'data that says that it is a photo': { type: TYPES.jpg, body: '{"type":"Person"}' },
      'half a picture': { type: TYPES.png, body: honest.subarray(0, 60) },
      'a bomb of 16,000 pixels': { type: TYPES.png, body: bomb() },
      'six megabytes': { type: TYPES.png, body: Buffer.concat([honest, Buffer.alloc(6 * 1024 * 1024)]) },
      nothing: { status: 404, body: honest },
      'a server that stumbles': { status: 500, body: honest },
      'a way to an address of the inner network': { status: 302, location: 'http://127.0.0.1:22/key.png' },
      'a way to the cloud’s own secrets': { status: 302, location: 'http://169.254.169.254/latest/a.png' },
      'a way to another origin': { status: 302, location: `${slow!.origin}/good.png` },
    };
    slow!.files.set('/good.png', { body: honest });
    for (const [i, [what, file]] of Object.entries(bad).entries()) {
      zoe!.files.set(`/${i}.png`, file);
      const row = await copy([`${zoe!.origin}/${i}.png`], String(i));
      const path = asked(pictures.ofListing(row, 800)[0]);
      expect(await pictures.open(path), what).toEqual({ state: 'gone' });
      expect(await pictures.open(path), what).toEqual({ state: 'gone' });
      expect(pictures.ofListing(row, 800), what).toEqual([{ alt: 'Le dessus' }]);
    }
    expect(zoe!.asked).toEqual(Object.keys(bad).map((_, i) => `/${i}.png`));
    expect(slow!.asked).toEqual([]);
    expect(onDisk()).toEqual([]);
  });

  test('on the real network: no address of this machine or the inner network, and no plain http', async () => {
    const guarded = await open(strict);
    const bad = ['https://127.0.0.1/a.png', 'https://[::1]/a.png', 'https://10.0.0.1/a.png', `${zoe!.origin}/a.png`];
    const row = await copy([...bad, 'https://volets.example/listings?q=slow']);
    for (const one of guarded.ofListing(row, 320)) expect(await guarded.open(asked(one))).toEqual({ state: 'gone' });
    expect(zoe!.asked).toEqual([]);
  });

  test('nothing of a domain that is blocked here', async () => {
    const row = await copy([`${zoe!.origin}/a.png`]);
    await fresh.db.write(async (tx) => {
      await tx
        .insert(tx.t.domainRules)
        .values({ domain: 'zoe.localhost', severity: 'block', comment: '', created: now })
        .onConflictDoNothing();
    });
    expect(await pictures.open(asked(pictures.ofListing(row, 320)[0]))).toEqual({ state: 'gone' });
    expect(zoe!.asked).toEqual([]);
  });

  test('nothing of whom no pictures are wanted, wherever they lie, kept ones included', async () => {
    for (const name of ['/a.png', '/b.png']) slow!.files.set(name, { body: await painted() });
    zoe!.files.set('/a.png', { body: await painted() });
    const rule = (domain: string): Promise<void> =>
      fresh.db.write(async (tx) => {
        await tx.delete(tx.t.domainRules);
        await tx
          .insert(tx.t.domainRules)
          .values({ domain, severity: 'noop', rejectMedia: true, comment: '', created: now });
      });
    const own = await copy([`${zoe!.origin}/a.png`], 'own');
    const away = await copy([`${slow!.origin}/a.png`, `${slow!.origin}/b.png`], 'away');
    const paths = [...pictures.ofListing(own, 320), ...pictures.ofListing(away, 320)].map(asked);
    for (const path of paths.slice(0, 2)) expect((await pictures.open(path)).state).toBe('here');
    expect(onDisk().length).toBeGreaterThan(0);
    await rule('zoe.localhost');
    const before = [...zoe!.asked, ...slow!.asked];
    for (const path of paths) expect(await pictures.open(path)).toEqual({ state: 'gone' });
    expect([...zoe!.asked, ...slow!.asked]).toEqual(before);
    // What was kept goes from the disk.
    await pictures.sweep();
    expect(onDisk()).toEqual([]);
    // The same for what lies there, whoever shows it.
    await rule(new URL(slow!.origin).hostname);
    expect(await pictures.open(paths[2]!)).toEqual({ state: 'gone' });
    expect((await pictures.open(paths[0]!)).state).toBe('here');
  });

  test('a server that had stumbled is asked again after a while', async () => {
    zoe!.files.set('/a.png', { status: 503 });
    const row = await copy([`${zoe!.origin}/a.png`]);
    const path = asked(pictures.ofListing(row, 800)[0]);
    expect((await pictures.open(path)).state).toBe('gone');
    zoe!.files.set('/a.png', { body: await painted() });
    expect((await pictures.open(path)).state).toBe('gone');
    now = new Date(now.getTime() + 11 * 60_000);
    expect((await pictures.open(path)).state).toBe('here');
  });

  test('one who looks does not wait for a slow server, nor do the pictures of another', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const body = await painted();
    for (let i = 0; i < 8; i++) slow!.files.set(`/${i}.png`, { body, until: held });
    zoe!.files.set('/a.png', { body });
    const late = await copy(
      Array.from({ length: 8 }, (_, i) => `${slow!.origin}/${i}.png`),
      'slow',
    );
    const quick = await copy([`${zoe!.origin}/a.png`]);
    const hasty = await open(loose, 20);
    const shown = hasty.ofListing(late, 320).map(asked);
    for (const one of await Promise.all(shown.map((path) => hasty.open(path)))) expect(one.state).toBe('later');
    expect((await pictures.open(asked(pictures.ofListing(quick, 320)[0]))).state).toBe('here');
    expect(slow!.asked.length).toBeLessThanOrEqual(2);
    release();
    for (const path of shown) await until('it comes', async () => (await hasty.open(path)).state === 'here');
    expect(slow!.asked.toSorted()).toEqual(Array.from({ length: 8 }, (_, i) => `/${i}.png`));
    await hasty.close();
  });

  test('nothing else is fetched: a guessed path, another’s key, a listing of ours', async () => {
    zoe!.files.set('/a.png', { body: await painted() });
    const [row, other] = [await copy([`${zoe!.origin}/a.png`]), await copy([`${zoe!.origin}/b.png`], 'chair')];
    const [mine, theirs] = [row, other].map((one) => asked(pictures.ofListing(one, 320)[0]));
    const guesses: AskedPicture[] = [
      { ...mine!, key: '0'.repeat(40) },
      { ...mine!, key: theirs!.key },
      { ...mine!, id: 'unknown' },
      { ...mine!, owner: 'actor' },
      { ...mine!, owner: 'post' },
      { ...mine!, owner: 'actor', id: Buffer.from(zoe!.actor).toString('base64url') },
    ];
    for (const guess of guesses) expect(await pictures.open(guess)).toEqual({ state: 'gone' });
    expect(zoe!.asked).toEqual([]);
    // Another node's paths are others.
    await fresh.db.write((tx) => tx.delete(tx.t.facts).where(eq(tx.t.facts.key, 'picture-secret')));
    const stranger = await open();
    expect(stranger.ofListing(row, 320)).not.toEqual(pictures.ofListing(row, 320));
  });

  test('when the copy is gone, so is the picture, here and on the disk; what is still named stays', async () => {
    for (const name of ['a', 'b', 'c']) zoe!.files.set(`/${name}.png`, { body: await painted() });
    const rows = [
      await copy([`${zoe!.origin}/a.png`], 'a'),
      await copy([`${zoe!.origin}/b.png`], 'b'),
      await copy([`${zoe!.origin}/c.png`], 'c'),
    ];
    const paths = rows.map((row) => asked(pictures.ofListing(row, 320)[0]));
    for (const path of paths) expect((await pictures.open(path)).state).toBe('here');
    expect(onDisk()).toHaveLength(9);
    await pictures.sweep();
    expect(onDisk()).toHaveLength(9);
    await fresh.db.write((tx) => removeCopy(tx, [rows[0]!.uri], zoe!.actor, now));
    now = new Date(now.getTime() + 1_000);
    await copy([`${zoe!.origin}/new.png`], 'b');
    expect((await pictures.open(paths[0]!)).state).toBe('gone');
    expect((await pictures.open(paths[1]!)).state).toBe('gone');
    expect((await pictures.open(paths[2]!)).state).toBe('here');
    await pictures.sweep();
    expect(onDisk()).toHaveLength(3);
    await fresh.db.write((tx) => dropCopiesOfHost(tx, hostOf(zoe!.actor)));
    expect((await pictures.open(paths[2]!)).state).toBe('gone');
    await pictures.sweep();
    expect(onDisk()).toEqual([]);
    expect(zoe!.asked.toSorted()).toEqual(['/a.png', '/b.png', '/c.png']);
  });

  test('a person’s picture and those of a post come the same way, until they are deleted', async () => {
    for (const name of ['face', 'post']) zoe!.files.set(`/${name}.png`, { body: await painted() });
    const [icon, uri] = [`${zoe!.origin}/face.png`, `${zoe!.actor}/posts/1`];
    await fresh.db.write(async (tx) => {
      await tx.insert(tx.t.actors).values({
        uri: zoe!.actor,
        local: false,
        kind: 'member',
        handle: 'zoe',
        host: hostOf(zoe!.actor),
        name: 'Zoé',
        html: '',
        url: zoe!.actor,
        icon,
        inbox: `${zoe!.actor}/inbox`,
        languages: [],
        discoverable: true,
        manuallyApproves: false,
        suspended: false,
        created: now,
        updated: now,
      });
      await storePost(tx, {
        uri,
        author: zoe!.actor,
        html: '',
        url: uri,
        pictures: [{ url: `${zoe!.origin}/post.png`, mediaType: 'image/png', alt: '' }],
        published: now,
        updated: now,
      });
    });
    const { actors, posts } = fresh.db.read.t;
    const [actor] = await fresh.db.read.select().from(actors);
    const [post] = await fresh.db.read.select().from(posts);
    const face = asked({ url: pictures.iconOf(actor!)!, alt: '' });
    const [shot] = pictures.ofPost(post!, 800).map(asked);
    expect((await pictures.open(face)).state).toBe('here');
    expect((await pictures.open(shot!)).state).toBe('here');
    await pictures.sweep();
    expect(onDisk()).toHaveLength(6);
    await fresh.db.write(async (tx) => {
      await tx
        .update(actors)
        .set({ deleted: now })
        .where(and(eq(actors.uri, zoe!.actor), eq(actors.local, false)));
      await tx.delete(posts).where(eq(posts.uri, uri));
    });
    expect((await pictures.open(face)).state).toBe('gone');
    expect((await pictures.open(shot!)).state).toBe('gone');
    await pictures.sweep();
    expect(onDisk()).toEqual([]);
    // One of ours is shown from where it is, and never from elsewhere.
    expect(pictures.iconOf({ uri: '', local: true, icon: 'https://volets.example/media/a-320.webp' })).toBe(
      '/media/a-320.webp',
    );
    expect(pictures.iconOf({ uri: '', local: true, icon: 'https://volets.example.evil.example/a.webp' })).toBeNull();
  });
});
