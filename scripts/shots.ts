/**
 * Screenshots of every page: 360 and 1280 px, light and dark, French and English, into shots/. Starts a demo and a
 * fresh node of its own, so that nothing else has to run.
 * `npm run shots -- home,write --port 4700` takes only these, on other ports.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser, seriousViolations, signIn } from '../tests/support/browser.ts';
import { type World, arrive, furnishIdentity, identityShots } from './shots-identity.ts';

type Login = { handle: string; password: string };
type Ready = { nodes: { url: string; admin: Login; members: Login[] }[] };
type Who = 'nobody' | 'member' | 'admin' | 'guest';
type Shot = { name: string; path: string; as: Who; act?: (page: Page) => Promise<unknown> };

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '4601' } },
});
const only = positionals[0]?.split(',');
const data = mkdtempSync(join(tmpdir(), 'maillon-shots-'));
const children: ChildProcess[] = [];
/** Whatever happens, nothing goes on running. */
process.on('exit', () => {
  for (const child of children) child.kill('SIGINT');
  rmSync(data, { recursive: true, force: true });
});

/** Starts a program and waits for what it says. */
const start = <T>(
  words: string[],
  env: Record<string, string>,
  heard: (text: string) => T | undefined,
): Promise<{ child: ChildProcess; said: T }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    children.push(child);
    child.on('exit', (code) => reject(new Error(`${words[0]} ended with ${code}.`)));
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const said = heard(text);
      if (said !== undefined) resolve({ child, said });
    });
  });

const demo = await start(
  ['src/cli/demo.ts', '--json', '--data', join(data, 'demo'), '--port', flags.port],
  {},
  (text) => (text.includes('\n') ? (JSON.parse(text) as Ready) : undefined),
);
const freshPort = String(Number(flags.port) + 20);
const fresh = await start(
  ['src/main.ts'],
  {
    MAILLON_ORIGIN: `http://nouvelle.localhost:${freshPort}`,
    PORT: freshPort,
    MAILLON_DATA: join(data, 'fresh'),
  },
  (text) => /http:\S+\/setup\/\S+/.exec(text)?.[0],
);
const [marseille, lyon] = demo.said.nodes;
const base = marseille!.url;
const browser = await launchBrowser();
mkdirSync('shots', { recursive: true });

const logins: Record<'member' | 'admin', Login> = { member: marseille!.members[0]!, admin: marseille!.admin };
/** The last of the members that the demo names is one whom her cooperative attests something. */
const world: World = {
  base,
  home: lyon!.url,
  member: logins.member,
  guest: lyon!.members.at(-1)!,
  open: (who) => open(who),
};
const open = async (who: Who | Login, options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({ locale: 'fr', bypassCSP: true, ...options });
  const page = await context.newPage();
  const login = typeof who === 'object' ? who : who === 'nobody' || who === 'guest' ? undefined : logins[who];
  if (login !== undefined) await signIn(page, base, login.handle, login.password);
  if (who === 'guest') {
    await arrive(page, world, '/guest');
    await page.click('main form button');
    await page.waitForURL(/\/guest/);
  }
  return page;
};

const RULE_COLUMNS = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate';
/** As far as the page that shows what it would do. */
const importRules = async (page: Page, lines: string): Promise<void> => {
  await page.goto(`${base}/admin/rules/import`);
  await page.fill('[name=text]', `${RULE_COLUMNS}\n${lines}`);
  await page.click('main form button');
  await page.waitForSelector('.notice');
};

/** What people would have done by then: a conversation, a draft, a request to join, a report, a new address. */
const scene = async (
  from: Browser,
): Promise<Record<'own' | 'theirs' | 'thread' | 'pending' | 'receipt' | 'reported' | 'partner', string>> => {
  const api = await fetch(`${base.replace(/\/\/[a-z]+\.localhost/, '//127.0.0.1')}/api/v1/listings?limit=100`, {
    headers: { host: new URL(base).host },
  });
  const { items } = (await api.json()) as { items: { id: string; own: boolean }[] };
  const [own, theirs] = [items.find((item) => item.own)?.id ?? '', items.find((item) => !item.own)?.id ?? ''];
  const member = await open('member');
  const neighbour = await open(marseille!.members[1]!);
  await neighbour.goto(`${base}/listings/mine`);
  const about = await neighbour.getAttribute('.lines a', 'href');
  await member.goto(`${base}${about}/message`);
  await member.fill(
    '[name=text]',
    'Bonjour ! La chambre est-elle libre du 12 au 15 août ?\n\nJe viens pour un remplacement à l’hôpital, j’arrive le soir.',
  );
  await member.click('main form button');
  await member.waitForURL(/conversations/);
  const thread = new URL(member.url()).pathname;
  await neighbour.goto(`${base}${thread}`);
  await neighbour.fill(
    '[name=text]',
    'Oui, avec plaisir. La clé est chez la voisine du premier, je vous laisse des **tomates** sur la table.',
  );
  await neighbour.click('main form button.button');
  await neighbour.waitForURL(/conversations/);
  await member.goto(`${base}/listings/new?kind=service`);
  await member.fill('[name=title]', 'Atelier couture du samedi');
  await member.click('.dock button[value=draft]');
  await member.waitForURL(/listings\/[0-9a-f-]{36}/);
  await member.goto(`${base}/reports/new?listing=${theirs}`);
  await member.selectOption('[name=reason]', 'scam');
  await member.fill('[name=text]', 'La photo n’est pas celle de cette annonce.');
  await member.check('[name=goodFaith]');
  await member.click('main form button');
  await member.waitForURL(/\/reports\//);
  const receipt = new URL(member.url()).pathname;
  await member.goto(`${base}/account/settings`);
  await member.fill('[name=email]', 'lucien@ailleurs.example');
  await member.fill('[name=emailPassword]', logins.member.password);
  await member.click('form[action="/account/email"] button');
  await member.waitForSelector('.notice');
  const newcomer = await open('nobody');
  await newcomer.goto(`${base}/sign-up`);
  for (const [name, value] of Object.entries({
    name: 'Camille Ferrand',
    handle: 'camille',
    email: 'camille@example.org',
    password: 'une phrase assez longue',
    motivation: 'J’habite à la Belle de Mai et je répare des machines à coudre.',
  }))
    await newcomer.fill(`[name=${name}]`, value);
  await newcomer.click('main form button');
  await newcomer.waitForLoadState();
  const admin = await open('admin');
  await admin.goto(`${base}/admin/members`);
  const pending = (await admin.getAttribute('a[href$="/refusal"]', 'href')) ?? '/admin/members';
  await admin.goto(`${base}/admin/reports`);
  const reported = (await admin.getAttribute('.lines a', 'href')) ?? '/admin/reports';
  await importRules(
    admin,
    `pourriels.example,suspend,,,"Annonces trompeuses, sans réponse à nos courriers",true
bruit.example,silence,true,false,Trop d’images,false
faux-signalements.example,noop,false,true,,false`,
  );
  await admin.click('[name=apply]');
  await admin.waitForSelector('.notice >> nth=0');
  await admin.goto(`${base}/admin/rules`);
  await admin.click('form[action="/admin/rules/shown"] button');
  await admin.waitForLoadState();
  await admin.goto(`${base}/admin/peers`);
  const partner = (await admin.getAttribute('.lines a[href^="/admin/peers/"]', 'href')) ?? '/admin/peers';
  await admin.goto(`${base}/admin/statistics`);
  await admin.click('form[action="/admin/statistics"] button');
  await admin.waitForSelector('.notice');
  for (const context of from.contexts()) await context.close();
  return { own, theirs, thread, pending, receipt, reported, partner };
};
const { own, theirs, thread, pending, receipt, reported, partner } = await scene(browser);

const furnished = await furnishIdentity(world);
for (const context of browser.contexts()) await context.close();

const send = (selector: string) => async (page: Page) => {
  await page.click(selector);
  await page.waitForSelector('.summary');
};
const shots: Shot[] = [
  { name: 'home', path: '/', as: 'nobody' },
  { name: 'catalogue', path: '/listings', as: 'nobody' },
  { name: 'search', path: '/listings?q=chambre&place=Marseille', as: 'nobody' },
  { name: 'search-empty', path: '/listings?q=sous-marin&place=Nullepart', as: 'nobody' },
  { name: 'listing', path: `/listings/${own}`, as: 'nobody' },
  { name: 'listing-peer', path: `/listings/${theirs}`, as: 'member' },
  { name: 'sign-in', path: '/sign-in', as: 'nobody' },
  { name: 'sign-up', path: '/sign-up', as: 'nobody' },
  { name: 'sign-up-errors', path: '/sign-up', as: 'nobody', act: send('main form button') },
  { name: 'reset', path: '/password-reset', as: 'nobody' },
  { name: 'about-rules', path: '/about/rules', as: 'nobody' },
  { name: 'missing', path: '/nowhere', as: 'nobody' },
  { name: 'profile', path: '/@lucien', as: 'nobody' },
  { name: 'setup', path: fresh.said, as: 'nobody' },
  { name: 'setup-waiting', path: new URL('/', fresh.said).href, as: 'nobody' },
  { name: 'home-member', path: '/', as: 'member' },
  { name: 'follows', path: '/follows', as: 'member' },
  { name: 'conversation', path: thread, as: 'member' },
  { name: 'conversations', path: '/conversations', as: 'member' },
  { name: 'message', path: `/listings/${theirs}/message`, as: 'member' },
  { name: 'account', path: '/account', as: 'member' },
  { name: 'settings', path: '/account/settings', as: 'member' },
  { name: 'devices', path: '/account/devices', as: 'member' },
  { name: 'invitations', path: '/invitations', as: 'member' },
  { name: 'closure', path: '/account/closure', as: 'member' },
  { name: 'moving', path: '/account/moving', as: 'member' },
  { name: 'moving-exports', path: '/account/moving/exports', as: 'member' },
  { name: 'moving-arrivals', path: '/account/moving/arrivals', as: 'member' },
  { name: 'moving-departure', path: '/account/moving/departure', as: 'member' },
  { name: 'closures', path: '/admin/closures', as: 'admin' },
  { name: 'mine', path: '/listings/mine', as: 'member' },
  { name: 'write-kind', path: '/listings/new', as: 'member' },
  { name: 'write', path: '/listings/new?kind=lodging', as: 'member' },
  {
    name: 'write-errors',
    path: '/listings/new?kind=lodging',
    as: 'member',
    act: async (page) => {
      await page.fill('[name=title]', 'Chambre claire au-dessus du marché');
      await page.fill('[name=price]', '28,505');
      await page.fill('[name=place]', 'Nullepart-les-Bains');
      await page.fill('[name="attributes.registrationNumber"]', '13055004127K');
      const pixels = await page.screenshot({ clip: { x: 0, y: 0, width: 320, height: 240 } });
      await page.setInputFiles('[name=photos]', [
        { name: 'fenetre.png', mimeType: 'image/png', buffer: pixels },
        { name: 'note.txt', mimeType: 'image/png', buffer: Buffer.from('no picture') },
      ]);
      await page.waitForSelector('.picture');
      await send('.dock button[value=publish]')(page);
    },
  },
  { name: 'report', path: `/reports/new?listing=${theirs}`, as: 'nobody' },
  { name: 'report-wrong', path: `/reports/new?listing=${theirs}`, as: 'nobody', act: send('main form .button') },
  { name: 'report-receipt', path: receipt, as: 'member' },
  { name: 'moderation-mine', path: '/account/moderation', as: 'member' },
  { name: 'admin', path: '/admin', as: 'admin' },
  {
    name: 'admin-areas',
    path: '/admin/peers',
    as: 'admin',
    act: async (page) => (await page.isVisible('.areas-open')) && page.click('.areas-open'),
  },
  { name: 'admin-members', path: '/admin/members', as: 'admin' },
  { name: 'admin-member-invitations', path: '/admin/members/invitations', as: 'admin' },
  { name: 'admin-refusal', path: pending, as: 'admin' },
  { name: 'attestations', path: '/attestations', as: 'nobody' },
  { name: 'account-attestations', path: '/account/attestations', as: 'member' },
  { name: 'admin-attestations', path: '/admin/attestations', as: 'admin' },
  { name: 'admin-apps', path: '/admin/apps', as: 'admin' },
  { name: 'admin-attestation-new', path: '/admin/attestations/new', as: 'admin' },
  { name: 'admin-attest', path: `/attestations/members/${logins.member.handle}`, as: 'admin' },
  { name: 'admin-peer-attestations', path: `${partner}/attestations`, as: 'admin' },
  { name: 'admin-peers', path: '/admin/peers', as: 'admin' },
  { name: 'admin-trust', path: '/admin/trust', as: 'admin' },
  { name: 'admin-vouching', path: '/admin/trust/vouching', as: 'admin' },
  { name: 'admin-invitations', path: '/admin/peers/invitations', as: 'admin' },
  { name: 'admin-peer-defaults', path: '/admin/peers/defaults', as: 'admin' },
  { name: 'admin-reports', path: '/admin/reports', as: 'admin' },
  { name: 'admin-report', path: reported, as: 'admin' },
  { name: 'admin-decision', path: `${reported}/decision?action=none`, as: 'admin' },
  { name: 'admin-reports-year', path: '/admin/reports/year', as: 'admin' },
  { name: 'admin-decision-texts', path: '/admin/decision-texts', as: 'admin' },
  { name: 'admin-journal', path: '/admin/journal', as: 'admin' },
  { name: 'admin-rules', path: '/admin/rules', as: 'admin' },
  {
    name: 'admin-rule-new',
    path: '/admin/rules/new',
    as: 'admin',
    act: async (page) => {
      await page.fill('[name=domain]', 'lyon.localhost');
      await page.click('main form button');
      await page.waitForSelector('.notice');
    },
  },
  {
    name: 'admin-rule-import',
    path: '/admin/rules/import',
    as: 'admin',
    act: (page) =>
      importRules(
        page,
        `pourriels.example,silence,,,,
bruit.example,suspend,,,,
nouveau.example,suspend,,,,
faux nom,suspend,,,,`,
      ),
  },
  { name: 'admin-rule-import-blank', path: '/admin/rules/import', as: 'admin' },
  {
    name: 'admin-rule-mode',
    path: '/admin/rules/mode',
    as: 'admin',
    act: async (page) => {
      await page.check('[name=mode][value=list]');
      await page.click('form[action="/admin/rules/mode"] button');
      await page.waitForSelector('.notice');
    },
  },
  { name: 'admin-audit', path: '/admin/audit', as: 'admin' },
  { name: 'admin-settings', path: '/admin/settings', as: 'admin' },
  { name: 'admin-peer', path: partner, as: 'admin' },
  { name: 'admin-peer-rest', path: `${partner}/rest`, as: 'admin' },
  { name: 'admin-peer-cut', path: `${partner}/cut`, as: 'admin' },
  { name: 'admin-look', path: '/admin/look', as: 'admin' },
  { name: 'admin-mail', path: '/admin/mail', as: 'admin' },
  { name: 'admin-backup', path: '/admin/backup', as: 'admin' },
  { name: 'admin-statistics', path: '/admin/statistics', as: 'admin' },
  { name: 'together', path: '/together', as: 'nobody' },
  ...identityShots(world, furnished),
];

let problems = 0;
for (const as of ['nobody', 'member', 'admin', 'guest'] as const) {
  const wanted = shots.filter((one) => one.as === as && (only === undefined || only.includes(one.name)));
  if (wanted.length === 0) continue;
  for (const locale of ['fr', 'en'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1280]) {
        const page = await open(as, { viewport: { width, height: 800 }, colorScheme, locale });
        await page.context().addCookies([
          { name: 'locale', value: locale, url: base },
          { name: 'locale', value: locale, url: world.home },
          { name: 'locale', value: locale, url: fresh.said },
        ]);
        for (const { name, path, act } of wanted) {
          await page.goto(new URL(path, base).href, { waitUntil: 'networkidle' });
          await act?.(page);
          await page.screenshot({ path: `shots/${name}-${width}-${colorScheme}-${locale}.png`, fullPage: true });
          const wide = await page.evaluate(
            'document.documentElement.scrollWidth > document.documentElement.clientWidth',
          );
          const found = locale === 'fr' ? await seriousViolations(page) : [];
          if (wide === true) found.push('The page is wider than the screen.');
          for (const problem of found) console.error(`${name} ${width} ${colorScheme} ${locale}: ${problem}`);
          problems += found.length;
        }
        await page.context().close();
      }
    }
  }
}
await browser.close();
await Promise.all(
  children.map((child) => {
    child.removeAllListeners('exit');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    return gone;
  }),
);
console.error(`Screenshots are in shots/. Problems: ${problems}`);
process.exit(problems > 0 ? 1 : 0);
