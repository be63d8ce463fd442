/** Who may become a partner, between real nodes: everybody at once, whom an admin accepts, or only who is on a list. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '#domain/audit.ts';
import { allowDomain, setPeeringMode } from '#domain/peering-modes.ts';
import { requestPeering } from '#domain/handshake.ts';
import { cutPeer, findPeerByHost } from '#domain/peers.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, startNode, until } from '../support/nodes.ts';
import { visit } from '../support/visitor.ts';

eachEngine('modes of peering', (engine) => {
  let [marseille, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  const ask = async (): Promise<void> => {
    const found = await lyon.federation.port.inspect(marseille.host);
    if (!found.ok) throw new Error(JSON.stringify(found.errors));
    await lyon.db.write((tx) => requestPeering(tx, lyon.site, found.value, 'Bonjour'));
  };
  const mode = (text: string): Promise<unknown> =>
    marseille.db.write((tx) => setPeeringMode(tx, marseille.site.now(), 'ada', text));
  const seen = async (at: TestNode, other: TestNode) => findPeerByHost(at.db.read, other.host);
  const reaches = (at: TestNode, other: TestNode, state: string): Promise<void> =>
    until(`${other.host} is ${state}`, async () => (await seen(at, other))?.state === state);

  test('who is not on the list is refused, and its admin reads why; who is on it is decided about', async () => {
    await mode('list');
    await ask();
    await reaches(lyon, marseille, 'refused');
    expect((await seen(marseille, lyon))?.state).toBe('refused');
    const ada = visit(lyon);
    await ada.signIn('ada');
    const peer = (await seen(lyon, marseille))!;
    expect((await ada.open(`/admin/peers/${peer.id}`)).text('main')).toContain(
      'Cette coopérative n’a pour partenaires que des serveurs de sa liste.',
    );
    expect((await listAudit(marseille.db.read, { limit: 1 }))[0]).toMatchObject({
      actor: 'node',
      action: 'peer.refused',
      subject: lyon.host,
      after: { state: 'refused', reason: 'code:notListed' },
    });
    // Nobody has to decide anything, and no letter was written about it.
    const { jobs } = marseille.db.read.t;
    expect((await marseille.db.read.select().from(jobs)).filter((job) => job.type === 'mail')).toEqual([]);
    const input = { domain: 'LYON.localhost.', subdomains: false, comment: '' };
    await marseille.db.write((tx) => allowDomain(tx, marseille.site.now(), 'ada', input));
    await ask();
    await reaches(marseille, lyon, 'received');
    expect((await seen(lyon, marseille))?.reason).toBe('');
    expect((await listAudit(marseille.db.read, { limit: 1 }))[0]?.action).toBe('peering.allowed');
  });

  test('open: whoever asks is a partner at once; whom an admin cut waits for one', async () => {
    await mode('open');
    await marseille.db.write((tx) => tx.delete(tx.t.peers));
    await lyon.db.write((tx) => tx.delete(tx.t.peers));
    await ask();
    await Promise.all([reaches(marseille, lyon, 'active'), reaches(lyon, marseille, 'active')]);
    const peer = (await seen(marseille, lyon))!;
    expect(peer.take).toMatchObject({ requests: true, data: ['profiles'] });
    expect((await listAudit(marseille.db.read, { limit: 1 }))[0]).toMatchObject({
      actor: 'node',
      action: 'peer.accepted',
      subject: lyon.host,
    });
    await marseille.db.write((tx) => cutPeer(tx, marseille.site, peer, true));
    await reaches(lyon, marseille, 'cut');
    await ask();
    await reaches(marseille, lyon, 'received');
  });

  test('so many in a day that somebody should look: the others wait', async () => {
    await marseille.db.write(async (tx) => {
      await tx.delete(tx.t.peers);
      const [row] = await tx.select().from(tx.t.audit).limit(1);
      const created = marseille.site.now();
      const many = Array.from({ length: 50 }, (_, n) => ({
        ...row!,
        n: 10_000 + n,
        actor: 'node',
        action: 'peer.accepted',
        created,
      }));
      await tx.insert(tx.t.audit).values(many);
    });
    await lyon.db.write((tx) => tx.delete(tx.t.peers));
    await ask();
    await reaches(marseille, lyon, 'received');
  });

  test('an unknown mode is no mode', async () => {
    expect(await mode('anarchy')).toMatchObject({ ok: false, errors: [{ field: 'mode', code: 'choice' }] });
  });
});
