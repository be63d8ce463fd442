/** A member's passkeys: the list, a new one, another name, and none any more. */
import type { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import {
  MOST_PASSKEYS,
  addPasskey,
  askNewPasskey,
  checkPasskeyName,
  passkeysOf,
  removePasskey,
  renamePasskey,
} from '#domain/sign-in/passkeys.ts';
import { tellMember } from '#domain/sign-in/words.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, isOwnForm, posted, toSignIn, viewerOf } from '../context.ts';
import { passkeyForm } from '../sign-in/passkey-form.ts';
import { CHALLENGES } from '../sign-in/passkey-in.ts';
import { mayChange, proofOf } from '../sign-in/recent.ts';
import { dropStepCookie, setStepCookie, stepSecret } from '../sign-in/step-cookie.ts';
import { deviceName } from '../ui/device.ts';
import { act, button, csrfField, errorSummary, input, type Values } from '../ui/forms.ts';
import { type Html, html } from '../ui/html.ts';
import type { WayChange } from './ways-in.ts';

const PAGE = '/account/sign-in';
const PASSKEYS = `${PAGE}/passkeys`;

/** Each name has a field of its own on the page. */
const nameField = (id: string): string => `name-${id}`;

/** @param state of the form for a new one @param open may they be changed now? */
export const passkeySection = async (
  deps: WebDeps,
  c: Ctx,
  open: boolean,
  state: { values: Values; errors: FieldError[] },
): Promise<Html> => {
  const { t } = c.get('asked');
  const { account, session } = viewerOf(c)!;
  const rows = await passkeysOf(deps.db.read, account.id);
  const values = { name: deviceName(t, c.req.header('user-agent') ?? ''), ...state.values };
  const form = { t, values, errors: state.errors, csrf: session.csrf };
  const line = (row: (typeof rows)[number]): Html =>
    html`<li><p><strong>${row.name}</strong><br><span class="muted small">${t('passkeys.made', { when: t.date(row.created) })} · ${row.used === null ? t('passkeys.unused') : t('passkeys.used', { when: t.ago(row.used, deps.site.now()) })}</span></p>
${
  open
    ? html`<details${state.errors.some((error) => error.field === nameField(row.id)) ? html` open` : ''}><summary>${t('passkeys.rename')}<span class="visually-hidden"> ${row.name}</span></summary><form class="stack" method="post" action="${PASSKEYS}/${row.id}/name">${csrfField(form)}${input({ ...form, values: { [nameField(row.id)]: row.name, ...values } }, nameField(row.id), { label: t('passkeys.name'), required: true })}${button(t('write.save'), 'plain')}</form></details>${act(`${PASSKEYS}/${row.id}/end`, session.csrf, html`${t('passkeys.remove')}<span class="visually-hidden"> ${row.name}</span>`, 'danger')}`
    : ''
}</li>`;
  return html`<section class="card stack" id="f-passkey"><h2>${t('passkeys.title')}</h2>${errorSummary(form, () => t('passkeys.title'))}<p>${t('passkeys.text')}</p>
${rows.length === 0 ? '' : html`<ul class="lines">${rows.map(line)}</ul>`}
${
  open && rows.length < MOST_PASSKEYS
    ? html`${passkeyForm(t, { kind: 'new', action: PASSKEYS, label: t('passkeys.add'), fields: { csrf: session.csrf }, inside: input(form, 'name', { label: t('passkeys.name'), hint: t('passkeys.nameHint'), required: true }) })}<p class="muted" data-passkey-without>${t('passkeys.without')}</p>`
    : ''
}</section>`;
};

/** @param again shows the page with the form as it was sent */
export const passkeyRoutes = (
  deps: WebDeps,
  app: Hono<WebEnv>,
  change: WayChange,
  again: (c: Ctx, values: Values, errors: FieldError[]) => Promise<Response>,
): void => {
  const { db, site } = deps;
  // Each challenge is a row until it runs out.
  const byAccount = new RateLimiterMemory({ points: CHALLENGES, duration: 15 * 60 });
  app.post(`${PASSKEYS}/challenge`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { t, cooperative } = c.get('asked');
    if (!isOwnForm(c, await posted(c))) return c.json({ message: t('flash.formExpired') }, 422);
    if (!(await mayChange(deps, c, true))) return c.json({ to: proofOf(PAGE) }, 403);
    const turn = await byAccount.consume(viewer.account.id).catch(() => undefined);
    if (turn === undefined) return c.json({ message: t('errors.tooManyTries') }, 429);
    const { options, secret } = await askNewPasskey(db, site, viewer.account, {
      name: viewer.actor.name,
      cooperative: cooperative?.name ?? site.host,
    });
    setStepCookie(c, secret);
    return c.json({ options });
  });
  change(PASSKEYS, async (c, form) => {
    const { account } = viewerOf(c)!;
    const name = form.text('name');
    const wrong = checkPasskeyName('name', name);
    if (wrong.length > 0) return again(c, { name }, wrong);
    const secret = stepSecret(c);
    dropStepCookie(c);
    const added = await addPasskey(db, site, account, { secret, answer: form.text('answer'), name }, (tx) =>
      tellMember(tx, site, account, 'passkeyAdded', { passkey: name.trim() }),
    );
    return added.ok ? 'passkeyAdded' : again(c, { name }, added.errors);
  });
  change(`${PASSKEYS}/:id/name`, async (c, form) => {
    const id = c.req.param('id') ?? '';
    const name = form.text(nameField(id));
    const wrong = checkPasskeyName(nameField(id), name);
    if (wrong.length > 0) return again(c, { [nameField(id)]: name }, wrong);
    const found = await db.write((tx) => renamePasskey(tx, viewerOf(c)!.account.id, id, name));
    return found ? 'saved' : 'notFound';
  });
  change(`${PASSKEYS}/:id/end`, async (c) => {
    const { account } = viewerOf(c)!;
    const removed = await db.write(async (tx) => {
      const passkey = await removePasskey(tx, account.id, c.req.param('id') ?? '');
      if (passkey !== undefined) await tellMember(tx, site, account, 'passkeyRemoved', { passkey });
      return passkey;
    });
    return removed === undefined ? 'notFound' : 'passkeyRemoved';
  });
};
