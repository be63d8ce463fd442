/** Keys that vouch are renewed in time, and a new one signs only when partners have had time to see it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KeyUse, identityKeys, keepIdentityKeys, replaceIdentityKeys } from '#domain/identity/keys.ts';
import { siteOf } from '#domain/site.ts';
import { type Fresh, eachEngine, freshDatabase } from '../../support/databases.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

eachEngine('keys that vouch', (engine) => {
  let fresh: Fresh;
  let now = Date.parse('2026-01-01T00:00:00Z');
  const site = siteOf('https://lyon.example', () => new Date(now));
  const ids = async (use: KeyUse): Promise<string[]> =>
    (await identityKeys(fresh.db.read, site, use)).map((key) => key.id);
  beforeAll(async () => {
    fresh = await freshDatabase(engine);
  });
  afterAll(() => fresh?.drop());

  test('made once, by whoever comes first', async () => {
    await Promise.all([keepIdentityKeys(fresh.db, site), keepIdentityKeys(fresh.db, site)]);
    for (const use of ['oidc-eddsa', 'oidc-es256', 'federation'] as const) expect(await ids(use)).toHaveLength(1);
    expect(await keepIdentityKeys(fresh.db, site)).toBe(false);
  });

  test.each([
    ['oidc-eddsa', 91 * DAY, 2 * HOUR, 2 * DAY],
    ['federation', 366 * DAY, 14 * DAY, 28 * DAY],
  ] as const)('%s: shown first, then signing, then alone', async (use, renew, mature, keep) => {
    const [before] = await ids(use);
    now += renew;
    await keepIdentityKeys(fresh.db, site);
    const after = await ids(use);
    expect(after).toHaveLength(2);
    expect(after[0], 'the old one still signs').toBe(before);
    now += mature;
    expect(await ids(use), 'the new one signs').toEqual(after.toReversed());
    now += keep;
    await keepIdentityKeys(fresh.db, site);
    expect((await ids(use)).includes(before!)).toBe(false);
  });

  test('replaced at once when others may have seen them', async () => {
    const before = await ids('federation');
    await replaceIdentityKeys(fresh.db, site);
    const after = await ids('federation');
    expect(after).toHaveLength(1);
    expect(before).not.toContain(after[0]);
  });
});
