/** What the descriptions of the API's routes are put together of. */
import { createHash } from 'node:crypto';
import type { z } from '@hono/zod-openapi';
import { wholeOf } from '#domain/hidden-halves.ts';
import { type ListingRow, findListing } from '#domain/listings.ts';
import type { SignedIn } from '#domain/sessions.ts';
import type { Ctx, WebDeps } from '../context.ts';
import { problem } from './problem.ts';
import { Problem } from './schema.ts';

export type Who = Pick<SignedIn, 'account' | 'actor'>;

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
export const wrong = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});
export const secured = (scope: string): Record<string, string[]>[] => [{ token: [] }, { app: [scope] }];
export const refusals = {
  401: wrong('A token is needed, or it is not valid.'),
  403: wrong('The token lacks a scope.'),
  429: wrong('Too many requests; see Retry-After.'),
};

/** A listing of this member, whole, whatever its state. */
export const ownListing = async ({ db }: WebDeps, who: Who, id: string): Promise<ListingRow | undefined> => {
  const row = await findListing(db.read, id);
  return row?.local === true && row.state !== 'removed' && row.publisher === who.actor.uri
    ? wholeOf(db.read, row)
    : undefined;
};

/** @returns the header's value, undefined if there is none, or the answer when it is not right */
export const onceKey = (c: Ctx): string | undefined | Response => {
  const key = c.req.header('idempotency-key');
  return key !== undefined && (key === '' || key.length > 200)
    ? problem(c, 400, 'Idempotency-Key has 1 to 200 characters.')
    : key;
};

/** The same key of the same member is the same thing, whatever came in between. @param of what kind it is, and where */
export const idOf = (account: string, key: string, of = ''): string => {
  const hex = createHash('sha256')
    .update(`${account}\n${of === '' ? '' : `${of}\n`}${key}`)
    .digest('hex');
  const [a, b, c, d, e] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16), hex.slice(17, 20), hex.slice(20, 32)];
  // Version 8 of RFC 9562: made by a rule of one's own.
  return `${a}-${b}-8${c}-8${d}-${e}`;
};

/** The body, as JSON that either engine can store. */
export const readJson = async (c: Ctx): Promise<{ given: unknown } | { answer: Response }> => {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    return { answer: problem(c, 415, 'Send Content-Type: application/json.') };
  const given: unknown = await c.req.json().catch(() => undefined);
  if (given === undefined) return { answer: problem(c, 400, 'The body is no JSON.') };
  // Not every engine stores them, and nobody types them.
  if (/\\u(?:0000|d[89a-f])/i.test(JSON.stringify(given)))
    return { answer: problem(c, 400, 'There is a NUL or half a character in it.') };
  return { given };
};
