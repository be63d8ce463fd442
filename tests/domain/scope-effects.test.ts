/** What a change of scopes does to members, guests and statistics, counted before it is made. */
import { expect, test } from 'vitest';
import type { Database } from '#db/database.ts';
import { previewData } from '#domain/scope-effects.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { siteOf } from '#domain/site.ts';
import { cooperativeBefore } from '../support/cooperative.ts';
import { eachEngine } from '../support/databases.ts';

const HOST = 'lyon.example';

eachEngine('effects on data', (engine) => {
  let db: Database;
  cooperativeBefore(engine, siteOf('https://volets.example'), (fresh) => (db = fresh));

  test('each class that starts or stops, and how many people or months it is about', async () => {
    const now = new Date();
    await db.write(async (tx) => {
      await tx.update(tx.t.actors).set({ icon: 'https://volets.example/media/x-320.webp' });
      const guest = (hash: string, host: string, ends: number) => ({
        hash,
        issuer: `https://${host}`,
        actor: `https://${host}/users/${hash}`,
        host,
        sid: hash,
        csrf: '',
        userAgent: '',
        level: '',
        since: '',
        created: now,
        expires: new Date(now.getTime() + ends),
      });
      await tx
        .insert(tx.t.guests)
        .values([
          guest('a', HOST, 9_000_000),
          guest('b', HOST, 9_000_000),
          guest('gone', HOST, -9_000),
          guest('other', 'nantes.example', 9_000_000),
        ]);
      await tx.insert(tx.t.snapshots).values([
        { host: HOST, month: '2026-09', state: 'kept', reason: '', body: { members: 9 }, fetched: now },
        { host: HOST, month: '2026-10', state: 'refused', reason: 'absent', fetched: now },
      ]);
    });
    const before = { ...OPEN_SCOPE, data: ['signIn', 'statistics'] as const };
    const peer = { host: HOST, give: null, take: { ...before, data: [...before.data] } };
    const none = { ...OPEN_SCOPE, data: [] };
    expect(await previewData(db.read, now, peer, { give: none, take: none })).toEqual([
      { half: 'give', data: 'profiles', starts: false, n: 3 },
      { half: 'take', data: 'signIn', starts: false, n: 2 },
      { half: 'take', data: 'statistics', starts: false, n: 1 },
    ]);
    const more = { ...OPEN_SCOPE, data: ['profiles' as const, 'signIn' as const, 'availability' as const] };
    expect(await previewData(db.read, now, peer, { give: more, take: peer.take })).toEqual([
      { half: 'give', data: 'availability', starts: true, n: undefined },
      { half: 'give', data: 'signIn', starts: true, n: 3 },
    ]);
    expect(await previewData(db.read, now, peer, { give: OPEN_SCOPE, take: peer.take })).toEqual([]);
  });
});
