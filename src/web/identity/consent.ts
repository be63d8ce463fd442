/** At home: a partner asks who a member is, the member sees what it would learn, and says yes or no. */
import { Hono } from 'hono';
import { validOf } from '#domain/attestations/give.ts';
import { attestationKinds, inLanguage } from '#domain/attestations/kinds.ts';
import { MOST_TOLD } from '#domain/attestations/partners.ts';
import { type Ctx, type WebDeps, type WebEnv, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { readCookie } from '../cookies.ts';
import { personOf } from '../public/view.ts';
import { person } from '../ui/components.ts';
import { csrfField, errorSummary } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { formsLeadTo } from './forms.ts';

/** What is attested of a member today and could be told, with its names. */
const toShow = async (deps: WebDeps, actor: string) => {
  const names = new Map((await attestationKinds(deps.db.read)).map((kind) => [kind.code, kind.names]));
  const rows = await validOf(deps.db.read, deps.site.now(), actor);
  return rows.slice(0, MOST_TOLD).map((row) => ({ ...row, names: names.get(row.code) }));
};

export const consentRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const PATH = '/sign-in/consent/:uid';

  /** Somebody else's question, shown to this person, would sign that somebody in as them. */
  const isTheirs = (c: Ctx, uid: string): boolean => readCookie(c, deps.secureCookies, 'oidc_interaction') === uid;
  const gone = (c: Ctx): Response => c.redirect('/sign-in/problem/expired', 303);

  const consent = async (c: Ctx, uid: string, expired = false): Promise<Response> => {
    const { t, cooperative } = c.get('asked');
    const viewer = viewerOf(c)!;
    const asked = await deps.identity.consentAsked(uid);
    if (asked === undefined) return gone(c);
    const { peer, learns } = asked;
    formsLeadTo(c, [peer.nodeActor]);
    const form = {
      t,
      values: {},
      errors: expired ? [{ field: 'consent', code: 'formExpired' }] : [],
      csrf: viewer.session.csrf,
    };
    const attested = await toShow(deps, viewer.actor.uri);
    const learned = [
      t('consent.name', { name: viewer.actor.name }),
      ...(learns.picture && viewer.actor.icon !== null ? [t('consent.picture')] : []),
      t('consent.membership', { cooperative: cooperative?.name ?? '', since: t.date(viewer.account.created) }),
      t('consent.level', { level: t('roles.member') }),
    ];
    const body = html`<h1>${t('consent.title', { name: peer.name })}</h1>${errorSummary(form, () => t('consent.form'))}
<div class="stack">${person(personOf(deps, viewer.actor))}
<p>${t('consent.text', { name: peer.name, host: peer.host })}</p>
<h2>${t('consent.learns', { name: peer.name })}</h2><ul>${learned.map((one) => html`<li>${one}</li>`)}</ul>
${attested.length === 0 ? '' : html`<fieldset class="field"><legend>${t('attest.consent.legend', { name: peer.name })}</legend><div class="options">${attested.map((one) => html`<label><input form="f-consent" type="checkbox" name="attestation" value="${one.id}" checked> ${t('attest.consent.one', { what: inLanguage(one.names, t.locale, one.code), until: t.date(one.until) })}</label>`)}</div><p class="hint">${t('attest.consent.hint', { name: peer.name })}</p></fieldset>`}
<p class="muted">${t('consent.not', { name: peer.name })}</p>
<form id="f-consent" class="row" method="post" action="/sign-in/consent/${uid}">${csrfField(form)}<button class="button" name="answer" value="yes">${t('consent.yes')}</button><button class="button plain" name="answer" value="no">${t('consent.no')}</button></form></div>`;
    return page(
      deps,
      c,
      { title: t('consent.title', { name: peer.name }), narrow: true, noindex: true },
      body,
      expired ? 422 : 200,
    );
  };

  app.get(PATH, async (c) => {
    const { uid } = c.req.param();
    if (viewerOf(c) === undefined) return toSignIn(c);
    if (!isTheirs(c, uid)) return gone(c);
    return consent(c, uid);
  });
  app.post(PATH, async (c) => {
    const { uid } = c.req.param();
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    if (!isTheirs(c, uid)) return gone(c);
    const form = await posted(c);
    const answer = form.text('answer');
    if (!isOwnForm(c, form) || (answer !== 'yes' && answer !== 'no')) return consent(c, uid, true);
    const asked = await deps.identity.consentAsked(uid);
    const to =
      asked === undefined
        ? undefined
        : await deps.identity.consentGiven(
            uid,
            answer === 'yes'
              ? { actor: viewer.actor.uri, session: viewer.session.hash, attestations: form.all('attestation') }
              : undefined,
          );
    if (asked === undefined || to === undefined) return gone(c);
    formsLeadTo(c, [asked.peer.nodeActor]);
    return c.redirect(to, 303);
  });
  return app;
};
