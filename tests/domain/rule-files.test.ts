/** Files of rules in Mastodon's form, in and out. */
import { expect, test } from 'vitest';
import type { Database } from '#db/database.ts';
import { checkAudit } from '#domain/audit-chain.ts';
import { changesOf, exportRules, fingerprint, parseRuleFile, sortLines } from '#domain/rule-csv.ts';
import { type RuleValue, changeRules, listRules } from '#domain/rules.ts';
import { cooperativeBefore } from '../support/cooperative.ts';
import { eachEngine } from '../support/databases.ts';
import { makeRules, rule, site } from '../support/rules.ts';

eachEngine('files of rules', (engine) => {
  let db: Database;
  cooperativeBefore(engine, site, (fresh) => (db = fresh));
  const change = (...rules: RuleValue[]): Promise<void> => makeRules(db, ...rules);

  const HEAD = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate';
  const read = (text: string) => {
    const parsed = parseRuleFile(site, text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return parsed.value;
  };

  test('a file is sorted line by line; nothing is weakened or removed unless its line is ticked', async () => {
    await change(
      rule({ domain: 'same.example' }),
      rule({ domain: 'weak.example', comment: 'À nous', publicComment: 'Pour de bon' }),
      rule({ domain: 'strong.example', severity: 'silence', comment: 'À nous' }),
      rule({ domain: 'mixed.example', severity: 'silence', rejectReports: true }),
      rule({ domain: 'alone.example', subdomains: false }),
      rule({ domain: 'absent.example' }),
    );
    const file = [
      `\uFEFF${HEAD}`,
      'new.example,suspend,false,true,"Un, deux",true',
      'same.example,suspend,true,true,Autre,false',
      'weak.example,silence,false,false,,false',
      'STRONG.example.,suspend,false,false,Pire,false',
      'mixed.example,silence,true,false,,false',
      'alone.example,suspend,false,false,,false',
      'plain.example,,,,,',
    ].join('\r\n');
    const { lines, faults } = read(file);
    expect(faults).toEqual([]);
    const sorted = await sortLines(db.read, lines);
    expect(sorted.map(({ line, domain, kind }) => [line, domain, kind])).toEqual([
      [2, 'new.example', 'added'],
      [3, 'same.example', 'unchanged'],
      [4, 'weak.example', 'weaker'],
      [5, 'strong.example', 'stronger'],
      [6, 'mixed.example', 'weaker'],
      [7, 'alone.example', 'stronger'],
      [8, 'plain.example', 'added'],
    ]);
    const apply = (...ticked: string[]): Promise<void> =>
      db.write((tx) => changeRules(tx, site, 'ada', changesOf(sorted, new Set(ticked))));
    const now_ = async () =>
      Object.fromEntries(
        (await listRules(db.read, { limit: 50 })).map((one) => [
          one.domain.split('.')[0],
          [one.severity, one.rejectMedia, one.rejectReports, one.subdomains, one.publicComment, one.comment].join('|'),
        ]),
      );
    await apply();
    expect(await now_()).toEqual({
      absent: 'suspend|false|false|true||',
      alone: 'suspend|false|false|true||',
      mixed: 'silence|true|true|true||',
      new: 'suspend|false|true|true|Un, deux|',
      plain: 'suspend|false|false|true||',
      same: 'suspend|false|false|true||',
      strong: 'suspend|false|false|true|Pire|À nous',
      weak: 'suspend|false|false|true|Pour de bon|À nous',
    });
    // Once more: nothing is left to do but what would weaken, and that goes on to be refused.
    const again = await sortLines(db.read, lines);
    expect(again.filter((one) => one.kind !== 'unchanged').map((one) => one.domain)).toEqual([
      'weak.example',
      'mixed.example',
    ]);
    expect(changesOf(again, new Set())).toEqual([]);
    expect(fingerprint(again)).not.toBe(fingerprint(sorted));
    await apply('weak.example', 'mixed.example', 'absent.example', 'same.example');
    expect(await now_()).toMatchObject({
      weak: 'silence|false|false|true|Pour de bon|À nous',
      mixed: 'silence|true|false|true||',
      absent: 'suspend|false|false|true||',
      same: 'suspend|false|false|true||',
    });
    expect(await checkAudit(db.read)).toMatchObject({ ok: true });
  });

  test('faults are told by their lines, each with what to do; the good lines stay good', async () => {
    const { lines, faults } = read(
      [
        `${HEAD},#note`,
        'good.example,silence,true,no,,0,x',
        '',
        'bad name,suspend,,,,',
        'ev**l.example,suspend,,,,',
        'a.example,block,,,,',
        'b.example,suspend,peut-être,,,',
        'GOOD.example,suspend,,,,',
        'c.example,suspend,false,false,Un, deux, trois,false',
        'volets.example,suspend,,,,',
        'd.example,noop,,,,',
        'com,suspend,,,,',
        '"e.example,suspend,,,,',
        'f.example,suspend,,,,',
      ].join('\n'),
    );
    expect(lines.map((one) => [one.line, one.rule.domain])).toContainEqual([2, 'good.example']);
    expect(faults.map(({ line, fault }) => [line, fault.code])).toEqual([
      [1, 'rules.column'],
      [4, 'rules.noDomain'],
      [5, 'rules.masked'],
      [6, 'choice'],
      [7, 'rules.trueFalse'],
      [8, 'rules.twice'],
      [9, 'rules.moreCells'],
      [10, 'rules.ourselves'],
      [11, 'rules.nothing'],
      [12, 'rules.suffix'],
      [13, 'rules.quotes'],
    ]);
    expect(lines.map((one) => one.rule.domain)).toEqual(['good.example', 'f.example']);
    for (const [text, code] of [
      ['', 'rules.noHeader'],
      ['evil.example\nworse.example', 'rules.noHeader'],
      [`${HEAD}\n${'x'.repeat(600_000)}`, 'rules.fileTooLarge'],
    ] as const)
      expect(parseRuleFile(site, text)).toMatchObject({ ok: false, errors: [{ field: 'file', code }] });
    const many = read([HEAD, ...Array.from({ length: 5_200 }, (_, n) => `h${n}.example,suspend,,,,`)].join('\n'));
    expect(many.lines).toHaveLength(5_000);
    expect(many.faults).toMatchObject([{ line: 5_002, fault: { code: 'rules.tooManyLines' } }]);
  });

  test('what is exported is read back as it was, and no spreadsheet runs it; a rule for a name alone has its column', async () => {
    const whole = async (): Promise<string> => (await Array.fromAsync(exportRules(db.read))).join('');
    expect(await whole()).toBe(`${HEAD}\r\n`);
    await change(
      rule({ domain: 'a.example', publicComment: '=cmd|x, "y"', comment: 'Secret', obfuscate: true }),
      rule({ domain: 'b.example', severity: 'noop', rejectMedia: true, rejectReports: true }),
    );
    expect(await whole()).toBe(
      `${HEAD}\r\na.example,suspend,false,false,"'=cmd|x, ""y""",true\r\nb.example,noop,true,true,,false\r\n`,
    );
    await change(rule({ domain: 'c.example', subdomains: false }));
    const file = await whole();
    expect(file).toContain(`${HEAD},#subdomains\r\n`);
    expect(file).toContain('c.example,suspend,false,false,,false,false');
    expect((await sortLines(db.read, read(file).lines)).map((one) => one.kind)).toEqual(Array(3).fill('unchanged'));
    await db.write((tx) =>
      changeRules(
        tx,
        site,
        'ada',
        ['a', 'b', 'c'].map((name) => ({ domain: `${name}.example` })),
      ),
    );
    await db.write(async (tx) =>
      changeRules(tx, site, 'ada', changesOf(await sortLines(tx, read(file).lines), new Set())),
    );
    expect(await whole()).toBe(file);
  });

  test('thousands of lines are one change, each with its line in the log', async () => {
    const text = [HEAD, ...Array.from({ length: 3_000 }, (_, n) => `h${n}.example,suspend,,,,`)].join('\n');
    const sorted = await sortLines(db.read, read(text).lines);
    await db.write((tx) => changeRules(tx, site, 'ada', changesOf(sorted, new Set())));
    expect(await db.read.$count(db.read.t.domainRules)).toBe(3_000);
    expect(await checkAudit(db.read)).toMatchObject({ ok: true, count: 3_002 });
  });
});
