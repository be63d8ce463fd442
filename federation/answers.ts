/** The answer to a GET of a document: its headers, and 304 to those who have it. At once if it is kept and public. */
import type { Site } from '#domain/site.ts';
import type { Documents, Served } from './documents.ts';

export const AS2 = 'application/activity+json';

/** @param id of the request, if the answer is to carry it; else the front door adds it */
export const answer = (request: Request, document: Served, id?: string): Response => {
  const headers: Record<string, string> = {
    'content-type': AS2,
    etag: document.etag,
    vary: 'Accept',
    'x-content-type-options': 'nosniff',
    'cache-control': document.visibility === 'public' ? 'public, max-age=0, must-revalidate' : 'private, no-store',
  };
  if (id !== undefined) headers['x-request-id'] = id;
  if (request.headers.get('if-none-match') === document.etag) return new Response(null, { status: 304, headers });
  return new Response(document.body, { status: document.status, headers });
};

/** A browser's Accept prefers HTML; servers name AS2. */
export const wantsAs2 = (request: Request): boolean => {
  const accept = request.headers.get('accept') ?? '';
  const at = accept.search(/application\/(activity|ld)\+json/);
  const html = accept.indexOf('text/html');
  return at >= 0 && (html < 0 || at < html);
};

/** Under this key the cooperative's row is kept: whether its public part is open. */
export const COOPERATIVE = 'cooperative';

/** @param id of the request, carried by the answer */
export type Quick = (request: Request, path: string, id: string) => Response | undefined;

/**
 * Actors and public listings are asked for by every server that reads one of us, hundreds of times between two
 * changes. What is kept of them needs no query, so that neither the router nor a promise is waited for.
 * @returns a function that answers at once, or undefined: then the routes have to look
 */
export const createQuick =
  ({ site, documents }: { site: Site; documents: Documents }): Quick =>
  (request, path, id) => {
    if (request.method !== 'GET' || !path.startsWith('/users/') || !wantsAs2(request)) return undefined;
    // Whoever signs may be shown more.
    if (request.headers.has('signature') || request.headers.has('signature-input')) return undefined;
    const document = documents.peek<Served>(`${site.origin}${path}`);
    if (document?.visibility !== 'public') return undefined;
    if (document.always !== true && documents.peek<{ publicOpen: boolean }>(COOPERATIVE)?.publicOpen !== true)
      return undefined;
    return answer(request, document, id);
  };
