/** A handful of kinds of addresses: what a log line and a metric say of a request instead of its path. */

export type RouteClass =
  | 'inbox'
  | 'documents'
  | 'discovery'
  | 'api'
  | 'admin'
  | 'assets'
  | 'media'
  | 'operation'
  | 'pages';

const CLASSES: [RegExp, RouteClass][] = [
  [/^\/(?:inbox|users\/[^/]+\/inbox)$/, 'inbox'],
  [/^\/users\//, 'documents'],
  [/^\/(?:\.well-known|nodeinfo)\//, 'discovery'],
  [/^\/api\//, 'api'],
  [/^\/admin(?:\/|$)/, 'admin'],
  [/^\/(?:assets\/|favicon\.ico$)/, 'assets'],
  [/^\/media\//, 'media'],
  [/^\/(?:healthz|readyz|metrics)$/, 'operation'],
];

export const routeClass = (path: string): RouteClass => CLASSES.find(([pattern]) => pattern.test(path))?.[1] ?? 'pages';
