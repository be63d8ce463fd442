/** Rules by domain: which hosts they hold for, and what a change of them does. */
import { expect, test } from 'vitest';
import type { Database } from '#db/database.ts';
import { checkAudit } from '#domain/audit-chain.ts';
import { listAudit } from '#domain/audit.ts';
import { canonicalDomain, namesOf } from '#domain/domain-names.ts';
import { blockedDomains, isUnderRule, ruleSetsOf } from '#domain/domain-rules.ts';
import {
  type RuleInput,
  type RuleValue,
  changeRules,
  listRules,
  maskedDomain,
  previewChanges,
  readRule,
} from '#domain/rules.ts';
import { cooperativeBefore } from '../support/cooperative.ts';
import { eachEngine } from '../support/databases.ts';
import { peerRow } from '../support/peer-row.ts';
import { input, makeRules, rule, site } from '../support/rules.ts';

test.each([
  ['Evil.Example', 'evil.example'],
  ['evil.example.', 'evil.example'],
  ['evil.example...', 'evil.example'],
  ['https://evil.example:8443/users/x?y#z', 'evil.example'],
  ['@mallory@evil.example', 'evil.example'],
  ['https://user:secret@evil.example/', 'evil.example'],
  ['*.evil.example', 'evil.example'],
  ['ｅｖｉｌ.ｅｘａｍｐｌｅ', 'evil.example'],
  ['evil。example', 'evil.example'],
  ['e\u00ADvil.example', 'evil.example'],
  ['CAFÉ.example', 'xn--caf-dma.example'],
  ['cafe\u0301.example', 'xn--caf-dma.example'],
  ['xn--caf-dma.example', 'xn--caf-dma.example'],
  ['straße.example', 'xn--strae-oqa.example'],
  ['203.0.113.7:99', '203.0.113.7'],
  ['0xCB.0.0x71.7', '203.0.113.7'],
  ['[2001:DB8:0:0::1]:8443', '[2001:db8::1]'],
  ['2001:db8::1', '[2001:db8::1]'],
  ['_dmarc.evil.example', '_dmarc.evil.example'],
])('%s is the domain %s', (text, domain) => expect(canonicalDomain(text)).toBe(domain));

test.each([
  '',
  ' ',
  '.',
  'a b.example',
  'ev*l.example',
  'https://',
  'x'.repeat(260),
  '[::1',
  'a..b.example',
  '%00.example',
])('"%s" is no domain', (text) => expect(canonicalDomain(text)).toBeUndefined());

test('a rule holds for its domain, all below it, on every port; one for a name alone for that alone', () => {
  const set = (...rules: [string, boolean][]) =>
    ruleSetsOf(
      rules.map(([domain, subdomains]) => ({
        domain,
        subdomains,
        severity: 'suspend',
        rejectMedia: false,
        rejectReports: false,
      })),
    ).suspended;
  const under = set(['evil.example', true]);
  for (const host of ['evil.example', 'evil.example:8443', 'evil.example.', 'a.b.evil.example', 'A.Evil.Example:1'])
    expect(isUnderRule(host, under), host).toBe(true);
  for (const host of ['notevil.example', 'evil.example.org', 'example', 'evil', ''])
    expect(isUnderRule(host, under), host).toBe(false);
  const alone = set(['evil.example', false]);
  expect(['evil.example', 'evil.example:1', 'evil.example.'].map((host) => isUnderRule(host, alone))).toEqual([
    true,
    true,
    true,
  ]);
  expect(isUnderRule('a.evil.example', alone)).toBe(false);
  // One machine in two spellings, with a rule for either.
  for (const subdomains of [true, false]) {
    expect(isUnderRule('[::ffff:203.0.113.7]:443', set(['203.0.113.7', subdomains]))).toBe(true);
    expect(isUnderRule('[2001:db8:0::1]', set(['[2001:db8::1]', subdomains]))).toBe(true);
  }
  // What looks like a domain above an address is none.
  expect(isUnderRule('203.0.113.7', set(['7', true], ['113.7', true]))).toBe(false);
  expect(namesOf('[2001:db8::1]:8443')).toEqual(['[2001:db8::1]']);
});

test('each consequence has its own domains, and whatever is shut out has all of them', () => {
  const sets = ruleSetsOf([
    rule({ domain: 'a.example' }),
    rule({ domain: 'b.example', severity: 'silence' }),
    rule({ domain: 'c.example', severity: 'noop', rejectMedia: true }),
    rule({ domain: 'd.example', severity: 'silence', rejectReports: true }),
    { ...rule({ domain: 'e.example' }), severity: 'of a later version' },
  ]);
  expect(Object.fromEntries(Object.entries(sets).map(([name, { under }]) => [name, [...under]]))).toEqual({
    suspended: ['a.example', 'e.example'],
    hidden: ['a.example', 'b.example', 'd.example', 'e.example'],
    withoutMedia: ['a.example', 'c.example', 'e.example'],
    withoutReports: ['a.example', 'd.example', 'e.example'],
  });
});

test.each<[Partial<RuleInput>, string, string]>([
  [{ domain: 'not a name' }, 'domain', 'rules.noDomain'],
  [{ domain: 'ev**.example' }, 'domain', 'rules.masked'],
  [{ domain: 'volets.example' }, 'domain', 'rules.ourselves'],
  [{ domain: 'example' }, 'domain', 'rules.ourselves'],
  [{ domain: 'VOLETS.example.:443' }, 'domain', 'rules.ourselves'],
  [{ domain: 'org' }, 'domain', 'rules.suffix'],
  [{ domain: 'co.uk' }, 'domain', 'rules.suffix'],
  [{ severity: 'block' }, 'severity', 'choice'],
  [{ severity: 'noop' }, 'severity', 'rules.nothing'],
  [{ comment: 'x'.repeat(501) }, 'comment', 'tooLong'],
  [{ publicComment: '\u202E' }, 'publicComment', 'unwantedCharacters'],
])('a rule with %o is refused', (change, field, code) => {
  const read = readRule(site, input(change));
  expect(read.ok ? [] : read.errors.map((error) => [error.field, error.code])).toEqual([[field, code]]);
});

test('a masked name is known by those who know it', () => {
  expect(['evil.example', 'a.ab.abcdef.example', '[2001:db8::1]'].map(maskedDomain)).toEqual([
    'e**l.example',
    '*.**.ab**ef.example',
    '[2001:db8::1]',
  ]);
});

eachEngine('rules by domain', (engine) => {
  let db: Database;
  cooperativeBefore(engine, site, (fresh) => (db = fresh));

  const change = (...rules: RuleValue[]): Promise<void> => makeRules(db, ...rules);
  const now = new Date('2026-05-01T10:00:00Z');
  /** A server with a partnership, somebody who follows and is followed, copies, and a letter that waits. */
  const known = (host: string, listings: number, state = 'active'): Promise<void> =>
    db.write(async (tx) => {
      const actor = `https://${host}/users/x`;
      await tx.insert(tx.t.actors).values({
        uri: actor,
        local: false,
        kind: 'member',
        handle: 'x',
        host,
        name: 'X',
        html: '',
        url: actor,
        inbox: `${actor}/inbox`,
        languages: [],
        discoverable: true,
        manuallyApproves: false,
        suspended: false,
        created: now,
        updated: now,
      });
      const follow = (n: number, follower: string, followed: string) => ({
        id: `${host}-${n}`,
        uri: `https://${host}/f/${n}`,
        follower,
        followed,
        state: 'accepted',
        created: now,
        updated: now,
      });
      const bob = `${site.origin}/users/bob`;
      await tx.insert(tx.t.follows).values([follow(1, bob, actor), follow(2, actor, bob)]);
      await tx.insert(tx.t.peers).values(peerRow({ id: `peer-${host}`, host, nodeActor: actor, state }));
      await tx.insert(tx.t.deliveries).values({
        activity: `a-${host}`,
        inbox: `${actor}/inbox`,
        host,
        key: 'k',
        priority: 5,
        state: 'waiting',
        attempts: 0,
        due: now,
        created: now,
      });
      for (let n = 0; n < listings; n++) {
        const uri = `https://${host}/l/${n}`;
        await tx.insert(tx.t.listings).values({
          id: uri,
          uri,
          proposalUri: `${uri}#p`,
          local: false,
          publisher: actor,
          host,
          kind: 'goods',
          purpose: 'offer',
          state: 'published',
          title: 'x',
          text: '',
          html: '',
          url: uri,
          priceType: 'free',
          unit: 'unit',
          unitBased: false,
          precision: 'town',
          attributes: {},
          tags: [],
          remotePictures: [],
          audience: 'public',
          created: now,
          updated: now,
          published: now,
        });
      }
    });

  test('what a rule would do is counted, nothing done; then it is done, others keep theirs, and it is noted', async () => {
    await known('evil.example', 3);
    // Terms are on the table: that is a partnership in the making, and ends, too.
    await known('sub.evil.example:8443', 2, 'countered');
    await known('notevil.example', 4);
    const evil = { domain: 'evil.example', rule: rule({ comment: 'Entre nous', publicComment: 'Pourriels' }) };
    const nothing = { partners: 0, listings: 0, follows: 0, hidden: 0, shown: 0, withoutPictures: 0, heardAgain: 0 };
    const wanted = { ...nothing, partners: 2, listings: 5, follows: 4 };
    expect(await previewChanges(db.read, [evil])).toEqual(wanted);
    const alone = { ...evil, rule: rule({ subdomains: false }) };
    expect(await previewChanges(db.read, [alone])).toEqual({ ...nothing, partners: 1, listings: 3, follows: 2 });
    const hiding = { ...evil, rule: rule({ severity: 'silence', rejectMedia: true }) };
    expect(await previewChanges(db.read, [hiding])).toEqual({ ...nothing, hidden: 5, withoutPictures: 5 });
    const { listings, follows, peers, deliveries } = db.read.t;
    const counts = async () => [
      await db.read.$count(listings),
      await db.read.$count(follows),
      (await db.read.select().from(peers).orderBy(peers.host)).map((peer) => peer.state),
      await db.read.$count(deliveries),
    ];
    expect(await counts()).toEqual([9, 6, ['active', 'active', 'countered'], 3]);
    await change(evil.rule);
    expect(await counts()).toEqual([4, 2, ['cut', 'active', 'cut'], 1]);
    // Nothing of it is told.
    expect(await db.read.$count(db.read.t.announcements)).toBe(0);
    expect((await listAudit(db.read, { limit: 1 }))[0]).toMatchObject({
      actor: 'ada',
      action: 'rule.added',
      subject: 'evil.example',
      before: null,
      after: { severity: 'suspend', publicComment: 'Pourriels', subdomains: true },
    });
    expect(JSON.stringify(await listAudit(db.read, { limit: 9 }))).not.toContain('Entre nous');
    // To lift it brings nothing back by itself.
    expect(await previewChanges(db.read, [{ domain: 'evil.example' }])).toEqual({ ...nothing, heardAgain: 2 });
    await db.write((tx) => changeRules(tx, site, 'ada', [{ domain: 'evil.example' }]));
    expect(await counts()).toEqual([4, 2, ['cut', 'active', 'cut'], 1]);
    expect((await blockedDomains(db.read)).under.size).toBe(0);
    expect((await listAudit(db.read, { limit: 1 }))[0]).toMatchObject({ action: 'rule.removed', after: null });
    expect(await checkAudit(db.read)).toMatchObject({ ok: true });
  });

  test('rules are found by part of a name or comment, and by a server that they hold for', async () => {
    await change(
      rule({ publicComment: 'Spam À volonté' }),
      rule({ domain: 'xn--caf-dma.example', comment: 'Thé' }),
      rule({ domain: 'other.org', severity: 'silence' }),
    );
    const found = async (search: string) => (await listRules(db.read, { search, limit: 9 })).map((one) => one.domain);
    expect(await found('')).toEqual(['evil.example', 'other.org', 'xn--caf-dma.example']);
    expect(await found('vil')).toEqual(['evil.example']);
    expect(await found('SPAM')).toEqual(['evil.example']);
    expect(await found('Café.example')).toEqual(['xn--caf-dma.example']);
    expect(await found('https://deep.sub.evil.example:8443/x')).toEqual(['evil.example']);
    expect(await found('%')).toEqual([]);
    expect(await listRules(db.read, { after: 'evil.example', limit: 1 })).toMatchObject([{ domain: 'other.org' }]);
  });
});
