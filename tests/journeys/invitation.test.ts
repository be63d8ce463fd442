/** Marseille invites other nodes by links; the pages lead from one node to the other, as a browser without script goes. */
import { eq, isNull } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestPeering } from '#domain/handshake.ts';
import { findInvite } from '#domain/peer-invites.ts';
import { cutPeer, findPeerByHost, listPeers } from '#domain/peers.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

eachEngine('an invitation', (engine) => {
  let [marseille, lyon, nantes]: TestNode[] = [];
  let [ada, leo, nour]: Visitor[] = [];
  const stateAt = async (node: TestNode, other: TestNode): Promise<string | undefined> =>
    (await findPeerByHost(node.db.read, other.host))?.state;
  /** An admin of Marseille makes one. @returns its link */
  const invitation = async (filled: Record<string, string | string[]> = {}): Promise<string> => {
    const page = await ada!.open('/admin/peers/invitations');
    const made = await ada!.send(page, filled, { action: '/admin/peers/invitations' });
    const link = new RegExp(`${marseille!.origin}/peering/invitations/[\\w-]+`).exec(made.html)?.[0];
    if (link === undefined) throw new Error(made.text('main'));
    return link;
  };
  /** Opens the link, says where the own node is, and goes there. */
  const follow = async (link: string, visitor: Visitor, node: TestNode): Promise<Visited> => {
    const stranger = visit(marseille!);
    const opened = await stranger.open(new URL(link).pathname);
    expect(opened.status, opened.text('main')).toBe(200);
    expect(opened.text('h1')).toBe('Coop marseille vous invite à échanger');
    const shown = await stranger.open(`${opened.path}?node=${encodeURIComponent(node.host)}`);
    const there = shown.all('a').find((a) => (a.attribs['href'] ?? '').includes('/admin/peers/new?invite='));
    const to = new URL(there?.attribs['href'] ?? '');
    expect(to.origin).toBe(node.origin);
    return visitor.open(`${to.pathname}${to.search}`);
  };
  const join = (page: Visited, visitor: Visitor): Promise<Visited> =>
    visitor.send(page, { message: 'Merci !' }, { action: '/admin/peers' });

  beforeAll(async () => {
    [marseille, lyon, nantes] = await Promise.all(
      ['marseille', 'lyon', 'nantes'].map((name) => startNode(name, { engine })),
    );
    [ada, leo, nour] = [visit(marseille!), visit(lyon!), visit(nantes!)];
    await Promise.all([ada!, leo!, nour!].map((visitor) => visitor.signIn('ada')));
    await addMember(marseille!, 'alice', 'Alice');
    await publish(marseille!, 'alice', { title: 'Chambre' });
    await publish(marseille!, 'alice', { title: 'Panier', kind: 'food' });
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop(), nantes?.drop()]);
  });

  test('Lyon joins by it at once, on its terms; nobody at Marseille has to decide', async () => {
    const link = await invitation({ note: 'Pour Léo', 'give.kinds': ['lodging'] });
    const page = await follow(link, leo!, lyon!);
    expect(page.status, page.text('main')).toBe(200);
    expect(page.text('h2')).toBe('Coop marseille vous invite');
    expect(page.text('main')).toMatch(/Vous prendriez ?Hébergement · offres et demandes/);
    const joined = await join(page, leo!);
    expect(joined.path).toMatch(/^\/admin\/peers\/[0-9a-f-]{36}$/);
    await until(
      'both are partners',
      async () => (await stateAt(lyon!, marseille!)) === 'active' && (await stateAt(marseille!, lyon!)) === 'active',
    );
    expect(await findPeerByHost(marseille!.db.read, lyon!.host)).toMatchObject({
      give: { ...OPEN_SCOPE, kinds: ['lodging'] },
      take: OPEN_SCOPE,
      message: 'Merci !',
    });
    expect(await findPeerByHost(lyon!.db.read, marseille!.host)).toMatchObject({
      give: OPEN_SCOPE,
      take: { ...OPEN_SCOPE, kinds: ['lodging'] },
    });
    expect((await ada!.open('/admin/peers/invitations')).text('main')).toContain(`utilisée par ${lyon!.host}`);
    // Opened again it says why it is good no more.
    const used = await visit(marseille!).open(new URL(link).pathname);
    expect([used.status, used.text('main')]).toEqual([410, expect.stringContaining('a déjà servi')]);
    const second = await nour!.open(`/admin/peers/new?invite=${encodeURIComponent(link)}`);
    expect(second.status).toBe(422);
    expect(second.faults()).toEqual([
      { field: 'domain', message: expect.stringContaining('a déjà servi'), tied: true },
    ]);
  });

  /** Nantes asks with a secret, whatever the page would have said before. */
  const asksWith = async (secret: string): Promise<string> => {
    const found = await nantes!.federation.port.inspect(marseille!.host);
    if (!found.ok) throw new Error(JSON.stringify(found.errors));
    await nantes!.db.write((tx) => requestPeering(tx, nantes!.site, found.value, '', { invite: secret }));
    nantes!.federation.worker.wake();
    await until('it is answered, and both show the same', async () => {
      const [ours, theirs] = [await stateAt(nantes!, marseille!), await stateAt(marseille!, nantes!)];
      return ours !== 'asked' && ours === theirs;
    });
    const peer = (await findPeerByHost(nantes!.db.read, marseille!.host))!;
    return peer.state === 'refused' ? peer.reason : peer.state;
  };
  const secretOf = (link: string): string => link.split('/').at(-1) ?? '';
  const set = (change: Partial<TestNode['db']['read']['t']['peerInvites']['$inferInsert']>) =>
    marseille!.db.write(async (tx) => {
      const { peerInvites } = tx.t;
      await tx.update(peerInvites).set(change).where(isNull(peerInvites.usedBy));
    });

  test('one that is used, expired, revoked, unknown or for another lets nobody in, and each is told so', async () => {
    expect(await asksWith('x'.repeat(43))).toBe('code:inviteUnknown');
    const link = await invitation({ note: 'Pour une autre', host: 'https://ailleurs.example/' });
    expect(await asksWith(secretOf(link))).toBe('code:inviteOther');
    const page = await nour!.open(`/admin/peers/${(await findPeerByHost(nantes!.db.read, marseille!.host))!.id}`);
    expect(page.text('main')).toContain('est faite pour un autre serveur que celui-ci');
    await set({ host: '', expires: new Date(0) });
    expect(await asksWith(secretOf(link))).toBe('code:inviteExpired');
    expect((await visit(marseille!).open(new URL(link).pathname)).text('main')).toContain('a expiré');
    await set({ expires: new Date(Date.now() + 60_000) });
    const listed = await ada!.open('/admin/peers/invitations');
    const [revocation] = listed
      .all('form')
      .flatMap((form) => (/revocation$/.exec(form.attribs['action'] ?? '') ? [form] : []));
    await ada!.send(listed, {}, { action: revocation!.attribs['action']! });
    expect(await asksWith(secretOf(link))).toBe('code:inviteRevoked');
    const shown = await nour!.open(`/admin/peers/new?invite=${encodeURIComponent(link)}`);
    expect(shown.faults()[0]?.message).toContain('a été annulée');
    await set({ revoked: null, used: new Date(), usedBy: lyon!.host });
    expect(await asksWith(secretOf(link))).toBe('code:inviteUsed');
    expect((await listPeers(marseille!.db.read, ['active'])).map((peer) => peer.host)).toEqual([lyon!.host]);
    expect(await asksWith(secretOf(await invitation()))).toBe('active');
  });

  test('one that comes while Marseille was asking itself is used up, too', async () => {
    const { db, site } = marseille!;
    await db.write(async (tx) => void (await cutPeer(tx, site, (await findPeerByHost(tx, nantes!.host))!, true)));
    marseille!.federation.worker.wake();
    await until('both show the end', async () => (await stateAt(nantes!, marseille!)) === 'cut');
    const found = await marseille!.federation.port.inspect(nantes!.host);
    if (!found.ok) throw new Error(JSON.stringify(found.errors));
    const { announcements } = db.read.t;
    const move = (from: string, to: string) =>
      db.write(
        async (tx) => void (await tx.update(announcements).set({ state: to }).where(eq(announcements.state, from))),
      );
    await db.write(async (tx) => {
      await requestPeering(tx, site, found.value, '');
      // What it asks is on its way for a while.
      await tx.update(announcements).set({ state: 'held' }).where(eq(announcements.state, 'waiting'));
    });
    const secret = secretOf(await invitation());
    const asked = asksWith(secret);
    await until('Nantes is heard', async () => (await findPeerByHost(db.read, nantes!.host))?.followReceived !== null);
    await move('held', 'waiting');
    marseille!.federation.worker.wake();
    expect(await asked).toBe('active');
    expect((await findInvite(db.read, secret))?.usedBy).toBe(nantes!.host);
  });

  test('what is typed instead of an address or a link is told apart', async () => {
    const link = await invitation();
    const wrong = async (typed: string): Promise<string | undefined> => {
      const page = await leo!.open('/admin/peers');
      const back = await leo!.send(page, { domain: typed }, { action: '/admin/peers/preview' });
      expect(back.status).toBe(422);
      expect(back.values('/admin/peers/preview')['domain']).toEqual([typed]);
      expect(back.faults()).toMatchObject([{ field: 'domain', tied: true }]);
      return back.faults()[0]?.message;
    };
    expect(await wrong(`${link}x`)).toContain('ne connaît pas cette invitation');
    expect(await wrong(`${marseille!.origin}/peering/invitations/`)).toContain('pas un lien d’invitation');
    expect(await wrong(`${lyon!.origin}/peering/invitations/${'x'.repeat(43)}`)).toContain('votre propre coopérative');
    const page = await visit(marseille!).open(`${new URL(link).pathname}?node=pas%20un%20nom`);
    expect([page.status, page.faults()]).toEqual([422, [expect.objectContaining({ field: 'node', tied: true })]]);
    const own = await visit(marseille!).open(`${new URL(link).pathname}?node=${marseille!.host}`);
    expect(own.faults()[0]?.message).toContain('notre propre adresse');
    expect((await visit(marseille!).open(`/peering/invitations/${'x'.repeat(43)}`)).status).toBe(410);
  });

  test('terms that change between the page and the button are shown again, not accepted', async () => {
    const link = await invitation({ 'give.kinds': ['lodging'], 'take.kinds': ['food'] });
    await lyon!.db.write(async (tx) => {
      await tx.update(tx.t.peers).set({ state: 'cut' });
    });
    const page = await follow(link, leo!, lyon!);
    await set({ take: OPEN_SCOPE });
    const back = await join(page, leo!);
    expect([back.status, back.faults()[0]?.message]).toEqual([422, expect.stringContaining('ont changé entre-temps')]);
    expect(back.text('main')).toMatch(/Vous donneriez ?toutes les sortes/);
    expect(await stateAt(lyon!, marseille!)).toBe('cut');
  });

  test('an admin who is not signed in comes back to the invitation afterwards', async () => {
    const link = await invitation();
    const visitor = visit(lyon!);
    const path = `/admin/peers/new?invite=${encodeURIComponent(link)}`;
    const asked = await visitor.open(path);
    expect(asked.values()['next']).toEqual([path]);
  });
});
