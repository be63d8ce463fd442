/** What partners attested ends with its time, with home's word, and with the partnership; what was not told yet is told as a teaser. */
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attest, validOf } from '#domain/attestations/give.ts';
import { mayReadWhole } from '#domain/attestations/holders.ts';
import { attestationKinds } from '#domain/attestations/kinds.ts';
import {
  countedOf,
  dropVouched,
  keepVouched,
  recognitionsOf,
  setRecognitions,
  sweepAttestations,
} from '#domain/attestations/partners.ts';
import { wholeOf } from '#domain/hidden-halves.ts';
import { endGuestsFrom, forgetEntity } from '#domain/identity/guests.ts';
import { createListing, updateListing } from '#domain/listings.ts';
import { siteOf } from '#domain/site.ts';
import { settleCooperative } from '../support/cooperative.ts';
import { type Fresh, eachEngine, freshDatabase } from '../support/databases.ts';
import { draft } from '../support/nodes.ts';

let now = new Date('2026-11-24T10:00:00Z');
const site = siteOf('https://volets.example', () => now);
const later = (hours: number): Date => new Date(now.getTime() + hours * 3_600_000);
const GUEST = { actor: 'https://lyon.example/users/amelie', host: 'lyon.example' };
const URI = 'https://lyon.example/users/instance/attestations/1';

eachEngine('attestations of partners', (engine) => {
  let fresh: Fresh;
  beforeEach(async () => {
    now = new Date('2026-11-24T10:00:00Z');
    fresh = await freshDatabase(engine);
    await settleCooperative(fresh.db, site);
    await fresh.db.write(async (tx) => {
      await setRecognitions(tx, GUEST.host, new Map([['soignante', 'care-worker']]));
      const one = { uri: URI, code: 'soignante', until: later(24 * 300), expires: later(48) };
      await keepVouched(tx, GUEST, [one, { ...one, uri: `${URI}0`, code: 'producer', until: later(1) }]);
    });
  });
  afterEach(() => fresh.drop());
  const counted = () => countedOf(fresh.db.read, now, GUEST);

  test('only what is recognised counts, as what it is recognised, from that partner alone, until its end', async () => {
    expect(await counted()).toEqual(['care-worker']);
    expect(await countedOf(fresh.db.read, now, { ...GUEST, host: 'bologna.example' })).toEqual([]);
    now = later(49);
    expect(await counted()).toEqual([]);
    await fresh.db.write((tx) => sweepAttestations(tx, now));
    expect(await fresh.db.read.$count(fresh.db.read.t.vouchedAttestations)).toBe(0);
  });

  test('a new sign-in replaces what the one before showed', async () => {
    await fresh.db.write((tx) => keepVouched(tx, GUEST, []));
    expect(await counted()).toEqual([]);
  });

  test('another server cannot take it back, nor claim it for its own member', async () => {
    const other = { host: 'bologna.example', actor: 'https://bologna.example/users/instance' };
    expect(await fresh.db.write((tx) => dropVouched(tx, now, URI, other))).toBe(false);
    const mallory = { actor: 'https://bologna.example/users/mallory', host: other.host };
    await fresh.db.write((tx) =>
      keepVouched(tx, mallory, [{ uri: URI, code: 'soignante', until: later(9), expires: later(9) }]),
    );
    expect(await counted()).toEqual(['care-worker']);
    expect(await countedOf(fresh.db.read, now, mallory)).toEqual([]);
  });

  test('a rest forgets what was shown; the end of a partnership forgets the trust, too', async () => {
    await fresh.db.write((tx) => endGuestsFrom(tx, GUEST.host));
    expect(await counted()).toEqual([]);
    expect((await recognitionsOf(fresh.db.read, GUEST.host)).size).toBe(1);
    await fresh.db.write((tx) => forgetEntity(tx, GUEST.host));
    expect((await recognitionsOf(fresh.db.read, GUEST.host)).size).toBe(0);
  });

  test('at home it ends with its day; the list is there from the beginning', async () => {
    const may = (await attestationKinds(fresh.db.read)).map((kind) => kind.code);
    const [by, member] = ['alice', 'bob'].map((handle) => `${site.origin}/users/${handle}`) as [string, string];
    const given = await fresh.db.write((tx) =>
      attest(tx, site, { by, member, may }, { code: 'care-worker', until: '2026-12-01', note: 'Carte vue.' }),
    );
    expect(given.ok).toBe(true);
    expect(await validOf(fresh.db.read, now, member)).toHaveLength(1);
    const listing = await fresh.db.write((tx) =>
      createListing(tx, site, 'alice', draft({ access: 'reserved', attestations: ['care-worker'] }), 'published'),
    );
    const reads = () => mayReadWhole(fresh.db.read, now, listing, { member: { actor: member, role: 'member' } });
    expect(await reads()).toBe(true);
    now = new Date('2026-12-02T10:00:00Z');
    expect(await reads()).toBe(false);
  });

  test('a listing that becomes reserved before anything was said of it is told of once, as a teaser', async () => {
    const { announcements } = fresh.db.read.t;
    const open = await fresh.db.write((tx) => createListing(tx, site, 'alice', draft(), 'published'));
    await fresh.db.write((tx) =>
      updateListing(tx, site, open, draft({ access: 'reserved', attestations: ['care-worker'] })),
    );
    const rows = await fresh.db.read.select().from(announcements).where(eq(announcements.subject, open.id));
    expect(rows.filter((row) => row.state === 'waiting').map((row) => row.type)).toEqual(['listing.published']);
    expect(rows).toHaveLength(2);
  });

  test('a teaser does not say by what a thing is counted; the whole does, and says it again when it is open', async () => {
    const priced = { kind: 'making', priceType: 'money', price: '12', unit: 'unit', quantity: '' };
    const made = draft({ ...priced, access: 'reserved', attestations: ['care-worker'] });
    const teaser = await fresh.db.write((tx) => createListing(tx, site, 'alice', made, 'published'));
    expect(teaser).toMatchObject({ unit: 'hour', unitBased: false });
    expect(await wholeOf(fresh.db.read, teaser)).toMatchObject({ unit: 'unit', unitBased: true, priceAmount: 1_200 });
    const open = await fresh.db.write((tx) => updateListing(tx, site, teaser, draft({ ...priced, access: 'all' })));
    expect(open).toMatchObject({ unit: 'unit', unitBased: true });
  });
});
