/** This node as an umbrella: its marks, the cooperatives for which it vouches, and which of them has which. */
import { Hono } from 'hono';
import { type PinRow, findPins } from '#domain/identity/pins.ts';
import type { FoundIdentity } from '#domain/identity/ports.ts';
import {
  type GivenMarkRow,
  type MarkTypeRow,
  type SubordinateRow,
  addMarkType,
  addSubordinate,
  dropSubordinate,
  giveMark,
  givenTo,
  holds,
  listMarkTypes,
  listSubordinates,
  takeMarkBack,
} from '#domain/identity/vouching.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { empty, older, stateWord } from '../ui/components.ts';
import {
  type FormState,
  type Values,
  act,
  button,
  csrfField,
  errorSummary,
  hidden,
  input,
  textarea,
} from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { approveIdentity, changedIdentity, thumbprints } from './identity-keys.ts';
import { PAGE, type Shell, createChange, createTold, csrfOf, plain } from './shell.ts';
import { foundFacts, sealOf } from './trust.ts';

const HOME = '/admin/trust/vouching';
const OF_MARK = ['slug', 'name', 'text', 'link'];
/** A year is what is proposed. */
const YEAR_MS = 365 * 86_400_000;

export const vouchingRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const { db, site } = deps;
  const app = new Hono<WebEnv>();
  const change = createChange(app);
  const told = createTold(deps);

  const vouchingPage = async (
    c: Ctx,
    values: Values,
    errors: FieldError[],
    found?: FoundIdentity,
  ): Promise<Response> => {
    const { t } = c.get('asked');
    const csrf = csrfOf(c);
    const wrong = (mine: (field: string) => boolean): FormState => ({
      t,
      values,
      errors: errors.filter(({ field }) => mine(field)),
      csrf,
    });
    const [ofMark, ofDomain] = [wrong((field) => OF_MARK.includes(field)), wrong((field) => !OF_MARK.includes(field))];
    const types = await listMarkTypes(db.read);
    const rows = await listSubordinates(db.read, PAGE + 1, plain(c.req.query('after')));
    const shown = rows.slice(0, PAGE);
    const hosts = shown.map(({ host }) => host);
    const [given, pins] = [await givenTo(db.read, hosts), await findPins(db.read, hosts)];
    return shell(
      c,
      t('vouching.title'),
      html`<p class="back"><a href="/admin/trust">${t('vouching.back')}</a></p><p>${t('vouching.intro')}</p>
<section class="section"><h2>${t('vouching.marks')}</h2>${types.length === 0 ? empty(t('vouching.marksNone')) : html`<ul class="lines">${types.map((type) => html`<li><p><a href="/marks/${type.slug}"><strong>${type.name}</strong></a><br><span class="muted">${type.text}</span></p></li>`)}</ul>`}
<details class="section"${ofMark.errors.length > 0 || types.length === 0 ? html` open` : ''}><summary>${t('vouching.newMark')}</summary><form class="card stack" method="post" action="${HOME}/marks">${errorSummary(ofMark, (field) => t.any(`vouching.fields.${field}`))}${csrfField(ofMark)}${input(ofMark, 'name', { label: t('vouching.fields.name'), hint: t('vouching.nameHint'), required: true })}${input(ofMark, 'slug', { label: t('vouching.fields.slug'), hint: t('vouching.slugHint', { at: `${site.host}/marks/` }), required: true, autocomplete: 'off' })}${textarea(ofMark, 'text', { label: t('vouching.fields.text'), hint: t('vouching.textHint'), rows: 3, required: true })}${input(ofMark, 'link', { label: t('vouching.fields.link'), hint: t('vouching.linkHint'), type: 'url' })}<div class="row">${button(t('vouching.makeMark'))}</div></form></details></section>
<section class="section"><h2>${t('vouching.list')}</h2><form class="card stack" method="post" action="${HOME}/preview">${errorSummary(ofDomain, (field) => t.any(`vouching.fields.${field}`))}${csrfField(ofDomain)}${input(ofDomain, 'domain', { label: t('vouching.fields.domain'), hint: t('vouching.domainHint'), required: true, autocomplete: 'off' })}<div class="row">${button(t('peers.look'), 'plain')}</div></form>
${found === undefined ? '' : html`<section class="card stack section" id="found"><h3>${t('vouching.found', { name: found.name })}</h3>${foundFacts(t, found)}<form method="post" action="${HOME}">${hidden('csrf', csrf)}${hidden('domain', found.host)}${hidden('seen', sealOf(found))}<div class="row">${button(t('vouching.vouch'))}</div></form></section>`}
${shown.length === 0 ? html`<div class="section">${empty(t('vouching.none'))}</div>` : shown.map((row) => card(c, row, { types, given: given.filter(({ host }) => host === row.host), pin: pins.get(row.host), csrf, errors: errors.filter(({ field }) => field === `until-${row.host}`) }))}
${older(rows.length > PAGE ? `${HOME}?after=${encodeURIComponent(shown.at(-1)!.host)}` : undefined, t('catalogue.more'))}</section>`,
      errors.length > 0 ? 422 : 200,
    );
  };

  type Card = {
    types: MarkTypeRow[];
    given: GivenMarkRow[];
    pin: PinRow | undefined;
    csrf: string;
    errors: FieldError[];
  };
  const card = (c: Ctx, row: SubordinateRow, { types, given, pin, csrf, errors }: Card): Html => {
    const { t } = c.get('asked');
    const now = site.now();
    const base = `${HOME}/of/${encodeURIComponent(row.host)}`;
    const names = new Map(types.map(({ slug, name }) => [slug, name]));
    const held = given.filter((one) => holds(one, now));
    const free = types.filter(({ slug }) => !held.some((one) => one.slug === slug));
    const until = new Date(now.getTime() + YEAR_MS).toISOString().slice(0, 10);
    const form: FormState = { t, values: { [`until-${row.host}`]: until }, errors, csrf };
    return html`<div class="card stack section"><h3>${row.name}</h3><p><span class="muted small">${row.host}</span><br>${row.problem === '' ? stateWord('good', t('trust.checked', { when: t.time(row.checked) })) : stateWord('bad', t.any(`trust.problems.${row.problem}`))}</p>
${changedIdentity(t, row.name, pin, { action: `${base}/keys`, csrf })}
${held.length === 0 ? html`<p class="muted">${t('vouching.noMark')}</p>` : html`<ul class="lines">${held.map((one) => html`<li><p><strong>${names.get(one.slug) ?? one.slug}</strong><br><span class="muted small">${t('vouching.until', { until: t.date(one.until) })}</span></p>${act(`${base}/marks/removal`, csrf, html`${t('vouching.takeBack')}<span class="visually-hidden"> ${names.get(one.slug) ?? one.slug}${t('forms.colon')}${row.name}</span>`, 'danger', { mark: one.slug })}</li>`)}</ul>`}
${free.length === 0 ? '' : html`<form class="stack" method="post" action="${base}/marks">${errorSummary(form, () => t('vouching.fields.until'))}${csrfField(form)}<div class="row"><div class="field short"><label for="mark-${row.host}">${t('vouching.fields.mark')}</label><select id="mark-${row.host}" name="mark">${free.map((type) => html`<option value="${type.slug}">${type.name}</option>`)}</select></div>${input(form, `until-${row.host}`, { label: t('vouching.fields.until'), type: 'date', short: true })}${button(t('vouching.give'), 'plain')}</div></form>`}
<details><summary>${t('trust.key')}</summary><div>${pin === undefined ? '' : thumbprints(pin.thumbprints)}</div></details>
<details><summary>${t('vouching.drop')}</summary><p>${t('vouching.dropText', { name: row.name })}</p>${act(`${base}/removal`, csrf, html`${t('vouching.drop')}<span class="visually-hidden"> ${row.name}</span>`, 'danger')}</details></div>`;
  };

  app.get('/trust/vouching', (c) => vouchingPage(c, {}, []));
  app.post('/trust/vouching/marks', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return vouchingPage(c, form.values, [{ field: 'name', code: 'formExpired' }]);
    const [slug, name, text, link] = [form.text('slug'), form.text('name'), form.text('text'), form.text('link')];
    const made = await told(c, { action: 'trust.markMade', subject: slug.slice(0, 40) }, (tx) =>
      addMarkType(tx, site.now(), { slug, name, text, link }),
    );
    return made.ok ? done(c, HOME, 'markMade') : vouchingPage(c, form.values, made.errors);
  });
  app.post('/trust/vouching/preview', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return vouchingPage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const found = await deps.identity.identityAt(form.text('domain'));
    return found.ok ? vouchingPage(c, form.values, [], found.value) : vouchingPage(c, form.values, found.errors);
  });
  app.post('/trust/vouching', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return vouchingPage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const found = await deps.identity.identityAt(form.text('domain'));
    if (!found.ok) return vouchingPage(c, form.values, found.errors);
    const { value } = found;
    if (form.text('seen') !== sealOf(value))
      return vouchingPage(
        c,
        form.values,
        [{ field: 'domain', code: 'trust.otherKey', params: { host: value.host } }],
        value,
      );
    const added = await told(c, { action: 'trust.vouched', subject: value.host }, (tx) =>
      addSubordinate(tx, site.now(), value),
    );
    return added.ok ? done(c, HOME, 'vouched') : vouchingPage(c, form.values, added.errors, value);
  });
  app.post('/trust/vouching/of/:host/marks', async (c) => {
    const form = await posted(c);
    const host = c.req.param('host');
    const field = `until-${host}`;
    if (!isOwnForm(c, form)) return vouchingPage(c, form.values, [{ field, code: 'formExpired' }]);
    const given = { host, slug: form.text('mark'), until: form.text(field) };
    const result = await told(c, { action: 'trust.markGiven', subject: `${given.slug} ${host}`.slice(0, 300) }, (tx) =>
      giveMark(tx, site.now(), given),
    );
    if (result.ok) return done(c, HOME, 'markGiven');
    return vouchingPage(
      c,
      form.values,
      result.errors.map((error) => ({ ...error, field })),
    );
  });
  const drop = (path: string, action: 'trust.markTaken' | 'trust.vouchedNoMore', word: string): void =>
    change(`/trust/vouching/of/:host/${path}`, HOME, async (c, form) => {
      const [host, slug] = [c.req.param('host') ?? '', form.text('mark')];
      const mark = action === 'trust.markTaken';
      const result = await told(c, { action, subject: mark ? `${slug} ${host}` : host }, async (tx) => ({
        ok: mark ? await takeMarkBack(tx, site.now(), host, slug) : await dropSubordinate(tx, site.now(), host),
      }));
      return result.ok ? word : 'notFound';
    });
  drop('marks/removal', 'trust.markTaken', 'markTaken');
  drop('removal', 'trust.vouchedNoMore', 'vouchedNoMore');
  change('/trust/vouching/of/:host/keys', HOME, (c, form) => approveIdentity(deps, c, c.req.param('host') ?? '', form));
  return app;
};
