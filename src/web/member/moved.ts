/** Those whom a member follows and who have moved: told until they have been seen. */
import { Hono } from 'hono';
import { seeMove, unseenMoves } from '#domain/moving/follow-on.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted, toSignIn, viewerOf } from '../context.ts';
import { act } from '../ui/forms.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';

/** @returns notices for the top of a page; nothing for whoever is not signed in */
export const movedNotices = async (deps: WebDeps, c: Ctx): Promise<Html | ''> => {
  const { t } = c.get('asked');
  const viewer = viewerOf(c);
  if (viewer === undefined) return '';
  const moves = await unseenMoves(deps.db.read, viewer.actor.uri);
  return moves.length === 0
    ? ''
    : html`${moves.map((move) => html`<div class="notice stack"><p>${t('moving.told', { name: move.name ?? move.handle })} <a href="${safeUrl(move.url)}">${move.handle}</a></p>${act('/follows/moved', viewer.session.csrf, html`${t('moving.seen')}<span class="visually-hidden"> ${move.handle}</span>`, 'plain', { move: move.id })}</div>`)}`;
};

export const movedRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.post('/follows/moved', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, '/follows', 'formExpired');
    await deps.db.write((tx) => seeMove(tx, viewer.actor.uri, form.text('move')));
    return done(c, '/follows');
  });
  return app;
};
