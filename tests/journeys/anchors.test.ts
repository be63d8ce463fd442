/** An umbrella vouches for a cooperative, which becomes a partner of others without waiting; and takes its mark back. */
import { eq } from 'drizzle-orm';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalDomain } from '#domain/domain-names.ts';
import { requestPeering } from '#domain/handshake.ts';
import { keepVouchings, ownMarks, vouchingsOf } from '#domain/identity/anchors.ts';
import { findPin, holdPin, keepPin } from '#domain/identity/pins.ts';
import { givenTo } from '#domain/identity/vouching.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { toDecide } from '#domain/to-decide.ts';
import { api } from '../support/app.ts';
import { eachEngine } from '../support/databases.ts';
import { letters } from '../support/letters.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerId } from '../support/peers.ts';
import { type Visitor, visit } from '../support/visitor.ts';

const NEXT_YEAR = new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10);

eachEngine('an umbrella and its mark', (engine) => {
  let [umbrella, lyon, marseille, nantes]: TestNode[] = [];
  let [ursula, lise, ada]: Visitor[] = [];
  const asks = async (from: TestNode, to: TestNode): Promise<string | undefined> => {
    const found = await from.federation.port.inspect(to.host);
    if (!found.ok) throw new Error(JSON.stringify(found.errors));
    await from.db.write((tx) => requestPeering(tx, from.site, found.value, 'Bonjour'));
    const state = async (): Promise<string | undefined> => (await findPeerByHost(to.db.read, from.host))?.state;
    await until('the request is settled or waits', async () => ['active', 'received'].includes((await state()) ?? ''));
    return state();
  };
  beforeAll(async () => {
    [umbrella, lyon, marseille, nantes] = await Promise.all(
      ['umbrella', 'lyon', 'marseille', 'nantes'].map((name) => startNode(name, { engine })),
    );
    await addMember(lyon!, 'alice', 'Alice');
    [ursula, lise, ada] = [visit(umbrella!), visit(lyon!), visit(marseille!)];
    await Promise.all([ursula, lise, ada].map((one) => one!.signIn('ada')));
  });
  afterAll(async () => {
    await Promise.all([umbrella?.drop(), lyon?.drop(), marseille?.drop(), nantes?.drop()]);
  });

  test('the umbrella makes a mark, vouches for Lyon by its key, and gives it', async () => {
    const home = '/admin/trust/vouching';
    const bad = await ursula!.send(
      await ursula!.open(home),
      { name: 'Charte', slug: 'La charte !', text: 'x', link: 'http://a' },
      { action: `${home}/marks` },
    );
    expect(bad.status).toBe(422);
    expect(bad.faults().map(({ field, tied }) => [field, tied])).toEqual([
      ['slug', true],
      ['link', true],
    ]);
    await ursula!.send(
      bad,
      { slug: 'charte', name: 'Charte du réseau', text: 'Signée et tenue.', link: '' },
      { action: `${home}/marks` },
    );
    const found = await ursula!.send(await ursula!.open(home), { domain: lyon!.host }, { action: `${home}/preview` });
    expect(found.text('main')).toContain('Coop lyon répond');
    await ursula!.send(found, {}, { action: home });
    const base = `${home}/of/${encodeURIComponent(lyon!.host)}`;
    const past = await ursula!.send(
      await ursula!.open(home),
      { [`until-${lyon!.host}`]: '2020-01-01' },
      { action: `${base}/marks` },
    );
    expect([past.status, past.faults()[0]?.tied]).toEqual([422, true]);
    await ursula!.send(past, { [`until-${lyon!.host}`]: NEXT_YEAR }, { action: `${base}/marks` });
    expect(await givenTo(umbrella!.db.read, [lyon!.host])).toMatchObject([{ slug: 'charte', revoked: null }]);
    expect((await ursula!.open('/marks/charte')).text('main')).toContain('Coop lyon');
  });

  test('Lyon shows it, and Marseille trusts the umbrella and lets who has it in', async () => {
    const look = async (who: Visitor) =>
      who.send(await who.open('/admin/trust'), { domain: umbrella!.host }, { action: '/admin/trust/preview' });
    expect(
      (
        await lise!.send(await lise!.open('/admin/trust'), { domain: nantes!.host }, { action: '/admin/trust/preview' })
      ).faults()[0]?.message,
    ).toContain('ne se porte garant de personne');
    await lise!.send(await look(lise!), { ours: '1', trusted: [] }, { action: '/admin/trust' });
    await until('Lyon has its mark', async () => (await ownMarks(lyon!.db.read, new Date())).marks.length === 1);
    expect((await lise!.open('/admin/trust')).text('main')).toContain('Charte du réseau');

    await ada!.send(await look(ada!), { trusted: '1', ours: [] }, { action: '/admin/trust' });
    const type = `${umbrella!.origin}/marks/charte`;
    const action = `/admin/trust/of/${encodeURIComponent(umbrella!.host)}`;
    await ada!.send(await ada!.open('/admin/trust'), { skips: [type] }, { action });
    const preview = await ada!.send(
      await ada!.open('/admin/peers'),
      { domain: lyon!.host },
      { action: '/admin/peers/preview' },
    );
    expect(preview.text('#found')).toContain('Charte du réseau');
  });

  test('of two admins who change it the second looks again: a page opened before lets nobody in by a mark', async () => {
    const action = `/admin/trust/of/${encodeURIComponent(umbrella!.host)}`;
    const skips = async (): Promise<string[]> =>
      (await marseille!.db.read.select().from(marseille!.db.read.t.anchors))[0]!.skips;
    const [type] = await skips();
    const before = await ada!.open('/admin/trust');
    await ada!.send(await ada!.open('/admin/trust'), { skips: [] }, { action });
    expect(await skips()).toEqual([]);
    const second = await ada!.send(before, { skips: [type!] }, { action });
    expect(second.text('.notice')).toContain('Quelqu’un d’autre a changé ce réseau');
    expect(await skips()).toEqual([]);
    await ada!.send(second, { skips: [type!] }, { action });
    expect(await skips()).toEqual([type]);
  });

  test('what was proven while the network was let go of is not kept', async () => {
    const { db, site } = marseille!;
    const mark = { type: 'x', name: 'X', text: '', link: umbrella!.origin, until: NEXT_YEAR };
    const host = 'somebody.localhost';
    await db.write((tx) => keepVouchings(tx, site, host, [{ anchor: 'gone.localhost', marks: [mark] }]));
    expect(await vouchingsOf(db.read, [host])).toEqual([]);
    await db.write((tx) => keepVouchings(tx, site, host, [{ anchor: umbrella!.host, marks: [mark] }]));
    expect(await vouchingsOf(db.read, [host])).toHaveLength(1);
    await db.write((tx) => tx.delete(tx.t.vouchings));
  });

  test('Lyon asks Marseille and is a partner at once; who has no mark waits', async () => {
    expect(await asks(lyon!, marseille!)).toBe('active');
    expect(await asks(nantes!, marseille!)).toBe('received');
    const page = await ada!.open(`/admin/peers/${await peerId(marseille!, lyon!)}`);
    expect(page.text('main')).toContain('Charte du réseau');
    expect((await ada!.open('/admin/peers')).html).toContain('class="vouch"');
    await publish(lyon!, 'alice', { title: 'Chambre de Lyon' });
    const shown = async (): Promise<string> => (await visit(marseille!).open('/listings')).html;
    await until('the listing is there', async () => (await shown()).includes('Chambre de Lyon'));
    expect(await shown()).toContain(`class="vouch" href="${umbrella!.origin}/marks/charte"`);
    const mark = { name: 'Charte du réseau', url: `${umbrella!.origin}/marks/charte`, by: 'Coop umbrella' };
    const said = (await api(marseille!, 'GET', `/listings?peer=${lyon!.host}`)).body;
    expect(said['items']).toMatchObject([{ cooperative: { host: lyon!.host, marks: [mark] } }]);
    expect((await api(marseille!, 'GET', '/peers')).body['items']).toMatchObject([{ host: lyon!.host, marks: [mark] }]);
    const [row] = await marseille!.db.read
      .select()
      .from(marseille!.db.read.t.listings)
      .where(eq(marseille!.db.read.t.listings.title, 'Chambre de Lyon'));
    expect((await visit(marseille!).open(`/listings/${row!.id}`)).text('.chips')).toContain('Charte du réseau');
  });

  test('while a key of Lyon or of the umbrella waits, or a rule shuts it out, no mark is shown here', async () => {
    const { db, site } = marseille!;
    const shown = async (): Promise<boolean> =>
      (await visit(marseille!).open('/listings')).html.includes('class="vouch"');
    expect(await shown()).toBe(true);
    for (const { host } of [lyon!, umbrella!]) {
      const { thumbprints } = (await findPin(db.read, host))!;
      await db.write((tx) => holdPin(tx, site, host, ['another']));
      expect(await shown()).toBe(false);
      await db.write((tx) => keepPin(tx, new Date(), host, thumbprints));
      expect(await shown()).toBe(true);
    }
    const { domainRules } = db.read.t;
    const domain = canonicalDomain(umbrella!.host)!;
    await db.write((tx) =>
      tx.insert(domainRules).values({ domain, severity: 'suspend', comment: '', created: new Date() }),
    );
    expect(await shown()).toBe(false);
    await db.write((tx) => tx.delete(domainRules));
  });

  test('while a key of Lyon waits, or a rule shuts it out, the umbrella says nothing of it, wherever it is asked', async () => {
    const { db, origin } = umbrella!;
    const type = `${origin}/marks/charte`;
    const [own] = (await ownMarks(lyon!.db.read, new Date())).marks;
    const ask = async (path: string, query: Record<string, string>): Promise<Response> =>
      umbrella!.fetch(new Request(`${origin}/federation/${path}?${new URLSearchParams(query).toString()}`));
    const said = async (): Promise<unknown[]> => {
      const status = await umbrella!.fetch(
        new Request(`${origin}/federation/trust-mark-status`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ trust_mark: own!.token }).toString(),
        }),
      );
      return [
        (await ask('fetch', { sub: lyon!.origin })).status,
        (await ask('trust-mark', { trust_mark_type: type, sub: lyon!.origin })).status,
        decodeJwt(await status.text())['status'],
        await (await ask('list', {})).json(),
        await (await ask('list', { trust_mark_type: type })).json(),
        await (await ask('trust-marked', { trust_mark_type: type })).json(),
        (await visit(umbrella!).open('/marks/charte')).text('main').includes('Coop lyon'),
      ];
    };
    const all = [200, 200, 'active', [lyon!.origin], [lyon!.origin], [lyon!.origin], true];
    const nothing = [404, 404, 'invalid', [], [], [], false];
    expect(await said()).toEqual(all);
    const { thumbprints } = (await findPin(db.read, lyon!.host))!;
    await db.write((tx) => holdPin(tx, umbrella!.site, lyon!.host, ['another']));
    expect(await said()).toEqual(nothing);
    await db.write((tx) => keepPin(tx, new Date(), lyon!.host, thumbprints));
    expect(await said()).toEqual(all);
    const { domainRules } = db.read.t;
    const domain = canonicalDomain(lyon!.host)!;
    await db.write((tx) =>
      tx.insert(domainRules).values({ domain, severity: 'suspend', comment: '', created: new Date() }),
    );
    expect(await said()).toEqual(nothing);
    await db.write((tx) => tx.delete(domainRules));
    expect(await said()).toEqual(all);
  });

  test('taken back: the mark goes, the partnership stays, and Marseille’s admin is told', async () => {
    const base = `/admin/trust/vouching/of/${encodeURIComponent(lyon!.host)}/marks/removal`;
    await ursula!.send(await ursula!.open('/admin/trust/vouching'), {}, { action: base });
    await marseille!.federation.identity.trustRound();
    const [row] = await vouchingsOf(marseille!.db.read, [lyon!.host]);
    expect(row).toMatchObject({ marks: [], lost: [{ name: 'Charte du réseau' }] });
    expect((await visit(marseille!).open('/listings')).html).not.toContain('class="vouch"');
    expect((await findPeerByHost(marseille!.db.read, lyon!.host))?.state).toBe('active');
    const told = (await letters(marseille!)).filter(({ name }) => name === 'markLost');
    expect(told).toHaveLength(1);
    expect(told[0]!.text).toContain('Charte du réseau');
    const todo = await toDecide(marseille!.db.read, marseille!.site.now(), { admin: true });
    expect(todo.map(({ kind }) => kind)).toContain('marks');
    // Once: what is gone already is not told again.
    await marseille!.federation.identity.trustRound();
    expect((await letters(marseille!)).filter(({ name }) => name === 'markLost')).toHaveLength(1);
    const id = await peerId(marseille!, lyon!);
    const page = await ada!.open(`/admin/peers/${id}`);
    expect(page.text('#lost')).toContain('a perdu un label');
    const read = await ada!.send(page, {}, { action: `/admin/peers/${id}/marks-read` });
    expect(read.text('main')).not.toContain('a perdu un label');
  });

  test('without the mark, nobody is let in for it any more', async () => {
    const peer = (await findPeerByHost(marseille!.db.read, lyon!.host))!;
    await marseille!.db.write((tx) => tx.delete(tx.t.peers).where(eq(tx.t.peers.id, peer.id)));
    await lyon!.db.write((tx) => tx.delete(tx.t.peers).where(eq(tx.t.peers.host, marseille!.host)));
    expect(await asks(lyon!, marseille!)).toBe('received');
  });
});
