/** Members of partners sign in here by their own cooperative, and out again. */
import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { findLocalActor } from '#domain/actors.ts';
import { networkOf } from '#domain/addresses.ts';
import { endGuestSession, homesFor, openGuestSession, takesSignIn } from '#domain/identity/guests.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  done,
  guestOf,
  localPath,
  page,
  posted,
  setGuestCookie,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { dropCookie, putCookie, readCookie } from '../cookies.ts';
import { personOf } from '../public/view.ts';
import { facts, person } from '../ui/components.ts';
import { type Values, act, button, errorSummary, hidden, input } from '../ui/forms.ts';
import { type Html, html } from '../ui/html.ts';
import { guestAttestations } from './attestations.ts';
import { formsLeadTo } from './forms.ts';
import { LEAVE_PATH, followWay, homeOf } from './from-home.ts';

const PROBLEMS = ['down', 'notAllowed', 'refused', 'expired', 'keyChanged', 'invalid', 'unknown'] as const;
const AWAY_S = 20 * 60;
const CHOICE = '/sign-in/cooperative';

/** On the sign-in page: the way in for members of partners, if there are partners that let them. */
export const awayDoor = async (deps: WebDeps, c: Ctx, next: string | undefined): Promise<Html | ''> => {
  const { t } = c.get('asked');
  if ((await homesFor(deps.db.read)).length === 0) return '';
  const way = next === undefined ? CHOICE : `${CHOICE}?next=${encodeURIComponent(localPath(next))}`;
  return html`<div class="section"><p>${t('away.elsewhere')}</p><p><a class="button plain" href="${way}">${t('away.door')}</a></p></div>`;
};

export const awayRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const byAddress = new RateLimiterMemory({ points: 60, duration: 15 * 60 });

  const choice = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const homes = await homesFor(db.read);
    formsLeadTo(
      c,
      homes.map((peer) => peer.nodeActor),
    );
    const next = localPath(typeof values['next'] === 'string' ? values['next'] : undefined);
    const form = { t, values, errors };
    const list = homes.map(
      (peer) =>
        html`<li><p><strong>${peer.name}</strong><br><span class="muted small">${peer.host}</span></p><button class="button" name="home" value="${peer.host}">${t('away.choose')}<span class="visually-hidden"> ${peer.name}</span></button></li>`,
    );
    const body = html`<h1>${t('away.door')}</h1><p>${t('away.intro')}</p>${errorSummary(form, () => t('away.handle'))}
${
  homes.length === 0
    ? html`<p class="notice">${t('away.none')}</p>`
    : html`<form method="post" action="${CHOICE}">${hidden('next', next)}<ul class="lines">${list}</ul></form>
<form class="stack section" method="post" action="${CHOICE}">${hidden('next', next)}${input(form, 'handle', { label: t('away.handle'), hint: t('away.handleHint'), autocomplete: 'username', required: true })}${button(t('away.go'), 'plain')}</form>`
}
<p class="section"><a href="/sign-in?next=${encodeURIComponent(next)}">${t('away.back')}</a></p>`;
    return page(deps, c, { title: t('away.door'), narrow: true, noindex: true }, body, errors.length > 0 ? 422 : 200);
  };

  /** @param away is it said at home, to whom another node sent here? Then it is there that one begins again */
  const problem = (c: Ctx, error: FieldError, away = false): Promise<Response> => {
    const { t } = c.get('asked');
    const code = PROBLEMS.find((one) => error.code === `signInAway.${one}`) ?? 'invalid';
    const again = `${CHOICE}?next=${encodeURIComponent(localPath(String(error.params?.['next'] ?? '/')))}`;
    const final = away || code === 'notAllowed' || code === 'keyChanged';
    return page(
      deps,
      c,
      { title: t('away.problem'), narrow: true, noindex: true },
      html`<h1>${t('away.problem')}</h1><p>${t.any(`errors.signInAway.${code}`, error.params ?? {})}</p><p class="muted">${t('away.nothing')}${away ? ` ${t('away.startThere')}` : ''}</p>
<div class="row">${final ? '' : html`<a class="button" href="${again}">${t('errorPage.tryAgain')}</a>`}<a class="button plain" href="/">${t('away.home')}</a></div>`,
      code === 'down' ? 503 : 422,
    );
  };

  /** Why nobody of this server can come in by it. */
  const whyNot = async (host: string | undefined): Promise<FieldError> => {
    const because = (code: string, name = ''): FieldError => ({
      field: 'handle',
      code: `signInAway.${code}`,
      params: { name: name.slice(0, 100) },
    });
    if (host === undefined || !/[.:]/.test(host)) return because('noHandle');
    if (host === site.host) return because('ours');
    const peer = await findPeerByHost(db.read, host);
    if (peer?.state === 'paused') return because('resting', peer.name);
    if (peer?.state !== 'active') return because('noHome', host);
    return because(takesSignIn(peer) ? 'notOffered' : 'notTaken', peer.name);
  };

  app.get(CHOICE, async (c) =>
    viewerOf(c) === undefined ? choice(c, { next: c.req.query('next') }, []) : c.redirect('/', 303),
  );
  app.post(CHOICE, async (c) => {
    if (viewerOf(c) !== undefined) return c.redirect('/', 303);
    const form = await posted(c);
    const wrong = (code: string): Promise<Response> =>
      choice(c, form.values, [{ field: 'handle', code, params: { name: '' } }]);
    const turn = await byAddress.consume(networkOf(c.env.address)).catch(() => undefined);
    if (turn === undefined) return wrong('tooManyTries');
    // A handle names its server; so may an address alone.
    const typed = form.text('home') === '' ? form.text('handle').trim() : form.text('home');
    if (typed === '') return wrong('required');
    const named = typed.replace(/^acct:/i, '').replace(/^https?:\/\//i, '');
    const host = deps.federation.canonicalHost((named.replace(/\/.*$/s, '').split('@').at(-1) ?? '').trim());
    const home = host === undefined ? undefined : (await homesFor(db.read)).find((peer) => peer.host === host);
    if (home === undefined) return choice(c, form.values, [await whyNot(host)]);
    const left = await deps.identity.leave(home.host, localPath(form.text('next')));
    if (!left.ok) return problem(c, left.errors[0]!);
    putCookie(c, deps.secureCookies, 'away', left.value.secret, AWAY_S);
    formsLeadTo(c, [home.nodeActor]);
    return c.redirect(left.value.url, 303);
  });

  app.get('/sign-in/callback', async (c) => {
    const secret = readCookie(c, deps.secureCookies, 'away') ?? '';
    dropCookie(c, deps.secureCookies, 'away');
    const back = await deps.identity.comeBack(new URL(c.req.url).searchParams, secret);
    if (!back.ok) return problem(c, back.errors[0]!);
    const before = guestOf(c);
    const session = await db.write(async (tx) => {
      if (before !== undefined) await endGuestSession(tx, site.now(), before.session.hash);
      return openGuestSession(tx, site.now(), back.value.who, c.req.header('user-agent') ?? '');
    });
    if (session === undefined)
      return problem(c, { field: 'home', code: 'signInAway.notAllowed', params: { name: back.value.who.host } });
    setGuestCookie(deps, c, session);
    return done(c, localPath(back.value.next), 'guestIn');
  });
  app.get('/sign-in/problem/:code', (c) =>
    problem(c, { field: 'home', code: `signInAway.${c.req.param('code')}`, params: { name: site.host } }, true),
  );

  app.get('/guest', async (c) => {
    const { t, cooperative } = c.get('asked');
    const guest = guestOf(c);
    if (guest === undefined) return toSignIn(c);
    const { actor, peer, session } = guest;
    const since = session.since === '' ? undefined : new Date(`${session.since}T12:00:00Z`);
    const host = await findLocalActor(db.read, cooperative!.handle);
    const { kinds, requests, territory, data } = peer.give ?? OPEN_SCOPE;
    const words = (list: readonly string[]): string => list.map((kind) => t.any(`kinds.${kind}.name`)).join(', ');
    const offered = cooperative!.kinds;
    const [given, kept] = [
      offered.filter((kind) => kinds.some((one) => one === kind)),
      offered.filter((kind) => !kinds.some((one) => one === kind)),
    ];
    const home = peer.name;
    const can = [
      given.length === 0 ? t('guest.seePublic') : t('guest.see', { home, kinds: words(given) }),
      t('guest.act', { home }),
    ];
    const cannot = [
      ...(kept.length === 0 ? [] : [t('guest.notKinds', { home, kinds: words(kept) })]),
      ...(requests ? [] : [t('guest.notRequests', { home })]),
      ...(territory === undefined ? [] : [t('guest.notBeyond', { place: territory.name, km: territory.radiusKm })]),
      ...(data.includes('profiles') ? [] : [t('guest.notProfiles', { home })]),
      t('guest.notPublish'),
    ];
    const list = (lines: string[]): Html => html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
    const body = html`<h1>${t('away.who', { name: actor.name, home })}</h1><div class="stack">${person(personOf(deps, actor))}
<p>${t('guest.text', { home, here: cooperative!.name })}</p>
${facts([[t('away.cooperative'), html`<a href="${homeOf(guest)}">${home}</a>`], ...(since === undefined ? [] : [[t('away.since'), t.date(since)] as [string, string]]), [t('away.level'), t.any(`roles.${session.level}`)]])}${await guestAttestations(deps, c, guest)}
<section><h2>${t('guest.can')}</h2>${list(can)}</section><section><h2>${t('guest.cannot')}</h2>${list(cannot)}</section>
<div class="row"><a class="button" href="/listings">${t('home.browse')}</a>${host === undefined ? '' : followWay(t, guest, host)}</div>
<section class="section"><h2>${t('layout.signOut')}</h2><p class="muted">${t('guest.out', { home })}</p><div class="row">${act('/guest/end', session.csrf, t('guest.outHere'))}<a class="button plain" href="${homeOf(guest)}${LEAVE_PATH}">${t('guest.outEverywhere')}</a></div></section></div>`;
    return page(deps, c, { title: actor.name, narrow: true, noindex: true }, body);
  });
  app.post('/guest/end', async (c) => {
    const guest = guestOf(c);
    const form = await posted(c);
    if (guest !== undefined && form.text('csrf') === guest.session.csrf) {
      await db.write((tx) => endGuestSession(tx, site.now(), guest.session.hash));
      setGuestCookie(deps, c, undefined);
    }
    return done(c, '/');
  });
  return app;
};
