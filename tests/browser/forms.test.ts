/** Every form on a phone, in French, with something wrong in it: with scripts and without, the reader sees where and what. */
import { eq } from 'drizzle-orm';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendMessage } from '#domain/conversations.ts';
import { report } from '#domain/reports.ts';
import { launchBrowser, seriousViolations, signIn } from '../support/browser.ts';
import { tooWide } from '../support/keyboard.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';

type Typed = Record<string, string>;
type Case = {
  form: string;
  as: 'nobody' | 'alice' | 'ada';
  path: () => string;
  within: string;
  wrong: () => Typed;
  right?: Typed;
  /** What is chosen and ticked, rather than typed. */
  prepare?: (page: Page) => Promise<unknown>;
  button?: string;
};

let browser: Browser;
let node: TestNode;
const paths = { thread: '', theirs: '', refusal: '', decision: '' };
beforeAll(async () => {
  [browser, node] = await Promise.all([launchBrowser(), startNode('telephone')]);
  const alice = await addMember(node, 'alice', 'Alice');
  const bob = await addMember(node, 'bob', 'Bob');
  await addMember(node, 'zoe', 'Zoé');
  const theirs = await publish(node, 'bob', { title: 'Celle de Bob' });
  await node.db.write(async (tx) => {
    const [zoe] = await tx
      .update(tx.t.accounts)
      .set({ state: 'pending' })
      .where(eq(tx.t.accounts.handle, 'zoe'))
      .returning();
    const about = { uri: theirs.uri, title: theirs.title };
    const sent = await sendMessage(tx, node.site, bob, { uri: alice, local: true }, about, 'Bonjour');
    const told = await report(
      tx,
      new Date(),
      { uri: theirs.uri, kind: 'listing', subject: bob },
      { reporter: alice },
      { reason: 'spam', text: 'Encore.' },
    );
    Object.assign(paths, {
      thread: `/conversations/${sent.ok ? sent.value.conversation : ''}`,
      theirs: `/listings/${theirs.id}`,
      refusal: `/admin/members/${zoe!.id}/refusal`,
      decision: told.ok ? told.value.id : '',
    });
  });
});
afterAll(async () => {
  await browser?.close();
  await node?.drop();
});

const long = (n: number): string => 'é'.repeat(n);
const FORMS: Case[] = [
  {
    form: 'sign-in',
    as: 'nobody',
    path: () => '/sign-in',
    within: 'main form',
    wrong: () => ({ login: 'personne' }),
    right: { password: 'au hasard' },
  },
  {
    form: 'sign-up',
    as: 'nobody',
    path: () => '/sign-up',
    within: 'main form',
    wrong: () => ({ name: long(61), handle: 'Jean Paul', password: 'court' }),
    right: { email: 'jp@example.org' },
  },
  {
    form: 'password reset',
    as: 'nobody',
    path: () => '/password-reset',
    within: 'main form',
    wrong: () => ({ login: '   ' }),
  },
  {
    form: 'profile',
    as: 'alice',
    path: () => '/account/profile',
    within: 'form[action="/account/profile"]',
    wrong: () => ({ name: '   ', text: long(2_001) }),
  },
  {
    form: 'change of address',
    as: 'alice',
    path: () => '/account/settings',
    within: 'form[action="/account/email"]',
    wrong: () => ({ email: 'alice@example.org' }),
    right: { emailPassword: PASSWORD },
  },
  {
    form: 'change of password',
    as: 'alice',
    path: () => '/account/settings',
    within: 'form[action="/account/password"]',
    wrong: () => ({ currentPassword: 'pas le bon', newPassword: 'court' }),
  },
  {
    form: 'closing',
    as: 'alice',
    path: () => '/account/closure',
    within: 'main form',
    wrong: () => ({ currentPassword: 'pas le bon' }),
  },
  {
    form: 'invitation',
    as: 'alice',
    path: () => '/invitations',
    within: 'form[action="/invitations"]',
    wrong: () => ({ email: 'a@b' }),
  },
  {
    form: 'listing',
    as: 'alice',
    path: () => '/listings/new?kind=lodging',
    within: '#listing-form',
    wrong: () => ({
      title: 'Ma',
      price: '12,505',
      quantity: '1,5',
      'attributes.beds': '🛏️',
      place: '<b>ici</b>',
      validUntil: '2020-01-01',
    }),
    right: { text: 'Une chambre claire.' },
    button: '.dock button[value=publish]',
  },
  {
    form: 'first message',
    as: 'alice',
    path: () => `${paths.theirs}/message`,
    within: 'main form',
    wrong: () => ({ text: long(5_001) }),
  },
  { form: 'answer', as: 'alice', path: () => paths.thread, within: 'main form', wrong: () => ({ text: long(5_001) }) },
  {
    form: 'report',
    as: 'alice',
    path: () => `/reports/new?listing=${paths.theirs.slice(10)}`,
    within: 'main form',
    prepare: async (page) => {
      await page.selectOption('[name=reason]', 'scam');
      await page.check('[name=goodFaith]');
    },
    wrong: () => ({ text: long(3_001) }),
  },
  {
    form: 'follow',
    as: 'alice',
    path: () => '/follows',
    within: 'form[action="/follows"]',
    wrong: () => ({ actor: '<script>🌻' }),
  },
  { form: 'refusal', as: 'ada', path: () => paths.refusal, within: 'main form', wrong: () => ({ reason: long(501) }) },
  {
    form: 'decision',
    as: 'ada',
    path: () => `/admin/reports/${paths.decision}/decision?action=none`,
    within: 'form[action$="/decision"]',
    wrong: () => ({ answer: long(3_001) }),
  },
  {
    form: 'partner',
    as: 'ada',
    path: () => '/admin/peers',
    within: 'form[action="/admin/peers/preview"]',
    wrong: () => ({ domain: '<b>coop</b>' }),
  },
  {
    form: 'settings',
    as: 'ada',
    path: () => '/admin/settings',
    within: 'form[action="/admin/settings"]',
    wrong: () => ({ name: long(81), territory: 'Nullepart-les-Bains', radiusKm: '0,5' }),
  },
];

describe.each([
  ['with scripts', true],
  ['without scripts', false],
])('%s', (_, javaScriptEnabled) => {
  const contexts = new Map<Case['as'], BrowserContext>();
  const open = async (as: Case['as']): Promise<Page> => {
    let context = contexts.get(as);
    if (context === undefined) {
      context = await browser.newContext({
        viewport: { width: 360, height: 740 },
        locale: 'fr',
        bypassCSP: true,
        javaScriptEnabled,
      });
      contexts.set(as, context);
      const page = await context.newPage();
      if (as !== 'nobody') await signIn(page, node.origin, as, PASSWORD);
      return page;
    }
    return context.pages()[0]!;
  };
  afterAll(async () => {
    for (const context of contexts.values()) await context.close();
  });

  test.each(FORMS)('$form: says what is wrong and keeps what was typed', async (one) => {
    const wrong = one.wrong();
    const page = await open(one.as);
    await page.goto(`${node.origin}${one.path()}`);
    await one.prepare?.(page);
    const typed = { ...one.right, ...wrong };
    for (const [name, value] of Object.entries(typed)) await page.fill(`${one.within} [name="${name}"]`, value);
    await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST' && response.status() === 422),
      page.click(one.button ?? `${one.within} button.button`),
    ]);
    await page.waitForSelector('.summary');
    const links = await page.$$eval('.summary a', (all) => all.map((link) => link.getAttribute('href') ?? ''));
    expect(links, one.form).toEqual(
      Object.keys(wrong)
        .map((name) => `#f-${name.replaceAll('.', '-')}`)
        .toSorted((a, b) => links.indexOf(a) - links.indexOf(b)),
    );
    for (const [name, value] of Object.entries(typed)) {
      const field = page.locator(`${one.within} [name="${name}"]`).first();
      if (!/password$/i.test(name)) expect(await field.inputValue(), `${one.form}: ${name}`).toBe(value);
    }
    for (const name of Object.keys(wrong)) {
      const id = `f-${name.replaceAll('.', '-')}`;
      expect(await page.getAttribute(`[id="${id}"]`, 'aria-invalid'), `${one.form}: ${name}`).toBe('true');
      expect(((await page.textContent(`[id="${id}-error"]`)) ?? '').length).toBeGreaterThan(5);
    }
    expect(await tooWide(page), `${one.form} on the phone`).toBe(false);
    if (javaScriptEnabled) {
      expect(await page.evaluate('document.activeElement.className')).toBe('summary');
      expect(await seriousViolations(page), one.form).toEqual([]);
    }
  });
});

test('with scripts half a date is not sent as none, and an empty field is told in the language of the page', async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  await signIn(page, node.origin, 'alice', PASSWORD);
  await context.addCookies([{ name: 'locale', value: 'en', url: node.origin }]);
  await page.goto(`${node.origin}/listings/new?kind=goods`);
  await page.focus('[name=validUntil]');
  await page.keyboard.type('12');
  await page.click('.dock button[value=publish]');
  expect(await page.$('.summary')).toBeNull();
  expect(await page.evaluate('document.activeElement.name')).toBe('validUntil');
  await page.fill('[name=validUntil]', '');
  await page.click('.dock button[value=publish]');
  await page.waitForSelector('.summary');
  expect(await page.textContent('#f-title-error')).toContain('At least 3 characters');
  await context.close();
});
