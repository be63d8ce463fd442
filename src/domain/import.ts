/** Listings out of a file: the good lines in, every bad one told by number, field and remedy; safe to run twice. */
import { createHash } from 'node:crypto';
import { Semaphore } from 'async-mutex';
import { and, eq, inArray } from 'drizzle-orm';
import type { Database, Reader, Tx } from '#db/database.ts';
import { actorUri } from './ids.ts';
import { type ExactPlace, type ListingDraft, readListing } from './listing-input.ts';
import { type ListingRow, createListing, moveListing, touchListing, updateListing } from './listings.ts';
import { attestationKinds } from './attestations/kinds.ts';
import { wholeOf } from './hidden-halves.ts';
import { listPictures } from './media.ts';
import { listPeers } from './peers.ts';
import type { Places } from './places.ts';
import type { Site } from './site.ts';
import {
  type PhotoSource,
  type PreparedPhotos,
  createPhotoReader,
  photosDiffer,
  savePhotos,
} from './transfer/photos.ts';
import type { ImportLine } from './transfer/parse.ts';
import { sameDraft } from './transfer/same.ts';
import type { FieldError } from './types.ts';

export { type ImportLine, MAX_IMPORT_BYTES, decodeFile, parseListings } from './transfer/parse.ts';

/** `line` as an editor shows it; `field` in the file's own words ('' = the whole line). */
export type ImportFault = FieldError & { line: number };
export type ImportReport = { created: number; updated: number; unchanged: number; faults: ImportFault[] };

export type ImportOptions = {
  /** Handle of the member who publishes all lines; absent = each line's column `member` says it. */
  handle?: string;
  lines: readonly ImportLine[];
  places: Pick<Places, 'find' | 'townOf'>;
  /** Kinds that the cooperative has switched on. */
  kinds: readonly string[];
  /** May a listing be for holders of what is not attested here? It is then shown whole to nobody but its publisher. */
  anyAttestation?: boolean;
  /** Where pictures are kept, and where the file's relative paths begin; absent = photos are faults. */
  photos?: PhotoSource;
  /** Judge every line but write nothing; the counts say what would happen. */
  dryRun?: boolean;
  /** Notes what was done, in the transaction of each batch. */
  note?: (tx: Tx, done: { created: number; updated: number }) => Promise<void>;
  onProgress?: (done: number, total: number) => void;
};

const BATCH = 50;
/** Lines whose photos are read at the same time. */
const LINES_AT_ONCE = 4;

type Ready = { line: ImportLine; handle: string; ref: string; draft: ListingDraft; photos?: PreparedPhotos };

/**
 * Creates or updates one listing per line, 50 to a transaction. A line is known again by its `ref`, or by its kind,
 * title and place when it has none; what is the same as before is not touched, and nobody is told of it.
 */
export const importListings = async (db: Database, site: Site, options: ImportOptions): Promise<ImportReport> => {
  const report: ImportReport = { created: 0, updated: 0, unchanged: 0, faults: [] };
  const members = await knownMembers(db.read, options);
  // Also those that are partners no more: an export of then is read back.
  const partners = (await listPeers(db.read)).map((peer) => peer.host);
  const attestations = (await attestationKinds(db.read)).map((kind) => kind.code);
  const seen = new Map<string, number>();
  const { lines } = options;
  const reader = createPhotoReader(db.read, options.photos, options.dryRun !== true);
  const reading = new Semaphore(LINES_AT_ONCE);
  for (let from = 0; from < lines.length; from += BATCH) {
    const judged = lines.slice(from, from + BATCH).map((line) => ({
      line,
      read: judge(line, site, { ...options, partners, attestations }, members, seen),
    }));
    await reader.recall(judged.flatMap(({ line, read }) => ('faults' in read ? [] : (line.photos ?? []))));
    const ready = await Promise.all(
      judged.map(async ({ line, read }): Promise<Ready | undefined> => {
        const photos =
          'faults' in read || line.photos === undefined
            ? undefined
            : await reading.runExclusive(() => reader.read(line.photos ?? []));
        const bad = 'faults' in read ? read : photos !== undefined && 'faults' in photos ? photos : undefined;
        report.faults.push(...(bad?.faults ?? []).map((fault) => toldOf(line, fault)));
        if ('faults' in read || (photos !== undefined && 'faults' in photos)) return undefined;
        return photos === undefined ? read : { ...read, photos };
      }),
    ).then((all) => all.filter((one) => one !== undefined));
    const done =
      options.dryRun === true
        ? await compareAll(db.read, site, ready)
        : await db.write(async (tx) => {
            const saved = await saveAll(tx, site, ready);
            if (saved.created + saved.updated > 0) await options.note?.(tx, saved);
            return saved;
          });
    report.created += done.created;
    report.updated += done.updated;
    report.unchanged += done.unchanged;
    report.faults.push(...done.faults);
    options.onProgress?.(Math.min(from + BATCH, lines.length), lines.length);
  }
  report.faults.sort((a, b) => a.line - b.line);
  return report;
};

/** Which of the handles that the file needs are active members here? */
const knownMembers = (db: Reader, options: ImportOptions): Promise<Set<string>> =>
  activeAmong(db, options.handle === undefined ? options.lines.map((line) => line.member) : [options.handle]);

const activeAmong = async (db: Reader, all: string[]): Promise<Set<string>> => {
  const handles = [...new Set(all)].slice(0, 1_000);
  const { accounts } = db.t;
  const rows = await db
    .select({ handle: accounts.handle })
    .from(accounts)
    .where(and(inArray(accounts.handle, handles), eq(accounts.state, 'active')));
  return new Set(rows.map((row) => row.handle));
};

const judge = (
  line: ImportLine,
  site: Site,
  options: ImportOptions & { partners: string[]; attestations: string[] },
  members: Set<string>,
  seen: Map<string, number>,
): Ready | { faults: FieldError[] } => {
  // A line that could not even be split into cells has one fault, not one per missing field.
  if (Object.keys(line.raw).length === 0 && line.faults.length > 0) return { faults: line.faults };
  const faults = [...line.faults];
  const handle = options.handle ?? line.member;
  if (handle === '') faults.push({ field: 'member', code: 'import.memberMissing' });
  else if (!members.has(handle)) faults.push({ field: 'member', code: 'import.memberUnknown', params: { handle } });

  const found = readListing(line.raw, {
    kinds: options.kinds,
    findPlace: (name) => exactPlace(options.places, name),
    townOf: (place) => options.places.townOf(place),
    now: site.now(),
    // What was imported once is over some day, and is still the same.
    over: true,
    partners: options.partners,
    ...(options.anyAttestation === true ? {} : { attestations: options.attestations }),
    draft: line.state === 'draft',
  });
  if (!found.ok) return { faults: [...faults, ...found.errors] };
  const ref = line.ref === '' ? refOf(found.value) : line.ref;
  const key = `${handle}\n${ref}`;
  const first = seen.get(key);
  if (first !== undefined)
    faults.push({
      field: 'ref',
      code: line.ref === '' ? 'import.sameListing' : 'import.sameRef',
      params: { line: first, ref },
    });
  if (faults.length > 0) return { faults };
  seen.set(key, line.line);
  return { line, handle, ref, draft: found.value };
};

const exactPlace = (places: Pick<Places, 'find'>, name: string): ExactPlace | undefined => {
  const found = places.find(name);
  return found && { name: found.name, latitude: found.latitude, longitude: found.longitude, country: found.country };
};

/** A line without `ref` is known again by what it is and where. */
const refOf = (draft: ListingDraft): string => {
  const what = [draft.kind, draft.title.toLowerCase(), (draft.place?.name ?? '').toLowerCase()].join('\n');
  return `auto:${createHash('sha256').update(what).digest('base64url').slice(0, 22)}`;
};

const toldOf = (line: ImportLine, fault: FieldError): ImportFault => ({
  ...fault,
  field: line.headers[fault.field] ?? COLUMN_OF[fault.field] ?? fault.field,
  line: line.line,
});

/** Form fields whose column the file lacks are told by the column's name. */
const COLUMN_OF: Record<string, string> = {
  priceType: 'price_type',
  validUntil: 'valid_until',
  holderPrice: 'holder_price',
};

const saveAll = async (tx: Tx, site: Site, ready: Ready[]): Promise<ImportReport> => {
  const report: ImportReport = { created: 0, updated: 0, unchanged: 0, faults: [] };
  // Pictures take their time to read: meanwhile somebody may have left.
  const members = await activeAmong(
    tx,
    ready.map((one) => one.handle),
  );
  for (const one of ready) {
    if (!members.has(one.handle)) {
      const fault = { field: 'member', code: 'import.memberUnknown', params: { handle: one.handle } };
      report.faults.push(toldOf(one.line, fault));
      continue;
    }
    const before = await findImported(tx, site, one.handle, one.ref);
    if (isOverAnew(site, one, before)) {
      report.faults.push(toldOf(one.line, DATE_PAST));
      continue;
    }
    const saved = before === undefined ? await create(tx, site, one) : await change(tx, site, one, before);
    if ('faults' in saved) report.faults.push(...saved.faults.map((fault) => toldOf(one.line, fault)));
    else report[saved.outcome] += 1;
  }
  return report;
};

const DATE_PAST: FieldError = { field: 'validUntil', code: 'datePast' };
/** Nobody means to publish what is over already; what was published and is over since stays as it is. */
const isOverAnew = (site: Site, { draft }: Ready, before: ListingRow | undefined): boolean =>
  draft.validUntil !== undefined &&
  draft.validUntil < site.now() &&
  before?.validUntil?.getTime() !== draft.validUntil.getTime();

const compareAll = async (db: Reader, site: Site, ready: Ready[]): Promise<ImportReport> => {
  const report: ImportReport = { created: 0, updated: 0, unchanged: 0, faults: [] };
  for (const one of ready) {
    const before = await findImported(db, site, one.handle, one.ref);
    if (isOverAnew(site, one, before)) {
      report.faults.push(toldOf(one.line, DATE_PAST));
      continue;
    }
    const pictures =
      before !== undefined && one.photos !== undefined && photosDiffer(await listPictures(db, [before.id]), one.photos);
    const same =
      before !== undefined &&
      !pictures &&
      (await sameDraft(db, before, one.draft)) &&
      (one.line.state ?? before.state) === before.state;
    report[before === undefined ? 'created' : same ? 'unchanged' : 'updated'] += 1;
  }
  return report;
};

/** An export names listings that were never imported by their id. */
const findImported = async (db: Reader, site: Site, handle: string, ref: string): Promise<ListingRow | undefined> => {
  const { listings } = db.t;
  const publisher = actorUri(site, handle);
  const [row] = await db
    .select()
    .from(listings)
    .where(and(eq(listings.publisher, publisher), eq(listings.importRef, ref)))
    .limit(1);
  if (row !== undefined) return wholeOf(db, row);
  const [byId] = await db
    .select()
    .from(listings)
    .where(and(eq(listings.id, ref), eq(listings.publisher, publisher), eq(listings.local, true)))
    .limit(1);
  return byId === undefined ? undefined : wholeOf(db, byId);
};

type Saved = { outcome: 'created' | 'updated' | 'unchanged' } | { faults: FieldError[] };

const create = async (tx: Tx, site: Site, { line, handle, ref, draft, photos }: Ready): Promise<Saved> => {
  const state = line.state ?? 'published';
  // Born a draft, so that it is announced once it has its pictures.
  const row = await createListing(tx, site, handle, draft, 'draft', ref);
  if (photos !== undefined) await savePhotos(tx, site, row, photos);
  if (state === 'draft') return { outcome: 'created' };
  const published = await moveListing(tx, site, row, 'published');
  const moved = published.ok && state !== 'published' ? await moveListing(tx, site, published.value, state) : published;
  return moved.ok ? { outcome: 'created' } : { faults: moved.errors };
};

const change = async (tx: Tx, site: Site, { line, draft, photos }: Ready, before: ListingRow): Promise<Saved> => {
  let row = before;
  let outcome: 'updated' | 'unchanged' = 'unchanged';
  const pictures = photos !== undefined && (await savePhotos(tx, site, row, photos));
  if (!(await sameDraft(tx, before, draft))) {
    row = await updateListing(tx, site, row, draft);
    outcome = 'updated';
  } else if (pictures) {
    await touchListing(tx, site, row);
    outcome = 'updated';
  }
  if (line.state === undefined || line.state === row.state) return { outcome };
  if (line.state === 'draft') return { faults: [{ field: 'state', code: 'listing.transition' }] };
  const moved = await moveListing(tx, site, row, line.state);
  return moved.ok ? { outcome: 'updated' } : { faults: moved.errors };
};
