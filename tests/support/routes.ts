/** The routes of the pages, found by looking into the app itself. */
import { DEFAULT_LIMITS } from '#src/limits.ts';
import { createWeb } from '#web/app.ts';
import type { TestNode } from './nodes.ts';

export type Route = { method: string; path: string };

/** Every route once, in the order in which they are looked through. Nothing is asked of them. */
export const routesOf = ({ db, site, federation }: Pick<TestNode, 'db' | 'site' | 'federation'>): Route[] => {
  const app = createWeb({
    limits: DEFAULT_LIMITS.web,
    db,
    site,
    federation: federation.port,
    places: { find: () => undefined, suggest: () => [] },
    mediaDir: '',
    mailConfigured: false,
    trustedProxies: [],
    secureCookies: false,
  } as unknown as Parameters<typeof createWeb>[0]);
  const all = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  return [...new Set(all)].map((text) => {
    const [method = '', path = ''] = text.split(' ');
    return { method, path };
  });
};
