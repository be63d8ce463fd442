/** A member's page, and the cooperative's. */
import { Hono } from 'hono';
import { and, desc, eq, gt, isNull, or } from 'drizzle-orm';
import { findLocalActor } from '#domain/actors.ts';
import { maySee } from '#domain/catalogue.ts';
import { countFollows } from '#domain/follows.ts';
import { renderMarkdown } from '#domain/html.ts';
import { fullHandle } from '#domain/ids.ts';
import { findAccountByActor } from '#domain/members.ts';
import { moveOf } from '#domain/moving/moves.ts';
import { isLimited } from '#domain/moderation/restrictions.ts';
import { givesProfiles } from '#domain/scopes.ts';
import { type Ctx, type WebDeps, type WebEnv, guestOf, lookerOf, page, viewerOf } from '../context.ts';
import { followWay } from '../identity/from-home.ts';
import { membershipSection } from '../identity/person.ts';
import { avatar, empty, grid } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, safeUrl, sanitised } from '../ui/html.ts';
import { cardsOf } from './view.ts';

/** The pages at `/@name`. */
export const profileRoutes = (deps: WebDeps): Hono<WebEnv> =>
  new Hono<WebEnv>().get('/:profile{@[a-zA-Z0-9_-]+}', (c) => profile(deps, c));

const profile = async (deps: WebDeps, c: Ctx): Promise<Response> => {
  const { t, cooperative } = c.get('asked');
  const viewer = viewerOf(c);
  const actor = await findLocalActor(deps.db.read, c.req.path.slice(2));
  if (actor === undefined || actor.deleted !== null || actor.suspended) return c.notFound();
  if (actor.kind === 'node') return c.redirect('/', 303);
  // Who the members of a closed cooperative are is for its members.
  if (viewer === undefined && guestOf(c) === undefined && cooperative?.publicOpen === false) {
    if (actor.kind === 'cooperative') return c.redirect('/', 303);
    return c.notFound();
  }
  const account = await findAccountByActor(deps.db.read, actor.uri);
  if (account !== undefined && account.state !== 'active') return c.notFound();
  // A limited member's listings are for members.
  const listed = viewer !== undefined || !(await isLimited(deps.db.read, actor.uri));
  const guest = guestOf(c);
  const shows =
    account === undefined ||
    account.showProfile === 'public' ||
    viewer !== undefined ||
    (account.showProfile === 'peers' && guest !== undefined && givesProfiles(guest.peer));
  const { listings } = deps.db.read.t;
  const rows = await deps.db.read
    .select()
    .from(listings)
    .where(
      and(
        eq(listings.publisher, actor.uri),
        eq(listings.state, 'published'),
        or(isNull(listings.validUntil), gt(listings.validUntil, deps.site.now())),
        viewer === undefined && guestOf(c) === undefined ? eq(listings.audience, 'public') : undefined,
      ),
    )
    .orderBy(desc(listings.published), desc(listings.row))
    .limit(60);
  const cards = await cardsOf(
    deps,
    cooperative,
    rows.filter((row) => listed && maySee(lookerOf(c), row)),
  );
  const counts = await countFollows(deps.db.read, actor.uri);
  const gone = await moveOf(deps.db.read, actor.uri);
  const body = html`${gone === undefined ? '' : html`<p class="notice">${t('moving.wentTo', { name: actor.name })} <a href="${safeUrl(gone.url)}">${gone.handle}</a></p>`}<div class="profile">${avatar({ name: actor.name, icon: deps.pictures.iconOf(actor) }, true)}<div><h1>${actor.name}</h1><p class="muted">${fullHandle(actor.handle, actor.host)}</p></div>
${viewer === undefined || viewer.actor.uri === actor.uri ? '' : act('/follows', viewer.session.csrf, t('follows.follow', { name: actor.name }), '', { uri: actor.uri })}${guest === undefined ? '' : followWay(t, guest, actor)}</div>
${shows ? html`<div class="prose">${sanitised(account === undefined ? actor.html : renderMarkdown(account.text))}</div>` : html`<p class="muted">${t('profile.membersOnly')}</p>`}
${viewer?.actor.uri === actor.uri || actor.kind !== 'member' ? '' : html`<p class="small"><a href="/reports/new?member=${encodeURIComponent(actor.uri)}">${t('report.member')}</a></p>`}
<p class="muted small">${t('profile.followers', { n: counts.followers })}. ${t('profile.handleHint')}</p>
${await membershipSection(deps, c, actor, account)}
<section class="section"><h2>${t('profile.listings')}</h2>${cards.length === 0 ? empty(t('profile.noListings')) : grid(t, cards)}</section>`;
  return page(deps, c, { title: actor.name, alternate: actor.uri, url: actor.url, noindex: !actor.discoverable }, body);
};
