/** What an unpacked file says: profile, listings, follows; of other software as far as it is known. */
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArrivalNote, ArrivalReport } from '#db/schema/leaving.ts';
import { plainText } from '../html.ts';
import { hostOf } from '../ids.ts';
import { type ImportLine, parseListings } from '../transfer/parse.ts';
import { readManifest } from './manifest.ts';
import {
  ACTOR_FILE,
  ATTESTATIONS_FILE,
  FOLLOWS_CSV,
  FOLLOWS_FILE,
  LISTINGS_JSON,
  MANIFEST,
  PORTRAIT_FILE,
  PROFILE_FILE,
  THREADS_FILE,
} from './names.ts';
import { ContainerFault, type Unpacked } from './unpack.ts';

export type Brought = {
  actor: string;
  handle: string;
  profile: {
    name: string;
    text: string;
    languages: string[];
    showProfile: string | undefined;
    indexable: boolean | undefined;
  };
  portrait: string | undefined;
  /** Whose `ref` names the listing and where it comes from. */
  lines: ImportLine[];
  /** URIs or addresses of those who are followed. */
  follows: string[];
  notes: ArrivalNote[];
  report: Omit<ArrivalReport, 'notes' | 'taken'>;
};

const MAX_LISTINGS = 2_000;
const MAX_FOLLOWS = 1_000;
const REF_MAX = 180;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown, max: number): string =>
  typeof value === 'string' ? value.replaceAll('\0', '').slice(0, max) : '';

/**
 * @param folder where it was unpacked; @param me the actor of here who brings it
 * @returns what can be taken
 * @throws ContainerFault
 */
export const readContainer = async (folder: string, { names, leftOut }: Unpacked, me: string): Promise<Brought> => {
  const notes: ArrivalNote[] = leftOut.map(({ code, about }) => ({ code, about }));
  const raw = async (name: string): Promise<string | undefined> =>
    names.has(name) ? readFile(join(folder, name), 'utf8') : undefined;
  const json = async (name: string): Promise<unknown> => {
    const said = await raw(name);
    if (said === undefined) return undefined;
    try {
      return JSON.parse(said);
    } catch {
      throw new ContainerFault('json', { name });
    }
  };
  const manifest = readManifest((await raw(MANIFEST)) ?? '');
  if (manifest === undefined) throw new ContainerFault('noManifest');
  const [profile, document] = [await json(PROFILE_FILE), await json(ACTOR_FILE)];
  const own = isObject(profile) ? profile : {};
  const actor = isObject(document) ? document : {};
  const uri = text(own['actor'], 500) || text(actor['id'], 500);
  // Anybody may put two people's things into one file; nobody's own has two names.
  if (text(actor['id'], 500) !== '' && text(actor['id'], 500) !== uri) throw new ContainerFault('twoOwners');
  if (!/^https?:\/\//.test(uri) || !URL.canParse(uri)) throw new ContainerFault('noActor', { name: ACTOR_FILE });
  const host = hostOf(uri);
  const handle = `@${(text(own['handle'], 100) || text(actor['preferredUsername'], 100)).replaceAll(/[\s@/]/g, '')}@${host}`;
  // A member of here who is not the one who brings it; or they themselves, under the name that they had before.
  const here = hostOf(me);
  if (host === here && uri !== me) notes.push({ code: 'otherHere', about: handle });
  const lines = await linesOf(await raw(LISTINGS_JSON), host === here ? '' : `${handle.slice(1)}/`, {
    owner: handle.slice(1).split('@')[0]!.toLowerCase(),
    folder,
    names,
    notes,
  });
  const follows = followsOf(await json(FOLLOWS_FILE), await raw(FOLLOWS_CSV), notes);
  const name = text(own['name'], 60) || text(actor['name'], 60);
  if (names.has(THREADS_FILE)) notes.push({ code: 'threads' });
  if (names.has(ATTESTATIONS_FILE)) notes.push({ code: 'attestations' });
  // Where somebody is and was is said by themselves at each end, never by a file.
  const addresses = [own, actor].flatMap((one) => [one['alsoKnownAs'], one['movedTo']].flat());
  if (addresses.some((one) => typeof one === 'string' && one !== '')) notes.push({ code: 'addresses' });
  return {
    actor: uri,
    handle,
    profile: {
      name,
      text: text(own['text'], 2_000) || plainText(text(actor['summary'], 20_000)).slice(0, 2_000),
      languages: Array.isArray(own['languages']) ? own['languages'].map((one) => text(one, 20)) : [],
      showProfile: text(own['showProfile'], 20) || undefined,
      indexable: typeof own['indexable'] === 'boolean' ? own['indexable'] : undefined,
    },
    portrait: names.has(PORTRAIT_FILE) ? join(folder, PORTRAIT_FILE) : undefined,
    lines,
    follows,
    notes,
    report: {
      actor: uri,
      handle,
      name,
      software: manifest.software,
      made: manifest.made,
      counts: {
        listings: lines.length,
        pictures: lines.reduce((sum, line) => sum + (line.photos?.length ?? 0), 0),
        follows: follows.length,
        threads: names.has(THREADS_FILE) ? 1 : 0,
      },
    },
  };
};

type Around = {
  /** Handle of whose file it is, in small letters. */
  owner: string;
  folder: string;
  names: Set<string>;
  notes: ArrivalNote[];
};

const linesOf = async (
  said: string | undefined,
  from: string,
  { owner, folder, names, notes }: Around,
): Promise<ImportLine[]> => {
  if (said === undefined) return [];
  if (/^\s*\[\s*\]\s*$/.test(said)) return [];
  const parsed = parseListings(said, 'json');
  if (!parsed.ok) throw new ContainerFault('listings', { name: LISTINGS_JSON });
  const { own = [], others = [] } = Object.groupBy(parsed.value.lines, ({ member }) =>
    member === '' || member === owner ? 'own' : 'others',
  );
  const lines = own;
  notes.push(
    ...others.map((line) => ({
      code: 'ofAnother',
      about: titleOf(line),
      params: { member: line.member.slice(0, 100) },
    })),
  );
  if (lines.length > MAX_LISTINGS) notes.push({ code: 'tooManyListings', params: { max: MAX_LISTINGS } });
  return Promise.all(
    lines.slice(0, MAX_LISTINGS).map(async (line) => {
      const about = titleOf(line);
      const photos = [];
      for (const photo of line.photos ?? []) {
        const there =
          names.has(photo.path) &&
          (await access(join(folder, photo.path)).then(
            () => true,
            () => false,
          ));
        if (there) photos.push(photo);
        else notes.push({ code: 'noPicture', about });
      }
      const { photos: _, ...rest } = line;
      return { ...rest, ref: refOf(from, line), ...(photos.length === 0 ? {} : { photos }) };
    }),
  );
};

export const titleOf = (line: ImportLine): string => {
  const { title } = line.raw;
  return (typeof title === 'string' && title !== '' ? title : `${line.line}`).slice(0, 100);
};

/** By the account that it comes from and its name there: brought twice it is the same; brought back home it is itself. */
const refOf = (from: string, line: ImportLine): string => {
  const ref = `${from}${line.ref === '' ? `line-${line.line}` : line.ref}`;
  return ref.length <= REF_MAX ? ref : createHash('sha256').update(ref).digest('base64url');
};

const followsOf = (said: unknown, csv: string | undefined, notes: ArrivalNote[]): string[] => {
  const own = Array.isArray(said)
    ? said.flatMap((one: unknown) => (isObject(one) && one['state'] !== 'rejected' ? [text(one['uri'], 500)] : []))
    : (csv ?? '')
        .split(/\r?\n/)
        .slice(1)
        .map((line) => text(line.split(',')[0], 200).trim());
  const all = [...new Set(own.filter((one) => one !== ''))];
  if (all.length > MAX_FOLLOWS) notes.push({ code: 'tooManyFollows', params: { max: MAX_FOLLOWS } });
  return all.slice(0, MAX_FOLLOWS);
};
