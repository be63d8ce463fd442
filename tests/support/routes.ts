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

/** What would be taken by whichever form it is sent to, if it were taken. */
export const FIELDS = {
  title: 'Volé et publié',
  text: 'Un texte assez long pour être publié',
  kind: 'goods',
  purpose: 'offer',
  priceType: 'free',
  place: 'Lyon',
  precision: 'town',
  audience: 'public',
  domain: 'evil.example',
  reason: 'spam',
  email: 'x@example.org',
  actor: '@carla',
  name: 'Volé',
  summary: 'Volé',
  territory: 'Lyon',
  radiusKm: '5',
  languages: ['fr'],
  kinds: ['goods'],
  signUpRule: 'open',
  accent: '#aa0000',
  publicOpen: '1',
  showProfile: 'public',
  locale: 'en',
  role: 'member',
  decision: 'Décidé par quelqu’un d’autre, pour de bon',
  action: 'none',
  answer: 'Décidé par quelqu’un d’autre, pour de bon',
  note: 'Volé',
  goodFaith: '1',
  row: '1',
};
