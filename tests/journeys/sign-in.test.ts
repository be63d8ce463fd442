/** A member of Lyon is recognised at Marseille by Lyon's account, sees what Marseille shares, and is signed out with home. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pausePeer, resumePeer, setScopes } from '#domain/peer-scopes.ts';
import { findPeerByHost } from '#domain/peers.ts';
import type { Scope } from '#domain/scopes.ts';
import { type Traveller, answer, hiddenIn, toConsent, traveller, trust } from '../support/away.ts';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';

eachEngine('a member of Lyon at Marseille', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  const signedIn = async (): Promise<Traveller> => {
    const alice = traveller();
    const question = await toConsent(alice, marseille!, lyon!, 'alice');
    const back = await answer(alice, question, 'yes');
    expect(back.url).toBe(`${marseille!.origin}/listings`);
    return alice;
  };
  const guests = (): Promise<number> => marseille!.db.read.$count(marseille!.db.read.t.guests);
  const isIn = async (alice: Traveller): Promise<boolean> =>
    (await alice.open(`${marseille!.origin}/listings`)).text.includes('Alice (Coop lyon)');

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    await addMember(lyon!, 'alice', 'Alice');
    await addMember(marseille!, 'bob', 'Bob');
    await trust(marseille!, lyon!);
    await publish(marseille!, 'bob', { title: 'Pour tout le monde' });
    await publish(marseille!, 'bob', { title: 'Pour les partenaires', audience: 'peers' });
    await publish(marseille!, 'bob', { title: 'Entre nous', audience: 'members' });
    await lyon!.settled();
    await marseille!.settled();
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  test('she sees what Lyon would tell, says yes, and is let in under her own name', async () => {
    const alice = traveller();
    const question = await toConsent(alice, marseille!, lyon!, 'alice');
    expect(question.url).toMatch(/\/sign-in\/consent\//);
    for (const word of ['Coop marseille', 'votre nom, Alice', 'membre de Coop lyon depuis'])
      expect(question.text).toContain(word);
    const back = await answer(alice, question, 'yes');
    expect(back).toMatchObject({ status: 200, url: `${marseille!.origin}/listings` });
    expect(back.text).toContain('Alice (Coop lyon)');
    expect(back.text).toContain('Pour tout le monde');
    expect(back.text).toContain('Pour les partenaires');
    expect(back.text).not.toContain('Entre nous');
    const [row] = await marseille!.db.read.select().from(marseille!.db.read.t.guests);
    expect(row).toMatchObject({ issuer: lyon!.origin, actor: `${lyon!.origin}/users/alice`, level: 'member' });
    const page = await alice.open(`${marseille!.origin}/guest`);
    expect(page.text).toContain('Membre depuis');
    // What is for members of Marseille is not hers.
    for (const path of ['/account', '/conversations', '/listings/new', '/admin'])
      expect((await alice.open(`${marseille!.origin}${path}`)).url, path).toContain('/sign-in');
  });

  test('at home already, she sees only the question; writing leads home with one click', async () => {
    const alice = await signedIn();
    const question = await alice.send(`${marseille!.origin}/sign-in/cooperative`, { handle: `@alice@${lyon!.host}` });
    expect(question.url).toContain(`${lyon!.origin}/sign-in/consent/`);
    const [listing] = await marseille!.db.read
      .select()
      .from(marseille!.db.read.t.listings)
      .where(eq(marseille!.db.read.t.listings.title, 'Pour les partenaires'));
    const page = await alice.open(`${marseille!.origin}/listings/${listing!.id}`);
    const way = /href="([^"]*\/write-to[^"]*)"/.exec(page.text)?.[1] ?? '';
    const there = await alice.open(way.replaceAll('&amp;', '&'));
    expect(there.url).toMatch(new RegExp(`^${lyon!.origin}/listings/[^/]+/message$`));
    expect(there.text).toContain('Pour les partenaires');
  });

  test('she sees what Lyon is given, and not what Bob keeps from it', async () => {
    const alice = await signedIn();
    const list = async (): Promise<string> => (await alice.open(`${marseille!.origin}/listings`)).text;
    const { listings } = marseille!.db.read.t;
    const hers = await publish(marseille!, 'bob', { title: 'Vélo des partenaires', audience: 'peers', kind: 'goods' });
    expect(await list()).toContain('Vélo des partenaires');
    await marseille!.db.write(async (tx) => {
      await tx
        .update(listings)
        .set({ withheld: [lyon!.host] })
        .where(eq(listings.id, hers.id));
    });
    expect(await list()).not.toContain('Vélo des partenaires');
    expect((await alice.open(`${marseille!.origin}/listings/${hers.id}`)).status).toBe(404);
    await marseille!.db.write(async (tx) => {
      await tx.update(listings).set({ withheld: [] }).where(eq(listings.id, hers.id));
    });
    const peer = (await findPeerByHost(marseille!.db.read, lyon!.host))!;
    const give = { ...peer.give!, kinds: ['lodging' as const] };
    await marseille!.db.write((tx) => setScopes(tx, marseille!.site, peer.id, { give, take: peer.take! }));
    expect(await list()).not.toContain('Vélo des partenaires');
    expect(await list()).toContain('Pour les partenaires');
    const { accounts } = marseille!.db.read.t;
    await marseille!.db.write(async (tx) => {
      await tx.update(accounts).set({ showProfile: 'peers', text: 'Rue du Secret' }).where(eq(accounts.handle, 'bob'));
    });
    const profile = async (): Promise<string> => (await alice.open(`${marseille!.origin}/@bob`)).text;
    expect(await profile()).toContain('Rue du Secret');
    const noProfiles = { ...give, data: give.data.filter((one) => one !== 'profiles') };
    await marseille!.db.write((tx) => setScopes(tx, marseille!.site, peer.id, { give: noProfiles, take: peer.take! }));
    expect(await profile(), 'Lyon is not given profiles').not.toContain('Rue du Secret');
    await marseille!.db.write((tx) =>
      setScopes(tx, marseille!.site, peer.id, { give: peer.give!, take: { ...peer.take!, data: [] } }),
    );
    expect(await isIn(alice), 'members of Lyon are let in no more').toBe(false);
    await marseille!.db.write((tx) => setScopes(tx, marseille!.site, peer.id, { give: peer.give!, take: peer.take! }));
  });

  test('she says no: nothing is told, and she reads that nothing happened', async () => {
    const before = await guests();
    const alice = traveller();
    const question = await toConsent(alice, marseille!, lyon!, 'alice');
    const back = await answer(alice, question, 'no');
    expect(back.url).toContain(`${marseille!.origin}/sign-in/callback`);
    expect(back.text).toContain('Vous avez choisi de ne rien dire');
    expect(await guests()).toBe(before);
  });

  test('signing out here ends the session here; signing out at home ends it here, too', async () => {
    const visits = (): Promise<number> => lyon!.db.read.$count(lyon!.db.read.t.visits);
    const before = await visits();
    const alice = await signedIn();
    expect(await visits()).toBe(before + 1);
    const page = await alice.open(`${marseille!.origin}/listings`);
    await alice.send(`${marseille!.origin}/guest/end`, { csrf: hiddenIn(page, 'csrf') });
    expect(await isIn(alice)).toBe(false);
    // Home hears of it, and stays signed in itself.
    await until('Lyon has heard it', async () => (await visits()) === before);
    expect((await alice.open(`${lyon!.origin}/account/devices`)).text).toContain('Mes appareils');
    const again = await signedIn();
    const open = await visits();
    const home = await again.open(`${lyon!.origin}/account`);
    await again.send(`${lyon!.origin}/sign-out`, { csrf: hiddenIn(home, 'csrf') });
    await until('Marseille has heard it', async () => !(await isIn(again)));
    await until('Lyon has said it, and forgets it', async () => (await visits()) === open - 1);
  });

  test('her devices page at home says where she is, and signs her out there alone', async () => {
    const alice = await signedIn();
    const devices = `${lyon!.origin}/account/devices`;
    const page = await alice.open(devices);
    expect(page.text).toContain('Chez nos partenaires');
    expect(page.text).toContain('Coop marseille');
    const csrf = hiddenIn(page, 'csrf');
    // Another member of Lyon cannot end what is hers.
    const ada = traveller();
    await ada.send(`${lyon!.origin}/sign-in`, { login: 'ada', password: PASSWORD, next: '/' });
    const hers = hiddenIn(await ada.open(devices), 'csrf');
    await ada.send(`${devices}/at-partners/end`, { csrf: hers, host: marseille!.host });
    expect((await alice.open(devices)).text).toContain('Coop marseille');
    const left = await alice.send(`${devices}/at-partners/end`, { csrf, host: marseille!.host });
    expect(left.text).toContain('Le partenaire est prévenu');
    expect(left.text, 'she is in at home still').toContain('Mes appareils');
    expect(left.text).not.toContain('Coop marseille');
    await until('Marseille has heard it', async () => !(await isIn(alice)));
  });

  test('another password at home signs her out here, and so does closing the account there', async () => {
    await addMember(lyon!, 'zora', 'Zora');
    const enter = async (password: string): Promise<Traveller> => {
      const zora = traveller();
      const door = await zora.send(`${marseille!.origin}/sign-in/cooperative`, { home: lyon!.host, next: '/listings' });
      const next = hiddenIn(door, 'next');
      await answer(zora, await zora.send(`${lyon!.origin}/sign-in`, { login: 'zora', password, next }), 'yes');
      expect(await here(zora)).toBe(true);
      return zora;
    };
    const here = async (zora: Traveller): Promise<boolean> =>
      (await zora.open(`${marseille!.origin}/listings`)).text.includes('Zora (Coop lyon)');
    const phone = await enter(PASSWORD);
    const visits = (): Promise<number> => lyon!.db.read.$count(lyon!.db.read.t.visits);
    const settings = await phone.open(`${lyon!.origin}/account/settings`);
    const newPassword = `${PASSWORD} encore`;
    const fields = { csrf: hiddenIn(settings, 'csrf'), currentPassword: PASSWORD, newPassword };
    await phone.send(`${lyon!.origin}/account/password`, fields);
    await until('Marseille has heard of the new password', async () => !(await here(phone)));
    const again = await enter(newPassword);
    const before = await visits();
    const closure = { csrf: hiddenIn(await again.open(`${lyon!.origin}/account/closure`), 'csrf') };
    await again.send(`${lyon!.origin}/account/closure`, { ...closure, currentPassword: newPassword });
    await until('Marseille has heard that the account is closed', async () => !(await here(again)));
    await until('Lyon has said goodbye, and forgets the visit', async () => (await visits()) === before - 1);
  });

  test('a partnership that rests signs its members out for good', async () => {
    const alice = await signedIn();
    const peer = (await findPeerByHost(marseille!.db.read, lyon!.host))!;
    await marseille!.db.write((tx) => pausePeer(tx, marseille!.site, peer.id));
    expect(await isIn(alice)).toBe(false);
    await marseille!.db.write((tx) => resumePeer(tx, marseille!.site, peer.id));
    expect(await isIn(alice)).toBe(false);
    expect(await guests()).toBe(0);
  });

  test('home that rests the partnership signs its members out there all the same, when they sign out', async () => {
    const alice = await signedIn();
    const peer = (await findPeerByHost(lyon!.db.read, marseille!.host))!;
    await lyon!.db.write((tx) => pausePeer(tx, lyon!.site, peer.id));
    expect(await isIn(alice), 'Marseille does not know that Lyon rests').toBe(true);
    const home = await alice.open(`${lyon!.origin}/account`);
    await alice.send(`${lyon!.origin}/sign-out`, { csrf: hiddenIn(home, 'csrf') });
    await until('Marseille has heard it', async () => !(await isIn(alice)));
    await lyon!.db.write((tx) => resumePeer(tx, lyon!.site, peer.id));
  });

  test('home lets its members sign in there no longer: she is out, and stays out when it does again', async () => {
    const alice = await signedIn();
    const peer = (await findPeerByHost(lyon!.db.read, marseille!.host))!;
    const give: Scope = { ...peer.give!, data: peer.give!.data.filter((one) => one !== 'signIn') };
    const set = async (scope: Scope): Promise<void> => {
      await lyon!.db.write((tx) => setScopes(tx, lyon!.site, peer.id, { give: scope, take: peer.take! }));
      const lets = scope.data.includes('signIn');
      await until(
        'Marseille knows',
        async () => (await findPeerByHost(marseille!.db.read, lyon!.host))?.theirGive?.data.includes('signIn') === lets,
      );
    };
    await set(give);
    expect(await isIn(alice)).toBe(false);
    await set(peer.give!);
    expect(await isIn(alice)).toBe(false);
    await signedIn();
  });

  test('home is down: she reads which, and what to do, in both languages', async () => {
    const alice = traveller('fr');
    const question = await toConsent(alice, marseille!, lyon!, 'alice');
    const callback = await answer(alice, question, 'yes', (url) => url.includes('/sign-in/callback'));
    await lyon!.down();
    const back = await alice.open(callback.url);
    expect(back.status).toBe(503);
    expect(back.text).toContain('Coop lyon ne répond pas en ce moment');
    const english = await traveller('en').send(`${marseille!.origin}/sign-in/cooperative`, { home: lyon!.host });
    expect(english.status).toBe(503);
    expect(english.text).toContain('does not answer at the moment');
    await lyon!.up();
    await signedIn();
  });
});
