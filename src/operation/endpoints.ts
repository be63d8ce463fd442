/** `/healthz`, `/readyz` and `/metrics`: for the machines that watch over the node, and closed to strangers where that matters. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Check } from '#domain/ports.ts';
import type { Metrics } from './metrics.ts';

export type EndpointDeps = {
  checks: () => Promise<Check[]>;
  metrics: Metrics | undefined;
  /** Who knows it may read the metrics. */
  token: string | undefined;
};
/** @returns the answer, or undefined if the path is none of ours */
export type Endpoints = (request: Request, path: string) => Promise<Response | undefined>;

const PATHS = new Set(['/healthz', '/readyz', '/metrics']);
const NO_STORE = { 'cache-control': 'no-store' };

/**
 * @param deps.token undefined on the port of their own: whoever reaches it may read. On the port of the pages metrics
 *   without a token do not exist.
 * @param options.open metrics need no token
 */
export const createEndpoints = (deps: EndpointDeps, options: { open: boolean }): Endpoints => {
  const { checks, metrics, token } = deps;
  return async (request, path) => {
    if (!PATHS.has(path)) return undefined;
    if (path === '/metrics' && (metrics === undefined || (token === undefined && !options.open))) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return Response.json(
        { error: `${request.method} is not known here.`, remedy: 'Use GET.' },
        { status: 405, headers: { ...NO_STORE, allow: 'GET, HEAD' } },
      );
    if (path === '/healthz') return Response.json({ status: 'ok' }, { headers: NO_STORE });
    if (path === '/readyz') return ready(await checks());
    if (token !== undefined && !knows(request, token))
      return Response.json(
        {
          error: 'The metrics need a token.',
          remedy: 'Send "Authorization: Bearer …" with the value of METRICS_TOKEN.',
        },
        { status: 401, headers: { ...NO_STORE, 'www-authenticate': 'Bearer realm="metrics"' } },
      );
    const { body, type } = await metrics!.text();
    return new Response(body, { headers: { ...NO_STORE, 'content-type': type } });
  };
};

const ready = (checks: Check[]): Response => {
  const problems = checks.filter((check) => !check.ok);
  if (problems.length === 0) return Response.json({ status: 'ready' }, { headers: NO_STORE });
  return Response.json(
    {
      status: 'not ready',
      problems: problems.map(({ name, problem, remedy }) => ({ what: name, problem, remedy })),
    },
    { status: 503, headers: { ...NO_STORE, 'retry-after': '10' } },
  );
};

/** Compared by digests, so that the time tells nothing of the token, not even its length. */
const knows = (request: Request, token: string): boolean => {
  const given = /^Bearer +(\S{1,300})$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
};
