/** The members' invitations: who invited whom, which are open, and taking one back. */
import type { Hono } from 'hono';
import { type MemberInvite, listInvited, listMemberInvites, revokeMemberInvite } from '#domain/member-invites.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { empty, older, stateWord } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';
import { PAGE, type Shell, actorOf, createChange, csrfOf, plain } from './shell.ts';

export const memberInviteRoutes = ({ db, site }: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  app.get('/members/invitations', async (c) => {
    const { t } = c.get('asked');
    const before = plain(c.req.query('before'));
    const query = { limit: PAGE + 1, ...(before === '' ? {} : { before }) };
    const rows = await listMemberInvites(db.read, site.now(), query);
    const shown = rows.slice(0, PAGE);
    const came = await listInvited(db.read, PAGE);
    const csrf = csrfOf(c);
    return shell(
      c,
      t('memberInvites.title'),
      html`<p class="back"><a href="/admin/members">${t('memberInvites.back')}</a></p><p class="muted">${t('memberInvites.text')}</p>
${shown.length === 0 ? empty(t('memberInvites.none')) : html`<ul class="lines">${shown.map((invite) => line(t, invite, csrf))}</ul>`}${older(rows.length > PAGE ? `/admin/members/invitations?before=${shown.at(-1)!.id}` : undefined, t('catalogue.more'))}
<section class="section"><h2>${t('memberInvites.came')}</h2>${came.length === 0 ? empty(t('memberInvites.nobody')) : html`<ul class="lines">${came.map((one) => html`<li><p><a href="/@${one.handle}">@${one.handle}</a> <span class="muted small">${one.by === undefined ? '' : html`${t('memberInvites.by', { name: `@${one.by}` })} · `}${t.date(one.created)}</span></p></li>`)}</ul>`}</section>`,
    );
  });
  createChange(app)('/members/invitations/:id/revocation', '/admin/members/invitations', async (c) =>
    (await db.write((tx) => revokeMemberInvite(tx, site.now(), actorOf(c), plain(c.req.param('id')))))
      ? 'inviteRevoked'
      : 'notFound',
  );
};

const KINDS = { open: 'wait', used: 'good', expired: 'bad', revoked: 'bad' } as const;

const line = (t: Translator, invite: MemberInvite, csrf: string): Html => {
  const whom = invite.to === '' ? t('memberInvites.link') : invite.to;
  const until = invite.expires === null ? '' : t.date(invite.expires);
  return html`<li><p><strong>${whom}</strong><br><span class="muted small">${t('memberInvites.by', { name: `@${invite.by}` })} · ${t.time(invite.created)}</span><br>${stateWord(KINDS[invite.state], t.any(`memberInvites.states.${invite.state}`, { until }))}</p>${invite.state === 'open' ? act(`/admin/members/invitations/${invite.id}/revocation`, csrf, html`${t('invites.revoke')}<span class="visually-hidden">${t('forms.colon')}${whom}</span>`, 'danger') : ''}</li>`;
};
