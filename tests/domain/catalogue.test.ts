/** Which listings are found, where many of one kind are to be left out. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countByHost, searchCatalogue } from '#domain/catalogue.ts';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

eachEngine('the catalogue', (engine) => {
  let node: TestNode | undefined;
  beforeAll(async () => {
    node = await startNode('marseille', { engine });
  });
  afterAll(() => node?.drop());

  test('of suspended people nothing is found, however many they are', async () => {
    const { db } = node!;
    await db.write(async (tx) => {
      const [model] = await tx.select().from(tx.t.actors).limit(1);
      await tx.insert(tx.t.actors).values(
        Array.from({ length: 600 }, (_, i) => ({
          ...model!,
          uri: `https://elsewhere.example/users/${i}`,
          handle: `u${i}`,
          host: 'elsewhere.example',
          local: false,
          suspended: true,
        })),
      );
    });
    const zoe = await addMember(node!, 'zoe', 'Zoé');
    await publish(node!, 'zoe', { title: 'Chambre de Zoé' });
    const found = async (): Promise<string[]> =>
      (await searchCatalogue(db.read, new Date(), { member: true }, { limit: 10 })).items.map((one) => one.title);
    const counted = async (): Promise<number> =>
      (await countByHost(db.read, { now: new Date(), viewer: { member: true }, partners: [] })).get(node!.site.host) ??
      0;
    expect(await found()).toEqual(['Chambre de Zoé']);
    expect(await counted()).toBe(1);
    await db.write(
      async (tx) => void (await tx.update(tx.t.actors).set({ suspended: true }).where(eq(tx.t.actors.uri, zoe))),
    );
    expect(await found()).toEqual([]);
    expect(await counted()).toBe(0);
  });
});
