/**
 * Pictures that live at others: listings' of peers, icons of people elsewhere, those of posts. No page of ours points
 * at another server, which would tell it who looks at what: this node fetches each picture once, when somebody first
 * looks at it, makes it anew, and shows it from its own origin for as long as the copy that names it is here.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { and, asc, eq, gt, isNotNull } from 'drizzle-orm';
import type { Database, Reader } from '#db/database.ts';
import { remembered } from '#db/memo.ts';
import { type ActorRow, findActor } from '../actors.ts';
import { isUnderRule, readRuleSets } from '../domain-rules.ts';
import { hostOf } from '../ids.ts';
import { type ListingRow, findListing } from '../listings.ts';
import type { Size } from '../media.ts';
import type { PictureFetch } from '../ports.ts';
import type { Site } from '../site.ts';
import { createPictureCache } from './cache.ts';
import { createPictureLoader } from './fetching.ts';

export const PICTURE_OWNERS = ['listing', 'actor', 'post'] as const;
/** What names the picture. Its id in a path: a listing's own, else its URI in base64url. */
export type PictureOwner = (typeof PICTURE_OWNERS)[number];
export type AskedPicture = { owner: PictureOwner; id: string; key: string; size: Size };
/** `url` is a path of ours; absent = it cannot be had, and a placeholder stands for it. */
export type ShownPicture = { url?: string; alt: string };
/** `later`: it is being fetched, or was too much at once. `gone`: nothing names it, or it cannot be had. */
export type OpenedPicture = { state: 'here'; bytes: Buffer } | { state: 'later' } | { state: 'gone' };

export type RemotePictures = {
  ofListing(row: Pick<ListingRow, 'id' | 'remotePictures'>, size: Size): ShownPicture[];
  ofPost(row: Pick<PostRow, 'uri' | 'pictures'>, size: Size): ShownPicture[];
  /** Path of a person's picture, ours or not; null = show the letter instead. */
  iconOf(row: Pick<ActorRow, 'uri' | 'icon' | 'local'>): string | null;
  /** What lies at a path. Waits a few seconds at most. */
  open(asked: AskedPicture): Promise<OpenedPicture>;
  /** Drops from the disk what no listing, person or post names any more. */
  sweep(): Promise<void>;
  close(): Promise<void>;
};

type PostRow = Reader['t']['posts']['$inferSelect'];

/** All of these pictures are below this path, and nothing else is. */
export const REMOTE_PICTURES = '/media/remote/';
const WAIT_MS = 4_000;
const PAGE = 1_000;
const SECRET = 'picture-secret';

const encode = (uri: string): string => Buffer.from(uri).toString('base64url');
const decode = (id: string): string => Buffer.from(id, 'base64url').toString();

/** Makes paths that nobody can guess: who knows a picture's address elsewhere does not learn from us whether we know it. */
const secretOf = async (db: Database): Promise<string> => {
  const { facts } = db.read.t;
  const find = async (reader: Reader) => (await reader.select().from(facts).where(eq(facts.key, SECRET)).limit(1))[0];
  const known = await find(db.read);
  if (known !== undefined) return known.value;
  return db.write(async (tx) => {
    await tx
      .insert(facts)
      .values({ key: SECRET, value: randomBytes(32).toString('base64url') })
      .onConflictDoNothing();
    return (await find(tx))!.value;
  });
};

/**
 * @param dir of the copies
 * @param maxBytes of all copies together
 * @param problem is told of faults of this machine
 * @param waitMs how long somebody who asks for a picture waits for it to come, 4 s if not said
 */
export const createRemotePictures = async (deps: {
  db: Database;
  site: Site;
  dir: string;
  maxBytes: number;
  fetch: PictureFetch;
  problem: (error: unknown) => void;
  waitMs?: number;
}): Promise<RemotePictures> => {
  const { db, site } = deps;
  const secret = await secretOf(db);
  const cache = createPictureCache(deps.dir, deps.maxBytes);
  const loader = createPictureLoader({
    fetch: deps.fetch,
    keep: (picture) => cache.keep(picture),
    now: site.now,
    problem: deps.problem,
  });

  /** 160 bits, as long as the names of our own pictures. */
  const keyOf = (owner: PictureOwner, id: string, url: string): string =>
    createHmac('sha256', secret).update(`${owner}\n${id}\n${url}`).digest('hex').slice(0, 40);

  const pathOf = (owner: PictureOwner, id: string, url: string, size: Size): string | undefined => {
    const key = keyOf(owner, id, url);
    return loader.failed(key) ? undefined : `${REMOTE_PICTURES}${owner}/${id}/${key}-${size}.webp`;
  };
  const shown = (
    owner: PictureOwner,
    id: string,
    pictures: { url: string; alt: string }[],
    size: Size,
  ): ShownPicture[] =>
    pictures.map(({ url, alt }) => {
      const path = pathOf(owner, id, url, size);
      return { alt, ...(path === undefined ? {} : { url: path }) };
    });

  /** Of whom no picture is fetched or shown, wherever it lies, and from where none is. */
  const rules = remembered(db, ['domainRules'], async (read) => (await readRuleSets(read)).withoutMedia);
  const unruled = async (host: string, urls: string[]): Promise<string[]> => {
    const without = await rules();
    return isUnderRule(host, without) ? [] : urls.filter((url) => !isUnderRule(hostOf(url), without));
  };

  /** Only what our own tables name is ever fetched. */
  const urlsOf = async (owner: PictureOwner, id: string): Promise<string[]> => {
    if (owner === 'listing') {
      const row = await findListing(db.read, id);
      if (row === undefined || row.local) return [];
      const urls = row.remotePictures.map(({ url }) => url);
      return unruled(row.host, urls);
    }
    if (owner === 'actor') {
      const row = await findActor(db.read, decode(id));
      if (row === undefined || row.local || row.deleted !== null || row.icon === null) return [];
      return unruled(row.host, [row.icon]);
    }
    const { posts } = db.read.t;
    const [row] = await db.read
      .select({ author: posts.author, pictures: posts.pictures })
      .from(posts)
      .where(eq(posts.uri, decode(id)))
      .limit(1);
    if (row === undefined) return [];
    const urls = row.pictures.map(({ url }) => url);
    return unruled(hostOf(row.author), urls);
  };

  const wantedKeys = async (): Promise<Set<string>> => {
    const keys = new Set<string>();
    const without = await rules();
    const wanted = (host: string, url: string): boolean =>
      !isUnderRule(host, without) && !isUnderRule(hostOf(url), without);
    const { listings, actors, posts } = db.read.t;
    await eachPage(
      (after: number) =>
        db.read
          .select({ at: listings.row, id: listings.id, host: listings.host, pictures: listings.remotePictures })
          .from(listings)
          .where(and(eq(listings.local, false), gt(listings.row, after)))
          .orderBy(asc(listings.row))
          .limit(PAGE),
      0,
      (row) => {
        for (const { url } of row.pictures) if (wanted(row.host, url)) keys.add(keyOf('listing', row.id, url));
      },
    );
    await eachPage(
      (after: string) =>
        db.read
          .select({ at: actors.uri, host: actors.host, icon: actors.icon, deleted: actors.deleted })
          .from(actors)
          .where(and(eq(actors.local, false), isNotNull(actors.icon), gt(actors.uri, after)))
          .orderBy(asc(actors.uri))
          .limit(PAGE),
      '',
      (row) => {
        if (row.icon !== null && row.deleted === null && wanted(row.host, row.icon))
          keys.add(keyOf('actor', encode(row.at), row.icon));
      },
    );
    await eachPage(
      (after: string) =>
        db.read
          .select({ at: posts.uri, author: posts.author, pictures: posts.pictures })
          .from(posts)
          .where(gt(posts.uri, after))
          .orderBy(asc(posts.uri))
          .limit(PAGE),
      '',
      (row) => {
        for (const { url } of row.pictures)
          if (wanted(hostOf(row.author), url)) keys.add(keyOf('post', encode(row.at), url));
      },
    );
    return keys;
  };

  return {
    ofListing: (row, size) => shown('listing', row.id, row.remotePictures, size),
    ofPost: (row, size) => shown('post', encode(row.uri), row.pictures, size),
    iconOf: (row) => {
      if (row.icon === null) return null;
      if (!row.local) return pathOf('actor', encode(row.uri), row.icon, 320) ?? null;
      return row.icon.startsWith(`${site.origin}/`) ? row.icon.slice(site.origin.length) : null;
    },
    open: async ({ owner, id, key, size }) => {
      const url = (await urlsOf(owner, id)).find((one) => keyOf(owner, id, one) === key);
      if (url === undefined) return { state: 'gone' };
      const kept = await cache.read(key, size);
      if (kept !== undefined) return { state: 'here', bytes: kept };
      // To ask ourselves for a page of ours would be a way to make us work.
      if (loader.failed(key) || hostOf(url) === site.host) return { state: 'gone' };
      const work = loader.load(key, url);
      if (work === undefined || !(await within(deps.waitMs ?? WAIT_MS, work))) return { state: 'later' };
      const bytes = await cache.read(key, size);
      return bytes === undefined ? { state: loader.failed(key) ? 'gone' : 'later' } : { state: 'here', bytes };
    },
    sweep: () => cache.retain(wantedKeys),
    close: () => loader.close(),
  };
};

/** @returns whether the work ended in time; it goes on in any case */
const within = async (ms: number, work: Promise<void>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const ended = work.then(() => true);
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
};

const eachPage = async <T extends { at: string | number }>(
  read: (after: T['at']) => PromiseLike<T[]>,
  start: T['at'],
  work: (row: T) => void,
): Promise<void> => {
  for (let after: T['at'] = start; ;) {
    const rows = await read(after);
    for (const row of rows) work(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.at;
  }
};
