/** Set-up by a one-time link: the cooperative and its first admin, on one page. */
import { Hono } from 'hono';
import { generateKeys } from '#domain/actors.ts';
import { DEFAULT_ACCENT, LANGUAGES, readAdmin, readCooperative, setUp } from '#domain/cooperative.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { hashPassword } from '#domain/passwords.ts';
import { openSession } from '#domain/sessions.ts';
import { consumeToken, peekToken } from '#domain/tokens.ts';
import { type FieldError, KINDS, SIGN_UP_RULES } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, page, posted, signInCookie } from '../context.ts';
import { type FormState, button, choices, errorSummary, input, select, textarea } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { type Translator, languageName } from '../ui/locale.ts';

/** The fields that describe a cooperative. @param first at its set-up: with its handle and its colour, which the page of its look has afterwards */
export const cooperativeFields = (form: FormState, first: boolean, host: string): Html => {
  const { t } = form;
  return html`${input(form, 'name', { label: t('setup.name'), required: true })}
${first ? input(form, 'handle', { label: t('setup.handle'), hint: t('setup.handleHint', { host }), required: true }) : ''}
${textarea(form, 'summary', { label: t('setup.summary'), hint: t('setup.summaryHint'), rows: 3 })}
<div class="pair">${input(form, 'territory', { label: t('setup.territory'), hint: t('setup.territoryHint'), places: true, required: true, autocomplete: 'off' })}${input(form, 'radiusKm', { label: t('setup.radius'), inputmode: 'decimal' })}</div>
${choices(
  form,
  'languages',
  LANGUAGES.map((value) => ({ value, label: languageName(t, value) })),
  { label: t('setup.languages'), many: true },
)}
${choices(
  form,
  'kinds',
  KINDS.map((value) => ({ value, label: t.any(`kinds.${value}.name`) })),
  { label: t('setup.kinds'), many: true },
)}
${select(
  form,
  'signUpRule',
  SIGN_UP_RULES.map((value) => ({ value, label: t.any(`rules.${value}`) })),
  { label: t('setup.rule'), hint: t('setup.ruleHint') },
)}
${first ? input(form, 'accent', { label: t('setup.accent'), hint: t('setup.accentHint'), type: 'color' }) : ''}`;
};

/** What such a form says. */
export const cooperativeInput = (form: Awaited<ReturnType<typeof posted>>) => ({
  name: form.text('name'),
  handle: form.text('handle'),
  summary: form.text('summary'),
  territory: form.text('territory'),
  radiusKm: form.text('radiusKm'),
  languages: form.all('languages'),
  kinds: form.all('kinds'),
  signUpRule: form.text('signUpRule'),
  accent: form.text('accent'),
});

/** What a field is called where its errors are summed up: the first admin's apart from the cooperative's. */
const labelOf = (t: Translator, field: string): string => {
  if (field === 'admin.name') return t('setup.yourName');
  if (field === 'admin.handle') return t('setup.yourHandle');
  return t.any(`fields.${field.replace('admin.', '')}`);
};

export const setupRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const wizard = (c: Ctx, values: FormState['values'], errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values, errors };
    return page(
      deps,
      c,
      { title: t('setup.title'), narrow: true, noindex: true },
      html`<h1>${t('setup.title')}</h1><p class="muted">${t('setup.intro')}</p><form class="stack" method="post">${errorSummary(form, (field) => labelOf(t, field))}
<h2>${t('setup.cooperative')}</h2>${cooperativeFields(form, true, deps.site.host)}
<h2>${t('setup.admin')}</h2>${input(form, 'admin.name', { label: t('setup.yourName'), autocomplete: 'name', required: true })}${input(form, 'admin.handle', { label: t('setup.yourHandle'), hint: t('setup.yourHandleHint', { host: deps.site.host }), autocomplete: 'username', required: true })}${input(form, 'admin.email', { label: t('fields.email'), type: 'email', autocomplete: 'email', required: true })}${input(form, 'admin.password', { label: t('fields.password'), hint: t('signUp.passwordHint'), type: 'password', autocomplete: 'new-password', required: true })}
${button(t('setup.finish'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  const gone = (c: Ctx): Promise<Response> => {
    const { t } = c.get('asked');
    const used = c.get('asked').cooperative !== undefined;
    return page(
      deps,
      c,
      { title: t('setup.title'), narrow: true, noindex: true },
      used
        ? html`<h1>${t('setup.doneTitle')}</h1><p>${t('setup.done')}</p><p><a class="button" href="/sign-in">${t('layout.signIn')}</a></p>`
        : html`<h1>${t('setup.goneTitle')}</h1><p>${t('setup.gone')}</p>`,
      410,
    );
  };
  const good = async (c: Ctx): Promise<boolean> =>
    c.get('asked').cooperative === undefined &&
    (await peekToken(deps.db.read, deps.site.now(), 'setup', c.req.param('token') ?? '')) !== undefined;

  app.get('/setup/:token', async (c) =>
    (await good(c))
      ? wizard(
          c,
          {
            radiusKm: '30',
            languages: [c.get('asked').locale],
            kinds: [...KINDS],
            signUpRule: 'approval',
            accent: DEFAULT_ACCENT,
          },
          [],
        )
      : gone(c),
  );
  app.post('/setup/:token', async (c) => {
    if (!(await good(c))) return gone(c);
    const form = await posted(c);
    const cooperative = readCooperative(cooperativeInput(form), (name) => deps.places.find(name));
    const admin = {
      name: form.text('admin.name'),
      handle: form.text('admin.handle'),
      email: form.text('admin.email'),
      password: form.text('admin.password'),
    };
    const errors = [
      ...(cooperative.ok ? [] : cooperative.errors),
      ...readAdmin(admin, form.text('handle').trim().toLowerCase()),
    ];
    if (!cooperative.ok || errors.length > 0) return wizard(c, form.values, errors);
    const [node, own, member, adminPasswordHash] = await Promise.all([
      generateKeys(),
      generateKeys(),
      generateKeys(),
      hashPassword(admin.password),
    ]);
    const now = deps.site.now();
    const result = await deps.db.write(async (tx) => {
      if ((await consumeToken(tx, now, 'setup', c.req.param('token'))) === undefined) return undefined;
      return setUp(
        tx,
        deps.site,
        cooperative.value,
        admin,
        { node, cooperative: own, admin: member, adminPasswordHash },
        c.get('asked').locale,
      );
    });
    if (result === undefined || !result.ok) return gone(c);
    const account = await findAccountByHandle(deps.db.read, admin.handle.trim());
    if (account !== undefined)
      signInCookie(
        deps,
        c,
        await deps.db.write((tx) => openSession(tx, now, account.id, c.req.header('user-agent') ?? '')),
      );
    return done(c, '/admin', 'setUp');
  });
  return app;
};
