/** An admin without an engineer, on a telephone and without a mouse: what waits, why, what to do, and doing it. */
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeUri } from '#domain/ids.ts';
import { receive } from '#domain/received.ts';
import { configureLog, log } from '#src/log.ts';
import { launchBrowser, signIn } from '../support/browser.ts';
import { main, press, sound, telephone } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, startNode, until } from '../support/nodes.ts';
import { startStranger } from '../support/stranger.ts';

let browser: Browser;
let node: TestNode;
let page: Page;
let peer: Server;
let host: string;
const taken: string[] = [];
let status = 410;

beforeAll(async () => {
  peer = createServer((request, response) => {
    request.resume();
    if (status === 202) taken.push(request.url ?? '');
    response.writeHead(status).end('Pas aujourd’hui');
  });
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', () => resolve()));
  host = `lyon.localhost:${(peer.address() as AddressInfo).port}`;
  [browser, node] = await Promise.all([launchBrowser(), startNode('marseille')]);
  page = await telephone(browser);
  await signIn(page, node.origin, 'ada', PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await node?.drop();
  peer?.closeAllConnections();
  peer?.close();
});

/** Posts with the form's token. @returns what is said on the next page, by its key */
const ask = async (path: string): Promise<string | undefined> => {
  const cookie = (await page.context().cookies()).map((one) => `${one.name}=${one.value}`).join('; ');
  const [session] = await node.db.read.select().from(node.db.read.t.sessions);
  const answer = await node.fetch(
    new Request(`${node.origin}${path}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf: session!.csrf }).toString(),
    }),
  );
  expect(answer.status).toBe(303);
  return /flash=(\w+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
};
const send = async (n: number): Promise<void> => {
  const { db, site } = node;
  await db.write(async (tx) => {
    const uri = `${nodeUri(site)}/activities/test-${n}`;
    await tx.insert(tx.t.activities).values({
      uri,
      actor: nodeUri(site),
      type: 'Update',
      object: `${site.origin}/users/ada/items/chambre-${n}`,
      listed: false,
      body: JSON.stringify({ id: uri, type: 'Update', actor: nodeUri(site) }),
      created: site.now(),
    });
    await tx.insert(tx.t.deliveries).values({
      activity: uri,
      inbox: `http://${host}/inbox/${n}`,
      host,
      key: `${nodeUri(site)}#main-key`,
      priority: 5,
      state: 'waiting',
      attempts: 0,
      due: site.now(),
      created: site.now(),
    });
  });
};
const count = (state: string): Promise<number> =>
  node.db.read
    .select()
    .from(node.db.read.t.deliveries)
    .then((rows) => rows.filter((row) => row.state === state).length);

test('all is well: the page says so, with what the machine has', async () => {
  await page.goto(`${node.origin}/admin/operation`);
  expect(await page.textContent('h1')).toBe('Exploitation');
  expect(await main(page)).toMatch(
    /La base de données enregistre\..*Le disque a de la place\..*Ce qui doit partir part\..*Rien n’attend d’être envoyé\./,
  );
  expect(await main(page)).toMatch(/Place libre ?[\d,]+ [GT]o.*Node\.js ?v24\..*SQLite 3\./);
  await sound(page);
});

test('three deliveries were given up: by keyboard one is sent again, the others are forgotten', async () => {
  for (const n of [1, 2, 3]) await send(n);
  await until('they are given up', async () => (await count('dead')) === 3);
  await page.goto(`${node.origin}/admin/operation`);
  expect(await main(page)).toContain('3 envois ont été abandonnés.');
  await press(page, new RegExp(`^Voir ${host}$`));
  await page.waitForURL(/\/admin\/operation\/hosts\//);
  expect(await main(page)).toMatch(/Mise à jour.*chambre-3.*Abandonné.*ce qui était à cette adresse n’y est plus\./);
  expect(await main(page)).toContain('Vous pouvez oublier ces envois.');
  await sound(page);

  status = 202;
  await press(page, /^Renvoyer$/);
  await page.waitForSelector('[role=status]');
  expect(await page.textContent('[role=status]')).toContain('C’est reparti');
  await until('it is taken', async () => taken.includes('/inbox/3'));
  await until('it is noted', async () => (await count('done')) === 1);

  await press(page, /^Tout oublier \(2\)$/);
  expect(await main(page)).toContain('Cela ne se défait pas.');
  await sound(page);
  await press(page, /^Tout oublier \(2\)$/);
  await page.waitForSelector('[role=status]');
  expect(await page.textContent('[role=status]')).toContain('Oublié.');
  expect(await main(page)).toContain('Aucun envoi n’a été abandonné pour ce serveur.');
  expect(await count('dead')).toBe(0);
});

test('a server that has a fault: since when, when again, what to do; and it is tried at once', async () => {
  status = 503;
  await send(4);
  await until('it is put off', async () => {
    const [row] = await node.db.read.select().from(node.db.read.t.hosts);
    return row?.failing != null;
  });
  await page.goto(`${node.origin}/admin/operation`);
  expect(await main(page)).toMatch(
    /1 envoi attend pour lyon\.localhost:\d+ : il est momentanément indisponible \(503\), depuis \d\d:\d\d\. (Prochain essai : \d\d:\d\d|Un nouvel essai va avoir lieu)\./,
  );
  await sound(page);
  status = 202;
  // As after two days of failing: it would rest until tomorrow, and the first page tells of it.
  await node.db.write(async (tx) => {
    const day = 86_400_000;
    await tx.update(tx.t.hosts).set({ retry: new Date(Date.now() + day), failing: new Date(Date.now() - 2 * day) });
  });
  await page.goto(`${node.origin}/admin`);
  expect(await main(page)).toContain(`${host} : il est momentanément indisponible (503), depuis`);
  await page.goto(`${node.origin}/admin/operation`);
  await press(page, /^Réessayer maintenant$/);
  await page.waitForSelector('[role=status]');
  await until('it is taken', async () => taken.includes('/inbox/4'));
});

test('work that failed and the last errors are told; a form of another site changes nothing', async () => {
  await configureLog('error');
  log.web.error('{method} {path} failed: {error}', { method: 'POST', path: '/listings', error: 'disk I/O error' });
  await node.db.write(async (tx) => {
    await tx.insert(tx.t.jobs).values({
      type: 'mail',
      data: { to: 'bob@example.org', name: 'reset', 'p.link': `${node.origin}/password-reset/secret-of-bob` },
      state: 'dead',
      attempts: 30,
      error: 'connect ECONNREFUSED 127.0.0.1:25',
      due: new Date(),
      created: new Date(),
    });
  });
  await page.goto(`${node.origin}/admin/operation`);
  const text = await main(page);
  expect(text).toMatch(/Envoyer une lettre.*Abandonné après 30 essais.*ECONNREFUSED/);
  expect(text).toMatch(/POST \/listings failed: disk I\/O error.*pages/);
  expect(text).not.toContain('secret-of-bob');
  await sound(page);
  const cookie = (await page.context().cookies()).map((one) => `${one.name}=${one.value}`).join('; ');
  const [job] = await node.db.read.select().from(node.db.read.t.jobs);
  const forged = await node.fetch(
    new Request(`${node.origin}/admin/operation/jobs/${job!.row}/removal`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'csrf=guessed',
    }),
  );
  expect(forged.status).toBe(303);
  expect(await node.db.read.$count(node.db.read.t.jobs)).toBe(1);
  await press(page, /^Oublier$/);
  await page.waitForSelector('[role=status]');
  expect(await main(page)).toContain('Aucun travail n’est en échec.');
});

test('the journal: reasons in words, filtered by keyboard, page by page; in English, too', async () => {
  const stranger = await startStranger('mallory');
  try {
    const inbox = `${node.origin}/inbox`;
    const say = (n: number, rest: Record<string, unknown>): Promise<Response> =>
      stranger.post(inbox, { id: `${stranger.origin}/a/${n}`, actor: stranger.actor, ...rest });
    await say(1, { type: 'Follow', object: `${node.origin}/users/ada` });
    await say(2, { type: 'Delete', object: `${node.origin}/users/ada` });
    await say(3, { type: 'Arrive', object: 'https://elsewhere.example/' });
  } finally {
    await stranger.close();
  }
  await node.db.write(async (tx) => {
    // Of somebody whose profile is gone since.
    await receive(tx, new Date(), {
      uri: 'https://lyon.example/a/gone',
      actor: 'https://lyon.example/users/gone',
      host: 'lyon.example',
      type: 'Follow',
      outcome: 'applied',
      code: 'followed',
      reason: ' follows Ada.',
      details: { follower: '', followed: 'Ada' },
    });
    for (let n = 0; n < 60; n++)
      await receive(tx, new Date(), {
        uri: `https://lyon.example/a/${n}`,
        actor: `https://lyon.example/users/bob${n}`,
        host: 'lyon.example',
        type: 'Create',
        outcome: 'ignored',
        code: 'publisherUnreadable',
        reason: 'x',
        details: { why: 'timeout' },
      });
    // Of before there were codes.
    await tx.insert(tx.t.received).values({
      uri: 'https://lyon.example/a/old',
      actor: 'https://lyon.example/users/bob',
      host: 'lyon.example',
      type: 'Create',
      outcome: 'applied',
      reason: 'Listing created.',
      created: new Date(),
    });
  });
  await page.goto(`${node.origin}/admin/journal`);
  expect(await main(page)).toContain('Listing created.');
  expect(await main(page)).toContain('Le profil de qui publie n’a pas pu être lu : le serveur ne répond pas à temps.');
  expect(await page.locator('.lines > li').count()).toBe(50);
  await sound(page);
  await press(page, /^La suite$/);
  await page.waitForURL(/before=/);
  expect(await page.locator('.lines > li').count()).toBe(15);
  expect(await main(page)).toContain('lyon.example/users/gone suit désormais Ada.');
  expect(await main(page)).toContain('mallory suit désormais Ada.');
  expect(await main(page)).toContain('Maillon ne fait rien de ce genre de message (Arrive).');

  await page.goto(`${node.origin}/admin/journal`);
  await page.focus('select[name=outcome]');
  await page.keyboard.press('End');
  await press(page, /^Filtrer$/);
  await page.waitForURL(/outcome=refused/);
  expect(await page.locator('.lines > li').count()).toBe(1);
  expect(await main(page)).toContain('Prétend supprimer ce qui est d’un autre serveur. Refusé par sécurité.');
  expect(await page.inputValue('select[name=outcome]')).toBe('refused');
  await page.goto(`${node.origin}/admin/journal?host=https%3A%2F%2Flyon.example%2F&type=Create&outcome=applied`);
  expect(await page.inputValue('[name=host]')).toBe('lyon.example');
  expect(await page.locator('.lines > li').count()).toBe(1);
  await page.goto(`${node.origin}/admin/journal?host=nobody.example&before=nonsense`);
  expect(await main(page)).toContain('Rien ne correspond à ce filtre.');

  // What is no row, no host and no number is not there; it breaks nothing.
  for (const path of ['jobs/x/attempt', 'hosts/a.example/letters/-/removal'])
    expect(await ask(`/admin/operation/${path}`)).toBe('notFound');
  await page.context().addCookies([{ name: 'locale', value: 'en', url: node.origin }]);
  await page.goto(`${node.origin}/admin/journal?type=Follow`);
  expect(await main(page)).toContain('mallory now follows Ada.');
  await sound(page);
});

test('a moderator and a member see none of it', async () => {
  await addMember(node, 'bob', 'Bob');
  await node.db.write(async (tx) => {
    await tx.update(tx.t.accounts).set({ role: 'moderator' });
  });
  for (const path of ['/admin/operation', `/admin/operation/hosts/${encodeURIComponent(host)}`, '/admin/journal'])
    expect((await page.goto(`${node.origin}${path}`))?.status()).toBe(404);
});
