/** How much a page asks of the database: so many statements, none of them twice, and no more when there is more to show. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { follow } from '#domain/follows.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { type Visitor, visit } from '../support/visitor.ts';

/**
 * Statements that a page may make. A page that needs one more for what it newly shows may have it; one that needs one
 * more for each of something asks in a loop.
 */
const PAGES: Record<'stranger' | 'member' | 'admin', Record<string, number>> = {
  stranger: { '/': 8, '/listings': 8, '/listings?q=chambre&host=PARTNER': 7, OWN: 5, COPY: 8, '/@alice': 10 },
  member: { '/': 14, '/listings': 10, OWN: 7, COPY: 11, '/follows': 10, '/listings/mine': 4 },
  admin: { '/admin': 29, '/admin/members': 7, '/admin/peers': 14, '/admin/reports': 12, '/admin/operation': 17 },
};

eachEngine('statements of a page', (engine) => {
  let asked: string[] | undefined;
  let node: TestNode;
  const partners: TestNode[] = [];
  const who: Record<string, Visitor> = {};

  /** A partner with two members, whom Alice follows; each has so many listings. */
  const addPartner = async (name: string, listings: number): Promise<void> => {
    const partner = await startNode(name);
    partners.push(partner);
    for (const handle of ['paul', 'rose']) {
      await addMember(partner, handle, handle);
      await publish(partner, handle, { title: 'Chambre', audience: 'public' });
    }
    await peerUp(node, partner);
    for (const handle of ['paul', 'rose']) {
      const uri = `${partner.origin}/users/${handle}`;
      await node.db.write((tx) => follow(tx, node.site, `${node.origin}/users/alice`, { uri, local: false }));
    }
    await until('they are followed', async () => {
      await node.settled();
      await partner.settled();
      const follows = await node.db.read.select().from(node.db.read.t.follows);
      return follows.every(({ state }) => state === 'accepted');
    });
    for (const handle of ['paul', 'rose'])
      for (let i = 0; i < listings; i++) await publish(partner, handle, { title: 'Atelier', audience: 'public' });
    const shown = 2 * listings;
    await until('the news has come', async () => {
      await partner.settled();
      const { stream } = node.db.read.t;
      const rows = await node.db.read.select().from(stream);
      return rows.filter(({ actor }) => actor.startsWith(partner.origin)).length >= shown;
    });
  };
  /** What works beside the pages asks, too: it rests while statements are counted. */
  const restart = async (role: 'all' | 'web'): Promise<void> => {
    await node.settled();
    await node.down();
    node.config.role = role;
    await node.up();
  };
  const statementsOf = async (visitor: Visitor, path: string): Promise<string[]> => {
    asked = [];
    expect((await visitor.open(path)).status, path).toBe(200);
    const all = asked;
    asked = undefined;
    return all;
  };
  const paths = async (): Promise<Record<string, string>> => {
    const rows = await node.db.read.select().from(node.db.read.t.listings);
    return {
      OWN: `/listings/${rows.find((row) => row.publisher.endsWith('/alice'))!.id}`,
      COPY: `/listings/${rows.find((row) => !row.local)!.id}`,
    };
  };
  /** By page, how many statements it made; none twice. */
  const count = async (): Promise<Record<string, number>> => {
    await restart('web');
    const counts: Record<string, number> = {};
    const known = await paths();
    for (const [role, pages] of Object.entries(PAGES))
      for (const page of Object.keys(pages)) {
        const path = known[page] ?? page.replace('PARTNER', partners[0]!.host);
        // The first look at anything may have something to note.
        await who[role]!.open(path);
        const statements = await statementsOf(who[role]!, path);
        const twice = statements.filter((one, i) => statements.indexOf(one) !== i);
        expect(twice, `${role} at ${page}`).toEqual([]);
        counts[`${role} ${page}`] = statements.length;
      }
    return counts;
  };

  beforeAll(async () => {
    node = await startNode('marseille', {
      engine,
      overrides: { statement: (text, params) => asked?.push(`${text} ${JSON.stringify(params ?? [])}`) },
    });
    await addMember(node, 'alice', 'Alice');
    await publish(node, 'alice', { title: 'Chambre' });
    await addPartner('lyon', 1);
    who['stranger'] = visit(node);
    who['member'] = visit(node);
    await who['member'].signIn('alice');
    who['admin'] = visit(node);
    await who['admin'].signIn('ada');
  }, 120_000);
  afterAll(async () => {
    for (const one of [node, ...partners]) await one?.drop();
  });

  test('are so many and no more, none twice, and as many when there are more listings, members and partners', async () => {
    const few = await count();
    for (const [role, pages] of Object.entries(PAGES))
      for (const [page, most] of Object.entries(pages))
        expect(few[`${role} ${page}`], `${role} at ${page}`).toBeLessThanOrEqual(most);
    await restart('all');
    await addPartner('nantes', 3);
    for (const handle of ['bob', 'carol', 'dan']) {
      await addMember(node, handle, handle);
      for (let i = 0; i < 3; i++) await publish(node, handle, { title: `Chambre ${i}` });
    }
    await publish(node, 'alice', { title: 'Chambre' });
    expect(await count()).toEqual(few);
  }, 120_000);
});
