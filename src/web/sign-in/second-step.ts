/** After the password or a link: a session, or first the second factor, which waits under a token that is none. */
import { Hono } from 'hono';
import type { Tx } from '#db/database.ts';
import { findAccount } from '#domain/members.ts';
import { type AccountRow, type Proof, endSession, openSession } from '#domain/sessions.ts';
import { hasCodes } from '#domain/sign-in/codes.ts';
import { openStep, readStep, takeStep } from '#domain/sign-in/steps.ts';
import type { FieldError } from '#domain/types.ts';
import {
  type Ctx,
  type WebDeps,
  type WebEnv,
  done,
  localPath,
  page,
  posted,
  signInCookie,
  viewerOf,
} from '../context.ts';
import { button, errorSummary, input } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import type { CodeGate } from './code-gate.ts';
import { dropStepCookie, setStepCookie, stepSecret } from './step-cookie.ts';

const PATH = '/sign-in/code';

/** A new session; whoever was signed in here is so no longer, and nothing of the old session is taken over. */
export const beginSession = async (tx: Tx, deps: WebDeps, c: Ctx, account: string, proof: Proof): Promise<string> => {
  const before = viewerOf(c);
  if (before !== undefined) await endSession(tx, before.session.hash);
  return openSession(tx, deps.site.now(), account, c.req.header('user-agent') ?? '', proof);
};

/** Who it is is proved: signs in, or asks for the code if the account has codes. @param next local path */
export const finishSignIn = async (
  deps: WebDeps,
  c: Ctx,
  account: AccountRow,
  proof: Proof,
  next: string,
): Promise<Response> => {
  const made = await deps.db.write(async (tx) =>
    proof !== 'strong' && (await hasCodes(tx, account.id))
      ? { step: await openStep(tx, deps.site.now(), { purpose: 'code', account: account.id, next }) }
      : { session: await beginSession(tx, deps, c, account.id, proof) },
  );
  if (made.step !== undefined) {
    setStepCookie(c, made.step);
    return done(c, PATH);
  }
  signInCookie(deps, c, made.session);
  return done(c, next);
};

export const secondStepRoutes = (deps: WebDeps, gate: CodeGate): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const gone = (c: Ctx): Response => {
    dropStepCookie(c);
    return done(c, '/sign-in?next=%2F', 'stepGone');
  };
  const codePage = (c: Ctx, errors: FieldError[]): Promise<Response> => {
    const { t } = c.get('asked');
    const form = { t, values: {}, errors };
    return page(
      deps,
      c,
      { title: t('waysIn.codeTitle'), narrow: true, noindex: true },
      html`<h1>${t('waysIn.codeTitle')}</h1><p>${t('waysIn.codeText')}</p><form class="stack" method="post" action="${PATH}">${errorSummary(form, () => t('waysIn.code'))}${input(form, 'code', { label: t('waysIn.code'), hint: t('waysIn.codeHint'), autocomplete: 'one-time-code', required: true, short: true })}<div class="row">${button(t('waysIn.continue'))}<a href="/sign-in">${t('forms.cancel')}</a></div></form>`,
      errors.length > 0 ? 422 : 200,
    );
  };
  /** Whose code is awaited from this browser. */
  const awaited = async (c: Ctx): Promise<AccountRow | undefined> => {
    const step = await readStep(db.read, site.now(), 'code', stepSecret(c));
    const account = step?.account == null ? undefined : await findAccount(db.read, step.account);
    return account?.state === 'active' ? account : undefined;
  };

  app.get(PATH, async (c) => ((await awaited(c)) === undefined ? gone(c) : codePage(c, [])));
  app.post(PATH, async (c) => {
    const account = await awaited(c);
    if (account === undefined) return gone(c);
    const form = await posted(c);
    const opened = await gate(account, form.text('code'), async (tx) => {
      const step = await takeStep(tx, site.now(), 'code', stepSecret(c));
      return step === undefined
        ? undefined
        : { session: await beginSession(tx, deps, c, account.id, 'strong'), next: step.next };
    });
    if (!opened.ok) return codePage(c, opened.errors);
    if (opened.value === undefined) return gone(c);
    dropStepCookie(c);
    signInCookie(deps, c, opened.value.session);
    return done(c, localPath(opened.value.next));
  });
  return app;
};
