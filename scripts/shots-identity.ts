/** What the screenshots show of who one is: attestations, marks, apps, guests, ways of signing in, leaving. */
import type { Page } from 'playwright-core';

type Login = { handle: string; password: string };
export type World = {
  /** Two cooperatives that are partners. */
  base: string;
  home: string;
  member: Login;
  /** Of `home`, attested there what opens the reserved listing at `base`. */
  guest: Login;
  open: (who: 'member' | 'admin' | Login) => Promise<Page>;
};
export type Furnished = { reserved: string; listing: string; person: string; ask: string; factors: string };

const RESERVED = 'Canapé-lit gratuit pour stagiaires infirmiers';
const TRIED_MS = 8000;

/** A member of `home` comes to `base`, as a person does, and stands at the listing that is reserved. */
export const arrive = async (page: Page, { base, guest }: World, next: string, as = /Halle/): Promise<void> => {
  await page.goto(`${base}/sign-in/cooperative?next=${encodeURIComponent(next)}`);
  await page.locator('main button[name=home]').filter({ hasText: as }).click();
  await page.fill('input[name=login]', guest.handle);
  await page.fill('input[name=password]', guest.password);
  await page.click('main form button');
  await page.waitForURL(/\/sign-in\/consent\//);
};

/** What people would have done by then. @returns where to look */
export const furnishIdentity = async (world: World): Promise<Furnished> => {
  const { base, member, open } = world;
  const at = await open('member');
  await at.goto(`${base}/listings?q=${encodeURIComponent(RESERVED)}`);
  const reserved = (await at.getAttribute('.listing a', 'href')) ?? '/listings';
  await at.goto(`${base}/listings?kind=food`);
  const paths = await at.$$eval('.listing a', (links) => links.map((link) => link.getAttribute('href') ?? ''));
  for (const path of paths.filter((one) => /^\/listings\/[0-9a-f-]{36}$/.test(one)).slice(0, 4)) {
    await at.goto(`${base}${path}`);
    await at
      .locator(`form[action$="/save"] button`)
      .first()
      .click({ timeout: TRIED_MS })
      .catch(() => undefined);
  }
  await at.goto(`${base}/account/apps`);
  await at.click('details:has([name=redirectUris]) > summary');
  await at.fill('[name=name]', 'Marmite');
  await at.fill('[name=website]', 'https://marmite.example');
  await at.fill('[name=redirectUris]', 'http://127.0.0.1/back');
  await at.click('details:has([name=redirectUris]) form button');
  await at.waitForSelector('.notice');
  const client = (await at.textContent('.facts .code'))?.trim() ?? '';
  await at.click('details:has([name=tokenName]) > summary');
  await at.fill('[name=tokenName]', 'Site du collectif');
  await at.click('details:has([name=tokenName]) form button');
  await at.waitForSelector('.notice');
  const admin = await open('admin');
  await admin.goto(`${base}/attestations/members/${member.handle}`);
  await admin.selectOption('[name=code]', { index: 1 });
  await admin.fill('[name=note]', 'Carte d’identité vue à la permanence.');
  await admin.click('main form button');
  await admin.waitForSelector('.notice');
  await admin.goto(`${base}/admin/trust/vouching`);
  await admin.fill('[name=name]', 'Charte du réseau');
  await admin.fill('[name=slug]', 'charte');
  await admin.fill('[name=text]', 'Cette coopérative a signé notre charte, et nous l’avons visitée.');
  await admin.click('form[action$="/marks"] button');
  await admin.waitForSelector('.notice');
  const home = new URL(world.home).host;
  await admin.fill('[name=domain]', home);
  await admin.click('form[action$="/preview"] button');
  await admin.waitForSelector('#found');
  await admin.click('#found button');
  await admin.waitForSelector('.notice');
  await admin.goto(`${base}/admin/members`);
  const factors =
    (await admin.getAttribute('a[href$="/factors"]', 'href', { timeout: TRIED_MS }).catch(() => null)) ??
    '/admin/members';
  const params = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: 'http://127.0.0.1/back',
    scope: 'listings:read listings:write',
    state: 'x',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  return {
    reserved,
    listing: paths[0] ?? '/listings',
    person: `/@${world.guest.handle}@${home}`,
    ask: `/oauth/authorize?${params}`,
    factors,
  };
};

type Shot = {
  name: string;
  path: string;
  as: 'nobody' | 'member' | 'admin' | 'guest';
  act?: (page: Page) => Promise<unknown>;
};
export const identityShots = (world: World, at: Furnished): Shot[] => {
  const press = (selector: string, then: string) => async (page: Page) => {
    await page.click(selector);
    await page.waitForSelector(then);
  };
  const uri = (page: Page): Promise<string> =>
    page.evaluate(
      "[...document.querySelectorAll('main a')].map((one) => one.href).find((one) => one.includes('/keep-here?')) ?? ''",
    );
  /** From the reserved listing at the partner to the page at home. */
  const fromThere = (path: string) => async (page: Page) => {
    const keep = new URL(await uri(page));
    await page.goto(`${world.home}${path}?listing=${encodeURIComponent(keep.searchParams.get('listing') ?? '')}`);
  };
  return [
    { name: 'listing-reserved', path: at.reserved, as: 'nobody' },
    { name: 'sign-in-link', path: '/sign-in/link', as: 'nobody' },
    { name: 'sign-in-cooperative', path: `/sign-in/cooperative?next=${at.reserved}`, as: 'nobody' },
    { name: 'sign-in-consent', path: '/', as: 'nobody', act: (page) => arrive(page, world, at.reserved) },
    { name: 'marks', path: '/marks', as: 'nobody' },
    { name: 'mark', path: '/marks/charte', as: 'nobody' },
    { name: 'account-profile', path: '/account/profile', as: 'member' },
    { name: 'account-sign-in', path: '/account/sign-in', as: 'member' },
    {
      name: 'account-codes',
      path: '/account/sign-in',
      as: 'member',
      act: press('form[action="/account/sign-in/codes"] button', '[name=code]'),
    },
    { name: 'account-apps', path: '/account/apps', as: 'member' },
    {
      name: 'account-apps-wrong',
      path: '/account/apps',
      as: 'member',
      act: async (page) => {
        await page.click('details:has([name=redirectUris]) > summary');
        await press('details:has([name=redirectUris]) form button', '.summary')(page);
      },
    },
    { name: 'app-ask', path: at.ask, as: 'member' },
    { name: 'app-problem', path: at.ask.replace('code_challenge=', 'challenge='), as: 'member' },
    { name: 'saved', path: '/saved', as: 'member' },
    {
      name: 'write-reserved',
      path: '/listings/new?kind=lodging',
      as: 'member',
      act: async (page) => {
        await page.click('details:has([name=access]) > summary');
        await page.selectOption('[name=access]', 'priced');
      },
    },
    { name: 'admin-factors', path: at.factors, as: 'admin' },
    { name: 'password-confirmation', path: '/password-confirmation?next=/account/sign-in', as: 'member' },
    { name: 'guest', path: '/guest', as: 'guest' },
    { name: 'guest-listing', path: at.reserved, as: 'guest' },
    { name: 'guest-person', path: at.person, as: 'guest' },
    { name: 'guest-keeps', path: at.reserved, as: 'guest', act: fromThere('/keep-here') },
    { name: 'guest-writes', path: at.reserved, as: 'guest', act: fromThere('/write-to') },
    { name: 'guest-leaves', path: `${world.home}/sign-out`, as: 'guest' },
  ];
};
