/** Browsers hold a form to `form-action` through all redirects: where one leads to a partner, the page has to say so. */
import type { MiddlewareHandler } from 'hono';
import type { Ctx, WebEnv } from '../context.ts';

/** Outside of what sets the policy: adds to it the origins that the page named by `formsLeadTo`. */
export const widerForms: MiddlewareHandler<WebEnv> = async (c, next) => {
  await next();
  const targets = c.get('formTargets');
  const policy = c.res.headers.get('content-security-policy');
  if (targets === undefined || policy === null) return;
  c.res.headers.set(
    'content-security-policy',
    policy.replace("form-action 'self'", `form-action 'self' ${targets.join(' ')}`),
  );
};

/** @param uris of partners' actors; their origins alone are named */
export const formsLeadTo = (c: Ctx, uris: string[]): void =>
  c.set('formTargets', [...new Set(uris.map((uri) => new URL(uri).origin))]);
