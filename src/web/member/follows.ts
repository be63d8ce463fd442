/** Whom a member follows, here and elsewhere. */
import { Hono } from 'hono';
import type { Reader } from '#db/database.ts';
import { type ActorRow, findActor, findActors } from '#domain/actors.ts';
import { follow, followedAmong, followsOf, unfollow } from '#domain/follows.ts';
import { moveOf } from '#domain/moving/moves.ts';
import { listedPeers } from '#domain/peers.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { personOf } from '../public/view.ts';
import { empty, older, person, stateWord } from '../ui/components.ts';
import { type Values, act, button, csrfField, errorSummary, input } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { movedNotices } from './moved.ts';

const PAGE = 50;

export const followRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const list = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c)!;
    const before = Number(c.req.query('before'));
    const rows = await followsOf(deps.db.read, viewer.actor.uri, PAGE + 1, before > 0 ? new Date(before) : undefined);
    const shown = rows.slice(0, PAGE);
    const actors = await findActors(
      deps.db.read,
      shown.map((row) => row.followed),
    );
    const partners = await partnersToFollow(deps.db.read, viewer.actor.uri);
    const form = { t, values, errors, csrf: viewer.session.csrf };
    const body = html`<h1>${t('follows.title')}</h1>${await movedNotices(deps, c)}<form class="card stack" method="post" action="/follows">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${input(form, 'actor', { label: t('follows.whom'), hint: t('follows.hint'), required: true })}${button(t('follows.button'))}</form>
${
  shown.length === 0
    ? empty(t('follows.none'), { href: '/listings', label: t('follows.browse') })
    : html`<ul class="lines section">${shown.map((row) => {
        const actor = actors.get(row.followed);
        return html`<li>${actor === undefined ? html`<p>${row.followed}</p>` : person(personOf(deps, actor))}
${actor === undefined ? '' : html`<a class="small" href="/reports/new?member=${encodeURIComponent(actor.uri)}">${t('listing.report')}<span class="visually-hidden"> ${actor.name}</span></a>`}
${stateWord(row.state === 'accepted' ? 'good' : row.state === 'pending' ? 'wait' : 'bad', t.any(`follows.states.${row.state}`))}${act(`/follows/${row.id}/end`, viewer.session.csrf, t('follows.unfollow'))}</li>`;
      })}</ul>`
}${partners.length === 0 ? '' : html`<section class="section"><h2>${t('follows.partners')}</h2><p class="muted">${t('follows.partnersText')}</p><ul class="lines">${partners.map((actor) => html`<li>${person(personOf(deps, actor))}${act('/follows', viewer.session.csrf, html`${t('follows.button')}<span class="visually-hidden"> ${actor.name}</span>`, '', { uri: actor.uri })}</li>`)}</ul></section>`}${older(rows.length > PAGE ? `/follows?before=${shown.at(-1)!.created.getTime()}` : undefined, t('catalogue.more'))}`;
    return page(deps, c, { title: t('follows.title'), narrow: true }, body, errors.length > 0 ? 422 : 200);
  };
  app.get('/follows', (c) =>
    viewerOf(c) === undefined ? toSignIn(c) : list(c, { actor: c.req.query('uri') ?? '' }, []),
  );
  app.post('/follows', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return list(c, form.values, [{ field: 'actor', code: 'formExpired' }]);
    const pasted = form.text('uri') || form.text('actor');
    // One that is known is followed at once; the rest is looked up, outside any transaction.
    const known = (await findActor(deps.db.read, pasted)) ?? (await localActor(deps, pasted));
    const found = known === undefined ? await deps.federation.lookup(pasted) : undefined;
    if (found?.ok === false) return list(c, form.values, found.errors);
    const target = known ?? (found?.ok === true ? { uri: found.value.uri, local: false } : undefined);
    if (target === undefined) return list(c, form.values, [{ field: 'actor', code: 'discovery.noHandle' }]);
    // Who has moved away from here leads on: it stands in the field, one press away.
    const gone = target.local ? await moveOf(deps.db.read, target.uri) : undefined;
    if (gone !== undefined && (await hasPage(deps, target.uri)))
      return list(c, { actor: gone.handle }, [
        { field: 'actor', code: 'follows.moved', params: { handle: gone.handle } },
      ]);
    const result = await deps.db.write((tx) => follow(tx, deps.site, viewer.actor.uri, target));
    if (!result.ok) return list(c, form.values, result.errors);
    return done(c, '/follows', result.value.state === 'pending' ? 'followPending' : 'followed');
  });
  app.post('/follows/:id/end', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined || !isOwnForm(c, await posted(c))) return done(c, '/follows', 'formExpired');
    await deps.db.write((tx) => unfollow(tx, deps.site, viewer.actor.uri, c.req.param('id')));
    return done(c, '/follows', 'unfollowed');
  });
  return app;
};

/** The cooperatives of partners that this actor does not follow yet. */
const partnersToFollow = async (db: Reader, follower: string): Promise<ActorRow[]> => {
  const peers = await listedPeers(db);
  const actors = await findActors(
    db,
    peers.flatMap((peer) => (peer.cooperative === null ? [] : [peer.cooperative])),
  );
  const followed = await followedAmong(db, follower, [...actors.keys()]);
  return [...actors.values()].filter((actor) => !followed.has(actor.uri)).slice(0, 50);
};

/** Of who is suspended nothing is said, nor where they went. */
const hasPage = async (deps: WebDeps, uri: string): Promise<boolean> => {
  const actor = await findActor(deps.db.read, uri);
  return actor !== undefined && actor.deleted === null && !actor.suspended;
};

/** `@alice` or `@alice@our-host`: one of ours. */
const localActor = async (deps: WebDeps, pasted: string): ReturnType<typeof findActor> => {
  const found = /^@?([a-z0-9_-]+)(?:@(.+))?$/i.exec(pasted.trim());
  if (found === null || (found[2] !== undefined && found[2].toLowerCase() !== deps.site.host)) return undefined;
  return findActor(deps.db.read, `${deps.site.origin}/users/${found[1]!.toLowerCase()}`);
};
