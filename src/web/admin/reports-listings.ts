/** Listings of limited members, which wait for a moderator to read them. */
import { Hono } from 'hono';
import { asc, eq, isNotNull } from 'drizzle-orm';
import { findActor } from '#domain/actors.ts';
import { wholeOf, wholesOf } from '#domain/hidden-halves.ts';
import { plainText } from '#domain/html.ts';
import { findListing, moveListing } from '#domain/listings.ts';
import { report } from '#domain/reports.ts';
import { type WebDeps, type WebEnv, done, isOwnForm, posted, viewerOf } from '../context.ts';
import { empty } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { type Shell, createChange, createTold, csrfOf } from './shell.ts';

export const heldListingRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const change = createChange(app);

  app.get('/reports/listings', async (c) => {
    const { t } = c.get('asked');
    const { listings, actors } = db.read.t;
    const rows = await db.read
      .select({ listing: listings, name: actors.name, handle: actors.handle })
      .from(listings)
      .innerJoin(actors, eq(actors.uri, listings.publisher))
      .where(isNotNull(listings.awaits))
      .orderBy(asc(listings.awaits))
      .limit(100);
    const wholes = new Map(
      (
        await wholesOf(
          db.read,
          rows.map((row) => row.listing),
        )
      ).map((row) => [row.id, row]),
    );
    const csrf = csrfOf(c);
    return shell(
      c,
      t('moderation.held'),
      html`<p><a href="/admin/reports">${t('admin.areas.reports')}</a></p><p class="muted">${t('moderation.heldText')}</p>
${rows.length === 0 ? empty(t('moderation.heldNone')) : html`<ul class="lines">${rows.map(({ listing, name, handle }) => html`<li><div class="stack"><p><strong>${listing.title}</strong><br><span class="muted small"><a href="/@${handle}">${name}</a> · ${t.any(`kinds.${listing.kind}.name`)} · ${listing.awaits === null ? '' : t.time(listing.awaits)}</span></p><p class="lines-kept">${plainText((wholes.get(listing.id) ?? listing).html)}</p><div class="row">${act(`/admin/reports/listings/${listing.id}/publication`, csrf, t('moderation.publish'), '')}${act(`/admin/reports/listings/${listing.id}/case`, csrf, t('moderation.keepBack'), 'danger')}</div></div></li>`)}</ul>`}`,
    );
  });
  change('/reports/listings/:id/publication', '/admin/reports/listings', async (c) => {
    const listing = await findListing(db.read, c.req.param('id') ?? '');
    if (listing?.local !== true || listing.awaits === null) return 'notFound';
    return (
      await createTold(deps)(c, { action: 'listing.let', subject: listing.id }, (tx) =>
        moveListing(tx, site, listing, 'published', true),
      )
    ).ok
      ? 'listing_published'
      : 'listing_transition';
  });
  app.post('/reports/listings/:id/case', async (c) => {
    const form = await posted(c);
    const listing = await findListing(db.read, c.req.param('id'));
    if (!isOwnForm(c, form)) return done(c, '/admin/reports/listings', 'formExpired');
    if (listing?.local !== true || listing.awaits === null) return done(c, '/admin/reports/listings', 'notFound');
    const owner = await findActor(db.read, listing.publisher);
    const result = await db.write(async (tx) =>
      report(
        tx,
        site.now(),
        {
          uri: listing.uri,
          kind: 'listing',
          subject: listing.publisher,
          title: listing.title,
          snapshot: plainText((await wholeOf(tx, listing)).html),
          location: owner === undefined ? '' : `${site.origin}/@${owner.handle}`,
        },
        { own: viewerOf(c)!.account.id },
        { reason: 'rules', text: '' },
      ),
    );
    return result.ok
      ? done(c, `/admin/reports/${result.value.id}/decision?action=keepBack`)
      : done(c, '/admin/reports/listings', 'notFound');
  });
  return app;
};
