/**
 * Screenshots of every page: 360 and 1280 px, light and dark, French and English, into shots/. Starts a demo of its
 * own, so that nothing else has to run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchBrowser, seriousViolations, signIn } from '../tests/support/browser.ts';

type Ready = {
  nodes: {
    url: string;
    admin: { handle: string; password: string };
    members: { handle: string; password: string }[];
  }[];
};
const only = process.argv[2];
const data = mkdtempSync(join(tmpdir(), 'maillon-shots-'));

const startDemo = (): Promise<{ child: ChildProcess; ready: Ready }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['src/cli/demo.ts', '--json', '--data', data, '--port', '4601'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.on('exit', (code) => reject(new Error(`The demo ended with ${code}.`)));
    child.stdout.on('data', (chunk: Buffer) => resolve({ child, ready: JSON.parse(chunk.toString()) }));
  });

const { child, ready } = await startDemo();
const [marseille] = ready.nodes;
const browser = await launchBrowser();
mkdirSync('shots', { recursive: true });
const api = await (
  await fetch(`${marseille!.url.replace(/\/\/[a-z]+\.localhost/, '//127.0.0.1')}/api/v1/listings?limit=100`, {
    headers: { host: new URL(marseille!.url).host },
  })
)
  .json()
  .catch(() => ({ items: [] }));
const items = (api as { items: { id: string; own: boolean }[] }).items;
const [own, theirs] = [items.find((item) => item.own)?.id ?? '', items.find((item) => !item.own)?.id ?? ''];
const pages: [name: string, path: string, as: 'nobody' | 'member' | 'admin'][] = [
  ['home', '/', 'nobody'],
  ['catalogue', '/listings', 'nobody'],
  ['search', '/listings?q=chambre&place=Marseille', 'nobody'],
  ['listing', `/listings/${own}`, 'nobody'],
  ['listing-peer', `/listings/${theirs}`, 'member'],
  ['sign-in', '/sign-in', 'nobody'],
  ['sign-up', '/sign-up', 'nobody'],
  ['reset', '/password-reset', 'nobody'],
  ['missing', '/nowhere', 'nobody'],
  ['profile', '/@lucien', 'nobody'],
  ['home-member', '/', 'member'],
  ['follows', '/follows', 'member'],
  ['conversations', '/conversations', 'member'],
  ['message', `/listings/${theirs}/message`, 'member'],
  ['account', '/account', 'member'],
  ['write-kind', '/listings/new', 'member'],
  ['write', '/listings/new?kind=lodging', 'member'],
  ['report', `/reports/new?listing=${theirs}`, 'member'],
  ['admin', '/admin', 'admin'],
  ['admin-members', '/admin/members', 'admin'],
  ['admin-peers', '/admin/peers', 'admin'],
  ['admin-reports', '/admin/reports', 'admin'],
  ['admin-journal', '/admin/journal', 'admin'],
  ['admin-operation', '/admin/operation', 'admin'],
  ['admin-operation-host', `/admin/operation/hosts/${encodeURIComponent(new URL(ready.nodes[1]!.url).host)}`, 'admin'],
  ['admin-settings', '/admin/settings', 'admin'],
];
let problems = 0;
for (const as of ['nobody', 'member', 'admin'] as const) {
  for (const locale of ['fr', 'en'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1280]) {
        const context = await browser.newContext({
          viewport: { width, height: 800 },
          colorScheme,
          locale,
          bypassCSP: true,
        });
        const page = await context.newPage();
        const login = as === 'admin' ? marseille!.admin : marseille!.members[0]!;
        if (as !== 'nobody') await signIn(page, marseille!.url, login.handle, login.password);
        await context.addCookies([{ name: 'locale', value: locale, url: marseille!.url }]);
        for (const [name, path] of pages.filter((one) => one[2] === as && (only === undefined || one[0] === only))) {
          await page.goto(`${marseille!.url}${path}`, { waitUntil: 'networkidle' });
          await page.screenshot({ path: `shots/${name}-${width}-${colorScheme}-${locale}.png`, fullPage: true });
          const wide = await page.evaluate(
            'document.documentElement.scrollWidth > document.documentElement.clientWidth',
          );
          const found = locale === 'fr' ? await seriousViolations(page) : [];
          if (wide === true) found.push('The page is wider than the screen.');
          for (const problem of found) console.error(`${name} ${width} ${colorScheme} ${locale}: ${problem}`);
          problems += found.length;
        }
        await context.close();
      }
    }
  }
}
await browser.close();
child.removeAllListeners('exit');
child.kill('SIGINT');
rmSync(data, { recursive: true, force: true });
console.error(`Screenshots are in shots/. Problems: ${problems}`);
process.exitCode = problems > 0 ? 1 : 0;
