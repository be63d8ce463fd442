/** New keys while everything goes on: what was signed with the old ones, and what is with the new, arrives. */
import { expect, test } from 'vitest';
import { generateKeys, renewKeys } from '#domain/actors.ts';
import { eachEngine } from '../support/databases.ts';
import { addMember, publish, startNode } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { ALL_WELL, audit, report, verdictOf } from './audit.ts';
import { createClock, settle } from './support/waiting.ts';

eachEngine('keys are renewed under load', (engine) => {
  test('of a member, of the cooperative and of the node: everything arrives, nothing is refused for long', async () => {
    const clock = createClock();
    const overrides = { now: clock.now };
    const [marseille, lyon] = await Promise.all([
      startNode('marseille', { engine, overrides }),
      startNode('lyon', { engine, overrides }),
    ]);
    await Promise.all([addMember(marseille, 'alice', 'Alice'), addMember(lyon, 'bob', 'Bob')]);
    await peerUp(lyon, marseille);
    let renewed = 0;
    for (let n = 0; n < 60; n++) {
      await publish(marseille, 'alice', { title: `Clés ${n}` });
      if (n % 5 !== 4) continue;
      const uri = `${marseille.origin}/users/${['alice', 'instance', 'coop-marseille'][renewed % 3]}`;
      const keys = await generateKeys();
      await marseille.db.write((tx) => renewKeys(tx, marseille.site, uri, keys));
      marseille.federation.forgetKeys(uri);
      renewed++;
    }
    const before = clock.ahead;
    await settle(clock, [marseille, lyon], 10_000);
    const found = await audit(
      [marseille, lyon].map((node) => ({ name: node.host, host: node.host, db: node.db.read })),
    );
    const waited = Math.round((clock.ahead - before) / 1_000);
    report(
      `keys renewed under load (${engine}): ${renewed} times, all is there after ${waited} s: ${verdictOf(found)}`,
    );
    expect(verdictOf(found)).toBe(ALL_WELL);
    expect(waited).toBeLessThan(120);
    await Promise.all([marseille.drop(), lyon.drop()]);
  });
});
