/** The admins' part: which attestations the cooperative gives, who gives them, and which of a partner's count here. */
import { Hono } from 'hono';
import type { Tx } from '#db/database.ts';
import { findLocalActor } from '#domain/actors.ts';
import { appoint, listVerifiers } from '#domain/attestations/give.ts';
import {
  type AttestationKind,
  attestationKinds,
  inLanguage,
  retireKind,
  saveKind,
} from '#domain/attestations/kinds.ts';
import { recognitionsOf, setRecognitions } from '#domain/attestations/partners.ts';
import type { AuditState } from '#domain/audit.ts';
import { type PeerRow, findPeer } from '#domain/peers.ts';
import { type FieldError, LOCALES } from '#domain/types.ts';
import { type Ctx, type Posted, type WebDeps, type WebEnv, done, isOwnForm, posted } from '../context.ts';
import { empty, stateWord } from '../ui/components.ts';
import { type Values, act, button, choices, csrfField, errorSummary, input, select, textarea } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { type Translator, languageName } from '../ui/locale.ts';
import { type Shell, createChange, createNoted, csrfOf } from './shell.ts';

const PATH = '/admin/attestations';

/** On a partner's page: the way to what counts of it. */
export const recognitionLink = (t: Translator, peer: PeerRow): Html | '' =>
  peer.state !== 'active' || peer.plain
    ? ''
    : html`<a class="button plain" href="/admin/peers/${peer.id}/attestations">${t('attest.peer.link')}</a>`;

export const attestationAdminRoutes = (deps: WebDeps, shell: Shell): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const noted = createNoted(deps);
  const change = createChange(app);

  const stateOfKind =
    (code: string) =>
    async (tx: Tx): Promise<AuditState | undefined> => {
      const kind = (await attestationKinds(tx)).find((one) => one.code === code);
      return kind === undefined ? undefined : { names: kind.names, texts: kind.texts, retired: kind.retired !== null };
    };
  const name = (t: Translator, kind: AttestationKind): string => inLanguage(kind.names, t.locale, kind.code);

  const overview = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const kinds = await attestationKinds(db.read);
    const verifiers = await listVerifiers(db.read);
    const csrf = csrfOf(c);
    const names = new Map(kinds.map((kind) => [kind.code, name(t, kind)]));
    const form = { t, values, errors, csrf };
    return shell(
      c,
      t('admin.areas.attestations'),
      html`<p class="muted">${t('attest.admin.text')}</p>
<div class="row"><a class="button" href="/attestations/members">${t('attest.page.give')}</a><a class="button plain" href="${PATH}/new">${t('attest.admin.add')}</a></div>
<ul class="lines section">${kinds.map((kind) => html`<li><p><strong>${name(t, kind)}</strong> <span class="code small">${kind.code}</span><br><span class="muted">${inLanguage(kind.texts, t.locale)}</span></p>${kind.retired === null ? '' : stateWord('wait', t('attest.admin.retired'))}<a class="button plain" href="${PATH}/${kind.code}">${t('listing.edit')}<span class="visually-hidden"> ${name(t, kind)}</span></a>${act(`${PATH}/${kind.code}/${kind.retired === null ? 'retirement' : 'return'}`, csrf, html`${t(kind.retired === null ? 'attest.admin.retire' : 'attest.admin.again')}<span class="visually-hidden"> ${name(t, kind)}</span>`)}</li>`)}</ul>
<section class="section"><h2>${t('attest.admin.verifiers')}</h2><p class="muted">${t('attest.admin.verifiersText')}</p>
${verifiers.length === 0 ? html`<p>${t('attest.admin.noVerifiers')}</p>` : html`<ul class="lines">${verifiers.map((one) => html`<li><p><a href="/@${one.handle}"><strong>${one.name}</strong></a><br><span class="muted small">${one.codes.map((code) => (code === '*' ? t('attest.admin.all') : (names.get(code) ?? code))).join(', ')}</span></p>${act(`${PATH}/verifiers/${one.handle}/removal`, csrf, html`${t('attest.admin.dismiss')}<span class="visually-hidden"> ${one.name}</span>`, 'danger')}</li>`)}</ul>`}
<form class="card stack" method="post" action="${PATH}/verifiers"><h3>${t('attest.admin.appoint')}</h3>${errorSummary(form, (field) => t.any(`attest.fields.${field}`))}${csrfField(form)}${input(form, 'member', { label: t('attest.fields.member'), hint: t('attest.choose.hint'), autocomplete: 'off', required: true })}${choices(form, 'codes', [{ value: '*', label: t('attest.admin.all') }, ...kinds.filter((kind) => kind.retired === null).map((kind) => ({ value: kind.code, label: name(t, kind) }))], { label: t('attest.fields.codes'), many: true })}${button(t('attest.admin.appointDo'))}</form></section>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/attestations', (c) => overview(c, {}, []));

  const kindPage = (c: Ctx, code: string | undefined, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values, errors, csrf: csrfOf(c) };
    const label = (field: string): string => {
      const [part = '', locale] = field.split('.');
      return locale === undefined
        ? t.any(`attest.fields.${part}`)
        : `${t.any(`attest.fields.${part}`)} (${languageName(t, locale)})`;
    };
    return shell(
      c,
      code === undefined ? t('attest.admin.add') : t('attest.admin.edit', { code }),
      html`<form class="stack" method="post" action="${PATH}/${code ?? 'new'}">${errorSummary(form, label)}${csrfField(form)}${code === undefined ? input(form, 'code', { label: t('attest.fields.newCode'), hint: t('attest.admin.codeHint'), required: true, autocomplete: 'off' }) : ''}${LOCALES.map((locale) => html`${input(form, `names.${locale}`, { label: label(`names.${locale}`), required: true })}${textarea(form, `texts.${locale}`, { label: label(`texts.${locale}`), hint: t('attest.admin.textHint'), rows: 3 })}`)}<div class="row">${button(t('write.save'))}<a class="button plain" href="${PATH}">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/attestations/new', (c) => kindPage(c, undefined, {}, []));
  app.get('/attestations/:code', async (c) => {
    const kind = (await attestationKinds(db.read)).find((one) => one.code === c.req.param('code'));
    if (kind === undefined) return c.notFound();
    const values = LOCALES.flatMap((locale) => [
      [`names.${locale}`, kind.names[locale] ?? ''],
      [`texts.${locale}`, kind.texts[locale] ?? ''],
    ]);
    return kindPage(c, kind.code, Object.fromEntries(values), []);
  });
  const save = async (c: Ctx, fresh: boolean, known: string | undefined): Promise<Response> => {
    const form = await posted(c);
    const first = fresh ? 'code' : 'names.fr';
    if (!isOwnForm(c, form)) return kindPage(c, known, form.values, [{ field: first, code: 'formExpired' }]);
    const code = known ?? form.text('code').trim();
    const words = (part: string) =>
      Object.fromEntries(LOCALES.map((locale) => [locale, form.text(`${part}.${locale}`).trim()]));
    const result = await noted(c, { action: 'attestation.kind', subject: code.slice(0, 60) }, stateOfKind(code), (tx) =>
      saveKind(tx, { code, names: words('names'), texts: words('texts') }, fresh),
    );
    return result.ok ? done(c, PATH, 'saved') : kindPage(c, known, form.values, result.errors);
  };
  app.post('/attestations/new', (c) => save(c, true, undefined));

  app.post('/attestations/verifiers', async (c) => {
    const form = await posted(c);
    const wrong = (code: string): Promise<Response> => overview(c, form.values, [{ field: 'member', code }]);
    if (!isOwnForm(c, form)) return wrong('formExpired');
    const codes = form.all('codes');
    if (codes.length === 0) return overview(c, form.values, [{ field: 'codes', code: 'attestations.choose' }]);
    return (await setVerifier(c, form.text('member'), codes)) ? done(c, PATH, 'saved') : wrong('attestations.noMember');
  });
  const setVerifier = async (c: Ctx, typed: string, codes: string[]): Promise<boolean> => {
    const handle = typed.trim().toLowerCase().replace(/^@/, '').split('@')[0] ?? '';
    const actor = await findLocalActor(db.read, handle);
    if (actor === undefined) return false;
    const result = await noted(
      c,
      { action: 'attestation.verifier', subject: handle },
      async (tx) => ({ codes: (await listVerifiers(tx)).find((one) => one.actor === actor.uri)?.codes ?? [] }),
      (tx) => appoint(tx, site.now(), actor.uri, codes),
    );
    return result.ok;
  };
  change('/attestations/verifiers/:handle/removal', PATH, async (c) =>
    (await setVerifier(c, c.req.param('handle') ?? '', [])) ? 'saved' : 'notFound',
  );
  for (const [path, retired] of [
    ['retirement', true],
    ['return', false],
  ] as const)
    change(`/attestations/:code/${path}`, PATH, async (c) => {
      const code = c.req.param('code') ?? '';
      await noted(c, { action: 'attestation.retired', subject: code }, stateOfKind(code), (tx) =>
        retireKind(tx, site.now(), code, retired),
      );
      return 'saved';
    });
  app.post('/attestations/:code', async (c) => {
    const code = c.req.param('code');
    return (await attestationKinds(db.read)).some((kind) => kind.code === code) ? save(c, false, code) : c.notFound();
  });

  const recognition = async (c: Ctx, peer: PeerRow, expired = false): Promise<Response> => {
    const { t } = c.get('asked');
    const offered = await deps.identity.attestationsOffered(peer.host);
    const counts = await recognitionsOf(db.read, peer.host);
    const kinds = await attestationKinds(db.read);
    const options = [
      { value: '', label: t('attest.peer.none') },
      ...kinds.map((kind) => ({ value: kind.code, label: t('attest.peer.as', { name: name(t, kind) }) })),
    ];
    // What counts already is shown also while the partner does not answer, or gives it no more.
    const known = new Map((offered ?? []).map((one) => [one.code, inLanguage(one.names, t.locale, one.code)]));
    for (const code of counts.keys()) if (!known.has(code)) known.set(code, code);
    const form = {
      t,
      values: Object.fromEntries([...counts].map(([theirs, ours]) => [`as.${theirs}`, ours])),
      errors: expired ? [{ field: 'as', code: 'formExpired' }] : [],
      csrf: csrfOf(c),
    };
    return shell(
      c,
      t('attest.peer.title', { name: peer.name }),
      html`<p class="back"><a href="/admin/peers/${peer.id}">${peer.name}</a></p><p class="muted">${t('attest.peer.text', { name: peer.name })}</p>${offered === undefined ? html`<p class="notice">${t('attest.peer.silent', { name: peer.name })}</p>` : ''}
${known.size === 0 ? empty(t('attest.peer.nothing', { name: peer.name })) : html`<form id="f-as" class="stack" method="post" action="/admin/peers/${peer.id}/attestations">${errorSummary(form, () => t('attest.peer.link'))}${csrfField(form)}${[...known].map(([code, label]) => html`${select(form, `as.${code}`, options, { label: t('attest.peer.theirs', { what: label, name: peer.name }), ...(counts.has(code) || !kinds.some((kind) => kind.code === code) ? {} : { hint: t('attest.peer.same') }) })}`)}<div class="row">${button(t('write.save'))}<a class="button plain" href="/admin/peers/${peer.id}">${t('forms.cancel')}</a></div></form>`}`,
      expired ? 422 : 200,
    );
  };
  app.get('/peers/:id/attestations', async (c) => {
    const peer = await findPeer(db.read, c.req.param('id'));
    return peer === undefined ? c.notFound() : recognition(c, peer);
  });
  app.post('/peers/:id/attestations', async (c) => {
    const peer = await findPeer(db.read, c.req.param('id'));
    if (peer === undefined) return c.notFound();
    const form = await posted(c);
    if (!isOwnForm(c, form)) return recognition(c, peer, true);
    const pairs = await pairsOf(form);
    await noted(
      c,
      { action: 'attestation.recognised', subject: peer.host },
      async (tx) => ({ recognised: Object.fromEntries(await recognitionsOf(tx, peer.host)) }),
      (tx) => setRecognitions(tx, peer.host, pairs),
    );
    return done(c, `/admin/peers/${peer.id}`, 'saved');
  });
  const pairsOf = async (form: Posted): Promise<Map<string, string>> => {
    const ours = new Set((await attestationKinds(db.read)).map((kind) => kind.code));
    return new Map(
      Object.keys(form.values).flatMap((field): [string, string][] =>
        field.startsWith('as.') && ours.has(form.text(field)) ? [[field.slice(3), form.text(field)]] : [],
      ),
    );
  };
  return app;
};
