/** The routes of the pages, found by looking into the app itself. */
import { Hono } from 'hono';
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { apiRoutes } from '#web/api/routes.ts';
import { createWeb } from '#web/app.ts';
import type { WebEnv } from '#web/context.ts';
import type { TestNode } from './nodes.ts';

export type Route = { method: string; path: string };

/** Every route once, in the order in which they are looked through. Nothing is asked of them. */
export const routesOf = ({ db, site, federation }: Pick<TestNode, 'db' | 'site' | 'federation'>): Route[] => {
  const deps = {
    limits: DEFAULT_LIMITS.web,
    db,
    site,
    federation: federation.port,
    places: { find: () => undefined, suggest: () => [] },
    mediaDir: '',
    mailConfigured: false,
    trustedProxies: [],
    secureCookies: false,
  } as unknown as Parameters<typeof createWeb>[0];
  // The API is loaded with the first request for it: until then it is one route for all.
  const [mounted, api] = ['/api/v1/*', new Hono<WebEnv>().route('/api/v1', apiRoutes(deps))];
  const web = createWeb(deps).routes;
  if (!web.some(({ path }) => path === mounted)) throw new Error('The API is mounted elsewhere.');
  const routes = web.flatMap((route) => (route.path === mounted ? api.routes : [route]));
  const all = routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  return [...new Set(all)].map((text) => {
    const [method = '', path = ''] = text.split(' ');
    return { method, path };
  });
};
