/** The whole admin area on a telephone, in French: each page that the app has, with something on it. */
import { mkdirSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginClosure } from '#domain/moving/closures.ts';
import { audit } from '#domain/audit.ts';
import { nodeUri } from '#domain/ids.ts';
import { decide } from '#domain/moderation/decide.ts';
import { queueLetter } from '#domain/mail.ts';
import { invite } from '#domain/joining.ts';
import { issueInvite } from '#domain/peer-invites.ts';
import { allowDomain } from '#domain/peering-modes.ts';
import { report } from '#domain/reports.ts';
import { changeRules, readRule } from '#domain/rules.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { registered } from '../support/app.ts';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { telephone, tooWide } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { faultsOf, untranslated } from '../support/page-faults.ts';
import { peerRow } from '../support/peer-row.ts';
import { peerId, peerUp } from '../support/peers.ts';
import { routesOf } from '../support/routes.ts';

let browser: Browser;
let [node, lyon]: [TestNode, TestNode] = [undefined as never, undefined as never];
let page: Page;
/** What the parameters of the paths stand for. */
const at: Record<'partner' | 'asks' | 'report' | 'pending' | 'closure' | 'host' | 'domain', string> = {
  partner: '',
  asks: '',
  report: '',
  pending: '',
  closure: '',
  host: 'un-serveur-au-nom-vraiment-long.cooperative-des-alpilles.example.org:8443',
  domain: 'pourriels-et-annonces-trompeuses.serveurs.example',
};

beforeAll(async () => {
  [browser, node, lyon] = await Promise.all([launchBrowser(), startNode('marseille'), startNode('lyon')]);
  await Promise.all([
    addMember(node, 'alice', 'Alice Martin-Delacroix de la Roche'),
    addMember(node, 'zoe', 'Zoé Ferrand'),
    addMember(node, 'marc', 'Marc'),
    addMember(lyon, 'bob', 'Bob'),
  ]);
  await registered(
    node,
    'alice',
    'Les annonces du quartier sur le site de la mairie',
    'https://annonces.quartier.example/retour\nhttp://127.0.0.1/back',
  );
  for (const title of ['Chambre calme', 'Panier de légumes']) await publish(node, 'alice', { title });
  await publish(lyon, 'bob', { title: 'Vélo' });
  await peerUp(lyon, node);
  at.partner = await peerId(node, lyon);
  await furnish();
  page = await telephone(browser);
  await signIn(page, node.origin, 'ada', PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([node?.drop(), lyon?.drop()]);
});

const LONG = 'Coopérative d’habitantes et d’habitants des Hauts-de-Belleville et de la Roquette';
/** Something on every page. */
const furnish = async (): Promise<void> => {
  const { db, site } = node;
  const rule = readRule(site, {
    domain: at.domain,
    severity: 'suspend',
    subdomains: true,
    rejectMedia: true,
    rejectReports: true,
    comment: 'Vu avec Lyon',
    publicComment: 'Annonces trompeuses, sans réponse à nos courriers',
    obfuscate: false,
  });
  if (!rule.ok) throw new Error(JSON.stringify(rule.errors));
  await db.write(async (tx) => {
    const now = site.now();
    const [coop] = await tx.select().from(tx.t.cooperative);
    const accounts = await tx.select().from(tx.t.accounts);
    const account = (handle: string) => accounts.find((one) => one.handle === handle)!;
    at.pending = account('zoe').id;
    await tx
      .update(tx.t.accounts)
      .set({ state: 'pending', motivation: 'J’habite à la Belle de Mai et je répare des machines à coudre.' })
      .where(eq(tx.t.accounts.id, at.pending));
    await tx.update(tx.t.cooperative).set({ name: LONG });
    await tx.update(tx.t.accounts).set({ state: 'suspended' }).where(eq(tx.t.accounts.handle, 'marc'));
    const [listing] = await tx.select().from(tx.t.listings).where(eq(tx.t.listings.local, true));
    const subject = account('alice').actor;
    const about = {
      uri: listing!.uri,
      kind: 'listing',
      subject,
      title: listing!.title,
      snapshot: 'Une chambre',
    } as const;
    const reported = await report(
      tx,
      now,
      about,
      { name: 'Paul', email: 'paul@example.org' },
      { reason: 'scam', text: 'La photo n’est pas la bonne.' },
    );
    if (reported.ok) at.report = reported.value.id;
    const asks = peerRow({
      host: 'coop-nantes.example',
      nodeActor: 'https://coop-nantes.example/users/instance',
      name: 'Les Ateliers solidaires de Nantes et du pays de Retz',
      state: 'received',
      message: 'Bonjour de Nantes !',
      receivedAccepted: false,
      followReceived: 'https://coop-nantes.example/follows/1',
      proposal: 'https://coop-nantes.example/proposals/1',
      sentAccepted: false,
      theirGive: OPEN_SCOPE,
      theirTake: { ...OPEN_SCOPE, kinds: ['lodging'], requests: false },
    });
    at.asks = asks.id;
    at.closure = await beginClosure(
      tx,
      site,
      account('marc'),
      `${node.origin}/users/coop`,
      `${node.origin}/activities/1`,
    );
    await tx
      .insert(tx.t.closureHosts)
      .values({ closure: at.closure, host: 'coop-nantes.example', state: 'waiting', updated: now });
    await tx.insert(tx.t.peers).values(asks);
    await changeRules(tx, site, 'ada', [{ domain: at.domain, rule: rule.value }]);
    await allowDomain(tx, now, 'ada', { domain: 'amis.example', subdomains: true, comment: 'Nos voisins' });
    await issueInvite(tx, site, { give: OPEN_SCOPE, take: OPEN_SCOPE, host: '', note: 'Pour Nantes' });
    await invite(tx, site, coop!, account('alice'), 'camille@example.org');
    const other = await report(
      tx,
      now,
      { ...about, uri: subject, kind: 'member' },
      {},
      { reason: 'spam', text: 'Trop de messages.' },
    );
    const said = {
      ground: 'rules',
      groundText: 'Charte, point 4',
      reasons: 'Trop de messages.',
      answer: 'Merci.',
      days: '',
      also: [],
    };
    if (other.ok) await decide(tx, site, account('ada'), other.value.id, { ...said, action: 'warn' });
    await queueLetter(tx, now, {
      to: 'zoe@example.org',
      locale: 'fr',
      name: 'approved',
      params: { cooperative: 'Coop', name: 'zoe', link: `${node.origin}/sign-in` },
    });
    await tx.insert(tx.t.jobs).values({
      type: 'backfill',
      data: { peer: at.partner },
      state: 'dead',
      attempts: 30,
      error: 'connect ECONNREFUSED 127.0.0.1:25',
      due: now,
      created: now,
    });
    for (const [n, state] of ['dead', 'dead', 'waiting'].entries()) {
      const uri = `${nodeUri(site)}/activities/walk-${n}`;
      await tx.insert(tx.t.activities).values({
        uri,
        actor: nodeUri(site),
        type: 'Update',
        object: listing!.uri,
        listed: false,
        body: '{}',
        created: now,
      });
      await tx.insert(tx.t.deliveries).values({
        activity: uri,
        inbox: `https://${at.host}/inbox`,
        host: at.host,
        key: `${nodeUri(site)}#main-key`,
        priority: 5,
        state,
        attempts: 12,
        error: '503',
        due: new Date(now.getTime() + 3_600_000),
        created: new Date(now.getTime() - 86_400_000),
      });
    }
    await tx.insert(tx.t.hosts).values({
      host: at.host,
      failing: new Date(now.getTime() - 3 * 86_400_000),
      failures: 9,
      retry: new Date(now.getTime() + 3_600_000),
      error: '503',
      updated: now,
    });
    await audit(tx, now, {
      actor: 'ada',
      action: 'peer.scopes',
      subject: at.host,
      before: { give: null },
      after: { give: { kinds: ['food'], requests: true } },
    });
  });
};

/** One address for a route; undefined: this walk does not know what its parameters stand for. */
const filled = (path: string): string | undefined => {
  const whole = path
    .replace(/^\/admin\/peers\/:id\/(?=refusal|proposal)/, `/admin/peers/${at.asks}/`)
    .replace('/peers/:id', `/peers/${at.partner}`)
    .replace('/reports/:id', `/reports/${at.report}`)
    .replace('/members/:id', `/members/${at.pending}`)
    .replace('/decision-texts/:id', '/decision-texts/warn')
    .replace('/hosts/:host', `/hosts/${encodeURIComponent(at.host)}`)
    .replace('/of/:domain', `/of/${at.domain}`)
    .replace('/attestations/:code', '/attestations/care-worker')
    .replace('/closures/:id', `/closures/${at.closure}`);
  if (whole.includes(':')) return undefined;
  return whole.endsWith('/decision') ? `${whole}?action=warn` : whole;
};
/** The same pages with something else on them. */
const MORE = (): string[] => [
  `/admin/peers/${at.asks}`,
  `/admin/peers/new?domain=${encodeURIComponent(lyon.host)}`,
  `/admin/reports/${at.report}/decision?action=suspend`,
  '/admin/reports?state=closed',
  '/admin/journal?outcome=rejected',
];

const shots = process.env['SHOTS'];
const shoot = async (path: string): Promise<void> => {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  const name = path
    .replace(/^\/admin/, 'admin')
    .replaceAll(/[0-9a-f-]{36}/g, 'ID')
    .replaceAll(/\W+/g, '-')
    .slice(0, 60);
  for (const width of [360, 1280])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 740 });
      await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 360, height: 740 });
};

test('every page of the admin area: in French, on a telephone, for keyboard and screen reader', async () => {
  const routes = routesOf(node).filter(({ method, path }) => method === 'GET' && /^\/admin(?:\/|$)/.test(path));
  expect(routes.length).toBeGreaterThan(30);
  const unknown = routes.filter(({ path }) => filled(path) === undefined);
  expect(unknown, 'routes whose parameters this walk cannot fill').toEqual([]);
  const problems: string[] = [];
  for (const path of [...routes.map((route) => filled(route.path)!), ...MORE()]) {
    if (/\.(?:csv|json)$/.test(path)) {
      const size = Number(
        await page.evaluate(`fetch('${path}').then((it) => (it.ok ? it.text() : '')).then((it) => it.length)`),
      );
      if (size < 20) problems.push(`${path}: an empty file`);
      continue;
    }
    const answer = await page.goto(`${node.origin}${path}`);
    if (answer?.status() !== 200) {
      problems.push(`${path}: ${answer?.status()}`);
      continue;
    }
    await shoot(path);
    const found = [...(await faultsOf(page)), ...(await seriousViolations(page))];
    const areas = Number(await page.evaluate("document.querySelectorAll('.admin > nav [aria-current=page]').length"));
    if (areas !== 1) found.push(`it is said to be in ${areas} areas`);
    if (await tooWide(page)) found.push('wider than a telephone');
    if (Number(await page.evaluate("document.querySelector('.brand').clientHeight")) > 60)
      found.push('the cooperative’s name takes more than two lines');
    await page.setViewportSize({ width: 1280, height: 800 });
    if (await tooWide(page)) found.push('wider than a screen');
    await page.setViewportSize({ width: 360, height: 740 });
    problems.push(...found.map((one) => `${path}: ${one}`));
  }
  expect(problems).toEqual([]);
}, 120_000);

test('what the walk would find if it were there', () => {
  expect(untranslated('Bonne journée ! admin.areas.look')).toHaveLength(1);
  expect(untranslated('Bonne journée ! Choose a picture of the house')).toHaveLength(1);
  expect(untranslated('État : notListed')).toHaveLength(1);
  expect(untranslated('lyon.localhost:4601 est partenaire de la coopérative depuis mardi.')).toEqual([]);
});
