/** Do letters go? One is sent to whoever asks, and what the mail server said is told in words; then those that could not go. */
import type { Hono } from 'hono';
import { heldLetters, retryLetter } from '#domain/mail.ts';
import type { MailTrial } from '#domain/mail-trial.ts';
import { type Ctx, type WebDeps, type WebEnv, isOwnForm, posted, viewerOf } from '../context.ts';
import { empty, stateWord } from '../ui/components.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import { type Shell, createChange, csrfOf, rowOf } from './shell.ts';

export const mailRoutes = (deps: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  const { db, mail, site } = deps;

  const mailPage = async (c: Ctx, trial?: MailTrial): Promise<Response> => {
    const { t } = c.get('asked');
    const letters = await heldLetters(db.read);
    const { email } = viewerOf(c)!.account;
    return shell(
      c,
      t('mailTrial.title'),
      html`<p>${t(deps.mailConfigured ? 'mailTrial.configured' : 'mailTrial.notConfigured')}</p>
${trial === undefined ? '' : outcome(c, trial, email)}
${deps.mailConfigured ? act('/admin/mail', csrfOf(c), t('mailTrial.send', { email }), '') : ''}
<section class="section"><h2>${t('mailTrial.stuck')}</h2>${
        letters.length === 0
          ? empty(t('mailTrial.noneStuck'))
          : html`<p class="muted">${t(deps.mailConfigured ? 'mailTrial.stuckText' : 'mailTrial.stuckByHand')}</p><ul class="lines">${letters.map((letter) => html`<li><p><strong>${letter.subject}</strong><br><span class="muted small">${letter.to} · ${t.time(letter.created)}</span></p>${deps.mailConfigured ? act(`/admin/mail/letters/${letter.row}/attempt`, csrfOf(c), t('operation.tryNow')) : ''}${act('/admin/letters/handed-over', csrfOf(c), t('operation.forget'), 'danger', { row: String(letter.row) })}</li>`)}</ul>`
      }</section>`,
    );
  };
  const outcome = (c: Ctx, trial: MailTrial, email: string): Html => {
    const { t } = c.get('asked');
    const words = trial.ok ? t('mailTrial.went', { email }) : t.any(`mailTrial.problems.${trial.problem}.is`);
    return html`<div class="notice stack" role="status"><p>${stateWord(trial.ok ? 'good' : 'bad', words)}</p><p>${trial.ok ? t('mailTrial.look') : t.any(`mailTrial.problems.${trial.problem}.do`)}</p>${trial.answer === '' ? '' : html`<p class="small">${t('mailTrial.said')} <span class="code">${trial.answer}</span></p>`}</div>`;
  };

  createChange(app)('/mail/letters/:row/attempt', '/admin/mail', async (c) =>
    (await db.write((tx) => retryLetter(tx, site.now(), rowOf(c)))) ? 'tryingNow' : 'notFound',
  );
  app.get('/mail', (c) => mailPage(c));
  app.post('/mail', async (c) => {
    if (!isOwnForm(c, await posted(c))) return mailPage(c);
    const { account, actor } = viewerOf(c)!;
    return mailPage(
      c,
      await mail.trial({
        to: account.email,
        locale: account.locale,
        name: 'test',
        params: { name: actor.name, cooperative: c.get('asked').cooperative!.name },
      }),
    );
  });
};
