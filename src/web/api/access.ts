/** Who asks the API, and may they: by the bearer token alone, never by a cookie (RFC 6750). */
import { type Access, readAccess } from '#domain/apps/access.ts';
import type { AppScope } from '#domain/apps/scopes.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { type Ctx, type WebDeps, bearerOf } from '../context.ts';
import { problem } from './problem.ts';

type Refused = { status: 401 | 403; error: string; detail: string };
export type Asking = { member: boolean; who?: NonNullable<Access['who']> } | { refused: Refused };

const NEEDED = 'Send "Authorization: Bearer …" with a token of an app, of a member, or of an admin (docs/api.md).';

const tokenOf = async ({ db, site }: WebDeps, c: Ctx, scope: AppScope): Promise<Access | Refused | undefined> => {
  if (c.req.header('authorization') === undefined) return undefined;
  const token = bearerOf(c);
  const access = token === undefined ? undefined : await readAccess(db, site.now(), token);
  if (access === undefined)
    return {
      status: 401,
      error: 'invalid_token',
      detail: `The token is not valid: it is none, has run out, or was revoked. ${NEEDED} An admin's is made by: maillon token issue.`,
    };
  if (!access.scopes.includes(scope))
    return {
      status: 403,
      error: 'insufficient_scope',
      detail: `This token may not do that: it needs the scope ${scope}, and has ${access.scopes.join(' ') || 'none'}.`,
    };
  return access;
};

/** A token sees what members see; without one there is what is public, if that is open. */
export const askingOf = async (deps: WebDeps, c: Ctx): Promise<Asking> => {
  const access = await tokenOf(deps, c, 'listings:read');
  if (access === undefined) {
    const closed = (await getCooperative(deps.db.read))?.publicOpen === false;
    return closed
      ? {
          refused: {
            status: 401,
            error: '',
            detail:
              'This cooperative shows its listings to members only: ask an admin for a token, or let a member sign in.',
          },
        }
      : { member: false };
  }
  if ('error' in access) return { refused: access };
  return { member: true, ...(access.who === undefined ? {} : { who: access.who }) };
};

/** A member has to stand behind it. @returns who, or the refusal */
export const memberOf = async (
  deps: WebDeps,
  c: Ctx,
  scope: AppScope,
): Promise<{ who: NonNullable<Access['who']> } | { refused: Refused }> => {
  const access = await tokenOf(deps, c, scope);
  if (access === undefined)
    return { refused: { status: 401, error: '', detail: `A token with the scope ${scope} is needed. ${NEEDED}` } };
  if ('error' in access) return { refused: access };
  if (access.who === undefined)
    return {
      refused: {
        status: 403,
        error: 'insufficient_scope',
        detail:
          "This is an admin's token for the whole node: a member's own is needed, or one that a member gave to an app.",
      },
    };
  return { who: access.who };
};

/** Says what is missing, in the body and in the header. @param scope that would be enough */
export const challenge = (c: Ctx, { status, error, detail }: Refused, scope: AppScope = 'listings:read') => {
  const about =
    error === ''
      ? ''
      : `, error="${error}", error_description="${detail.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, '')}"`;
  c.header('www-authenticate', `Bearer realm="maillon"${about}, scope="${scope}"`);
  return problem(c, status, detail);
};
