/**
 * The founding case: Bob of Marseille lends a room near the hospital to care workers. Alice is one, and Lyon attests it;
 * Marseille trusts Lyon. Carla is one, too, attested by Bologna, which Marseille does not trust.
 */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attestByHand, recognise, revokeByHand, visitWith } from '../support/attesting.ts';
import { hiddenIn, traveller, trust } from '../support/away.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { visit } from '../support/visitor.ts';

const SECRET = 'La clé est chez la voisine du deuxième';
const TITLE = 'Chambre à cinq minutes de l’hôpital';

eachEngine('a room for care workers', (engine) => {
  let [marseille, lyon, bologna]: TestNode[] = [];
  let room = '';
  let attested = '';
  const alice = traveller();
  const page = (): string => `${marseille!.origin}/listings/${room}`;

  beforeAll(async () => {
    [marseille, lyon, bologna] = await Promise.all(
      ['marseille', 'lyon', 'bologna'].map((name) => startNode(name, { engine })),
    );
    await Promise.all([
      addMember(marseille!, 'bob', 'Bob'),
      addMember(lyon!, 'alice', 'Alice'),
      addMember(bologna!, 'carla', 'Carla'),
    ]);
    await Promise.all([trust(marseille!, lyon!), trust(bologna!, marseille!)]);
    attested = await attestByHand(lyon!, 'alice');
    await attestByHand(bologna!, 'carla');
    await recognise(marseille!, lyon!);
    const listing = await publish(marseille!, 'bob', {
      title: TITLE,
      text: SECRET,
      access: 'reserved',
      attestations: ['care-worker'],
    });
    room = listing.id;
    await marseille!.settled();
  }, 60_000);
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop(), bologna?.drop()]);
  });

  test('at home in Lyon Alice sees that it is there, for whom, and where to read it', async () => {
    const { listings } = lyon!.db.read.t;
    const copy = async () => (await lyon!.db.read.select().from(listings).where(eq(listings.title, TITLE)))[0];
    await until('the teaser has come', async () => (await copy()) !== undefined);
    const row = (await copy())!;
    expect(JSON.stringify(row)).not.toContain('voisine');
    expect(row).toMatchObject({ remotePictures: [], attributes: {}, tags: [], priceType: 'quote', quantity: null });
    expect(row.held).toEqual({
      access: 'reserved',
      codes: ['care-worker'],
      names: { 'care-worker': { fr: 'Personnel soignant', en: 'Care worker' } },
    });
    const there = visit(lyon!);
    await there.signIn('alice');
    expect((await there.open('/listings')).text('main')).toContain('Réservé : Personnel soignant');
    const teaser = await there.open(`/listings/${row.id}`);
    expect(teaser.text('main')).toContain('Coop marseille garde l’annonce entière');
    expect(teaser.html).toContain(`href="${page()}"`);
    // She has shown nothing there: from here nobody writes about it.
    expect((await there.open(`/listings/${row.id}/message`)).path).toBe(`/listings/${row.id}`);
  });

  test('in Marseille she signs in with Lyon’s account, reads all of it, and writes to Bob', async () => {
    const before = await alice.open(page());
    expect(before.text).toContain('Réservé');
    expect(before.text).toContain('et par Coop lyon');
    expect(before.text).not.toContain('voisine');
    const back = await visitWith(alice, marseille!, lyon!, 'alice');
    expect(back.url).toBe(`${marseille!.origin}/listings`);
    const whole = await alice.open(page());
    expect(whole.text).toContain(SECRET);
    expect(whole.text).toContain('42,50');
    const way = /href="([^"]*\/write-to[^"]*)"/.exec(whole.text)?.[1] ?? '';
    const form = await alice.open(way.replaceAll('&amp;', '&'));
    expect(form.url).toMatch(new RegExp(`^${lyon!.origin}/listings/[^/]+/message$`));
    await alice.send(form.url, { csrf: hiddenIn(form, 'csrf'), text: 'Bonjour Bob, je suis infirmière.' });
    const { conversations } = marseille!.db.read.t;
    await until('Bob has her letter', async () => (await marseille!.db.read.$count(conversations)) === 1);
    const [thread] = await marseille!.db.read.select().from(conversations);
    expect(thread).toMatchObject({ title: TITLE });
    // Beside her letter he reads who vouches for her.
    const bob = visit(marseille!);
    await bob.signIn('bob');
    const letter = await bob.open(`/conversations/${thread!.id}`);
    expect(letter.text('main')).toMatch(/Personnel soignant ?Attesté par Coop lyon, jusqu’au/);
    const person = await bob.open(`/@alice@${lyon!.host}`);
    expect(person.text('main')).toMatch(/Coop lyon.*Membre depuis.*Personnel soignant/);
    expect((await visit(marseille!).open(`/@alice@${lyon!.host}`)).path).toContain('/sign-in');
    const other = visit(marseille!);
    await addMember(marseille!, 'dora', 'Dora');
    await other.signIn('dora');
    expect((await other.open(`/@alice@${lyon!.host}`)).text('main')).not.toContain('soignant');
  });

  test('a bicycle has a price for all and another for care workers, which nobody else learns', async () => {
    const bike = await publish(marseille!, 'bob', {
      title: 'Vélo pour la semaine',
      price: '50',
      access: 'priced',
      attestations: ['care-worker'],
      holderPrice: '37,13',
    });
    await marseille!.settled();
    const url = `${marseille!.origin}/listings/${bike.id}`;
    const seen = await alice.open(url);
    expect(seen.text).toContain('37,13');
    const stranger = await traveller().open(url);
    expect(stranger.text).toMatch(/50(,00)?\s*€/);
    expect(stranger.text).toMatch(/Il y a un autre tarif pour\s: Personnel soignant/);
    expect(stranger.text).not.toContain('37,13');
    const { listings } = lyon!.db.read.t;
    const copy = async () => (await lyon!.db.read.select().from(listings).where(eq(listings.uri, bike.uri)))[0];
    await until('Lyon has it', async () => (await copy()) !== undefined);
    expect(await copy()).toMatchObject({ priceAmount: 5_000, held: { access: 'priced', codes: ['care-worker'] } });
    expect(JSON.stringify(await copy())).not.toMatch(/37[,.]?13/);
    const there = visit(lyon!);
    await there.signIn('alice');
    const at = await there.open(`/listings/${(await copy())!.id}`);
    expect(at.text('main')).toContain('Personnel soignant');
    expect(at.html).toContain(`href="${url}"`);
  });

  test('what she does not tick is not told', async () => {
    const shy = traveller();
    await visitWith(shy, marseille!, lyon!, 'alice', false);
    const seen = await shy.open(page());
    expect(seen.text).not.toContain('voisine');
    expect(seen.text).toContain('sans attestation que Coop marseille connaisse');
    await visitWith(alice, marseille!, lyon!, 'alice');
    expect((await alice.open(page())).text).toContain(SECRET);
  });

  test('Carla sees the teaser and reads why: Marseille does not count what Bologna attests', async () => {
    const carla = traveller();
    await visitWith(carla, marseille!, bologna!, 'carla');
    const seen = await carla.open(page());
    expect(seen.text).not.toContain('voisine');
    expect(seen.text).toContain('Coop bologna atteste de vous');
    expect(seen.text).toContain('ne reconnaît pas cette attestation de Coop bologna');
    expect((await carla.open(`${marseille!.origin}/guest`)).text).toContain('Ne compte pas ici');
    // What she writes by hand about it, though no page leads there, is not taken.
    const { listings } = bologna!.db.read.t;
    const [copy] = await bologna!.db.read.select().from(listings).where(eq(listings.title, TITLE));
    const form = await carla.open(`${bologna!.origin}/listings/${copy!.id}/message`);
    await carla.send(form.url, { csrf: hiddenIn(form, 'csrf'), text: 'Bonjour, je suis infirmière.' });
    const { received, conversations } = marseille!.db.read.t;
    const codes = async () => (await marseille!.db.read.select().from(received)).map((row) => row.code);
    await until('Marseille has not taken it', async () => (await codes()).includes('notHolder'));
    expect(await marseille!.db.read.$count(conversations)).toBe(1);
    // She reads so under what she wrote, and where to go.
    const threads = await bologna!.db.read.select().from(bologna!.db.read.t.conversations);
    const thread = async () => (await carla.open(`${bologna!.origin}/conversations/${threads[0]!.id}`)).text;
    await until('Carla is told', async () => (await thread()).includes('Non remis'));
    expect(await thread()).toContain('Bonjour, je suis infirmière.');
    expect(await thread()).toContain('réservée aux personnes qui ont une attestation (Personnel soignant)');
    expect(await thread()).toContain(`href="/listings/${copy!.id}">Comment y accéder`);
    // Once Marseille trusts Bologna, the same session reads it.
    await recognise(marseille!, bologna!);
    expect((await carla.open(page())).text).toContain(SECRET);
  });

  test('Lyon takes it back: within seconds Marseille counts it no more', async () => {
    expect((await alice.open(page())).text).toContain(SECRET);
    await revokeByHand(lyon!, attested);
    await until('Marseille has heard it', async () => !(await alice.open(page())).text.includes('voisine'));
    const { vouchedAttestations: v } = marseille!.db.read.t;
    expect(await marseille!.db.read.$count(v, eq(v.host, lyon!.host))).toBe(0);
    // A new sign-in brings it back no more.
    await visitWith(alice, marseille!, lyon!, 'alice');
    expect((await alice.open(page())).text).not.toContain('voisine');
  });
});
