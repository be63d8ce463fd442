/** The list of a member's own pages, their profile, and the invitations that they hand out. */
import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { LANGUAGES } from '#domain/cooperative.ts';
import { mediaUrl, preparePicture, savePictureFiles } from '#domain/media.ts';
import { invite } from '#domain/joining.ts';
import { PROFILE_AUDIENCES, checkProfile, updateProfile } from '#domain/profiles.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted, toSignIn, viewerOf } from '../context.ts';
import { avatar } from '../ui/components.ts';
import {
  type Values,
  button,
  checkbox,
  choices,
  csrfField,
  errorSummary,
  fileInput,
  input,
  select,
  textarea,
} from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { languageName } from '../ui/locale.ts';
import { appRoutes } from './apps.ts';
import { arrivalRoutes } from './arrivals.ts';
import { closureRoutes } from './closure.ts';
import { deviceRoutes } from './devices.ts';
import { exportRoutes } from './exports.ts';
import { movedRoutes } from './moved.ts';
import { movingRoutes } from './moving.ts';
import type { PasswordGate } from './password-gate.ts';
import { settingsRoutes } from './settings.ts';
import { accountHub, accountShell } from './shell.ts';
import { waysInRoutes } from './ways-in.ts';

const PROFILE = '/account/profile';

export const accountRoutes = (deps: WebDeps, gate: PasswordGate): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.route('/', settingsRoutes(deps, gate));
  app.route('/', waysInRoutes(deps));
  app.route('/', deviceRoutes(deps));
  app.route('/', appRoutes(deps));
  app.route('/', closureRoutes(deps, gate));
  app.route('/', movingRoutes(deps, gate));
  app.route('/', movedRoutes(deps));
  app.route('/', exportRoutes(deps, gate));
  app.route('/', arrivalRoutes(deps));
  const invitations = new RateLimiterMemory({ points: 20, duration: 24 * 60 * 60 });
  const profilePage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const { account, actor, session } = viewerOf(c)!;
    const form = { t, values, errors, csrf: session.csrf };
    const languages = LANGUAGES.map((value) => ({
      value,
      label: languageName(t, value),
    }));
    const audiences = PROFILE_AUDIENCES.map((value) => ({ value, label: t.any(`audiences.${value}`) }));
    return accountShell(
      deps,
      c,
      'profile',
      html`<p><a href="/@${account.handle}">${t('account.see')}</a></p>
<form class="stack" method="post" action="${PROFILE}" enctype="multipart/form-data">${errorSummary(form, (field) => (field === 'text' ? t('fields.about') : t.any(`fields.${field}`)))}${csrfField(form)}
<div class="row">${avatar({ name: actor.name, icon: deps.pictures.iconOf(actor) }, true)}${fileInput(form, 'picture', { label: t('fields.picture'), hint: t('account.pictureHint') })}</div>
${input(form, 'name', { label: t('fields.name'), autocomplete: 'name', required: true })}${textarea(form, 'text', { label: t('fields.about'), hint: t('write.textHint') })}
${choices(form, 'languages', languages, { label: t('setup.languages'), many: true })}
${select(form, 'showProfile', audiences, { label: t('account.show') })}
${checkbox(form, 'indexable', t('account.indexable'))}${button(t('write.save'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/account', (c) => {
    const viewer = viewerOf(c);
    return viewer === undefined ? toSignIn(c) : accountHub(deps, c, viewer.session.csrf);
  });
  app.get(PROFILE, (c) => {
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
      },
      [],
    );
  });
  app.post(PROFILE, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return profilePage(c, form.values, [{ field: 'name', code: 'formExpired' }]);
    const [file] = form.files('picture');
    const picture = file === undefined ? undefined : await preparePicture(Buffer.from(await file.arrayBuffer()));
    const faults = picture?.ok === false ? picture.errors.map((error) => ({ ...error, field: 'picture' })) : [];
    const wanted = {
      name: form.text('name'),
      text: form.text('text'),
      languages: form.all('languages'),
      showProfile: form.text('showProfile'),
      indexable: form.text('indexable') === '1',
    };
    const errors = [...checkProfile(wanted), ...faults];
    if (errors.length > 0) return profilePage(c, form.values, errors);
    let icon: string | undefined;
    if (picture?.ok === true) {
      await savePictureFiles(deps.mediaDir, picture.value);
      icon = mediaUrl(deps.site, picture.value.key, 320);
    }
    const result = await deps.db.write((tx) => updateProfile(tx, deps.site, viewer.account, wanted, icon));
    return result.ok ? done(c, PROFILE, 'saved') : profilePage(c, form.values, result.errors);
  });

  const invitationPage = (c: Ctx, values: Values, errors: FieldError[], link?: string): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values, errors, csrf: viewerOf(c)!.session.csrf };
    return accountShell(
      deps,
      c,
      'invite',
      html`${link === undefined ? '' : html`<section class="notice stack" role="status"><p><strong>${t('account.invited')}</strong> ${t('account.inviteLink')}</p><p class="code">${link}</p></section>`}
<p class="muted">${t('account.inviteText')}</p><form class="stack" method="post" action="/invitations">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${input(form, 'email', { label: t('account.inviteEmail'), hint: deps.mailConfigured ? t('account.inviteHint') : t('account.inviteHintNoMail'), type: 'email' })}${button(t('account.inviteButton'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/invitations', (c) => (viewerOf(c) === undefined ? toSignIn(c) : invitationPage(c, {}, [])));
  app.post('/invitations', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { cooperative } = c.get('asked');
    const form = await posted(c);
    if (!isOwnForm(c, form)) return invitationPage(c, form.values, [{ field: 'email', code: 'formExpired' }]);
    // Anybody's address may be given: nobody may write to the whole world in the cooperative's name.
    const allowed = await invitations.consume(viewer.account.id).then(
      () => true,
      () => false,
    );
    if (!allowed) return invitationPage(c, form.values, [{ field: 'email', code: 'tooManyInvitations' }]);
    const result = await deps.db.write((tx) => invite(tx, deps.site, cooperative!, viewer.account, form.text('email')));
    return result.ok ? invitationPage(c, {}, [], result.value) : invitationPage(c, form.values, result.errors);
  });
  return app;
};
