/** Private threads: a member writes to the publisher of a listing, and reads the answers. */
import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type ActorRow, findActor, findActors } from '#domain/actors.ts';
import { mayReadWhole } from '#domain/attestations/holders.ts';
import { hasShown } from '#domain/attestations/partners.ts';
import { maySee } from '#domain/catalogue.ts';
import {
  type ConversationRow,
  MESSAGES_SHOWN,
  type MessageRow,
  beforeText,
  conversationsOf,
  findConversation,
  haveThread,
  markRead,
  messagesIn,
  partnerIn,
  readBefore,
  sendMessage,
  unreadIn,
} from '#domain/conversations.ts';
import { type ListingRow, findListing, findListingByUri } from '#domain/listings.ts';
import { queueLetter } from '#domain/mail.ts';
import { findAccountByActor } from '#domain/members.ts';
import { whereTo } from '#domain/moving/follow-on.ts';
import type { SignedIn } from '#domain/sessions.ts';
import { type FieldError, fail } from '#domain/types.ts';
import { type Ctx, type WebDeps, type WebEnv, done, isOwnForm, page, posted, toSignIn, viewerOf } from '../context.ts';
import { personNote } from '../identity/person.ts';
import { personOf } from '../public/view.ts';
import { holdersIn } from '../public/reserved.ts';
import { avatar, empty, older, person, stateWord } from '../ui/components.ts';
import { type Values, button, csrfField, errorSummary, textarea } from '../ui/forms.ts';
import { html, safeUrl, sanitised, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

const PAGE = 30;

/** Who has left has no name any more. */
const nameOf = (t: Translator, actor: ActorRow): string => (actor.deleted === null ? actor.name : t('account.closed'));

export const contactRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const personLine = (t: Translator, actor: ActorRow): Html =>
    person({ ...personOf(deps, actor), name: nameOf(t, actor) });

  const { messagesPerHour, threadsPerHour } = deps.limits;
  const messages = new RateLimiterMemory({ points: messagesPerHour, duration: 3_600 });
  const threads = new RateLimiterMemory({ points: threadsPerHour, duration: 3_600 });
  const take = (limiter: RateLimiterMemory, key: string): Promise<boolean> =>
    limiter.consume(key).then(
      () => true,
      () => false,
    );

  /**
   * As often as somebody writes who is looking for something; whoever writes to everybody is told to slow down. What is
   * refused for another reason does not count.
   */
  const write = async (viewer: SignedIn, to: ActorRow, about: { uri: string; title: string }, text: string) => {
    const key = viewer.account.id;
    const isNew = !(await haveThread(deps.db.read, viewer.actor.uri, to.uri, about.uri));
    if (!(await take(messages, key)))
      return fail({ field: 'text', code: 'tooManyMessages', params: { max: messagesPerHour } });
    const late = isNew && !(await take(threads, key));
    const result = late
      ? fail({ field: 'text', code: 'tooManyThreads', params: { max: threadsPerHour } })
      : await send(viewer, to, about, text);
    if (result.ok) return result;
    await messages.reward(key);
    if (isNew && !late) await threads.reward(key);
    return result;
  };

  /** Leaves a letter to one of ours who wants letters. */
  const send = (viewer: SignedIn, to: ActorRow, about: { uri: string; title: string }, text: string) =>
    deps.db.write(async (tx) => {
      const result = await sendMessage(tx, deps.site, viewer.actor.uri, to, about, text);
      const account = result.ok && to.local ? await findAccountByActor(tx, to.uri) : undefined;
      if (result.ok && account?.mailMessages === true) {
        await queueLetter(tx, deps.site.now(), {
          to: account.email,
          locale: account.locale,
          name: 'message',
          params: {
            name: account.handle,
            from: viewer.actor.name,
            title: about.title,
            link: `${deps.site.origin}/conversations/${result.value.conversation}`,
          },
        });
      }
      return result;
    });

  /** About a reserved listing: whoever may read it here, or has shown an attestation where it lives. */
  const mayWrite = (viewer: SignedIn, listing: ListingRow): Promise<boolean> | boolean => {
    if (listing.held?.access !== 'reserved') return true;
    const [now, actor] = [deps.site.now(), viewer.actor.uri];
    return listing.local
      ? mayReadWhole(deps.db.read, now, listing, { member: { actor, role: viewer.account.role } })
      : hasShown(deps.db.read, now, actor, listing.host);
  };

  const newPage = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const listing = await findListing(deps.db.read, c.req.param('id') ?? '');
    if (listing === undefined || !maySee({ member: true }, listing) || listing.publisher === viewer.actor.uri)
      return c.notFound();
    const publisher = await findActor(deps.db.read, listing.publisher);
    if (publisher === undefined || publisher.deleted !== null) return c.notFound();
    if (!(await mayWrite(viewer, listing))) return c.redirect(`/listings/${listing.id}`, 303);
    const form = { t, values, errors, csrf: viewer.session.csrf };
    return page(
      deps,
      c,
      { title: t('messages.newTitle'), narrow: true },
      html`<h1>${t('messages.newTo', { name: nameOf(t, publisher) })}</h1><p>${t('messages.about')} <a href="/listings/${listing.id}">${listing.title}</a></p>${personLine(t, publisher)}
<form class="stack section" method="post" action="/listings/${listing.id}/message">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${textarea(form, 'text', { label: t('messages.yours'), hint: t('messages.hint'), required: true })}${button(t('messages.send'))}</form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/listings/:id/message', (c) => newPage(c, {}, []));
  app.post('/listings/:id/message', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return newPage(c, form.values, [{ field: 'text', code: 'formExpired' }]);
    const listing = await findListing(deps.db.read, c.req.param('id'));
    const publisher =
      listing === undefined || !maySee({ member: true }, listing)
        ? undefined
        : await findActor(deps.db.read, listing.publisher);
    if (listing === undefined || publisher === undefined || publisher.deleted !== null) return c.notFound();
    if (!(await mayWrite(viewer, listing))) return c.redirect(`/listings/${listing.id}`, 303);
    const result = await write(viewer, publisher, { uri: listing.uri, title: listing.title }, form.text('text'));
    return result.ok
      ? done(c, `/conversations/${result.value.conversation}`, 'sent')
      : newPage(c, form.values, result.errors);
  });

  app.get('/conversations', async (c) => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const before = readBefore(c.req.query('before'));
    const rows = await conversationsOf(deps.db.read, viewer.actor.uri, PAGE + 1, before);
    const shown = rows.slice(0, PAGE);
    const actors = await findActors(
      deps.db.read,
      shown.map((row) => partnerIn(row, viewer.actor.uri)),
    );
    const line = (row: ConversationRow) => {
      const partner = actors.get(partnerIn(row, viewer.actor.uri));
      const unread = unreadIn(row, viewer.actor.uri);
      return html`<li><div class="person">${partner === undefined ? '' : avatar({ name: nameOf(t, partner), icon: deps.pictures.iconOf(partner) })}<p><a href="/conversations/${row.id}"><strong>${row.title}</strong></a><br><span class="muted small">${partner === undefined ? '' : nameOf(t, partner)} · ${t.ago(row.updated, deps.site.now())}</span></p></div>${unread > 0 ? html`<span class="unread">${t('messages.unread', { n: unread })}</span>` : ''}</li>`;
    };
    return page(
      deps,
      c,
      { title: t('layout.messages'), narrow: true },
      html`<h1>${t('layout.messages')}</h1>${shown.length === 0 ? empty(t('messages.none'), { href: '/listings', label: t('follows.browse') }) : html`<ul class="lines">${shown.map(line)}</ul>`}${older(rows.length > PAGE ? `/conversations?before=${beforeText({ at: shown.at(-1)!.updated, id: shown.at(-1)!.id })}` : undefined, t('catalogue.more'))}`,
    );
  });

  const thread = async (c: Ctx, values: Values, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const row = await findConversation(deps.db.read, viewer.actor.uri, c.req.param('id') ?? '');
    if (row === undefined) return c.notFound();
    if (unreadIn(row, viewer.actor.uri) > 0) {
      await deps.db.write((tx) => markRead(tx, row, viewer.actor.uri));
      c.get('asked').unread -= unreadIn(row, viewer.actor.uri);
    }
    const partner = await findActor(deps.db.read, partnerIn(row, viewer.actor.uri));
    const moved = partner === undefined ? undefined : await whereTo(deps.db.read, deps.site, partner.uri);
    const listing = await findListingByUri(deps.db.read, row.context);
    const messages = await messagesIn(deps.db.read, row.id, readBefore(c.req.query('before')));
    const form = { t, values, errors, csrf: viewer.session.csrf };
    return page(
      deps,
      c,
      { title: row.title, narrow: true, noindex: true },
      html`<p><a href="/conversations">${t('layout.messages')}</a></p><h1>${row.title}</h1>${listing === undefined ? '' : html`<p><a href="/listings/${listing.id}">${t('messages.seeListing')}</a></p>`}
${partner === undefined ? '' : html`${personLine(t, partner)}${await personNote(deps, c, partner)}<p class="small"><a href="/reports/new?member=${encodeURIComponent(partner.uri)}">${t('report.member')}</a></p>`}
${partner === undefined || moved === undefined ? '' : html`<p class="notice">${t('messages.moved', { name: nameOf(t, partner) })} <a href="${safeUrl(moved.url)}">${moved.handle}</a></p>`}
${older(messages.length < MESSAGES_SHOWN ? undefined : `/conversations/${row.id}?before=${beforeText({ at: messages[0]!.created, id: messages[0]!.id })}`, t('messages.older'))}
<div class="bubbles">${messages.map((message) => html`<div class="bubble${message.author === viewer.actor.uri ? ' mine' : ''}"><p class="muted small">${message.author === viewer.actor.uri ? t('messages.you') : partner === undefined ? '' : nameOf(t, partner)} · ${t.time(message.created)}${message.author === viewer.actor.uri ? '' : html` · <a href="/reports/new?message=${encodeURIComponent(message.uri)}">${t('listing.report')}</a>`}</p>${message.html === '' ? html`<p class="muted">${t('report.messageRemoved')}</p>` : sanitised(message.html)}${message.refused === null ? '' : notTaken(t, message.refused, listing)}</div>`)}</div>
${partner === undefined || partner.deleted !== null ? html`<p class="notice">${t('messages.closed')}</p>` : html`<form class="stack" method="post" action="/conversations/${row.id}">${errorSummary(form, (field) => t.any(`fields.${field}`))}${csrfField(form)}${textarea(form, 'text', { label: t('messages.answer'), rows: 4, required: true })}${button(t('messages.send'))}</form>`}`,
      errors.length > 0 ? 422 : 200,
    );
  };
  app.get('/conversations/:id', (c) => thread(c, {}, []));
  app.post('/conversations/:id', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    const row = await findConversation(deps.db.read, viewer.actor.uri, c.req.param('id'));
    const partner = row === undefined ? undefined : await findActor(deps.db.read, partnerIn(row, viewer.actor.uri));
    if (row === undefined || partner === undefined || partner.deleted !== null) return c.notFound();
    if (!isOwnForm(c, form)) return thread(c, form.values, [{ field: 'text', code: 'formExpired' }]);
    const result = await write(viewer, partner, { uri: row.context, title: row.title }, form.text('text'));
    return result.ok ? done(c, `/conversations/${row.id}`, 'sent') : thread(c, form.values, result.errors);
  });
  return app;
};

/** Under a message that its reader never saw: why, and what to do. */
const notTaken = (
  t: Translator,
  refused: NonNullable<MessageRow['refused']>,
  listing: ListingRow | undefined,
): Html => {
  // As the listing's own server names them: a message that was refused went there.
  const names = listing?.held == null ? '' : holdersIn(t, listing.held, new Map());
  const words =
    refused.code === 'notHolder'
      ? names === ''
        ? t('messages.refused.notHolder')
        : t('messages.refused.notHolderOf', { names })
      : refused.words === ''
        ? t('messages.refused.bare')
        : t('messages.refused.other', { words: refused.words });
  const how =
    refused.code === 'notHolder' && listing !== undefined
      ? html` <a href="/listings/${listing.id}">${t('messages.refused.how')}</a>`
      : '';
  return html`<p>${stateWord('bad', words)}${how}</p>`;
};
