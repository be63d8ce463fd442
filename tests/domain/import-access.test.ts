/** A file says for whom a listing is: what is reserved stays so on its way out and in. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportListings } from '#domain/export.ts';
import { wholesOf } from '#domain/hidden-halves.ts';
import { type ImportReport, importListings, parseListings } from '#domain/import.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { look, take } from '#domain/moving/take.ts';
import { openPlaces } from '#domain/places.ts';
import { siteOf } from '#domain/site.ts';
import { KINDS } from '#domain/types.ts';
import { settleCooperative } from '../support/cooperative.ts';
import { type Fresh, eachEngine, freshDatabase } from '../support/databases.ts';

const places = openPlaces();
const site = siteOf('https://volets.example', () => new Date('2026-11-24T10:00:00Z'));
const HEADER = 'ref,kind,title,text,price_type,price,place,Pour qui,Attestations,Autre tarif';
const room = (text: string, access: string, codes: string, price = ''): string =>
  `${HEADER}\nr1,lodging,Chambre claire,${text},money,42,Marseille,${access},${codes},${price}`;

eachEngine('a file with listings for holders', (engine) => {
  let fresh: Fresh;
  beforeEach(async () => {
    fresh = await freshDatabase(engine);
    await settleCooperative(fresh.db, site);
  });
  afterEach(() => fresh.drop());
  const bring = async (text: string, into = fresh): Promise<ImportReport> => {
    const parsed = parseListings(text, 'csv');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return importListings(into.db, site, { handle: 'alice', lines: parsed.value.lines, places, kinds: KINDS });
  };
  const file = async (): Promise<string> => {
    let text = '';
    for await (const piece of exportListings(fresh.db.read, site, { format: 'csv' })) text += piece;
    return text;
  };
  const rows = (of = fresh) => of.db.read.select().from(of.db.read.t.listings);

  test('reserved comes in as a teaser, goes out whole, and comes in again elsewhere as reserved', async () => {
    const text = room('Une chambre garance et calme.', 'Réservée', 'care-worker');
    expect(await bring(text)).toMatchObject({ created: 1, faults: [] });
    const [row] = await rows();
    expect(JSON.stringify(row)).not.toContain('garance');
    expect(row).toMatchObject({ held: { access: 'reserved', codes: ['care-worker'] }, priceType: 'quote' });
    expect(await bring(text)).toMatchObject({ unchanged: 1 });
    // A file without the columns leaves it as it is.
    const without = (await file()).split('\r\n').join('\n');
    expect(without).toContain('garance');
    expect(
      await bring(
        'ref,kind,title,text,price_type,price,place\nr1,lodging,Chambre claire,Une chambre garance et calme.,money,42,Marseille',
      ),
    ).toMatchObject({ unchanged: 1 });
    const other = await freshDatabase(engine);
    await settleCooperative(other.db, site);
    expect(await bring(without, other)).toMatchObject({ created: 1, faults: [] });
    const [copy] = await rows(other);
    expect(JSON.stringify(copy)).not.toContain('garance');
    expect((await wholesOf(other.db.read, [copy!]))[0]).toMatchObject({
      priceAmount: 4200,
      text: 'Une chambre garance et calme.',
    });
    await other.drop();
  });

  test('another price, and back to everybody', async () => {
    await bring(room('Une chambre claire et calme.', 'autre tarif', 'care-worker', '30'));
    expect((await rows())[0]).toMatchObject({ held: { access: 'priced' }, priceAmount: 4200 });
    expect(await bring(await file())).toMatchObject({ unchanged: 1 });
    expect(await bring(room('Une chambre claire et calme.', 'autre tarif', 'care-worker', '31'))).toMatchObject({
      updated: 1,
    });
    await bring(room('Une chambre claire et calme.', 'tous', ''));
    expect((await rows())[0]).toMatchObject({ held: null });
    expect(await fresh.db.read.$count(fresh.db.read.t.hiddenHalves)).toBe(0);
  });

  test('what is wrong is told by line and column', async () => {
    const faults = async (text: string) => (await bring(text)).faults;
    expect(await faults(room('Une chambre calme.', 'Réservée', ''))).toMatchObject([
      { line: 2, field: 'Attestations', code: 'listing.attestationNone' },
    ]);
    expect(await faults(room('Une chambre calme.', 'Réservée', 'nurse'))).toMatchObject([
      { field: 'Attestations', code: 'listing.attestationUnknown' },
    ]);
    expect(await faults(room('Une chambre calme.', 'loué', 'care-worker'))).toMatchObject([
      { field: 'Pour qui', code: 'choice' },
    ]);
    expect(await faults(room('Une chambre calme.', 'priced', 'care-worker', 'peu'))).toMatchObject([
      { field: 'Autre tarif', code: 'listing.holderPrice' },
    ]);
  });

  test('brought by a member who moves, it comes as a draft, still reserved, where its attestation is not given', async () => {
    const parsed = parseListings(room('Une chambre garance et calme.', 'Réservée', 'beekeeper'), 'csv');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const account = (await findAccountByHandle(fresh.db.read, 'alice'))!;
    const profile = { name: 'Alice', text: '', languages: [], showProfile: undefined, indexable: undefined };
    const counts = { listings: 1, pictures: 0, follows: 0, threads: 0 };
    const report = {
      actor: 'https://a.example/users/alice',
      handle: 'alice',
      name: 'Alice',
      software: '',
      made: '',
      counts,
    };
    const { actor, handle } = report;
    const brought = {
      actor,
      handle,
      profile,
      portrait: undefined,
      lines: parsed.value.lines,
      follows: [],
      notes: [],
      report,
    };
    const nobody = () => Promise.reject(new Error('Nobody is looked up.'));
    const deps = { db: fresh.db, site, dir: '', mediaDir: '', places, lookup: nobody };
    const notes = [{ code: 'notAttested', about: 'Chambre claire' }];
    expect((await look(deps, account, '', brought)).notes).toEqual(notes);
    const choice = { profile: false, listings: 'published' as const, follows: false };
    const around = { tell: () => Promise.resolve(), stop: new AbortController().signal };
    const taken = await take(deps, account, '', brought, choice, around);
    expect(taken).toMatchObject({ notes, taken: { created: 1, failed: 0 } });
    const [row] = await rows();
    expect(row).toMatchObject({ state: 'draft', held: { access: 'reserved', codes: ['beekeeper'] }, text: '' });
    expect((await wholesOf(fresh.db.read, [row!]))[0]!.text).toBe('Une chambre garance et calme.');
  });
});
