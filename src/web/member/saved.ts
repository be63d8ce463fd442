/** Listings that a member keeps, and keeping one. */
import { Hono } from 'hono';
import { isHere, maySee } from '#domain/catalogue.ts';
import { type ListingRow, findListing } from '#domain/listings.ts';
import { saveListing, savedAmong, savedOf, unsaveListing } from '#domain/saved.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  done,
  isOwnForm,
  localPath,
  posted,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { cardsOf } from '../public/view.ts';
import { card, empty, older } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import type { Translator } from '../ui/locale.ts';
import { accountShell } from './shell.ts';

const PAGE = 24;

/** The button under a listing. @param kept is it kept already? */
export const saveButton = (t: Translator, row: ListingRow, csrf: string, kept: boolean): Html =>
  act(
    `/listings/${row.id}/${kept ? 'unsave' : 'save'}`,
    csrf,
    html`${icon('heart')}${kept ? t('saved.unsave') : t('saved.save')}`,
  );

export const savedRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  app.get('/saved', async (c) => {
    const { t, cooperative } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const before = Number(c.req.query('before'));
    const rows = await savedOf(db.read, viewer.account.id, PAGE + 1, before > 0 ? new Date(before) : undefined);
    const shown = rows.slice(0, PAGE);
    const cards = await cardsOf(
      deps,
      cooperative,
      shown.map((row) => row.listing),
    );
    const line = (view: (typeof cards)[number], row: ListingRow): Html =>
      html`<li class="stack">${card(t, view, 'h2')}${act(`/listings/${row.id}/unsave`, viewer.session.csrf, html`${t('saved.unsave')}<span class="visually-hidden"> ${row.title}</span>`, 'plain', { back: '/saved' })}</li>`;
    const body = html`<p class="muted">${t('saved.text')}</p>
${shown.length === 0 ? empty(t('saved.none'), { href: '/listings', label: t('home.browse') }) : html`<ul class="grid section">${cards.map((view, i) => line(view, shown[i]!.listing))}</ul>`}
${older(rows.length > PAGE ? `/saved?before=${shown.at(-1)!.saved.getTime()}` : undefined, t('catalogue.more'))}`;
    return accountShell(deps, c, 'saved', body);
  });

  const back = (c: Ctx, form: { text(name: string): string }, to: string): string =>
    form.text('back') === '' ? localPath(to) : localPath(form.text('back'));
  app.post('/listings/:id/save', async (c) => {
    const viewer = viewerOf(c);
    const { id } = c.req.param();
    if (viewer === undefined) return c.redirect(`/sign-in?next=${encodeURIComponent(`/listings/${id}`)}`, 303);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, `/listings/${id}`, 'formExpired');
    const row = await findListing(db.read, id);
    const own = row?.publisher === viewer.actor.uri;
    if (row === undefined || own || !maySee({ member: true }, row) || !(await isHere(db.read, row, { member: true })))
      return c.notFound();
    const result = await db.write((tx) => saveListing(tx, site.now(), viewer.account.id, row.uri));
    return done(c, back(c, form, `/listings/${id}`), result.ok ? 'listingSaved' : 'savedFull');
  });
  app.post('/listings/:id/unsave', async (c) => {
    const viewer = viewerOf(c);
    const { id } = c.req.param();
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, '/saved', 'formExpired');
    const row = await findListing(db.read, id);
    // One that was kept may be shown no more; of any other it is not told that there is one.
    const kept = row !== undefined && (await savedAmong(db.read, viewer.account.id, [row.uri])).has(row.uri);
    if (row === undefined || !(kept || maySee({ member: true }, row))) return c.notFound();
    await db.write((tx) => unsaveListing(tx, viewer.account.id, row.uri));
    return done(c, back(c, form, `/listings/${id}`), 'listingUnsaved');
  });
  return app;
};
