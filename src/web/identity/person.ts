/**
 * Who somebody is: their cooperative, since when, in what quality, and what is attested of them, by whom and until when.
 * Of a member here the member decides who sees it; of a partner's member those do to whom they showed it.
 */
import { Hono } from 'hono';
import { type ActorRow, findActors } from '#domain/actors.ts';
import { validOf } from '#domain/attestations/give.ts';
import { attestationKinds, inLanguage } from '#domain/attestations/kinds.ts';
import { recognitionsOf, vouchedOf } from '#domain/attestations/partners.ts';
import { membershipView, showsMembership } from '#domain/attestations/views.ts';
import { findForeigner, hasWrittenTo } from '#domain/attestations/people.ts';
import { fullHandle } from '#domain/ids.ts';
import type { AccountRow } from '#domain/sessions.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { type Ctx, type WebDeps, type WebEnv, guestOf, hasRole, page, toSignIn, viewerOf } from '../context.ts';
import { avatar, facts } from '../ui/components.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';

type Line = { code: string; names: Record<string, string> | undefined; by: string; until: Date };

const attested = (c: Ctx, lines: Line[]): [string, string | Html][] => {
  const { t } = c.get('asked');
  return lines.map((line): [string, string] => [
    inLanguage(line.names, t.locale, line.code),
    t('attest.person.attested', { by: line.by, when: t.date(line.until) }),
  ]);
};

/** On a member's own page here. */
export const membershipSection = async (
  deps: WebDeps,
  c: Ctx,
  actor: ActorRow,
  account: AccountRow | undefined,
): Promise<Html | ''> => {
  const { t, cooperative } = c.get('asked');
  const viewer = viewerOf(c);
  if (account === undefined) return '';
  const audience = await membershipView(deps.db.read, actor.uri);
  const reader = viewer !== undefined ? 'member' : guestOf(c) !== undefined ? 'guest' : 'stranger';
  const own = viewer?.actor.uri === actor.uri;
  if (!own && !showsMembership(audience, reader)) return '';
  const names = new Map((await attestationKinds(deps.db.read)).map((kind) => [kind.code, kind.names]));
  const rows = await validOf(deps.db.read, deps.site.now(), actor.uri);
  const people = await findActors(
    deps.db.read,
    rows.map((row) => row.by),
  );
  // Outside of the cooperative it vouches as a whole: which of its members did is theirs to know.
  const by = (row: (typeof rows)[number]): string =>
    reader === 'member' ? (people.get(row.by)?.name ?? cooperative!.name) : cooperative!.name;
  const lines = rows.map((row) => ({ code: row.code, names: names.get(row.code), by: by(row), until: row.until }));
  const who = t(`attest.views.${audience}`);
  return html`<section class="card stack section"><h2>${t('attest.person.title')}</h2>${facts([
    [t('attest.person.home'), cooperative!.name],
    [t('attest.person.since'), t.date(account.created)],
    [t('attest.person.level'), t.any(`roles.${account.role}`)],
    ...attested(c, lines),
  ])}${own ? html`<p class="muted small">${audience === 'nobody' ? t('attest.person.hidden') : t('attest.person.shown', { who })} <a href="/account/attestations">${t('attest.person.change')}</a></p>` : ''}</section>`;
};

/** What a partner's member showed by signing in here: undefined for those to whom they did not. */
const shownHere = async (
  deps: WebDeps,
  c: Ctx,
  actor: ActorRow,
): Promise<{ pairs: [string, string | Html][]; why: 'you' | 'wrote' | 'mod' } | undefined> => {
  const [viewer, guest] = [viewerOf(c), guestOf(c)];
  const why =
    guest?.actor.uri === actor.uri
      ? 'you'
      : viewer === undefined
        ? undefined
        : (await hasWrittenTo(deps.db.read, actor.uri, viewer.actor.uri))
          ? 'wrote'
          : hasRole(viewer, 'moderator')
            ? 'mod'
            : undefined;
  const peer = await findPeerByHost(deps.db.read, actor.host);
  if (why === undefined || peer?.state !== 'active') return undefined;
  const counts = await recognitionsOf(deps.db.read, actor.host);
  const names = new Map((await attestationKinds(deps.db.read)).map((kind) => [kind.code, kind.names]));
  const said = await vouchedOf(deps.db.read, deps.site.now(), actor.uri);
  // Only what counts here is passed on to others as a word of ours.
  const told = said.filter((row) => why === 'you' || counts.has(row.code));
  const lines = told.map((row) => ({
    code: row.code,
    names: names.get(counts.get(row.code) ?? row.code),
    by: peer.name,
    until: row.until,
  }));
  return { pairs: attested(c, lines), why };
};

/** Beside what they wrote: what their cooperative attests of them, and the way to their page here. */
export const personNote = async (deps: WebDeps, c: Ctx, actor: ActorRow): Promise<Html | ''> => {
  if (actor.local) return '';
  const { t } = c.get('asked');
  const peer = await findPeerByHost(deps.db.read, actor.host);
  if (peer?.state !== 'active') return '';
  const shown = await shownHere(deps, c, actor);
  return html`<p class="small"><a href="/${fullHandle(actor.handle, actor.host)}">${t('attest.person.elsewhere', { home: peer.name })}</a></p>${shown === undefined || shown.pairs.length === 0 ? '' : facts(shown.pairs)}`;
};

export const personRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  app.get('/:person{@[a-zA-Z0-9_.-]+@[a-zA-Z0-9_.:-]+}', async (c) => {
    const { t } = c.get('asked');
    if (viewerOf(c) === undefined && guestOf(c) === undefined) return toSignIn(c);
    const [, handle = '', host = ''] = c.req.param('person').split('@');
    const found = await findForeigner(deps.db.read, handle, host.toLowerCase());
    if (found === undefined) return c.notFound();
    const { actor, peer, session } = found;
    const shown = await shownHere(deps, c, actor);
    const since = session?.since ?? '';
    const pairs: [string, string | Html][] = [
      [t('attest.person.home'), html`<a href="${new URL(peer.nodeActor).origin}">${peer.name}</a>`],
      ...(shown === undefined || since === ''
        ? []
        : [[t('attest.person.since'), t.date(new Date(`${since}T12:00:00Z`))] as [string, string]]),
      ...(shown === undefined || session === undefined
        ? []
        : [[t('attest.person.level'), t.any(`roles.${session.level}`)] as [string, string]]),
      ...(shown?.pairs ?? []),
    ];
    return page(
      deps,
      c,
      { title: actor.name, narrow: true, noindex: true },
      html`<div class="profile">${avatar({ name: actor.name, icon: deps.pictures.iconOf(actor) }, true)}<div><h1>${actor.name}</h1><p class="muted">${fullHandle(actor.handle, actor.host)}</p></div></div>
<p>${t('attest.person.elsewhere', { home: peer.name })}</p>
<section class="card stack section"><h2>${t('attest.person.title')}</h2>${facts(pairs)}<p class="muted small">${shown === undefined ? t('attest.person.none') : t(`attest.person.${shown.why}`)}</p></section>
<p class="section"><a class="button plain" href="${safeUrl(actor.url)}">${t('attest.person.theirs', { home: peer.name })}</a></p>`,
    );
  });
  return app;
};
