/** The admins of nodes come to an agreement, or do not; whatever is lost or doubled on the way, both see the same. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tx } from '#db/database.ts';
import { announce } from '#domain/announcements.ts';
import { searchCatalogue } from '#domain/catalogue.ts';
import { requestPeering } from '#domain/handshake.ts';
import { nodeUri } from '#domain/ids.ts';
import { withdrawPeering } from '#domain/negotiation.ts';
import { type PeerRow, cutPeer, peersToDecide } from '#domain/peers.ts';
import { remindPeers } from '#domain/reminders.ts';
import { OPEN_SCOPE, type Scope } from '#domain/scopes.ts';
import { ownThumbprint } from '#domain/thumbprint.ts';
import { createKeyring } from '#federation/keys.ts';
import { signedHeaders } from '#federation/signatures.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { OPEN, adminsOf } from '../support/two-admins.ts';
import { visit } from '../support/visitor.ts';

const only = (...kinds: Scope['kinds']): Scope => ({ ...OPEN_SCOPE, kinds });

eachEngine('the admins of Lyon and Marseille', (engine) => {
  let [marseille, lyon]: TestNode[] = [];
  const {
    peerAt,
    stateAt,
    both,
    does,
    well,
    ask,
    asked,
    accepts,
    counters,
    refuses,
    withdraws,
    saysAgain,
    countered,
    agreedOn,
    ends,
  } = adminsOf(
    () => marseille!,
    () => lyon!,
  );

  beforeAll(async () => {
    [marseille, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon', { engine })]);
    await addMember(marseille!, 'alice', 'Alice');
    await publish(marseille!, 'alice', { title: 'Chambre' });
    await publish(marseille!, 'alice', { title: 'Panier', kind: 'food' });
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  test('each sees who the other is; Marseille refuses with a reason, and Lyon reads it', async () => {
    await lyon!.db.write(async (tx) => {
      await tx.update(tx.t.cooperative).set({ charterUrl: 'https://lyon.example/charte' });
    });
    const found = await well(lyon!.federation.port.inspect(marseille!.host));
    expect(found.profile).toEqual({
      territory: 'Marseille',
      languages: ['fr'],
      kinds: { lodging: 1, food: 1 },
      members: 2,
      partners: [],
      thumbprint: await ownThumbprint(marseille!.db.read, marseille!.site),
    });
    await asked();
    const theirs = await peerAt(marseille!);
    expect(theirs).toMatchObject({ message: 'Bonjour de Lyon', name: 'Coop lyon', turn: 'us', theirGive: OPEN_SCOPE });
    expect(theirs.profile).toMatchObject({
      charter: 'https://lyon.example/charte',
      thumbprint: await ownThumbprint(lyon!.db.read, lyon!.site),
    });
    expect(theirs.profile?.thumbprint).not.toBe(found.profile?.thumbprint);
    await refuses('Nous sommes trop peu pour cela cette année.');
    await both('refused');
    expect(await peerAt(lyon!)).toMatchObject({ reason: 'Nous sommes trop peu pour cela cette année.' });
    expect(await peersToDecide(lyon!.db.read)).toEqual([]);
  });

  test('Lyon asks again; Marseille proposes less, Lyon changes that, Marseille accepts', async () => {
    await asked();
    await counters(marseille!, { give: only('lodging'), take: OPEN_SCOPE });
    await countered();
    expect(await peerAt(lyon!)).toMatchObject({
      theirGive: only('lodging'),
      message: 'Plutôt ainsi ?',
      give: OPEN_SCOPE,
    });
    expect((await peersToDecide(lyon!.db.read)).map((peer) => peer.host)).toEqual([marseille!.host]);
    await counters(lyon!, { give: only('goods'), take: only('lodging') });
    await until('Marseille sees it', async () => (await peerAt(marseille!)).turn === 'us');
    expect(await peerAt(marseille!)).toMatchObject({ state: 'countered', theirGive: only('goods') });
    await accepts(marseille!);
    await agreedOn({ give: only('goods'), take: only('lodging') });
    await until('the catalogue is copied', async () => (await peerAt(lyon!)).backfillState === 'done');
    const copies = await searchCatalogue(
      lyon!.db.read,
      new Date(),
      { member: true },
      { limit: 9, host: marseille!.host },
    );
    expect(copies.items.map((row) => row.title)).toEqual(['Chambre']);
    await ends();
  });

  test('Marseille proposes less, and Lyon accepts', async () => {
    await asked();
    await counters(marseille!, { give: only('lodging'), take: only('food') });
    await countered();
    await accepts(lyon!);
    await agreedOn({ give: only('food'), take: only('lodging') });
    await ends();
  });

  test('terms that are the same as theirs are a yes', async () => {
    await asked({ give: only('food'), take: OPEN_SCOPE });
    await counters(marseille!, { give: { ...OPEN_SCOPE, kinds: OPEN_SCOPE.kinds.toReversed() }, take: only('food') });
    await both('active');
    await ends();
  });

  test('Lyon withdraws, before and after other terms were proposed', async () => {
    await asked();
    await withdraws();
    await both('withdrawn');
    await asked();
    await counters(marseille!, { give: only('lodging'), take: OPEN_SCOPE });
    await countered();
    await withdraws();
    await both('withdrawn');
  });

  describe('a word that is lost is mended by whoever waits', () => {
    test('the request', async () => {
      await ask(OPEN, true);
      expect(await stateAt(marseille!)).toBe('withdrawn');
      await saysAgain(lyon!);
      await until('it is asked', async () => (await stateAt(marseille!)) === 'received');
      expect((await peerAt(marseille!)).message).toBe('Bonjour de Lyon');
    });
    test('the refusal', async () => {
      await refuses('Pas cette année.', true);
      expect(await stateAt(lyon!)).toBe('asked');
      await saysAgain(lyon!);
      await both('refused');
      expect((await peerAt(lyon!)).reason).toBe('Pas cette année.');
    });
    test.each(['Lyon', 'Marseille'])('the other terms, when %s asks', async (who) => {
      await asked();
      await counters(marseille!, { give: only('lodging'), take: OPEN_SCOPE }, true);
      await saysAgain(who === 'Lyon' ? lyon! : marseille!);
      await countered();
      await withdraws();
      await both('withdrawn');
    });
    test.each(['Lyon', 'Marseille'])('the yes to other terms, when %s asks', async (who) => {
      await asked();
      await counters(marseille!, { give: only('lodging'), take: OPEN_SCOPE });
      await countered();
      await accepts(lyon!, true);
      expect(await stateAt(marseille!)).toBe('countered');
      await saysAgain(who === 'Lyon' ? lyon! : marseille!);
      await agreedOn({ give: OPEN_SCOPE, take: only('lodging') });
      await ends();
    });
    test.each(['Lyon', 'Marseille'])('the yes, when %s asks', async (who) => {
      await asked();
      await accepts(marseille!, true);
      expect(await stateAt(lyon!)).toBe('asked');
      await saysAgain(who === 'Lyon' ? lyon! : marseille!);
      await agreedOn(OPEN);
      await ends();
    });
    test('a yes that is said again, and comes after the end, begins nothing', async () => {
      await asked();
      await accepts(marseille!);
      await agreedOn(OPEN);
      const { followSent } = await peerAt(marseille!);
      const { id, state } = await peerAt(lyon!);
      expect(state).toBe('active');
      await does(lyon!, (tx, peer) => cutPeer(tx, lyon!.site, peer, true));
      // As if it had been on its way: the very Follow that Marseille's yes was made of.
      const keys = (await createKeyring(marseille!.db.read).of(nodeUri(marseille!.site)))!;
      const [actor, object] = [nodeUri(marseille!.site), nodeUri(lyon!.site)];
      const url = `${object}/inbox`;
      const body = JSON.stringify({
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: followSent,
        type: 'Follow',
        actor,
        object,
        published: new Date().toISOString(),
      });
      await lyon!.db.write((tx) => tx.delete(tx.t.received).where(eq(tx.t.received.uri, followSent ?? '')));
      const { id: keyId, privateKey } = keys.rsa;
      const bytes = Buffer.from(body);
      const headers = signedHeaders({
        method: 'POST',
        url,
        body: bytes,
        keyId,
        privateKey,
        dialect: 'cavage',
        now: new Date(),
      });
      const answer = await lyon!.fetch(
        new Request(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/activity+json' },
          body: bytes,
        }),
      );
      expect(answer.status).toBe(202);
      await both('cut');
      expect((await peerAt(lyon!)).id).toBe(id);
    });
    test('the confirmation of a yes', async () => {
      await asked();
      await accepts(marseille!, true);
      await does(lyon!, async (tx, peer) => {
        // As if the Accept had come and what went with it had not.
        await tx.update(tx.t.peers).set({ sentAccepted: true }).where(eq(tx.t.peers.id, peer.id));
      });
      await saysAgain(marseille!);
      await agreedOn(OPEN);
      await ends();
    });
    test('by itself, after a day', async () => {
      await asked();
      await refuses('Non', true);
      const reminds = (ahead: number) =>
        lyon!.db.write((tx) => remindPeers(tx, { ...lyon!.site, now: () => new Date(Date.now() + ahead) }));
      expect([await reminds(23 * 3_600_000), await stateAt(lyon!)]).toEqual([0, 'asked']);
      await lyon!.settled();
      expect(await reminds(25 * 3_600_000)).toBe(1);
      lyon!.federation.worker.wake();
      await both('refused');
      expect(await reminds(50 * 3_600_000)).toBe(0);
    });
    test('the withdrawal, which Marseille finds out when it accepts', async () => {
      await asked();
      await withdraws(true);
      expect(await stateAt(marseille!)).toBe('received');
      await accepts(marseille!);
      await both('withdrawn');
    });
  });

  test('every word comes three times, and counts once', async () => {
    const again = async (node: TestNode): Promise<void> => {
      await node.settled();
      for (let i = 0; i < 2; i++) {
        await node.db.write(async (tx) => {
          await tx.update(tx.t.deliveries).set({ state: 'waiting', leased: null, due: new Date(0) });
        });
        await node.settled();
      }
    };
    await asked();
    await again(lyon!);
    for (let i = 0; i < 2; i++) await saysAgain(lyon!);
    await again(lyon!);
    expect([await stateAt(lyon!), await stateAt(marseille!)]).toEqual(['asked', 'received']);
    await counters(marseille!, { give: only('lodging'), take: OPEN_SCOPE });
    await countered();
    await again(marseille!);
    await saysAgain(marseille!);
    await again(lyon!);
    await countered();
    await accepts(lyon!);
    await both('active');
    for (const node of [lyon!, marseille!, lyon!]) await again(node);
    for (const node of [lyon!, marseille!]) await saysAgain(node);
    await Promise.all([lyon!.settled(), marseille!.settled()]);
    await agreedOn({ give: OPEN_SCOPE, take: only('lodging') });
    await ends();
    for (const node of [lyon!, marseille!]) await again(node);
    await both('cut');
  });

  test('what Lyon said of an earlier request comes after the later one, and counts no more', async () => {
    const { announcements } = lyon!.db.read.t;
    const move = (from: string, to: string) =>
      lyon!.db.write(async (tx) => {
        await tx.update(announcements).set({ state: to }).where(eq(announcements.state, from));
      });
    const held = async (work: (tx: Tx, peer: PeerRow) => Promise<unknown>): Promise<void> => {
      await does(lyon!, async (tx, peer) => {
        await work(tx, peer);
        await tx.update(announcements).set({ state: 'held' }).where(eq(announcements.state, 'waiting'));
      });
      await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const found = await well(lyon!.federation.port.inspect(marseille!.host));
    await held((tx) => well(requestPeering(tx, lyon!.site, found, 'Premier mot', { terms: OPEN })));
    await held((tx, peer) => well(withdrawPeering(tx, lyon!.site, peer)));
    await asked({ give: only('food'), take: OPEN_SCOPE });
    const first = await peerAt(marseille!);
    await move('held', 'waiting');
    await lyon!.settled();
    expect(await peerAt(marseille!)).toMatchObject({
      state: 'received',
      proposal: first.proposal,
      followReceived: first.followReceived,
      message: 'Bonjour de Lyon',
      theirGive: only('food'),
    });
    const late = await marseille!.db.read.select().from(marseille!.db.read.t.received);
    expect(
      late
        .filter((row) => row.code === 'peeringOlder')
        .map((row) => row.type)
        .toSorted(),
    ).toEqual(['Follow', 'Offer', 'Undo']);
    await accepts(marseille!);
    await agreedOn({ give: only('food'), take: OPEN_SCOPE });
    await ends();
  });

  test('what changes while an admin reads it is not accepted unread', async () => {
    const ada = visit(marseille!);
    await ada.signIn('ada');
    await asked({ give: OPEN_SCOPE, take: only('food') });
    const { id } = await peerAt(marseille!);
    const accept = `/admin/peers/${id}/acceptance`;
    const read = await ada.open(`/admin/peers/${id}`);
    expect(read.text('main')).toMatch(/Vous donneriez ?Alimentation/);
    const [no, other] = [await ada.open(`/admin/peers/${id}/refusal`), await ada.open(`/admin/peers/${id}/proposal`)];
    await withdraws();
    await both('withdrawn');
    await asked();
    // Nor refused, nor answered by other terms: what was written is kept.
    const unsaid = await ada.send(no, { reason: 'Trop peu pour nous' }, { action: `/admin/peers/${id}/refusal` });
    expect([unsaid.status, unsaid.faults()[0]?.message]).toEqual([
      422,
      expect.stringContaining('La proposition a changé entre-temps'),
    ]);
    expect(unsaid.values()).toMatchObject({ reason: ['Trop peu pour nous'] });
    const unsent = await ada.send(other, { message: 'Moins' }, { action: `/admin/peers/${id}/proposal` });
    expect([unsent.status, unsent.faults()[0]?.field]).toEqual([422, 'message']);
    expect(unsent.values()).toMatchObject({ message: ['Moins'] });
    expect(await stateAt(marseille!)).toBe('received');
    const back = await ada.send(read, {}, { action: accept });
    expect(back.text('.notice')).toContain('La proposition a changé entre-temps');
    expect(await stateAt(marseille!)).toBe('received');
    // Nor by saying other terms of what is proposed already.
    await does(lyon!, async (tx, peer) => {
      await tx
        .update(tx.t.peers)
        .set({ give: only('goods') })
        .where(eq(tx.t.peers.id, peer.id));
      await announce(tx, new Date(), { type: 'peering.scoped', actor: nodeUri(lyon!.site), subject: peer.id });
    });
    await saysAgain(lyon!);
    await lyon!.settled();
    expect((await peerAt(marseille!)).theirGive).toEqual(OPEN_SCOPE);
    await ada.send(back, {}, { action: accept });
    await both('active');
    await ends();
  });

  test('both take up their pens at once: a withdrawal and a refusal, a withdrawal and a yes', async () => {
    await asked();
    await Promise.all([withdraws(), refuses('Non')]);
    await Promise.all([lyon!.settled(), marseille!.settled()]);
    await both('withdrawn');
    await asked();
    await Promise.all([withdraws(), accepts(marseille!)]);
    await Promise.all([lyon!.settled(), marseille!.settled()]);
    await both('withdrawn');
    expect(await peersToDecide(lyon!.db.read)).toEqual([]);
  });
});
