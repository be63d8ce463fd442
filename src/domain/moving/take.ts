/** What of a member's file is shown beforehand, and what is taken: profile, listings with their pictures, follows. */
import { readFile } from 'node:fs/promises';
import { and, eq, inArray } from 'drizzle-orm';
import type { Database, Reader } from '#db/database.ts';
import type { ArrivalChoice, ArrivalNote, ArrivalReport } from '#db/schema/leaving.ts';
import { findActor } from '../actors.ts';
import { attestationKinds } from '../attestations/kinds.ts';
import { getCooperative } from '../cooperative.ts';
import { follow, followedAmong } from '../follows.ts';
import { type ImportFault, type ImportLine, importListings } from '../import.ts';
import { mediaUrl, preparePicture, savePictureFiles } from '../media.ts';
import { findAccount } from '../members.ts';
import { listPeers } from '../peers.ts';
import type { Places } from '../places.ts';
import type { FederationPort } from '../ports.ts';
import { PROFILE_AUDIENCES, updateProfile } from '../profiles.ts';
import { many } from '../read.ts';
import type { AccountRow } from '../sessions.ts';
import type { Site } from '../site.ts';
import { ok } from '../types.ts';
import { type Brought, titleOf } from './read-container.ts';

export type ArrivalDeps = {
  db: Database;
  site: Site;
  dir: string;
  mediaDir: string;
  places: Pick<Places, 'find' | 'townOf'>;
  lookup: FederationPort['lookup'];
};
const MAX_NOTES = 300;
/** Listings between two notes of how far it is. */
const LISTINGS_AT_ONCE = 20;

type Sorted = { fresh: ImportLine[]; already: number };
/** Without those that are here already: what was changed here since is not overwritten. */
const sortOut = async (db: Reader, actor: string, lines: ImportLine[]): Promise<Sorted> => {
  const { listings } = db.t;
  const here = new Set<string>();
  for (let from = 0; from < lines.length; from += 500) {
    const refs = lines.slice(from, from + 500).map((line) => line.ref);
    const [byRef, byId] = [
      await db
        .select({ ref: listings.importRef })
        .from(listings)
        .where(and(eq(listings.publisher, actor), inArray(listings.importRef, refs))),
      await db
        .select({ ref: listings.id })
        .from(listings)
        .where(and(eq(listings.publisher, actor), eq(listings.local, true), inArray(listings.id, refs))),
    ];
    for (const { ref } of [...byRef, ...byId]) if (ref !== null) here.add(ref);
  }
  const fresh = lines.filter((line) => !here.has(line.ref));
  return { fresh, already: lines.length - fresh.length };
};

const options = async (deps: ArrivalDeps, account: AccountRow, folder: string) => ({
  handle: account.handle,
  places: deps.places,
  kinds: (await getCooperative(deps.db.read))?.kinds ?? [],
  anyAttestation: true,
  photos: { mediaDir: deps.mediaDir, baseDir: folder },
});

export const look = async (
  deps: ArrivalDeps,
  account: AccountRow,
  folder: string,
  brought: Brought,
): Promise<ArrivalReport> => {
  const { db, site } = deps;
  const { fresh, already } = await sortOut(db.read, account.actor, brought.lines);
  const notes = [...brought.notes];
  const prepared = await fitted(db.read, fresh, notes);
  // Pictures are decoded when they are taken: here it would be done twice.
  const bare = withoutPictures(prepared);
  const judged = await importListings(db, site, {
    ...(await options(deps, account, folder)),
    lines: bare,
    dryRun: true,
  });
  notes.push(...judged.faults.map((fault) => noteOf(fault, fresh)));
  if (already > 0) notes.push({ code: 'already', params: { n: already } });
  return { ...brought.report, notes: notes.slice(0, MAX_NOTES) };
};

const withoutPictures = <L extends ImportLine>(lines: L[]): Omit<L, 'photos'>[] =>
  lines.map((line) => {
    const { photos: _, ...rest } = line;
    return rest;
  });

/**
 * What was kept from partners that are none here, or is for holders of what is not attested here, is not shown to
 * anybody before its publisher has looked at it.
 */
const fitted = async (db: Reader, lines: ImportLine[], notes: ArrivalNote[]): Promise<ImportLine[]> => {
  const partners = new Set((await listPeers(db)).map((peer) => peer.host));
  const attested = new Set((await attestationKinds(db)).map((kind) => kind.code));
  return lines.map((line) => {
    const withheld = many(line.raw['withheld']);
    const known = withheld.filter((host) => partners.has(host));
    const strange = many(line.raw['attestations']).some((code) => !attested.has(code));
    if (known.length === withheld.length && !strange) return line;
    if (known.length < withheld.length) notes.push({ code: 'withheld', about: titleOf(line) });
    if (strange) notes.push({ code: 'notAttested', about: titleOf(line) });
    return { ...line, raw: { ...line.raw, withheld: known }, state: 'draft' as const };
  });
};

const noteOf = (fault: ImportFault, lines: ImportLine[]): ArrivalNote => {
  const line = lines.find((one) => one.line === fault.line);
  return {
    code: `errors.${fault.code}`,
    params: { ...fault.params, field: fault.field },
    ...(line === undefined ? {} : { about: titleOf(line) }),
  };
};

type Around = { tell: (done: number) => Promise<void>; stop: AbortSignal };

/** Takes what was chosen. @returns undefined if it was broken off: what was taken is known again when it goes on; or the account is closed */
export const take = async (
  deps: ArrivalDeps,
  account: AccountRow,
  folder: string,
  brought: Brought,
  choice: ArrivalChoice,
  { tell, stop }: Around,
): Promise<ArrivalReport | undefined> => {
  const { db, site } = deps;
  const notes = [...brought.notes];
  const taken = {
    profile: false,
    picture: false,
    created: 0,
    already: 0,
    failed: 0,
    follows: 0,
    followsAlready: 0,
  };
  if (choice.profile) {
    const profile = await takeProfile(deps, account, brought, notes);
    if (profile === undefined) return undefined;
    Object.assign(taken, profile);
  }
  let done = 0;
  if (choice.listings !== 'none') {
    const { fresh, already } = await sortOut(db.read, account.actor, brought.lines);
    taken.already = already;
    const settings = await options(deps, account, folder);
    const lines = (await fitted(db.read, fresh, notes)).map((line) => ({
      ...line,
      // What was no more than a draft, or paused, is not published by moving.
      state: choice.listings === 'draft' ? ('draft' as const) : (line.state ?? 'published'),
    }));
    for (let from = 0; from < lines.length; from += LISTINGS_AT_ONCE) {
      if (stop.aborted) return undefined;
      const some = lines.slice(from, from + LISTINGS_AT_ONCE);
      const first = await importListings(db, site, { ...settings, lines: some });
      const spoilt = withBadPictures(first.faults);
      const again = withoutPictures(some.filter((line) => spoilt.has(line.line)));
      const second = await importListings(db, site, { ...settings, lines: again });
      const faults = [...first.faults.filter((fault) => !spoilt.has(fault.line)), ...second.faults];
      notes.push(...first.faults.filter((fault) => spoilt.has(fault.line)).map((fault) => noteOf(fault, some)));
      notes.push(...faults.map((fault) => noteOf(fault, some)));
      taken.created += first.created + second.created;
      taken.failed += new Set(faults.map((fault) => fault.line)).size;
      done += some.length;
      await tell(done);
    }
  }
  if (choice.follows) {
    const followed = await takeFollows(deps, account, brought.follows, notes, {
      stop,
      tell: (n) => tell(done + n),
    });
    if (followed === undefined) return undefined;
    Object.assign(taken, followed);
  }
  return { ...brought.report, notes: notes.slice(0, MAX_NOTES), taken };
};

/** Lines of which nothing is wrong but their pictures: taken without them rather than not at all. */
const withBadPictures = (faults: ImportFault[]): Set<number> => {
  const others = new Set(faults.filter((fault) => fault.field !== 'photos').map((fault) => fault.line));
  return new Set(faults.filter((fault) => !others.has(fault.line)).map((fault) => fault.line));
};

/** Nothing is done in the name of who has left, or was suspended, since it was begun. */
const isStillHere = async (tx: Reader, account: AccountRow): Promise<boolean> =>
  (await findAccount(tx, account.id))?.state === 'active';

const takeProfile = async (
  { db, site, mediaDir }: ArrivalDeps,
  account: AccountRow,
  { profile, portrait }: Brought,
  notes: ArrivalNote[],
): Promise<{ profile: boolean; picture: boolean } | undefined> => {
  let icon: string | undefined;
  if (portrait !== undefined) {
    const picture = await preparePicture(await readFile(portrait));
    if (picture.ok) {
      await savePictureFiles(mediaDir, picture.value);
      icon = mediaUrl(site, picture.value.key, 320);
    } else notes.push({ code: `errors.${picture.errors[0]?.code ?? ''}`, params: picture.errors[0]?.params ?? {} });
  }
  const actor = await findActor(db.read, account.actor);
  const showProfile = PROFILE_AUDIENCES.find((one) => one === profile.showProfile) ?? account.showProfile;
  const wanted = {
    name: profile.name.trim() === '' ? (actor?.name ?? account.handle) : profile.name,
    text: profile.text,
    languages: profile.languages,
    showProfile,
    indexable: profile.indexable ?? account.indexable,
  };
  const result = await db.write(async (tx) =>
    (await isStillHere(tx, account)) ? updateProfile(tx, site, account, wanted, icon) : undefined,
  );
  if (result === undefined) return undefined;
  if (!result.ok)
    notes.push(
      ...result.errors.map(({ field, code, params }) => ({ code: `errors.${code}`, params: { ...params, field } })),
    );
  return { profile: result.ok, picture: result.ok && icon !== undefined };
};

const takeFollows = async (
  { db, site, lookup }: ArrivalDeps,
  account: AccountRow,
  wanted: string[],
  notes: ArrivalNote[],
  { stop, tell }: { stop: AbortSignal; tell: (n: number) => Promise<void> },
): Promise<{ follows: number; followsAlready: number } | undefined> => {
  const known = await followedAmong(
    db.read,
    account.actor,
    wanted.filter((one) => one.startsWith('http')),
  );
  let [follows, followsAlready] = [0, known.size];
  // One after the other: a list of a thousand must not make us knock at a thousand doors at once.
  for (const [i, one] of wanted.entries()) {
    if (stop.aborted) return undefined;
    if (known.has(one)) continue;
    const local = await findActor(db.read, one);
    const found = local === undefined ? await lookup(one) : ok({ uri: local.uri });
    if (!found.ok) {
      notes.push({ code: `errors.${found.errors[0]?.code ?? ''}`, params: found.errors[0]?.params ?? {}, about: one });
      continue;
    }
    const { uri } = found.value;
    const asked = await db.write(async (tx) =>
      (await isStillHere(tx, account))
        ? follow(tx, site, account.actor, { uri, local: uri.startsWith(`${site.origin}/`) })
        : undefined,
    );
    if (asked === undefined) return undefined;
    if (asked.ok) follows++;
    else
      notes.push({ code: `errors.${asked.errors[0]?.code ?? ''}`, params: asked.errors[0]?.params ?? {}, about: one });
    if (i % 10 === 9) await tell(i + 1);
  }
  return { follows, followsAlready };
};
