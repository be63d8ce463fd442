/** The API, loaded with the first request for it: its schemas take up memory, and most nodes start, and run for days, without. */
import { Hono } from 'hono';
import type { WebDeps, WebEnv } from '../context.ts';

/** To be mounted at `/api/v1`. */
export const lazyApi = (deps: WebDeps): Hono<WebEnv> => {
  let loaded: Promise<Hono<WebEnv>> | undefined;
  const load = (): Promise<Hono<WebEnv>> =>
    (loaded ??= import('./routes.ts').then(({ apiRoutes }) => new Hono<WebEnv>().route('/api/v1', apiRoutes(deps))));
  return new Hono<WebEnv>().all('*', async (c) => (await load()).fetch(c.req.raw, c.env));
};
