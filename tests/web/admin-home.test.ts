/** An admin's first page is emptied; the look is set, the mail tried, a backup made and fetched, all from the pages. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import sharp from 'sharp';
import { queueLetter } from '#domain/mail.ts';
import { report } from '#domain/reports.ts';
import { makeKey, readKey } from '#src/backup/key.ts';
import { createClock } from '../faults/support/waiting.ts';
import { restoreTo, newPlace } from '../support/backups.ts';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode, until } from '../support/nodes.ts';
import { photographed } from '../support/photographs.ts';
import { type MailServer, startMailServer } from '../support/smtp.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

const DAY_MS = 24 * 3_600_000;

eachEngine('the admin’s pages', (engine) => {
  let node: TestNode;
  let mail: MailServer;
  let ada: Visitor;
  let keyFile = '';
  const clock = createClock();

  beforeAll(async () => {
    mail = await startMailServer();
    keyFile = (await makeKey(new Date())).file;
    node = await startNode('marseille', {
      engine,
      overrides: { now: clock.now },
      env: { SMTP_URL: mail.url.replace('//', '//coop:s3cret-word@'), MAILLON_BACKUP_KEY: keyFile.split('\n')[2]! },
    });
    await addMember(node, 'alice', 'Alice');
    await addMember(node, 'zoe', 'Zoé');
    await publish(node, 'alice', { title: 'Chambre' });
    await node.db.write(async (tx) => {
      await tx
        .update(tx.t.accounts)
        .set({ state: 'pending', motivation: 'Je couds.' })
        .where(eq(tx.t.accounts.handle, 'zoe'));
      const [row] = await tx.select().from(tx.t.listings);
      await report(tx, new Date(), { uri: row!.uri, kind: 'listing' }, {}, { reason: 'other', text: 'Faux' });
    });
    ada = visit(node);
    await ada.signIn('ada');
  });
  afterAll(async () => {
    await node?.drop();
    await mail?.close();
  });
  const todo = (page: Visited): string => page.text('.lines');
  const again = async (): Promise<void> => {
    ada = visit(node);
    await ada.signIn('ada');
  };

  test('what waits is acted on where it stands, or put off and comes back; in the end the list is empty', async () => {
    let home = await ada.open('/admin');
    expect(todo(home)).toMatch(/Un signalement ouvert.*Zoé demande à rejoindre.*Je couds\..*Aucune sauvegarde/);
    home = await ada.send(home, {}, { action: `/admin/members/${await idOf('zoe')}/approval` });
    home = await ada.open('/admin');
    expect(todo(home)).not.toContain('Zoé');
    const item = /name="item" value="(reports:[^"]+)"/.exec(home.html)![1]!;
    home = await ada.send(home, { item }, { action: '/admin/put-off', button: ['until', 'tomorrow'] });
    expect(home.text('.notice')).toBe('Remis à demain.');
    expect(todo(home)).not.toContain('signalement');
    const backup = /name="item" value="(backup:[^"]+)"/.exec(home.html)![1]!;
    home = await ada.send(home, { item: backup }, { action: '/admin/put-off', button: ['until', 'week'] });
    expect(home.text('.empty')).toBe('Rien ne vous attend. Bonne journée !');
    expect(home.text('main')).toContain('2 choses remises à plus tard');
    expect(todo(await ada.open('/admin?all=1'))).toContain('signalement');
    // Nobody else's list is shorter for it.
    await node.db.write(async (tx) => {
      await tx.update(tx.t.accounts).set({ role: 'moderator' }).where(eq(tx.t.accounts.handle, 'alice'));
    });
    const alice = visit(node);
    await alice.signIn('alice');
    expect(todo(await alice.open('/admin'))).toMatch(/^Un signalement ouvert(?!.*sauvegarde)/);
    clock.ahead += 1.5 * DAY_MS;
    await again();
    expect(todo(await ada.open('/admin'))).toMatch(/^Un signalement ouvert(?!.*sauvegarde)/);
    clock.ahead += 7 * DAY_MS;
    await again();
    expect(todo(await ada.open('/admin'))).toContain('Aucune sauvegarde');
  });
  const idOf = async (handle: string): Promise<string> =>
    (await node.db.read.select().from(node.db.read.t.accounts).where(eq(node.db.read.t.accounts.handle, handle)))[0]!
      .id;

  test('mail: a test letter goes, and each usual failure is told in words with its remedy, never with the password', async () => {
    const page = await ada.open('/admin/mail');
    const went = await ada.send(page, {}, { action: '/admin/mail' });
    expect(went.text('.notice')).toMatch(/a pris la lettre pour ada@.*SPF.*250 2\.0\.0 Ok: queued as TEST1/);
    expect(mail.letters.at(-1)).toMatch(/Subject: .*lettre d.*essai|Subject: =\?UTF-8/);
    const fails = async (command: string, answer: string): Promise<string> => {
      mail.refuses.set(command, answer);
      const told = await ada.send(page, {}, { action: '/admin/mail' });
      mail.refuses.delete(command);
      expect(told.html).not.toContain('s3cret-word');
      return told.text('.notice');
    };
    expect(await fails('AUTH', '535 5.7.8 Bad credentials')).toMatch(/refuse le nom ou le mot de passe.*535 5\.7\.8/);
    expect(await fails('MAIL', '553 5.7.1 Not your address')).toMatch(/adresse de l’expéditeur.*MAIL_FROM/);
    expect(await fails('RCPT', '550 5.1.1 No such user')).toMatch(/adresse du destinataire.*5\.1\.1/);
    expect(await fails('DATA', '451 4.7.0 Try later')).toMatch(/revenir plus tard/);
    expect(await fails('DATA', '554 5.7.1 Spam')).toMatch(/n’a pas pris la lettre.*Spam/);
    const { port } = mail;
    await mail.close();
    expect((await ada.send(page, {}, { action: '/admin/mail' })).text('.notice')).toMatch(
      /ne répond pas à cette adresse.*port 25/,
    );
    expect(port).toBeGreaterThan(0);
  });

  test('a letter that could not go waits on the first page, and goes when the mail server is back', async () => {
    await node.db.write(async (tx) => {
      await queueLetter(tx, node.site.now(), {
        to: 'zoe@example.org',
        locale: 'fr',
        name: 'approved',
        params: { cooperative: 'Coop', name: 'zoe', link: `${node.origin}/sign-in` },
      });
      await tx.update(tx.t.jobs).set({ state: 'dead', error: 'ECONNREFUSED' }).where(eq(tx.t.jobs.type, 'mail'));
    });
    expect(todo(await ada.open('/admin'))).toMatch(/lettres? n’(?:a|ont) pas pu partir/);
    const page = await ada.open('/admin/mail');
    const action = /action="(\/admin\/mail\/letters\/\d+\/attempt)"/.exec(page.html)![1]!;
    expect((await ada.send(page, {}, { action })).text('.notice')).toBe('On réessaie maintenant.');
  });

  test('a backup is made, shown, and fetched only with the password; it can be restored', async () => {
    let page = await ada.send(await ada.open('/admin/backup'), {}, { action: '/admin/backup' });
    await until('it is made', async () => {
      page = await ada.open('/admin/backup');
      return page.html.includes('Télécharger') && page.text('main').includes('Dernière sauvegarde :');
    });
    const name = /value="(maillon-[^"]+\.tar\.age)"/.exec(page.html)![1]!;
    const wrong = await ada.send(
      page,
      { password: 'not this one' },
      { action: '/admin/backup/file', button: ['name', name] },
    );
    expect([wrong.status, wrong.faults()[0]?.message]).toEqual([422, expect.stringContaining('mot de passe')]);
    const other = await ada.send(
      page,
      { password: PASSWORD },
      { action: '/admin/backup/file', button: ['name', '../maillon.db'] },
    );
    expect(other.status).toBe(404);
    const fetched = await fetchFile(name, page.values('/admin/backup/file')['csrf']![0]!);
    const place = await newPlace(engine);
    try {
      const file = join(place.dir, 'fetched.tar.age');
      writeFileSync(file, fetched);
      expect(await restoreTo(place, node.origin, file, await readKey(keyFile))).toBeDefined();
    } finally {
      await place.drop();
    }
    expect(todo(await ada.open('/admin'))).not.toContain('sauvegarde');
  });
  const fetchFile = async (name: string, csrf: string): Promise<Buffer> => {
    const answer = await node.fetch(
      new Request(`${node.origin}/admin/backup/file`, {
        method: 'POST',
        headers: { cookie: `session=${ada.cookie('session')}`, 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ csrf, password: PASSWORD, name }),
      }),
    );
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${name}"`);
    return Buffer.from(await answer.arrayBuffer());
  };

  test('the look: logo without what it tells, as the actor’s icon; an unreadable colour is mended; words of welcome', async () => {
    const page = await ada.open('/admin/look');
    const broken = await ada.send(
      page,
      { logo: [new File(['no picture'], 'logo.png', { type: 'image/png' })], 'welcome.fr': 'Tapé' },
      { action: '/admin/look' },
    );
    expect(broken.faults()).toMatchObject([{ field: 'logo', tied: true }]);
    expect(broken.html).toContain('Tapé');
    const saved = await ada.send(
      page,
      {
        logo: [new File([new Uint8Array(await photographed())], 'logo.jpg', { type: 'image/jpeg' })],
        accent: '#ffee88',
        'welcome.fr': 'Poussez la **porte** : <script>alert(1)</script>',
        'welcome.en': 'Come in',
      },
      { action: '/admin/look' },
    );
    expect(saved.text('main')).toMatch(/\(#ffee88\) ne se lirait pas.*foncée jusqu’à #[0-9a-f]{6}/);
    for (const ratio of saved.text('main').matchAll(/contraste ([\d,]+)/g))
      expect(Number(ratio[1]!.replace(',', '.'))).toBeGreaterThanOrEqual(4.5);
    const shown = await visit(node).open('/');
    expect(shown.html).toContain('Poussez la <strong>porte</strong>');
    expect(shown.html).not.toContain('<script>alert');
    expect((await visit(node, 'en').open('/')).text('main')).toContain('Come in');
    const logo = /<a class="brand" href="\/"><img src="(\/media\/[0-9a-f]{40}-320\.webp)"/.exec(shown.html)![1]!;
    const bytes = Buffer.from(await (await node.fetch(new Request(`${node.origin}${logo}`))).arrayBuffer());
    const told = await sharp(bytes).metadata();
    expect([told.format, told.exif, told.width! < told.height!]).toEqual(['webp', undefined, true]);
    for (const handle of ['coop-marseille', 'instance']) {
      const answer = await node.fetch(
        new Request(`${node.origin}/users/${handle}`, { headers: { accept: 'application/activity+json' } }),
      );
      expect(await answer.json()).toMatchObject({ icon: { url: `${node.origin}${logo}` } });
    }
    const without = await ada.send(await ada.open('/admin/look'), { noLogo: '1' }, { action: '/admin/look' });
    expect(without.html).not.toContain('logo-shown');
    await node.jobs.idle();
    expect((await node.fetch(new Request(`${node.origin}${logo}`))).status).toBe(404);
  });
});
