/** A member's own attestations; and for admins and verifiers, the pages where they attest of others. */
import { Hono } from 'hono';
import { type ActorRow, findActors, findLocalActor } from '#domain/actors.ts';
import {
  type AttestationRow,
  attest,
  attestationsOf,
  findAttestation,
  isValid,
  mayAttest,
  revokeAttestation,
  stateOfAttestations,
} from '#domain/attestations/give.ts';
import { SOON_MS, endingSoon } from '#domain/attestations/ending.ts';
import { attestationKinds, inLanguage } from '#domain/attestations/kinds.ts';
import { MEMBERSHIP_AUDIENCES, membershipView, setMembershipView } from '#domain/attestations/views.ts';
import { findAccountByActor } from '#domain/members.ts';
import type { FieldError } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { createNoted } from '../admin/shell.ts';
import { personOf } from '../public/view.ts';
import { empty, person, stateWord } from '../ui/components.ts';
import { type Values, button, csrfField, errorSummary, input, select, textarea } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { lately } from './confirmation.ts';
import { accountShell } from './shell.ts';

/** Of several under one code the one that holds longest says when it ends. */
const isLast = (rows: AttestationRow[], row: AttestationRow): boolean =>
  rows.every((other) => other.code !== row.code || other.revoked !== null || other.until <= row.until);

const YEAR_MS = 365 * 24 * 3_600_000;

export const attestationRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const noted = createNoted(deps);

  /** @param all with the note and the way to take it back, for those who attest */
  const lines = async (c: Ctx, rows: AttestationRow[], all: boolean): Promise<Html> => {
    const { t } = c.get('asked');
    const names = new Map((await attestationKinds(db.read)).map((kind) => [kind.code, kind.names]));
    const people = await findActors(
      db.read,
      rows.map((row) => row.by),
    );
    return html`<ul class="lines">${rows.map((row) => {
      const good = isValid(row, site.now());
      const soon = good && row.until.getTime() - site.now().getTime() <= SOON_MS && isLast(rows, row);
      const name = inLanguage(names.get(row.code), t.locale, row.code);
      return html`<li><p><strong>${name}</strong><br><span class="muted small">${t('attest.given', { by: people.get(row.by)?.name ?? t('account.closed'), when: t.date(row.created) })} · ${t('attest.until', { when: t.date(row.until) })}</span>${row.revoked === null ? '' : html`<br>${t('attest.why', { reason: row.reason })}`}${all ? html`<br><span class="muted">${row.note}</span>` : ''}</p>
${soon ? stateWord('wait', t('attest.endsSoon')) : good ? stateWord('good', t('attest.valid')) : stateWord('bad', t(row.revoked === null ? 'attest.expired' : 'attest.revoked'))}${all && good ? html`<a class="button danger" href="/attestations/${row.id}/revocation">${t('attest.revoke')}<span class="visually-hidden"> ${name}</span></a>` : ''}</li>`;
    })}</ul>`;
  };

  app.get('/account/attestations', async (c) => {
    const { t, cooperative } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const rows = await attestationsOf(db.read, viewer.actor.uri);
    const form = {
      t,
      values: { audience: await membershipView(db.read, viewer.actor.uri) },
      errors: [],
      csrf: viewer.session.csrf,
    };
    const audiences = MEMBERSHIP_AUDIENCES.map((value) => ({ value, label: t(`attest.views.${value}`) }));
    const body = html`<p class="muted">${t('attest.mineText')}</p>
${rows.length === 0 ? empty(t('attest.mineNone', { name: cooperative!.name }), { href: '/attestations', label: t('attest.how') }) : await lines(c, rows, false)}
<section class="section"><h2>${t('attest.views.title')}</h2><form class="stack" method="post" action="/account/attestations">${csrfField(form)}${select(form, 'audience', audiences, { label: t('attest.views.label'), hint: t('attest.views.hint') })}${button(t('write.save'))}</form></section>`;
    return accountShell(deps, c, 'attestations', body);
  });
  app.post('/account/attestations', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, '/account/attestations', 'formExpired');
    await db.write((tx) => setMembershipView(tx, viewer.actor.uri, form.text('audience')));
    return done(c, '/account/attestations', 'saved');
  });

  // Whoever attests says so with the password given lately, like an admin.
  app.use('/attestations/*', lately(deps));
  /** Codes that whoever is signed in may give, or also take back; none: these pages are not theirs. */
  const mine = async (c: Ctx, retired = false): Promise<string[]> => {
    const viewer = viewerOf(c);
    return viewer === undefined
      ? []
      : mayAttest(db.read, { actor: viewer.actor.uri, role: viewer.account.role }, retired);
  };
  const memberOf = async (handle: string): Promise<ActorRow | undefined> => {
    const actor = await findLocalActor(db.read, handle.toLowerCase());
    const account = actor === undefined ? undefined : await findAccountByActor(db.read, actor.uri);
    return account?.state === 'active' ? actor : undefined;
  };

  const choose = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    if ((await mine(c, true)).length === 0) return c.notFound();
    const form = { t, values, errors };
    const ending = await endingSoon(db.read, site.now(), await mine(c));
    const names = new Map((await attestationKinds(db.read)).map((kind) => [kind.code, kind.names]));
    const soon =
      ending.length === 0
        ? ''
        : html`<section class="section"><h2>${t('attest.choose.ending')}</h2><ul class="lines">${ending.map((row) => html`<li><p><strong>${row.name}</strong> <span class="muted small">@${row.handle}</span><br>${inLanguage(names.get(row.code), t.locale, row.code)} · ${t('attest.until', { when: t.date(row.until) })}</p><a class="button plain" href="/attestations/members/${row.handle}?code=${row.code}">${t('attest.choose.renew')}<span class="visually-hidden"> ${row.name}</span></a></li>`)}</ul></section>`;
    return page(
      deps,
      c,
      { title: t('attest.choose.title'), narrow: true, noindex: true },
      html`<p class="back"><a href="/attestations">${t('attest.page.title')}</a></p><h1>${t('attest.choose.title')}</h1><p class="muted">${t('attest.choose.text')}</p><form class="stack" action="/attestations/members">${errorSummary(form, () => t('attest.choose.member'))}${input(form, 'member', { label: t('attest.choose.member'), hint: t('attest.choose.hint'), required: true, autocomplete: 'off' })}${button(t('attest.choose.go'))}</form>${soon}`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/attestations/members', async (c) => {
    const typed = c.req.query('member')?.trim().slice(0, 100);
    if (typed === undefined) return choose(c, {}, []);
    const handle = typed.replace(/^@/, '').split('@')[0] ?? '';
    const actor = await memberOf(handle);
    return actor === undefined
      ? choose(c, { member: typed }, [{ field: 'member', code: 'attestations.noMember' }])
      : c.redirect(`/attestations/members/${actor.handle}`, 303);
  });

  const memberPage = async (c: Ctx, actor: ActorRow, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const may = await mine(c);
    // Of what is not theirs to attest, a verifier learns nothing.
    const theirs = await mine(c, true);
    if (theirs.length === 0) return c.notFound();
    const kinds = (await attestationKinds(db.read)).filter((kind) => may.includes(kind.code));
    const form = { t, values, errors, csrf: viewerOf(c)!.session.csrf };
    const rows = (await attestationsOf(db.read, actor.uri)).filter((row) => theirs.includes(row.code));
    const options = [
      { value: '', label: t('attest.give.choose') },
      ...kinds.map((kind) => ({ value: kind.code, label: inLanguage(kind.names, t.locale, kind.code) })),
    ];
    return page(
      deps,
      c,
      { title: t('attest.give.title', { name: actor.name }), narrow: true, noindex: true },
      html`<p class="back"><a href="/attestations/members">${t('attest.choose.title')}</a></p><h1>${t('attest.give.title', { name: actor.name })}</h1><div class="stack">${person(personOf(deps, actor))}
${rows.length === 0 ? html`<p class="muted">${t('attest.give.none')}</p>` : await lines(c, rows, true)}
${kinds.length === 0 ? '' : html`<form class="card stack" method="post" action="/attestations/members/${actor.handle}"><h2>${t('attest.give.new')}</h2>${errorSummary(form, (field) => t.any(`attest.fields.${field}`))}${csrfField(form)}${select(form, 'code', options, { label: t('attest.fields.code') })}${input(form, 'until', { label: t('attest.fields.until'), type: 'date', hint: t('attest.give.untilHint') })}${textarea(form, 'note', { label: t('attest.fields.note'), hint: t('attest.give.noteHint'), rows: 3 })}<p class="muted small">${t('attest.give.effect', { name: actor.name })}</p>${button(t('attest.give.do'))}</form>`}</div>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/attestations/members/:handle', async (c) => {
    const actor = await memberOf(c.req.param('handle'));
    const until = new Date(site.now().getTime() + YEAR_MS).toISOString().slice(0, 10);
    return actor === undefined ? c.notFound() : memberPage(c, actor, { until, code: c.req.query('code') ?? '' }, []);
  });
  app.post('/attestations/members/:handle', async (c) => {
    const actor = await memberOf(c.req.param('handle'));
    const may = await mine(c);
    if (actor === undefined || may.length === 0) return c.notFound();
    const form = await posted(c);
    if (!isOwnForm(c, form)) return memberPage(c, actor, form.values, [{ field: 'code', code: 'formExpired' }]);
    const result = await noted(
      c,
      { action: 'attestation.given', subject: actor.handle },
      (tx) => stateOfAttestations(tx, site.now(), actor.uri),
      (tx) =>
        attest(
          tx,
          site,
          { by: viewerOf(c)!.actor.uri, member: actor.uri, may },
          { code: form.text('code'), until: form.text('until'), note: form.text('note') },
        ),
    );
    return result.ok
      ? done(c, `/attestations/members/${actor.handle}`, 'attested')
      : memberPage(c, actor, form.values, result.errors);
  });

  const revocation = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const row = await findAttestation(db.read, c.req.param('id') ?? '');
    const may = await mine(c, true);
    if (row === undefined || !may.includes(row.code)) return c.notFound();
    const actor = (await findActors(db.read, [row.member])).get(row.member);
    const kind = (await attestationKinds(db.read)).find((one) => one.code === row.code);
    const form = { t, values, errors, csrf: viewerOf(c)!.session.csrf };
    const what = inLanguage(kind?.names, t.locale, row.code);
    return page(
      deps,
      c,
      { title: t('attest.revokeTitle', { what, name: actor?.name ?? '' }), narrow: true, noindex: true },
      html`<h1>${t('attest.revokeTitle', { what, name: actor?.name ?? '' })}</h1><p>${t('attest.revokeText')}</p><form class="stack" method="post" action="/attestations/${row.id}/revocation">${errorSummary(form, (field) => t.any(`attest.fields.${field}`))}${csrfField(form)}${textarea(form, 'reason', { label: t('attest.fields.reason'), hint: t('attest.revokeHint'), rows: 3 })}<div class="row">${button(t('attest.revoke'), 'danger')}<a class="button plain" href="/attestations/members/${actor?.handle ?? ''}">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/attestations/:id/revocation', (c) => revocation(c, {}, []));
  app.post('/attestations/:id/revocation', async (c) => {
    const row = await findAttestation(db.read, c.req.param('id'));
    const may = await mine(c, true);
    if (row === undefined || !may.includes(row.code)) return c.notFound();
    const form = await posted(c);
    if (!isOwnForm(c, form)) return revocation(c, form.values, [{ field: 'reason', code: 'formExpired' }]);
    const actor = (await findActors(db.read, [row.member])).get(row.member);
    const result = await noted(
      c,
      { action: 'attestation.revoked', subject: actor?.handle ?? row.member },
      (tx) => stateOfAttestations(tx, site.now(), row.member),
      (tx) => revokeAttestation(tx, site, row, viewerOf(c)!.actor.uri, form.text('reason')),
    );
    if (!result.ok) return revocation(c, form.values, result.errors);
    deps.federation.wake();
    return done(c, `/attestations/members/${actor?.handle ?? ''}`, 'attestationRevoked');
  });
  return app;
};
