/** Logo, colour and words of welcome. A colour that cannot be read is made so, and the page says how. */
import type { Hono } from 'hono';
import { stateOfLook } from '#domain/audit-states.ts';
import { type Look, checkLook, setLook } from '#domain/look.ts';
import { mediaUrl, preparePicture, savePictureFiles } from '#domain/media.ts';
import { type FieldError, LOCALES, type Result } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { accentShades } from '../ui/assets.ts';
import { facts } from '../ui/components.ts';
import { type Values, button, checkbox, csrfField, errorSummary, fileInput, input, textarea } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { languageName } from '../ui/locale.ts';
import { type Shell, createNoted, csrfOf } from './shell.ts';

export const lookRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { site } = deps;

  const lookPage = (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const coop = c.get('asked').cooperative!;
    const form = { t, values, errors, csrf: csrfOf(c) };
    const shades = accentShades(coop.accent);
    const number = (n: number): string => t.number(Math.round(n * 10) / 10);
    const label = (field: string): string =>
      field.startsWith('welcome.')
        ? `${t('look.welcome')} (${languageName(t, field.slice(8))})`
        : t.any(`look.fields.${field}`);
    return shell(
      c,
      t('admin.areas.look'),
      html`<form class="stack" method="post" action="/admin/look" enctype="multipart/form-data">${errorSummary(form, label)}${csrfField(form)}
${coop.logo === null ? '' : html`<p><img class="logo-shown" src="${new URL(mediaUrl(site, coop.logo, 320)).pathname}" alt="${t('look.present')}"></p>`}
${fileInput(form, 'logo', { label: t('look.fields.logo'), hint: t('look.logoHint') })}
${coop.logo === null ? '' : checkbox(form, 'noLogo', t('look.noLogo'))}
${input(form, 'accent', { label: t('look.fields.accent'), hint: t('look.accentHint'), type: 'color' })}
${facts([
  [
    t('look.light'),
    html`<span class="code">${shades.light.colour}</span> · ${t('look.contrast', { n: number(shades.light.contrast) })}`,
  ],
  [
    t('look.dark'),
    html`<span class="code">${shades.dark.colour}</span> · ${t('look.contrast', { n: number(shades.dark.contrast) })}`,
  ],
])}${shades.mended ? html`<p class="notice">${t('look.mended', { chosen: coop.accent, used: shades.light.colour })}</p>` : ''}
<h2>${t('look.welcome')}</h2><p class="muted">${t('look.welcomeHint')}</p>
${LOCALES.map((locale) => textarea(form, `welcome.${locale}`, { label: languageName(t, locale), rows: 5 }))}
${button(t('write.save'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };

  app.get('/look', (c) => {
    const coop = c.get('asked').cooperative!;
    const welcome = LOCALES.map((locale) => [`welcome.${locale}`, coop.welcome?.[locale] ?? '']);
    return lookPage(c, { accent: coop.accent, ...Object.fromEntries(welcome) }, []);
  });
  app.post('/look', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return lookPage(c, form.values, [{ field: 'accent', code: 'formExpired' }]);
    const [file] = form.files('logo');
    const picture = file === undefined ? undefined : await preparePicture(Buffer.from(await file.arrayBuffer()));
    const logo = logoOf(picture, form.text('noLogo') === '1');
    const look: Look = {
      accent: form.text('accent'),
      welcome: Object.fromEntries(LOCALES.map((locale) => [locale, form.text(`welcome.${locale}`).trim()])),
      ...(logo === undefined ? {} : { logo }),
    };
    const faults = picture?.ok === false ? picture.errors.map((error) => ({ ...error, field: 'logo' })) : [];
    const errors = [...faults, ...checkLook(look)];
    if (errors.length > 0) return lookPage(c, form.values, errors);
    if (picture?.ok === true) await savePictureFiles(deps.mediaDir, picture.value);
    await createNoted(deps)(c, { action: 'cooperative.look', subject: site.host }, stateOfLook, (tx) =>
      setLook(tx, site, look),
    );
    return done(c, '/admin/look', 'saved');
  });
};

const logoOf = (picture: Result<{ key: string }> | undefined, none: boolean): string | null | undefined =>
  picture?.ok === true ? picture.value.key : none ? null : undefined;
