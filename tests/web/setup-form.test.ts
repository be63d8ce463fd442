/** The set-up's form with wrong input of every kind: nothing is set up by half. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, startNode } from '../support/nodes.ts';
import { visit } from '../support/visitor.ts';

import { COOPERATIVE, type Fault, HANDLE, emails, long, passwords } from './form-cases.ts';

eachEngine('set-up', (engine) => {
  let node: TestNode;
  let link = '';
  beforeAll(async () => {
    node = await startNode('nouvelle', { engine, setUp: false });
    link = new URL((await node.setupLink())!).pathname;
  });
  afterAll(() => node?.drop());
  const right = {
    name: 'Les Volets Ouverts',
    handle: 'volets',
    territory: 'Marseille',
    radiusKm: '12,5',
    languages: ['fr'],
    kinds: ['lodging'],
    'admin.name': 'Ada',
    'admin.handle': 'ada',
    'admin.email': 'ada@example.org',
    'admin.password': PASSWORD,
  };
  test.each<Fault>([
    ...COOPERATIVE,
    ...HANDLE,
    ['admin.name', '', /À remplir/],
    ['admin.name', long(61), /Au plus 60/],
    ['admin.handle', 'volets', /déjà pris/],
    ...emails('admin.email'),
    ...passwords('admin.password'),
  ])('%s: %s', async (field, typed, message) => {
    const visitor = visit(node);
    const filled = { ...right, [field]: typed };
    const back = await visitor.send(await visitor.open(link), filled);
    expect(back.status).toBe(422);
    expect(back.faults()).toEqual([{ field, message: expect.stringMatching(message), tied: true }]);
    for (const [name, value] of Object.entries(filled))
      if (!name.endsWith('password')) expect(back.values()[name] ?? [], name).toEqual([value].flat());
    expect(await node.db.read.$count(node.db.read.t.actors)).toBe(0);
  });
});
