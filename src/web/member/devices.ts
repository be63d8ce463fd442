/** Where a member is signed in, here and at partners with this account, and how to end that. */
import { Hono } from 'hono';
import { hasAccess } from '#domain/apps/access.ts';
import { endVisits, visitedBy } from '#domain/identity/visits.ts';
import { endSession, sessionName, sessionsOf } from '#domain/sessions.ts';
import { endWhatHangs } from '#domain/sign-in/endings.ts';
import { type WebDeps, type WebEnv, done, isOwnForm, posted, signOutCookie, toSignIn, viewerOf } from '../context.ts';
import { stateWord } from '../ui/components.ts';
import { deviceName } from '../ui/device.ts';
import { act, button, checkbox, csrfField } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { accountShell } from './shell.ts';

const PARTNERS = '/account/devices/at-partners';

export const deviceRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;

  app.get('/account/devices', async (c) => {
    const { t } = c.get('asked');
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const { csrf, hash } = viewer.session;
    const rows = await sessionsOf(db.read, site.now(), viewer.account.id);
    const partners = await visitedBy(db.read, site.now(), viewer.account.id);
    const form = { t, values: { endApps: '1' }, errors: [], csrf };
    const line = (row: (typeof rows)[number]) => {
      const here = row.hash === hash;
      const name = deviceName(t, row.userAgent);
      return html`<li><p><strong>${name}</strong>${here ? html` ${stateWord('good', t('devices.here'))}` : ''}<br><span class="muted small">${t('devices.since', { when: t.time(row.created) })}${here ? '' : ` · ${t('devices.seen', { when: t.ago(row.seen, site.now()) })}`}</span></p>
${here ? '' : act(`/account/devices/${sessionName(row)}/end`, csrf, html`${t('devices.end')}<span class="visually-hidden"> ${name}</span>`)}</li>`;
    };
    const body = html`<p class="muted">${t('devices.text')}</p><ul class="lines">${rows.toSorted((a, b) => Number(b.hash === hash) - Number(a.hash === hash)).map(line)}</ul>
${rows.length > 1 ? html`<div class="section">${html`<form class="stack" method="post" action="/account/devices/others/end">${csrfField(form)}${(await hasAccess(db.read, site.now(), viewer.account.id)) ? checkbox(form, 'endApps', t('settings.endApps'), t('settings.endAppsHint')) : ''}${button(t('devices.endOthers'), 'danger')}</form>`}</div>` : html`<p class="muted section">${t('devices.only')}</p>`}
${
  partners.length === 0
    ? ''
    : html`<section class="section" id="partners"><h2>${t('devices.partners')}</h2><p class="muted">${t('devices.partnersText')}</p><ul class="lines">${partners.map(
        ({ host, name, since }) =>
          html`<li><p><strong>${name ?? host}</strong><br><span class="muted small">${name === null ? '' : `${host} · `}${since === null ? '' : t('devices.since', { when: t.time(since) })}</span></p>
${act(`${PARTNERS}/end`, csrf, html`${t('devices.end')}<span class="visually-hidden"> ${name ?? host}</span>`, 'plain', { host })}</li>`,
      )}</ul></section>`
}`;
    return accountShell(deps, c, 'devices', body);
  });
  app.post(`${PARTNERS}/end`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, '/account/devices', 'formExpired');
    const ended = await db.write((tx) => endVisits(tx, viewer.account.id, form.text('host').slice(0, 300)));
    return done(c, '/account/devices', ended ? 'partnerLeft' : 'notFound');
  });
  app.post('/account/devices/:name/end', async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    if (!isOwnForm(c, form)) return done(c, '/account/devices', 'formExpired');
    const { account, session } = viewer;
    const name = c.req.param('name');
    if (name === 'others') {
      const left = { keep: session.hash, access: form.text('endApps') !== '1' };
      await db.write((tx) => endWhatHangs(tx, site.now(), account.id, left));
      return done(c, '/account/devices', 'devicesEnded');
    }
    const found = (await sessionsOf(db.read, site.now(), account.id)).find((row) => sessionName(row) === name);
    if (found === undefined) return done(c, '/account/devices', 'notFound');
    await db.write((tx) => endSession(tx, found.hash));
    if (found.hash !== session.hash) return done(c, '/account/devices', 'deviceEnded');
    signOutCookie(deps, c);
    return done(c, '/');
  });
  return app;
};
