/** A member's own profile and settings, invitations, and reports. */
import { Hono } from 'hono';
import { LANGUAGES } from '#domain/cooperative.ts';
import { findListing } from '#domain/listings.ts';
import { mediaUrl, preparePicture, savePictureFiles } from '#domain/media.ts';
import { invite } from '#domain/members.ts';
import { PROFILE_AUDIENCES, updateProfile } from '#domain/profiles.ts';
import { REPORT_REASONS, report } from '#domain/reports.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { avatar } from '../ui/components.ts';
import {
  type Values,
  button,
  checkbox,
  choices,
  csrfField,
  errorSummary,
  hidden,
  input,
  select,
  textarea,
} from '../ui/forms.ts';
import { html } from '../ui/html.ts';

export const accountRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const profilePage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c)!;
    const form = { t, values, errors, csrf: viewer.session.csrf };
    return page(
      deps,
      c,
      { title: t('account.title'), narrow: true },
      html`<div class="head"><h1>${t('account.title')}</h1><a href="/@${viewer.account.handle}">${t('account.see')}</a></div>
<form class="stack" method="post" action="/account" enctype="multipart/form-data">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}
<div class="row">${avatar({ name: viewer.actor.name, icon: deps.pictures.iconOf(viewer.actor) }, true)}<div class="field"><label for="f-picture">${t('fields.picture')}</label><input id="f-picture" type="file" name="picture" accept="image/jpeg,image/png,image/webp,image/avif"></div></div>
${input(form, 'name', { label: t('fields.name'), required: true })}${textarea(form, 'text', { label: t('fields.about'), hint: t('write.textHint') })}
${choices(
  form,
  'languages',
  LANGUAGES.map((value) => ({
    value,
    label: new Intl.DisplayNames(t.locale, { type: 'language' }).of(value) ?? value,
  })),
  { label: t('setup.languages'), many: true },
)}
${select(
  form,
  'showProfile',
  PROFILE_AUDIENCES.map((value) => ({ value, label: t.any(`audiences.${value}`) })),
  { label: t('account.show') },
)}
${checkbox(form, 'indexable', t('account.indexable'))}${checkbox(form, 'mailMessages', t('account.mail'))}
${select(
  form,
  'locale',
  [
    { value: 'fr', label: 'Français' },
    { value: 'en', label: 'English' },
  ],
  { label: t('account.locale') },
)}${button(t('write.save'))}</form>
<section class="section card stack"><h2>${t('account.invite')}</h2><p class="muted">${t('account.inviteText')}</p><form class="stack" method="post" action="/invitations">${csrfField(form)}${input({ t, values: {}, errors: [] }, 'email', { label: t('account.inviteEmail'), type: 'email' })}${button(t('account.inviteButton'), 'plain')}</form></section>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/account', (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { account, actor } = viewer;
    return profilePage(
      c,
      {
        name: actor.name,
        text: account.text,
        languages: actor.languages,
        showProfile: account.showProfile,
        indexable: account.indexable ? '1' : '',
        mailMessages: account.mailMessages ? '1' : '',
        locale: account.locale,
      },
      [],
    );
  });
  app.post('/account', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return profilePage(c, form.values, [{ field: 'name', code: 'formExpired' }]);
    let icon: string | undefined;
    const [file] = form.files('picture');
    if (file !== undefined) {
      const picture = await preparePicture(Buffer.from(await file.arrayBuffer()));
      if (!picture.ok)
        return profilePage(
          c,
          form.values,
          picture.errors.map((error) => ({ ...error, field: 'picture' })),
        );
      await savePictureFiles(deps.mediaDir, picture.value);
      icon = mediaUrl(deps.site, picture.value.key, 320);
    }
    const wanted = {
      name: form.text('name'),
      text: form.text('text'),
      languages: form.all('languages'),
      showProfile: form.text('showProfile'),
      indexable: form.text('indexable') === '1',
      mailMessages: form.text('mailMessages') === '1',
      locale: form.text('locale'),
    };
    const result = await deps.db.write((tx) => updateProfile(tx, deps.site, viewer.account, wanted, icon));
    return result.ok ? done(c, '/account', 'saved') : profilePage(c, form.values, result.errors);
  });
  app.post('/invitations', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { t, cooperative } = c.get('asked');
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, '/account', 'formExpired');
    const result = await deps.db.write((tx) => invite(tx, deps.site, cooperative!, viewer.account, form.text('email')));
    if (!result.ok) return done(c, '/account', 'badEmail');
    return page(
      deps,
      c,
      { title: t('account.invite'), narrow: true },
      html`<h1>${t('account.invited')}</h1><p>${t('account.inviteLink')}</p><p class="card code">${result.value}</p><p><a href="/account">${t('forms.back')}</a></p>`,
    );
  });

  app.get('/reports/new', async (c) => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const listing = await findListing(deps.db.read, c.req.query('listing') ?? '');
    const uri = listing?.uri ?? c.req.query('message') ?? '';
    const form = { t, values: {}, errors: [], csrf: viewer.session.csrf };
    return page(
      deps,
      c,
      { title: t('report.title'), narrow: true },
      html`<h1>${t('report.title')}</h1><p>${listing?.title ?? ''}</p><p class="muted">${t('report.text')}</p><form class="stack" method="post" action="/reports">${csrfField(form)}${hidden('object', uri)}${hidden('kind', listing === undefined ? 'message' : 'listing')}
${select(
  form,
  'reason',
  REPORT_REASONS.map((value) => ({ value, label: t.any(`report.reasons.${value}`) })),
  { label: t('report.reason') },
)}${textarea(form, 'text', { label: t('report.details'), rows: 4 })}${button(t('report.send'))}</form>`,
    );
  });
  app.post('/reports', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form) || !URL.canParse(form.text('object'))) return done(c, '/', 'formExpired');
    const text = form.text('text') === '' && form.text('reason') === 'other' ? '…' : form.text('text');
    const result = await deps.db.write((tx) =>
      report(
        tx,
        deps.site.now(),
        { uri: form.text('object'), kind: form.text('kind') === 'message' ? 'message' : 'listing' },
        { reporter: viewer.actor.uri },
        { reason: form.text('reason'), text },
      ),
    );
    return done(c, '/', result.ok ? 'reported' : 'formExpired');
  });
  return app;
};
