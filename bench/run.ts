/** What every section of the benchmark stands on: a node with 10,000 listings, a way to report, and quantiles. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeys } from '#domain/actors.ts';
import { readCooperative, setUp } from '#domain/cooperative.ts';
import { type ListingDraft, readListing } from '#domain/listing-input.ts';
import { type ListingRow, createListing } from '#domain/listings.ts';
import { hashPassword } from '#domain/passwords.ts';
import { openPlaces } from '#domain/places.ts';
import { KINDS } from '#domain/types.ts';
import { loadConfig } from '#src/config.ts';
import { type Node, createNode } from '#src/node.ts';

/** One figure. `target` is what it is meant to reach, `holds` whether it does. */
export type Figure = { name: string; value: number; unit: string; detail: string; target: string; holds: boolean };
export type Report = (figure: Figure) => void;

/** First of the ports that the benchmark uses; each section has some of its own. */
export const PORT = 4_790;
export const TOWNS = ['Marseille', 'Lyon', 'Aubagne', 'Bologna', 'Paris', 'Nantes'];

/** @returns the value below which the part `q` of the times lies */
export const quantile = (times: number[], q: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;

const temporary: string[] = [];
process.once('exit', () => {
  for (const dir of temporary) rmSync(dir, { recursive: true, force: true });
});
/** A folder of its own that is gone after the run. */
export const temporaryDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'maillon-bench-'));
  temporary.push(dir);
  return dir;
};

export type Bench = { node: Node; rows: ListingRow[]; origin: string; host: string; dir: string; port: number };

/**
 * A set-up node on SQLite, in this process, without listening.
 * @param count listings of its admin ada, all published and public
 */
export const settle = async (port: number, count: number): Promise<Bench> => {
  const dir = temporaryDir();
  const origin = `http://bench.localhost:${port}`;
  const loaded = loadConfig({ MAILLON_ORIGIN: origin, PORT: String(port), MAILLON_DATA: dir });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const node = await createNode(loaded.config, { limits: { perAddress: 1e9, perHost: 1e9 } });
  await setUpNode(node);
  return { node, rows: await fill(node, count), origin, host: `bench.localhost:${port}`, dir, port };
};

const places = openPlaces();

const setUpNode = async ({ db, site }: Node): Promise<void> => {
  const value = readCooperative(
    {
      name: 'Bench',
      handle: 'bench',
      territory: 'Marseille',
      languages: ['fr'],
      kinds: [...KINDS],
      signUpRule: 'open',
    },
    (name) => places.find(name),
  );
  if (!value.ok) throw new Error(JSON.stringify(value.errors));
  const [a, b, c, hash] = await Promise.all([
    generateKeys(),
    generateKeys(),
    generateKeys(),
    hashPassword('une phrase assez longue'),
  ]);
  await db.write((tx) =>
    setUp(
      tx,
      site,
      value.value,
      { name: 'Ada', handle: 'ada', email: 'ada@bench.localhost', password: '' },
      { node: a, cooperative: b, admin: c, adminPasswordHash: hash },
      'fr',
    ),
  );
};

/** A listing as ada writes it. @param i also decides the town */
export const benchDraft = (i: number): ListingDraft => {
  const place = TOWNS[i % TOWNS.length]!;
  const read = readListing(
    {
      kind: 'lodging',
      title: `Chambre à ${place} ${i}`,
      text: 'Une chambre claire, calme, près de l’hôpital et du marché.',
      priceType: 'money',
      price: '42',
      place,
      quantity: '2',
    },
    { kinds: KINDS, findPlace: (name) => places.find(name), townOf: (at) => places.townOf(at), now: new Date() },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.value;
};

const fill = async ({ db, site }: Node, count: number): Promise<ListingRow[]> => {
  const drafts = TOWNS.map((_, i) => benchDraft(i));
  const rows: ListingRow[] = [];
  for (let from = 0; from < count; from += 500) {
    await db.write(async (tx) => {
      for (let i = 0; i < Math.min(500, count - from); i++) {
        const draft = drafts[i % drafts.length]!;
        const title = `${draft.title} ${from + i}`;
        // Some are told to the world, so that the outbox has pages; all would make an announcement each.
        const state = from + i < 40 ? 'published' : 'draft';
        rows.push(await createListing(tx, site, 'ada', { ...draft, title }, state));
      }
      await tx.update(tx.t.listings).set({ state: 'published', published: new Date() });
    });
  }
  await outboxFilled(db, rows.length);
  return rows;
};

/** The announcements of the first listings become activities before anything is measured. */
const outboxFilled = async (db: Node['db'], some: number): Promise<void> => {
  for (let i = 0; i < 200 && some > 0; i++) {
    if ((await db.read.$count(db.read.t.activities)) >= Math.min(40, some)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
