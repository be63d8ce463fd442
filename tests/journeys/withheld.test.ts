/** A member keeps a listing away from one partner: in the form, in a file, and as programs see it. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchCatalogue } from '#domain/catalogue.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { exportListings } from '#domain/export.ts';
import { catalogueUri } from '#domain/ids.ts';
import { type ImportReport, importListings, parseListings } from '#domain/import.ts';
import type { ListingRow } from '#domain/listings.ts';
import { openPlaces } from '#domain/places.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { issueToken } from '#domain/tokens.ts';
import { KINDS } from '#domain/types.ts';
import { makePeer } from '../support/attack.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { shoot } from '../support/shots.ts';
import { startStranger } from '../support/stranger.ts';
import { type Visitor, visit } from '../support/visitor.ts';

const places = openPlaces();

eachEngine('Alice and the partners of Marseille', (engine) => {
  let [marseille, lyon, nantes]: TestNode[] = [];
  let alice: Visitor;
  let room: ListingRow;
  const now = async (): Promise<ListingRow> =>
    (
      await marseille!.db.read
        .select()
        .from(marseille!.db.read.t.listings)
        .where(eq(marseille!.db.read.t.listings.id, room.id))
    )[0]!;
  const isAt = async (node: TestNode): Promise<boolean> => {
    const page = await searchCatalogue(node.db.read, new Date(), { member: true }, { limit: 9, host: marseille!.host });
    return page.items.length > 0;
  };
  const shown = (atLyon: boolean, atNantes: boolean): Promise<void> =>
    until('it is where it should be', async () => (await isAt(lyon!)) === atLyon && (await isAt(nantes!)) === atNantes);
  const edit = async (filled: Record<string, string | string[]>) => {
    const form = await alice.open(`/listings/${room.id}/edit`);
    return alice.send(form, filled, { action: `/listings/${room.id}`, button: ['as', 'publish'] });
  };
  const bring = async (text: string): Promise<ImportReport> => {
    const parsed = parseListings(text, 'csv');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return importListings(marseille!.db, marseille!.site, {
      handle: 'alice',
      lines: parsed.value.lines,
      places,
      kinds: KINDS,
    });
  };

  beforeAll(async () => {
    [marseille, lyon, nantes] = await Promise.all(
      ['marseille', 'lyon', 'nantes'].map((name) => startNode(name, { engine })),
    );
    await addMember(marseille!, 'alice', 'Alice');
    room = await publish(marseille!, 'alice', { title: 'Chambre' });
    await Promise.all([peerUp(lyon!, marseille!), peerUp(nantes!, marseille!)]);
    alice = visit(marseille!);
    await alice.signIn('alice');
    await shown(true, true);
  });
  afterAll(async () => {
    await Promise.all([marseille?.drop(), lyon?.drop(), nantes?.drop()]);
  });

  test('she ticks Lyon in the form: it leaves Lyon alone, and stays away through another edit', async () => {
    expect((await edit({ withheld: [lyon!.host] })).status).toBe(200);
    await shown(false, true);
    const form = await alice.open(`/listings/${room.id}/edit`);
    expect(form.values(`/listings/${room.id}`)['withheld']).toEqual([lyon!.host]);
    expect(form.text('main')).toContain('Cachée à un partenaire');
    await edit({ title: 'Chambre claire' });
    expect(await now()).toMatchObject({ title: 'Chambre claire', withheld: [lyon!.host] });
    await shown(false, true);
    await edit({ withheld: [] });
    await shown(true, true);
  });

  test('a partner that nobody knows is named, and nothing is lost', async () => {
    const back = await edit({ title: 'Chambre bleue', withheld: ['nowhere.example'] });
    expect(back.status).toBe(422);
    expect(back.faults()).toEqual([
      { field: 'withheld', message: expect.stringContaining('nowhere.example n’est pas'), tied: true },
    ]);
    expect(back.values(`/listings/${room.id}`)['title']).toEqual(['Chambre bleue']);
    expect((await now()).title).toBe('Chambre claire');
  });

  test('a file says it, keeps it when it does not, and is read back as it was written', async () => {
    const line = (withheld?: string): string =>
      `ref,kind,title,text,price_type,price,place${withheld === undefined ? '' : ',Cacher à'}\n${room.id},lodging,Chambre claire,"Une chambre claire, à dix minutes de l’hôpital.",money,42,Marseille${withheld === undefined ? '' : `,${withheld}`}\n`;
    expect(await bring(line(`${nantes!.host};${lyon!.host.toUpperCase()}`))).toMatchObject({ updated: 1, faults: [] });
    expect((await now()).withheld).toEqual([lyon!.host, nantes!.host].toSorted());
    await shown(false, false);
    expect(await bring(line())).toMatchObject({ unchanged: 1 });
    let text = '';
    for await (const piece of exportListings(marseille!.db.read, marseille!.site, { format: 'csv' })) text += piece;
    expect(text).toContain([lyon!.host, nantes!.host].toSorted().join(';'));
    expect(await bring(text)).toMatchObject({ unchanged: 1, faults: [] });
    expect((await bring(line('nowhere.example'))).faults).toMatchObject([
      { line: 2, field: 'Cacher à', code: 'listing.partnerUnknown', params: { host: 'nowhere.example' } },
    ]);
    expect(await bring(line(lyon!.host))).toMatchObject({ updated: 1 });
    await shown(false, true);
  });

  test('a program with a token reads it, and nobody else does', async () => {
    const token = await marseille!.db.write((tx) => issueToken(tx, new Date(), 'api', {}));
    const get = async (headers: Record<string, string>): Promise<unknown> => {
      const answer = await marseille!.fetch(
        new Request(`${marseille!.origin}/api/v1/listings/${room.id}`, { headers }),
      );
      return answer.json();
    };
    expect(await get({ authorization: `Bearer ${token}` })).toMatchObject({ withheld: [lyon!.host] });
    expect(await get({})).not.toHaveProperty('withheld');
  });

  test('neither the number of the catalogue nor a gap in it tells a partner that something is kept from it', async () => {
    const friend = await startStranger('friend');
    try {
      await makePeer(marseille!, friend);
      const { listings } = marseille!.db.read.t;
      for (let i = 0; i < 55; i++) {
        const row = await publish(marseille!, 'alice', { title: `Panier ${i}`, kind: 'food' });
        if (i === 7 || i === 53)
          await marseille!.db.write((tx) =>
            tx
              .update(listings)
              .set({ withheld: [friend.host] })
              .where(eq(listings.row, row.row)),
          );
      }
      const url = catalogueUri(`${marseille!.origin}/users/${(await getCooperative(marseille!.db.read))!.handle}`);
      const get = async (of: string): Promise<Record<string, unknown>> => {
        const { status, text } = await shoot(friend.ask(of));
        expect(status).toBe(200);
        return JSON.parse(text) as Record<string, unknown>;
      };
      // The room of before, and 55 less two.
      const whole = await get(url);
      expect(whole['totalItems']).toBe(54);
      const first = await get(String(whole['first']));
      expect((first['orderedItems'] as unknown[]).length).toBe(50);
      const last = await get(String(first['next']));
      expect((last['orderedItems'] as unknown[]).length).toBe(4);
      expect(last).not.toHaveProperty('next');
      // Nor what its scope leaves out.
      await marseille!.db.write(async (tx) => {
        const { peers } = tx.t;
        await tx
          .update(peers)
          .set({ give: { ...OPEN_SCOPE, kinds: ['lodging'] } })
          .where(eq(peers.host, friend.host));
      });
      expect((await get(url))['totalItems']).toBe(1);
    } finally {
      await friend.close();
    }
  });
});
