/** Umbrellas: which vouch for us, which we believe, and which of their marks stand for an admin's yes. */
import { Hono } from 'hono';
import {
  type AnchorRow,
  addAnchor,
  findAnchor,
  listAnchors,
  planTrust,
  sealOfAnchor,
  setAnchor,
  stateOfAnchor,
} from '#domain/identity/anchors.ts';
import { identityKeys, keepIdentityKeys } from '#domain/identity/keys.ts';
import { type PinRow, findPins } from '#domain/identity/pins.ts';
import type { FoundIdentity } from '#domain/identity/ports.ts';
import { thumbprintOf } from '#domain/thumbprint.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { empty, facts, stateWord } from '../ui/components.ts';
import { type FormState, type Values, act, button, csrfField, errorSummary, hidden, input } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { markBadges } from '../ui/marks.ts';
import { approveIdentity, changedIdentity, thumbprints } from './identity-keys.ts';
import { type Shell, createChange, createNoted, csrfOf } from './shell.ts';

/** As the page showed it: what is confirmed is what was seen. */
export const sealOf = (found: Pick<FoundIdentity, 'thumbprints'>): string => found.thumbprints.join(' ');

/** Who answers at a domain, with the key to be compared by voice. */
export const foundFacts = (t: Translator, found: FoundIdentity): Html =>
  html`${facts([
    [t('peers.name'), found.name],
    [t('peers.domain'), found.host],
    [t('trust.key'), thumbprints(found.thumbprints)],
  ])}<p class="muted small">${t('trust.compare')}</p>`;

const box = (name: string, value: string, on: boolean, label: string): Html =>
  html`<label><input type="checkbox" name="${name}" value="${value}"${on ? html` checked` : ''}> ${label}</label>`;
/** What it is to us, and what that means. */
const roles = (t: Translator, as: { ours: boolean; trusted: boolean }): Html =>
  html`<fieldset class="field"><legend>${t('trust.what')}</legend><div class="options">${box('ours', '1', as.ours, t('trust.ours'))}</div><p class="hint">${t('trust.oursHint')}</p><div class="options">${box('trusted', '1', as.trusted, t('trust.trusted'))}</div><p class="hint">${t('trust.trustedHint')}</p></fieldset>`;

export const trustRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const { db, site } = deps;
  const app = new Hono<WebEnv>();
  const change = createChange(app);
  const noted = createNoted(deps);

  /** For others' admins to hear. */
  const ownKeys = async (): Promise<string[]> => {
    const shown = await identityKeys(db.read, site, 'federation');
    if (shown.length === 0) await keepIdentityKeys(db, site);
    const keys = shown.length === 0 ? await identityKeys(db.read, site, 'federation') : shown;
    return keys.flatMap((key) => thumbprintOf(key.publicPem) ?? []);
  };

  const trustPage = async (c: Ctx, values: Values, errors: FieldError[], found?: FoundIdentity): Promise<Response> => {
    const { t } = c.get('asked');
    const csrf = csrfOf(c);
    const form: FormState = { t, values, errors, csrf };
    const anchors = await listAnchors(db.read);
    const own = await ownKeys();
    const pins = await findPins(
      db.read,
      anchors.map(({ host }) => host),
    );
    return shell(
      c,
      t('trust.title'),
      html`<p>${t('trust.intro')}</p><p><a class="button plain" href="/admin/trust/vouching">${t('vouching.title')}</a></p>
<form class="card stack" method="post" action="/admin/trust/preview">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${input(form, 'domain', { label: t('trust.domain'), hint: t('trust.domainHint'), required: true, autocomplete: 'off' })}<div class="row">${button(t('peers.look'), found === undefined ? '' : 'plain')}</div></form>
${found === undefined ? '' : foundForm(t, found, csrf)}
<details class="section"><summary>${t('trust.ownKey')}</summary><div class="card stack">${thumbprints(own)}<p class="muted small">${t('trust.ownKeyText')}</p></div></details>
<section class="section"><h2>${t('trust.list')}</h2>${anchors.length === 0 ? empty(t('trust.none')) : anchors.map((anchor) => anchorCard(t, anchor, pins.get(anchor.host), csrf))}</section>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  const foundForm = (t: Translator, found: FoundIdentity, csrf: string): Html =>
    html`<section class="card stack section" id="found"><h2>${t('trust.found', { name: found.name })}</h2>${foundFacts(t, found)}
${found.umbrella ? offers(t, found.offers) : ''}
<form class="stack" method="post" action="/admin/trust">${hidden('csrf', csrf)}${hidden('domain', found.host)}${hidden('seen', sealOf(found))}${roles(t, { ours: false, trusted: true })}<div class="row">${button(t('trust.add'))}</div></form></section>`;
  const offers = (t: Translator, named: Record<string, string>): Html =>
    html`<p>${t('trust.gives')}${t('forms.colon')}${Object.keys(named).length === 0 ? t('trust.givesNone') : Object.values(named).join(', ')}</p>`;

  const anchorCard = (t: Translator, anchor: AnchorRow, pin: PinRow | undefined, csrf: string): Html => {
    const base = `/admin/trust/of/${encodeURIComponent(anchor.host)}`;
    const word =
      pin?.newThumbprints != null
        ? stateWord('bad', t('trust.problems.keyChanged'))
        : anchor.problem !== ''
          ? stateWord('bad', t.any(`trust.problems.${anchor.problem}`))
          : anchor.checked === null
            ? stateWord('wait', t('trust.notYet'))
            : stateWord('good', t('trust.checked', { when: t.time(anchor.checked) }));
    const own = anchor.ours
      ? html`<p>${t('trust.ourMarks')}${t('forms.colon')}${
          anchor.marks.length === 0
            ? t('trust.ourMarksNone')
            : markBadges(
                t,
                anchor.marks.map((mark) => ({ ...mark, anchor: anchor.name })),
              )
        }</p>`
      : '';
    const types = Object.entries(anchor.offers);
    const skips =
      types.length === 0
        ? ''
        : html`<fieldset class="field"><legend>${t('trust.skips')}</legend><div class="options">${types.map(([type, name]) => box('skips', type, anchor.skips.includes(type), name))}</div><p class="hint">${t('trust.skipsHint')}</p></fieldset>`;
    return html`<div class="card stack section"><h3>${anchor.name}</h3><p><span class="muted small">${anchor.host}</span><br>${word}</p>${changedIdentity(t, anchor.name, pin, { action: `${base}/keys`, csrf })}${own}
<form class="stack" method="post" action="${base}">${hidden('csrf', csrf)}${hidden('seen', sealOfAnchor(anchor))}${roles(t, anchor)}${anchor.trusted ? skips : ''}<div class="row">${button(t('write.save'))}</div></form>
<details><summary>${t('trust.key')}</summary><div>${pin === undefined ? '' : thumbprints(pin.thumbprints)}</div></details>
<div class="row">${act(`${base}/attempt`, csrf, t('trust.lookNow'))}${act(`${base}/removal`, csrf, html`${t('trust.remove')}<span class="visually-hidden"> ${anchor.name}</span>`, 'danger')}</div></div>`;
  };

  app.get('/trust', (c) => trustPage(c, {}, []));
  app.post('/trust/preview', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return trustPage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const found = await deps.identity.identityAt(form.text('domain'));
    if (!found.ok) return trustPage(c, form.values, found.errors);
    return found.value.umbrella
      ? trustPage(c, form.values, [], found.value)
      : trustPage(c, form.values, [{ field: 'domain', code: 'trust.noUmbrella', params: { host: found.value.host } }]);
  });
  app.post('/trust', async (c) => {
    const form = await posted(c);
    if (!isOwnForm(c, form)) return trustPage(c, form.values, [{ field: 'domain', code: 'formExpired' }]);
    const as = { ours: form.text('ours') === '1', trusted: form.text('trusted') === '1' };
    const found = await deps.identity.identityAt(form.text('domain'));
    if (!found.ok) return trustPage(c, form.values, found.errors);
    const wrong = (code: string): Promise<Response> =>
      trustPage(c, form.values, [{ field: 'domain', code, params: { host: found.value.host } }], found.value);
    if (form.text('seen') !== sealOf(found.value)) return wrong('trust.otherKey');
    if (!as.ours && !as.trusted) return wrong('trust.nothing');
    const { host } = found.value;
    const result = await noted(
      c,
      { action: 'trust.anchor', subject: host },
      (tx) => stateOfAnchor(tx, host),
      (tx) => addAnchor(tx, site, found.value, as),
    );
    return result.ok ? done(c, '/admin/trust', 'anchorAdded') : trustPage(c, form.values, result.errors, found.value);
  });
  /** @param seen see `sealOfAnchor`; absent: whatever it is by now */
  const set = (c: Ctx, host: string, to: Parameters<typeof setAnchor>[3], seen?: string): Promise<string> =>
    noted(
      c,
      { action: to.ours || to.trusted ? 'trust.anchor' : 'trust.anchorRemoved', subject: host },
      (tx) => stateOfAnchor(tx, host),
      async (tx) => {
        const row = await findAnchor(tx, host);
        if (row === undefined) return 'notFound';
        // Else a page that was opened before would let in again by a mark that another admin has just unticked.
        if (seen !== undefined && seen !== sealOfAnchor(row)) return 'anchorChanged';
        await setAnchor(tx, site.now(), host, to);
        return to.ours || to.trusted ? 'saved' : 'anchorRemoved';
      },
    );
  change('/trust/of/:host', '/admin/trust', async (c, form) => {
    const to = { ours: form.text('ours') === '1', trusted: form.text('trusted') === '1', skips: form.all('skips') };
    // To let go of one altogether is another button.
    if (!to.ours && !to.trusted) return 'anchorNothing';
    return set(c, c.req.param('host') ?? '', to, form.text('seen'));
  });
  change('/trust/of/:host/removal', '/admin/trust', (c) =>
    set(c, c.req.param('host') ?? '', { ours: false, trusted: false, skips: [] }),
  );
  change('/trust/of/:host/attempt', '/admin/trust', async (c) => {
    const host = c.req.param('host') ?? '';
    return db.write(async (tx) => {
      const row = await findAnchor(tx, host);
      if (row === undefined) return 'notFound';
      await setAnchor(tx, site.now(), host, row);
      await planTrust(tx, site.now());
      return 'trustLooked';
    });
  });
  change('/trust/of/:host/keys', '/admin/trust', (c, form) =>
    approveIdentity(deps, c, c.req.param('host') ?? '', form),
  );
  return app;
};
