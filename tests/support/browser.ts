/** A real browser from npm alone: the package carries the libraries and the font that a bare system lacks. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import packed from '@sparticuz/chromium';
import { type Browser, type Page, chromium } from 'playwright-core';

const require = createRequire(import.meta.url);

/** Unpacks one of the package's archives once. @returns the folder */
const unpack = (name: string): string => {
  const dir = join(tmpdir(), `maillon-browser-${name}`);
  if (existsSync(dir)) return dir;
  const archive = join(dirname(require.resolve('@sparticuz/chromium')), '..', 'bin', `${name}.tar.br`);
  const making = `${dir}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  execFileSync('tar', ['-x', '-C', making], { input: brotliDecompressSync(readFileSync(archive)) });
  if (!existsSync(dir)) renameSync(making, dir);
  return dir;
};

/** Starts a headless browser. Close it. */
export const launchBrowser = async (): Promise<Browser> => {
  const libraries = join(unpack('al2023'), 'lib');
  const fonts = unpack('fonts');
  return chromium.launch({
    executablePath: await packed.executablePath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-zygote',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--font-render-hinting=none',
      '--host-resolver-rules=MAP *.localhost 127.0.0.1',
    ],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: [process.env['LD_LIBRARY_PATH'], libraries]
        .filter((path) => path !== undefined && path !== '')
        .join(':'),
      FONTCONFIG_PATH: join(fonts, 'fonts'),
    },
  });
};

/** What axe finds serious or critical on a page, in words. The context needs `bypassCSP`: our pages run no foreign script. */
export const seriousViolations = async (page: Page): Promise<string[]> => {
  // A click is over before the page that it leads to is whole.
  await page.waitForLoadState();
  await page.addScriptTag({ content: readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8') });
  const results: unknown = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
  const { violations } = results as {
    violations: { id: string; impact: string; help: string; nodes: { target: string[]; failureSummary: string }[] }[];
  };
  return violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map(
      (one) =>
        `${one.id}: ${one.help} (${one.nodes
          .map((node) => `${node.target.join(' ')} ${node.failureSummary}`)
          .slice(0, 3)
          .join('; ')})`,
    );
};

/** Signs in by the form, as a person does. */
export const signIn = async (page: Page, origin: string, login: string, password: string): Promise<void> => {
  await page.goto(`${origin}/sign-in`);
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', password);
  await page.click('main form button');
  await page.waitForURL(`${origin}/`);
};
