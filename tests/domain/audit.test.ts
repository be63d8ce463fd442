/** The log of decisions: what is in it, that nobody forks or alters it unseen, and that what is old goes without breaking it. */
import { eq, gt } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { Database, Tx } from '#db/database.ts';
import { AUDIT_HEAD, checkAudit, hashOf } from '#domain/audit-chain.ts';
import { exportAudit } from '#domain/audit-export.ts';
import { AUDIT_ACTIONS } from '#domain/audit-actions.ts';
import { audit, auditAll, audited, auditActors, listAudit, sweepAudit } from '#domain/audit.ts';
import { stateOfMember } from '#domain/audit-states.ts';
import { findAccountByHandle, setRole } from '#domain/members.ts';
import { nodeUri } from '#domain/ids.ts';
import { siteOf } from '#domain/site.ts';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import en from '#web/locales/en.json' with { type: 'json' };
import fr from '#web/locales/fr.json' with { type: 'json' };
import { cooperativeBefore } from '../support/cooperative.ts';
import { eachEngine } from '../support/databases.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const site = siteOf('https://volets.example', () => NOW);
const DAY_MS = 86_400_000;
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

const entry = (n: number) =>
  ({ actor: 'ada', action: 'member.role', subject: `member${n}`, after: { role: 'moderator' } }) as const;
const rowsOf = (db: Database) => db.read.select().from(db.read.t.audit).orderBy(db.read.t.audit.n);

eachEngine('the log of decisions', (engine) => {
  let db: Database;
  cooperativeBefore(engine, site, (fresh) => (db = fresh));
  const add = (n: number, now = NOW): Promise<void> => db.write((tx) => audit(tx, now, entry(n)));
  const verdict = () => checkAudit(db.read);
  const tamper = (work: (tx: Tx) => Promise<unknown>): Promise<unknown> => db.write(work);

  test('it begins with the node and its set-up; a change is noted with what differed, and nothing else', async () => {
    const bob = (await findAccountByHandle(db.read, 'bob'))!;
    const change = (role: string) =>
      db.write((tx) =>
        audited(
          tx,
          NOW,
          { actor: 'ada', action: 'member.role', subject: 'bob' },
          () => stateOfMember(tx, bob.id),
          () => setRole(tx, NOW, bob.id, role),
        ),
      );
    expect((await change('moderator')).ok).toBe(true);
    // The same once more, and what is refused, changes nothing.
    await change('moderator');
    expect((await change('king')).ok).toBe(false);
    const rows = await rowsOf(db);
    expect(
      rows.map(({ n, actor, action, subject, before, after }) => [n, actor, action, subject, before, after]),
    ).toEqual([
      [0, 'node', 'log.begun', nodeUri(site), null, null],
      [1, 'ada', 'node.setUp', 'volets', null, null],
      [2, 'ada', 'member.role', 'bob', { role: 'member' }, { role: 'moderator' }],
    ]);
    expect(rows[2]!.previous).toBe(rows[1]!.hash);
    expect(rows[2]!.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await verdict()).toEqual({ ok: true, count: 3, head: { n: 2, hash: rows[2]!.hash } });
  });

  test('what is rolled back leaves nothing, and texts that no engine keeps do not break it', async () => {
    await expect(
      db.write(async (tx) => {
        await audit(tx, NOW, entry(1));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await db.write((tx) =>
      audit(tx, NOW, {
        actor: 'ada',
        action: 'rule.added',
        subject: 'a\0b\uD800\u202Ec',
        after: { é: 'x\0\uDFFF', list: [1, null, true, { z: 0.1, a: '’' }], long: 'x'.repeat(9_000), zero: -0 },
      }),
    );
    const [row] = await listAudit(db.read, { limit: 1 });
    expect(row).toMatchObject({ n: 2, subject: 'abc', after: { é: 'x', list: [1, null, true, { z: 0.1, a: '’' }] } });
    expect(await verdict()).toMatchObject({ ok: true, count: 3 });
  });

  test('many at the same time make one chain', async () => {
    const later = Array.from({ length: 12 }, (_, i) => add(i));
    await Promise.all(later);
    const rows = await rowsOf(db);
    expect(rows.map((row) => row.n)).toEqual(Array.from({ length: 14 }, (_, i) => i));
    expect(await verdict()).toMatchObject({ ok: true, count: 14 });
  });

  test('a first entry in two transactions at once makes one beginning', async () => {
    await tamper(async (tx) => {
      await tx.delete(tx.t.audit);
      await tx.delete(tx.t.facts).where(eq(tx.t.facts.key, AUDIT_HEAD));
    });
    await Promise.all([add(1), add(2), add(3)]);
    expect(await verdict()).toMatchObject({ ok: true, count: 4 });
  });

  test('an ordinary write of a member does not wait for a decision under way', async () => {
    if (engine === 'sqlite') return;
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let noted: () => void = () => {};
    const isNoted = new Promise<void>((resolve) => {
      noted = resolve;
    });
    const deciding = db.write(async (tx) => {
      await audit(tx, NOW, entry(1));
      noted();
      await held;
    });
    await isNoted;
    await db.write((tx) => tx.update(tx.t.accounts).set({ text: 'Bonjour' }).where(eq(tx.t.accounts.handle, 'bob')));
    release();
    await deciding;
    expect(await verdict()).toMatchObject({ ok: true, count: 3 });
  });

  test.each<[string, (tx: Tx) => Promise<unknown>, { fault: string; n: number }]>([
    [
      'changed',
      (tx) => tx.update(tx.t.audit).set({ subject: 'nobody' }).where(eq(tx.t.audit.n, 3)),
      { fault: 'changed', n: 3 },
    ],
    [
      'given another time',
      (tx) =>
        tx
          .update(tx.t.audit)
          .set({ created: daysAgo(1) })
          .where(eq(tx.t.audit.n, 3)),
      { fault: 'changed', n: 3 },
    ],
    [
      'changed in its details',
      (tx) =>
        tx
          .update(tx.t.audit)
          .set({ after: { role: 'admin' } })
          .where(eq(tx.t.audit.n, 3)),
      { fault: 'changed', n: 3 },
    ],
    ['removed', (tx) => tx.delete(tx.t.audit).where(eq(tx.t.audit.n, 3)), { fault: 'missing', n: 4 }],
    ['cut off at the end', (tx) => tx.delete(tx.t.audit).where(gt(tx.t.audit.n, 3)), { fault: 'end', n: 5 }],
    ['cut off at the beginning', (tx) => tx.delete(tx.t.audit).where(eq(tx.t.audit.n, 0)), { fault: 'start', n: 1 }],
    ['all gone', (tx) => tx.delete(tx.t.audit), { fault: 'end', n: 5 }],
    [
      'robbed of its end in the facts',
      (tx) => tx.delete(tx.t.facts).where(eq(tx.t.facts.key, AUDIT_HEAD)),
      { fault: 'end', n: 5 },
    ],
  ])('a log that was %s is found out', async (_what, work, found) => {
    for (let n = 2; n <= 5; n++) await add(n);
    expect(await verdict()).toMatchObject({ ok: true, count: 6 });
    await tamper(work);
    expect(await verdict()).toEqual({ ok: false, ...found });
  });

  test('an entry that was altered together with its hash, put in, or added at the end is found out', async () => {
    for (let n = 2; n <= 4; n++) await add(n);
    const rows = await rowsOf(db);
    const forged = { ...rows[3]!, subject: 'nobody' };
    const put = (row: typeof forged) =>
      tamper(async (tx) => {
        await tx.delete(tx.t.audit).where(eq(tx.t.audit.n, row.n));
        await tx.insert(tx.t.audit).values(row);
      });
    await put({ ...forged, hash: hashOf(forged) });
    expect(await verdict()).toEqual({ ok: false, fault: 'unlinked', n: 4 });
    await put(rows[3]!);
    // One put in between: those after it move on by one.
    await tamper(async (tx) => {
      await tx.delete(tx.t.audit).where(eq(tx.t.audit.n, 4));
      const inserted = { ...rows[3]!, n: 4, subject: 'inserted', previous: rows[3]!.hash };
      await tx.insert(tx.t.audit).values({ ...inserted, hash: hashOf(inserted) });
      await tx.insert(tx.t.audit).values({ ...rows[4]!, n: 5 });
    });
    expect(await verdict()).toEqual({ ok: false, fault: 'changed', n: 5 });
    await tamper(async (tx) => {
      await tx.delete(tx.t.audit).where(gt(tx.t.audit.n, 3));
      await tx.insert(tx.t.audit).values(rows[4]!);
    });
    expect(await verdict()).toMatchObject({ ok: true });
    const more = { ...rows[4]!, n: 5, subject: 'added', previous: rows[4]!.hash };
    await put({ ...more, hash: hashOf(more) });
    expect(await verdict()).toEqual({ ok: false, fault: 'end', n: 4 });
  });

  test('what is old goes after its time, the rest is still checked from its beginning, and a cut elsewhere is not excused', async () => {
    const { auditMs } = DEFAULT_LIMITS.keep;
    await tamper(async (tx) => {
      await tx.delete(tx.t.audit);
      await tx.delete(tx.t.facts).where(eq(tx.t.facts.key, AUDIT_HEAD));
    });
    const days = auditMs / DAY_MS;
    await db.write((tx) =>
      auditAll(
        tx,
        daysAgo(days + 20),
        Array.from({ length: 700 }, (_, n) => entry(n)),
      ),
    );
    await db.write((tx) => auditAll(tx, daysAgo(days - 1), [entry(1), entry(2)]));
    expect(await verdict()).toMatchObject({ ok: true, count: 703 });
    expect(await db.write((tx) => sweepAudit(tx, NOW, auditMs))).toBe(701);
    const rows = await rowsOf(db);
    expect(rows.map((row) => [row.n, row.action])).toEqual([
      [701, 'member.role'],
      [702, 'member.role'],
      [703, 'log.shortened'],
    ]);
    expect(rows[2]!.after).toEqual({ through: 700, hash: rows[0]!.previous, count: 701 });
    expect(await verdict()).toMatchObject({ ok: true, count: 3 });
    // What is a few days too old waits for more: one such line a week is enough.
    expect(await db.write((tx) => sweepAudit(tx, new Date(NOW.getTime() + 3 * DAY_MS), auditMs))).toBe(0);
    // Years later even the line that told of it may go.
    expect(await db.write((tx) => sweepAudit(tx, new Date(NOW.getTime() + auditMs + 8 * DAY_MS), auditMs))).toBe(2);
    expect(await verdict()).toMatchObject({ ok: true, count: 2 });
    await tamper((tx) => tx.delete(tx.t.audit).where(eq(tx.t.audit.n, 703)));
    expect(await verdict()).toMatchObject({ ok: false, fault: 'start', n: 704 });
  });

  test('it is filtered by person, action and time, page by page, and goes into files with its hashes', async () => {
    await db.write((tx) =>
      auditAll(
        tx,
        daysAgo(10),
        Array.from({ length: 1_100 }, (_, n) => entry(n)),
      ),
    );
    await db.write((tx) =>
      audit(tx, NOW, { actor: 'bob', action: 'peer.cut', subject: '=cmd|x', after: { state: 'cut' } }),
    );
    expect(await auditActors(db.read)).toEqual(['ada', 'bob', 'node']);
    const subjects = async (query: Parameters<typeof listAudit>[1]) =>
      (await listAudit(db.read, query)).map((row) => row.subject);
    expect(await subjects({ actor: 'bob', limit: 9 })).toEqual(['=cmd|x']);
    expect(await subjects({ action: 'peer.cut', limit: 9 })).toEqual(['=cmd|x']);
    expect(await subjects({ to: daysAgo(9), limit: 2 })).toEqual(['member1099', 'member1098']);
    expect(await subjects({ from: daysAgo(9), actor: 'ada', limit: 9 })).toEqual(['volets']);
    expect(await subjects({ before: 1_100, limit: 1 })).toEqual(['member1097']);
    const whole = async (format: 'csv' | 'json'): Promise<string> =>
      (await Array.fromAsync(exportAudit(db.read, {}, format))).join('');
    const json: { n: number; hash: string }[] = JSON.parse(await whole('json'));
    expect(json.map((row) => row.n)).toEqual(Array.from({ length: 1_103 }, (_, i) => 1_102 - i));
    expect(json[0]!.hash).toBe((await listAudit(db.read, { limit: 1 }))[0]!.hash);
    const lines = (await whole('csv')).split('\r\n');
    expect(lines[0]).toBe('\uFEFFn,created,actor,action,subject,before,after,previous,hash');
    // No spreadsheet runs what somebody called their server.
    expect(lines[1]).toContain(",bob,peer.cut,'=cmd|x,");
    expect(lines).toHaveLength(1_105);
    expect(await Array.fromAsync(exportAudit(db.read, { actor: 'nobody' }, 'json'))).toEqual(['[', '\n]\n']);
  });
});

test('every action has its words in both languages', () => {
  const words = (locale: object, action: string): unknown =>
    ['audit', 'actions', ...action.split('.')].reduce<unknown>(
      (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
      locale,
    );
  const dumb = AUDIT_ACTIONS.filter((action) => [en, fr].some((one) => typeof words(one, action) !== 'string'));
  expect(dumb).toEqual([]);
});
