/**
 * What holds for every request, whatever answers it: a number that its log lines and its answer carry, one line in
 * the log, one count in the metrics, and 500 with that number for whatever an area did not catch itself.
 */
import { performance } from 'node:perf_hooks';
import { describe, inRequest, log } from '#src/log.ts';
import { brokenAnswer } from '#web/broken.ts';
import { type RouteClass, routeClass } from './route-class.ts';

type Answer = (request: Request, env: unknown) => Response | Promise<Response>;
export type FrontDoorDeps = {
  answer: Answer;
  /** Asked first: answers without waiting what is kept, with the number of the request on it. */
  quick?: ((request: Request, path: string, id: string) => Response | undefined) | undefined;
  count?: ((route: RouteClass, status: number, seconds: number) => void) | undefined;
  /** Is the other side of the connection a proxy of ours, whose number for the request is taken over? */
  fromProxy: (env: unknown) => boolean;
};

/** @returns `fetch` of the node */
export const createFrontDoor = ({ answer, quick, count, fromProxy }: FrontDoorDeps) => {
  const conclude = (request: Request, path: string, route: RouteClass, start: number, response: Response): void => {
    const ms = performance.now() - start;
    count?.(route, response.status, ms / 1_000);
    note(request.method, route, path, response.status, ms);
  };
  return (request: Request, env?: unknown): Response | Promise<Response> => {
    const start = performance.now();
    const id = numberOf(request, fromProxy(env));
    const path = pathOf(request.url);
    const route = routeClass(path);
    const kept = quick?.(request, path, id);
    if (kept !== undefined) {
      conclude(request, path, route, start, kept);
      return kept;
    }
    return inRequest(id, async () => {
      let response: Response;
      try {
        response = await answer(request, env);
      } catch (error) {
        log.node.error('{method} {route} failed: {error}', { method: request.method, route, error: describe(error) });
        response = await brokenAnswer(request, id);
      }
      conclude(request, path, route, start, response);
      return numbered(response, env, id);
    });
  };
};

/** A proxy's own number, if it is one that may stand in a log line; else a new one. */
const numberOf = (request: Request, trusted: boolean): string => {
  const given = trusted ? request.headers.get('x-request-id') : null;
  return given !== null && /^[\w.-]{8,64}$/.test(given) ? given : crypto.randomUUID();
};

/** Path of an absolute URL, without the cost of parsing it. */
export const pathOf = (url: string): string => {
  const from = url.indexOf('/', url.indexOf('://') + 3);
  const to = url.search(/[?#]/);
  return from < 0 ? '/' : url.slice(from, to < 0 ? undefined : to);
};

/** What an admin would miss: what changed something, and what failed. Reading, files and the inbox (which has its journal) only for debugging. */
const note = (method: string, route: RouteClass, path: string, status: number, ms: number): void => {
  const quiet = route === 'operation' || (route === 'inbox' && status < 300);
  const changes = method !== 'GET' && method !== 'HEAD';
  const level = status < 500 && (quiet || (!changes && status < 400)) ? 'debug' : 'info';
  // Asked before the line is made: most requests have none.
  if (!log.node.isEnabledFor(level)) return;
  log.node[level]('{method} {path} {status} in {ms} ms', {
    method,
    path: pathForLog(path),
    status,
    ms: Math.round(ms),
  });
};

/** Without what is a secret in an address: links to confirm, reset, join, set up. The query is never in a line. */
const pathForLog = (path: string): string =>
  path
    .slice(0, 300)
    .split('/')
    .map((part) => (/^[\w-]{22,}$/.test(part) && !UUID.test(part) ? '…' : part))
    .join('/');
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** By Node's own response where there is one: touching the headers of a cached answer would make it anew. */
const numbered = (response: Response, env: unknown, id: string): Response => {
  const outgoing = outgoingOf(env);
  if (outgoing !== undefined) {
    outgoing.setHeader('x-request-id', id);
    return response;
  }
  const headers = new Headers(response.headers);
  headers.set('x-request-id', id);
  return new Response(response.body, { status: response.status, headers });
};

type Outgoing = { setHeader(name: string, value: string): unknown; headersSent: boolean };
const outgoingOf = (env: unknown): Outgoing | undefined => {
  if (typeof env !== 'object' || env === null || !('outgoing' in env)) return undefined;
  const { outgoing } = env;
  if (typeof outgoing !== 'object' || outgoing === null || !('setHeader' in outgoing)) return undefined;
  // What @hono/node-server gives: Node's ServerResponse.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const known = outgoing as Outgoing;
  return known.headersSent ? undefined : known;
};
