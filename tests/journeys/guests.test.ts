/** What Alice of Lyon does at Marseille goes out from Lyon, in her own name; and what is said when it cannot. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pausePeer, resumePeer, setScopes } from '#domain/peer-scopes.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE, type Scope } from '#domain/scopes.ts';
import { savedOf, sweepSaved } from '#domain/saved.ts';
import { deleteListing } from '#domain/listing-deletion.ts';
import { type ListingRow } from '#domain/listings.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { type Page, type Traveller, answer, hiddenIn, toConsent, traveller, trust } from '../support/away.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';

eachEngine('a guest of Marseille', (engine) => {
  let [marseille, lyon, porto]: TestNode[] = [];
  let bike: ListingRow;
  let alice: Traveller;
  /** A link of a page to a path, wherever. */
  const linkIn = (page: Page, path: string): string =>
    (new RegExp(`href="([^"]*${path}[^"]*)"`).exec(page.text)?.[1] ?? '').replaceAll('&amp;', '&');
  const press = (page: Page, action: RegExp, fields: Record<string, string> = {}): Promise<Page> => {
    const found = [...page.text.matchAll(/<form method="post" action="([^"]*)">(.*?)<\/form>/gs)].find((form) =>
      action.test(form[1] ?? ''),
    );
    const inside = Object.fromEntries(
      [...(found?.[2] ?? '').matchAll(/name="([^"]+)" value="([^"]*)"/g)].map((one) => [
        one[1]!,
        one[2]!.replaceAll('&amp;', '&'),
      ]),
    );
    return alice.send(new URL(found?.[1] ?? '/no-such-form', page.url).href, { ...inside, ...fields });
  };
  const kept = async (): Promise<string[]> => {
    const account = (await findAccountByHandle(lyon!.db.read, 'alice'))!;
    return (await savedOf(lyon!.db.read, account.id, 50)).map((row) => row.listing.title);
  };
  const peer = async (at: TestNode, of: TestNode) => (await findPeerByHost(at.db.read, of.host))!;
  const scope = async (at: TestNode, of: TestNode, change: { give?: Partial<Scope>; take?: Partial<Scope> }) => {
    const row = await peer(at, of);
    const wanted = { give: { ...row.give!, ...change.give }, take: { ...row.take!, ...change.take } };
    const done = await at.db.write((tx) => setScopes(tx, at.site, row.id, wanted));
    expect(done.ok).toBe(true);
  };
  const handle = (typed: string, next = '/listings'): Promise<Page> =>
    traveller().send(`${marseille!.origin}/sign-in/cooperative`, { handle: typed, next });

  beforeAll(async () => {
    [marseille, lyon, porto] = await Promise.all([
      startNode('marseille', { engine }),
      startNode('lyon', { engine }),
      startNode('porto', { engine }),
    ]);
    await addMember(lyon!, 'alice', 'Alice');
    await addMember(marseille!, 'bob', 'Bob');
    await trust(marseille!, lyon!);
    await peerUp(marseille!, porto!);
    bike = await publish(marseille!, 'bob', { title: 'Vélo des partenaires', audience: 'peers' });
    await marseille!.settled();
    await until('Lyon has the listing', async () => (await lyon!.db.read.$count(lyon!.db.read.t.listings)) === 1);
    alice = traveller();
    await answer(alice, await toConsent(alice, marseille!, lyon!, 'alice'), 'yes');
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop(), porto?.drop()]);
  });

  test('she keeps a listing: it is in her own list at Lyon after one press, and Marseille learns nothing of it', async () => {
    const page = await alice.open(`${marseille!.origin}/listings/${bike.id}`);
    const question = await alice.open(linkIn(page, '/keep-here'));
    expect(question.url).toContain(`${lyon!.origin}/keep-here?`);
    expect(question.text).toContain('Vélo des partenaires');
    expect(await kept(), 'a link changes nothing').toEqual([]);
    const forged = await press(question, /\/save$/, { csrf: 'guessed' });
    expect(forged.text).toContain('Le formulaire avait expiré');
    expect(await kept()).toEqual([]);
    const done = await press(question, /\/save$/);
    expect(done.text).toContain('Cette annonce est gardée');
    expect(linkIn(done, `/listings/${bike.id}`)).toBe(`${marseille!.origin}/listings/${bike.id}`);
    expect(await kept()).toEqual(['Vélo des partenaires']);
    expect(await marseille!.db.read.$count(marseille!.db.read.t.saved)).toBe(0);
    const list = await alice.open(`${lyon!.origin}/saved`);
    expect(list.text).toContain('Vélo des partenaires');
    expect((await press(list, /\/unsave$/)).text).toContain('Vous ne gardez aucune annonce');
    expect(await kept()).toEqual([]);
    await press(question, /\/save$/);
  });

  test('she follows Bob and the cooperative: both hear of it from her own actor', async () => {
    const page = await alice.open(`${marseille!.origin}/listings/${bike.id}`);
    const guest = await alice.open(`${marseille!.origin}/guest`);
    for (const [from, whom] of [
      [page, 'bob'],
      [guest, 'cooperative'],
    ] as const) {
      const question = await alice.open(linkIn(from, '/follow-from-here'));
      expect(question.url, whom).toContain(`${lyon!.origin}/follow-from-here?`);
      const uri = new URL(question.url).searchParams.get('actor')!;
      expect((await press(question, /\/follows$/)).url).toBe(`${lyon!.origin}/follows`);
      const { follows } = marseille!.db.read.t;
      await until(
        `${whom} has her among the followers`,
        async () =>
          (await marseille!.db.read.$count(
            follows,
            and(eq(follows.follower, `${lyon!.origin}/users/alice`), eq(follows.followed, uri)),
          )) === 1,
      );
      expect((await alice.open(question.url)).text, whom).toContain('Vous suivez');
    }
    for (const bad of ['', 'javascript:alert(1)', '@bob'])
      expect((await alice.open(`${lyon!.origin}/follow-from-here?actor=${encodeURIComponent(bad)}`)).status).toBe(404);
  });

  test('her page says who she is here, what she can, and what the scope does not let', async () => {
    const before = await alice.open(`${marseille!.origin}/guest`);
    for (const words of ['Alice (Coop lyon)', 'pour un jour au plus', 'partagent avec Coop lyon', 'D’ici seulement'])
      expect(before.text).toContain(words);
    expect(before.text).not.toContain('Nous ne partageons pas');
    await scope(marseille!, lyon!, { give: { kinds: ['lodging'], requests: false, data: ['signIn'] } });
    const after = await alice.open(`${marseille!.origin}/guest`);
    expect(after.text).toMatch(/Nous ne partageons pas avec Coop lyon\s:[^<]*Service/);
    expect(after.text).toContain('Nous ne partageons pas les demandes');
    expect(after.text).toContain('Nous ne partageons pas les présentations');
    // What Bob shows to partners is not shown to members of one that is not given profiles.
    await marseille!.db.write(async (tx) => {
      await tx.update(tx.t.accounts).set({ showProfile: 'peers', text: 'Boulanger à la retraite.' });
    });
    expect((await alice.open(`${marseille!.origin}/@bob`)).text).not.toContain('Boulanger');
    await scope(marseille!, lyon!, { give: { ...OPEN_SCOPE, data: ['profiles', 'signIn'] } });
    expect((await alice.open(`${marseille!.origin}/@bob`)).text).toContain('Boulanger');
  });

  test('what Lyon does not take, or no longer has, is said in words', async () => {
    const notHere = async (uri: string): Promise<string> => {
      const page = await alice.open(`${lyon!.origin}/keep-here?listing=${encodeURIComponent(uri)}`);
      expect(page.status).toBe(404);
      return page.text;
    };
    expect(await notHere(`${marseille!.origin}/users/bob/items/none`)).toContain('ne nous l’a pas encore envoyée');
    expect(await notHere(`${porto!.origin}/users/bob/items/none`)).toContain('n’est pas, ou n’est plus, un partenaire');
    // It leads to partners and to nobody else, whoever made the link to this page.
    const leads = async (uri: string): Promise<boolean> => (await notHere(uri)).includes(`href="${uri}"`);
    expect(await leads(`${marseille!.origin}/users/bob/items/none`)).toBe(true);
    expect(await leads(`${porto!.origin}/users/bob/items/none`)).toBe(false);
    expect(await notHere('')).toContain('Elle n’existe plus');
    await scope(lyon!, marseille!, { take: { kinds: ['food'] } });
    expect(await notHere(`${marseille!.origin}/users/bob/items/none`)).toContain('ne prend qu’une partie');
    await scope(lyon!, marseille!, { take: { kinds: OPEN_SCOPE.kinds } });
  });

  test('a listing that is deleted goes from the kept ones', async () => {
    const gone = await publish(marseille!, 'bob', { title: 'Bientôt partie', audience: 'peers' });
    await marseille!.settled();
    const { listings, saved } = lyon!.db.read.t;
    await until('it is here', async () => (await lyon!.db.read.$count(listings, eq(listings.uri, gone.uri))) === 1);
    await press(await alice.open(`${lyon!.origin}/keep-here?listing=${encodeURIComponent(gone.uri)}`), /\/save$/);
    expect(await kept()).toContain('Bientôt partie');
    await marseille!.db.write((tx) => deleteListing(tx, marseille!.site, gone));
    await marseille!.settled();
    await until('it is gone', async () => (await lyon!.db.read.$count(listings, eq(listings.uri, gone.uri))) === 0);
    expect(await kept()).not.toContain('Bientôt partie');
    await lyon!.db.write(sweepSaved);
    expect(await lyon!.db.read.$count(saved, eq(saved.listing, gone.uri))).toBe(0);
  });

  test('each wrong way in says what to do, and keeps what was typed', async () => {
    for (const [typed, words] of [
      ['', 'À remplir'],
      ['alice', 'identifiant entier'],
      ['@alice@', 'identifiant entier'],
      [`@alice@${marseille!.host}`, 'connectez-vous avec votre compte'],
      ['@alice@nobody.example', '@alice@nobody.example'],
      [`@alice@${porto!.host}`, 'n’ont pas ouvert la connexion'],
    ] as const) {
      const page = await handle(typed);
      expect(page.status, typed).toBe(422);
      expect(page.text, typed).toContain(words);
      if (typed !== '') expect(page.text, typed).toContain(`value="${typed}"`);
    }
    await scope(lyon!, marseille!, { give: { data: ['profiles'] } });
    await until(
      'Marseille has heard it',
      async () => !(await peer(marseille!, lyon!)).theirGive!.data.includes('signIn'),
    );
    expect((await handle(`@alice@${lyon!.host}`)).text).toContain('Coop lyon ne permet pas à ses membres');
    await scope(lyon!, marseille!, { give: { data: ['profiles', 'signIn'] } });
    await until('and this', async () => (await peer(marseille!, lyon!)).theirGive!.data.includes('signIn'));
    const { id } = await peer(marseille!, lyon!);
    await marseille!.db.write((tx) => pausePeer(tx, marseille!.site, id));
    expect((await handle(`@alice@${lyon!.host}`)).text).toContain('est en pause');
    await marseille!.db.write((tx) => resumePeer(tx, marseille!.site, id));
    for (const typed of [`@alice@${lyon!.host}`, `acct:alice@${lyon!.host}`, `${lyon!.origin}/@alice`, lyon!.host])
      expect((await handle(typed)).url, typed).toContain(`${lyon!.origin}/sign-in?`);
  });

  test('home goes down in the middle: the second try still leads where she wanted to go', async () => {
    const other = traveller();
    const door = await other.send(`${marseille!.origin}/sign-in/cooperative`, {
      handle: lyon!.host,
      next: `/listings/${bike.id}?x=1`,
    });
    const question = await other.send(`${lyon!.origin}/sign-in`, {
      login: 'alice',
      password: 'une phrase assez longue',
      next: hiddenIn(door, 'next'),
    });
    const callback = await answer(other, question, 'yes', (url) => url.includes('/sign-in/callback'));
    await lyon!.down();
    const back = await other.open(callback.url);
    expect(back.status).toBe(503);
    expect(back.text).toContain('Coop lyon ne répond pas en ce moment');
    const again = linkIn(back, '/sign-in/cooperative');
    await lyon!.up();
    const choice = await other.open(new URL(again, marseille!.origin).href);
    const next = hiddenIn(choice, 'next');
    expect(next).toBe(`/listings/${bike.id}?x=1`);
    const second = await other.send(`${marseille!.origin}/sign-in/cooperative`, { home: lyon!.host, next });
    const inside = await answer(other, second, 'yes');
    expect(inside.url).toBe(`${marseille!.origin}/listings/${bike.id}?x=1`);
    // Said by home, the way back is not home's own door.
    const there = await other.open(`${lyon!.origin}/sign-in/problem/expired`);
    expect(there.text).toContain('Recommencez depuis la coopérative');
    expect(there.text).not.toContain('/sign-in/cooperative?next');
  });

  test('signing out everywhere is asked at home, and heard here', async () => {
    const again = traveller();
    await answer(again, await toConsent(again, marseille!, lyon!, 'alice'), 'yes');
    const page = await again.open(`${marseille!.origin}/guest`);
    const question = await again.open(linkIn(page, '/sign-out'));
    expect(question.url).toBe(`${lyon!.origin}/sign-out`);
    expect(question.text).toContain('Se déconnecter partout');
    await again.send(`${lyon!.origin}/sign-out`, { csrf: hiddenIn(question, 'csrf') });
    await until(
      'Marseille has heard it',
      async () => !(await again.open(`${marseille!.origin}/listings`)).text.includes('Alice (Coop lyon)'),
    );
  });
});
