/** A member reports a listing or a message to the cooperative's moderators. */
import { Hono } from 'hono';
import { maySee } from '#domain/catalogue.ts';
import { type ListingRow, findListing, findListingByUri } from '#domain/listings.ts';
import { REPORT_REASONS, report } from '#domain/reports.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { type Values, button, csrfField, errorSummary, hidden, select, textarea } from '../ui/forms.ts';
import { html } from '../ui/html.ts';

/** The title of a draft is nobody else's to read. */
const shown = (listing: ListingRow | undefined): ListingRow | undefined =>
  listing !== undefined && maySee({ member: true }, listing) ? listing : undefined;

export const reportRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const reportPage = async (
    c: Ctx,
    object: { uri: string; kind: string },
    values: Values,
    errors: FieldError[],
  ): Promise<Response> => {
    const { t } = c.get('asked');
    const listing = shown(object.kind === 'listing' ? await findListingByUri(deps.db.read, object.uri) : undefined);
    const form = { t, values, errors, csrf: viewerOf(c)!.session.csrf };
    const reasons = REPORT_REASONS.map((value) => ({ value, label: t.any(`report.reasons.${value}`) }));
    const labels: Record<string, string> = { reason: t('report.reason'), text: t('report.details') };
    return page(
      deps,
      c,
      { title: t('report.title'), narrow: true, noindex: true },
      html`<h1>${t('report.title')}</h1>${listing === undefined ? html`<p>${t('report.message')}</p>` : html`<p><a href="/listings/${listing.id}">${listing.title}</a></p>`}<p class="muted">${t('report.text')}</p>
<form class="stack" method="post" action="/reports">${errorSummary(form, (field) => labels[field] ?? field)}${csrfField(form)}${hidden('object', object.uri)}${hidden('kind', object.kind)}
${select(form, 'reason', reasons, { label: t('report.reason') })}${textarea(form, 'text', { label: t('report.details'), hint: t('report.hint'), rows: 4 })}${button(t('report.send'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/reports/new', async (c) => {
    if (viewerOf(c) === undefined) return toSignIn(c);
    const listing = shown(await findListing(deps.db.read, c.req.query('listing') ?? ''));
    const uri = listing?.uri ?? c.req.query('message') ?? '';
    if (!URL.canParse(uri)) return c.notFound();
    return reportPage(c, { uri, kind: listing === undefined ? 'message' : 'listing' }, {}, []);
  });
  app.post('/reports', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    const kind = form.text('kind') === 'message' ? 'message' : 'listing';
    const object = { uri: form.text('object').slice(0, 2_000), kind } as const;
    if (!URL.canParse(object.uri)) return c.notFound();
    if (!isOwnForm(c, form)) return reportPage(c, object, form.values, [{ field: 'reason', code: 'formExpired' }]);
    const result = await deps.db.write((tx) =>
      report(
        tx,
        deps.site.now(),
        object,
        { reporter: viewer.actor.uri },
        { reason: form.text('reason'), text: form.text('text') },
      ),
    );
    return result.ok ? done(c, '/', 'reported') : reportPage(c, object, form.values, result.errors);
  });
  return app;
};
