/** What a cooperative usually gives and takes, its charter, and whom it exchanges with: set once, seen by the others. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalDomain } from '#domain/domain-names.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

eachEngine('the usual terms of Lyon', (engine) => {
  let [marseille, lyon, nantes]: TestNode[] = [];
  let [ada, leo]: Visitor[] = [];
  const setUsual = async (filled: Record<string, string | string[]>): Promise<Visited> => {
    const page = await leo!.open('/admin/peers/defaults');
    return leo!.send(page, filled, { action: '/admin/peers/defaults' });
  };
  const partnersOfLyon = async (): Promise<string[] | undefined> => {
    const found = await marseille!.federation.port.inspect(lyon!.host);
    return found.ok ? found.value.profile?.partners : undefined;
  };

  beforeAll(async () => {
    [marseille, lyon, nantes] = await Promise.all(
      ['marseille', 'lyon', 'nantes'].map((name) => startNode(name, { engine })),
    );
    [ada, leo] = [visit(marseille!), visit(lyon!)];
    await Promise.all([ada.signIn('ada'), leo.signIn('ada')]);
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop(), nantes?.drop()]);
  });

  test('requests and invitations begin with them, and a request that goes further says so', async () => {
    const wrong = await setUsual({ 'give.territory': 'Nullepart-les-Bains', 'give.radiusKm': '10' });
    expect([wrong.status, wrong.faults()]).toEqual([
      422,
      [expect.objectContaining({ field: 'give.territory', tied: true })],
    ]);
    await setUsual({ 'give.kinds': ['food'], 'take.kinds': ['food', 'lodging'] });
    const invitations = await leo!.open('/admin/peers/invitations');
    expect(invitations.values('/admin/peers/invitations')).toMatchObject({
      'give.kinds': ['food'],
      'take.kinds': ['lodging', 'food'],
    });
    // Marseille asks for everything: Lyon is told what of it is unusual.
    const looked = await ada!.send(
      await ada!.open('/admin/peers'),
      { domain: lyon!.host },
      { action: '/admin/peers/preview' },
    );
    await ada!.send(looked, {}, { action: '/admin/peers' });
    await until(
      'it is asked',
      async () => (await findPeerByHost(lyon!.db.read, marseille!.host))?.state === 'received',
    );
    const peer = (await findPeerByHost(lyon!.db.read, marseille!.host))!;
    const page = await leo!.open(`/admin/peers/${peer.id}`);
    expect(page.text('.notice')).toMatch(
      /pas comme d’habitude chez vous.*Vous donneriez en plus : Hébergement, Service/,
    );
    const proposal = await leo!.open(`/admin/peers/${peer.id}/proposal`);
    expect(proposal.values()).toMatchObject({ 'give.kinds': ['food'], 'take.kinds': ['lodging', 'food'] });
    await leo!.send(proposal, {}, { action: `/admin/peers/${peer.id}/proposal` });
    expect(await findPeerByHost(lyon!.db.read, marseille!.host)).toMatchObject({
      state: 'countered',
      give: { ...OPEN_SCOPE, kinds: ['food'] },
    });
  });

  test('whom Lyon exchanges with is published until its admin says no', async () => {
    await peerUp(nantes!, lyon!);
    expect(await partnersOfLyon()).toEqual([nantes!.host]);
    // Whoever a rule keeps out of lists is not in this one.
    const { domainRules } = lyon!.db.read.t;
    const domain = canonicalDomain(nantes!.host)!;
    await lyon!.db.write((tx) =>
      tx.insert(domainRules).values({ domain, severity: 'silence', comment: '', created: new Date() }),
    );
    expect(await partnersOfLyon()).toEqual([]);
    await lyon!.db.write((tx) => tx.delete(domainRules));
    await setUsual({ showPartners: [] });
    expect(await partnersOfLyon()).toBeUndefined();
    const seen = await ada!.send(
      await ada!.open('/admin/peers'),
      { domain: lyon!.host },
      { action: '/admin/peers/preview' },
    );
    expect(seen.text('main')).toContain('liste non publiée');
  });

  test('its charter is an https address, and others see it', async () => {
    const settings = await leo!.open('/admin/settings');
    for (const charterUrl of ['charte', 'http://lyon.example/charte', 'javascript:alert(1)']) {
      const back = await leo!.send(settings, { charterUrl }, { action: '/admin/settings' });
      expect([back.status, back.faults()]).toEqual([
        422,
        [{ field: 'charterUrl', message: expect.stringContaining('https://'), tied: true }],
      ]);
      expect(back.values('/admin/settings')['charterUrl']).toEqual([charterUrl]);
    }
    await leo!.send(settings, { charterUrl: 'https://lyon.example/charte' }, { action: '/admin/settings' });
    const found = await marseille!.federation.port.inspect(lyon!.host);
    expect(found.ok && found.value.profile?.charter).toBe('https://lyon.example/charte');
  });
});
