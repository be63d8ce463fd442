/** Signing in by a passkey, and proving by one who is signed in. */
import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from '#domain/addresses.ts';
import { confirmSession } from '#domain/sessions.ts';
import { askPasskey, checkPasskey } from '#domain/sign-in/passkeys.ts';
import {
  type WebDeps,
  type WebEnv,
  done,
  isOwnForm,
  localPath,
  posted,
  signInCookie,
  toSignIn,
  viewerOf,
} from '../context.ts';
import { passkeyProblem } from './passkey-form.ts';
import { PROOF_PATH, proofOf } from './recent.ts';
import { beginSession } from './second-step.ts';
import { dropStepCookie, setStepCookie, stepSecret } from './step-cookie.ts';

export const PASSKEY_IN = '/sign-in/passkey';
/** Of one member, in a quarter of an hour. */
export const CHALLENGES = 30;
export const PASSKEY_PROOF = `${PROOF_PATH}/passkey`;

export const passkeyInRoutes = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const { db, site } = deps;
  const byAddress = new RateLimiterMemory({ points: 60, duration: 15 * 60 });
  // Each challenge is a row until it runs out.
  const byAccount = new RateLimiterMemory({ points: CHALLENGES, duration: 15 * 60 });

  app.post(`${PASSKEY_IN}/challenge`, async (c) => {
    const turn = await byAddress.consume(networkOf(c.env.address)).catch(() => undefined);
    if (turn === undefined) return c.json({ message: c.get('asked').t('errors.tooManyTries') }, 429);
    const { options, secret } = await askPasskey(db, site);
    setStepCookie(c, secret, 'passkey');
    return c.json({ options });
  });
  app.post(PASSKEY_IN, async (c) => {
    const form = await posted(c);
    const next = localPath(form.text('next'));
    const given = { secret: stepSecret(c, 'passkey'), answer: form.text('answer') };
    dropStepCookie(c, 'passkey');
    const opened = await checkPasskey(db, site, given, (tx, account) =>
      beginSession(tx, deps, c, account.id, 'strong'),
    );
    if (!opened.ok)
      return passkeyProblem(deps, c, opened.errors[0]!, {
        href: `/sign-in?next=${encodeURIComponent(next)}`,
        label: c.get('asked').t('layout.signIn'),
      });
    signInCookie(deps, c, opened.value);
    return done(c, next);
  });

  app.post(`${PASSKEY_PROOF}/challenge`, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    if (!isOwnForm(c, await posted(c))) return c.json({ message: c.get('asked').t('flash.formExpired') }, 422);
    const turn = await byAccount.consume(viewer.account.id).catch(() => undefined);
    if (turn === undefined) return c.json({ message: c.get('asked').t('errors.tooManyTries') }, 429);
    const { options, secret } = await askPasskey(db, site, viewer.account.id);
    setStepCookie(c, secret);
    return c.json({ options });
  });
  app.post(PASSKEY_PROOF, async (c) => {
    const viewer = viewerOf(c);
    if (viewer === undefined) return toSignIn(c);
    const form = await posted(c);
    const next = localPath(form.text('next'));
    if (!isOwnForm(c, form)) return done(c, proofOf(next), 'formExpired');
    const given = { secret: stepSecret(c), answer: form.text('answer'), account: viewer.account.id };
    dropStepCookie(c);
    const proved = await checkPasskey(db, site, given, (tx) =>
      confirmSession(tx, site.now(), viewer.session.hash, 'strong'),
    );
    if (proved.ok) return c.redirect(next, 303);
    return passkeyProblem(deps, c, proved.errors[0]!, {
      href: proofOf(next),
      label: c.get('asked').t('errorPage.tryAgain'),
    });
  });
  return app;
};
