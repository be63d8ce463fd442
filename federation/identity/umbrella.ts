/** This node as an umbrella: what it answers about the cooperatives for which it vouches (OpenID Federation 1.0, 8). */
import type { Database } from '#db/database.ts';
import type { IdentityKey } from '#domain/identity/keys.ts';
import {
  SUBORDINATES_MAX,
  type SubordinateRow,
  findGiven,
  findMarkType,
  findSubordinate,
  holdersOf,
  holds,
  listMarkTypes,
  listSubordinates,
  markUri,
  slugOfMark,
  undoubted,
  vouches,
} from '#domain/identity/vouching.ts';
import type { Site } from '#domain/site.ts';
import { originOfHost } from './configuration.ts';
import { STATEMENT_TYPE, publicJwk } from './statement.ts';
import { MARK_TYPE, STATUS_TYPE, readMark, writeMark, writeStatus, writeSubordinate } from './vouched.ts';

type Deps = { db: Database; site: Site };
export const UMBRELLA_PATH = '/federation/';

const ENDPOINTS = {
  federation_fetch_endpoint: 'fetch',
  federation_list_endpoint: 'list',
  federation_trust_mark_endpoint: 'trust-mark',
  federation_trust_mark_list_endpoint: 'trust-marked',
  federation_trust_mark_status_endpoint: 'trust-mark-status',
};

/** What of it stands in our configuration; nothing, if we vouch for nobody. */
export const umbrellaMetadata = async ({
  db,
  site,
}: Deps): Promise<{ metadata: Record<string, unknown>; claims: Record<string, unknown> }> => {
  if (!(await vouches(db.read))) return { metadata: {}, claims: {} };
  const types = await listMarkTypes(db.read);
  const named = types.map(({ slug, name }): [string, string] => [markUri(site, slug), name]);
  return {
    metadata: {
      ...Object.fromEntries(
        Object.entries(ENDPOINTS).map(([name, path]) => [name, `${site.origin}${UMBRELLA_PATH}${path}`]),
      ),
      trust_mark_names: Object.fromEntries(named),
    },
    claims: { trust_mark_issuers: Object.fromEntries(named.map(([type]) => [type, [site.origin]])) },
  };
};

const wrong = (status: number, error: string, description: string): Response =>
  Response.json(
    { error, error_description: description },
    { status, headers: { 'cache-control': 'no-store', 'access-control-allow-origin': '*' } },
  );
const token = (type: string, body: string): Response =>
  new Response(body, {
    headers: {
      'content-type': `application/${type}`,
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    },
  });
const json = (body: unknown): Response =>
  Response.json(body, { headers: { 'cache-control': 'no-store', 'access-control-allow-origin': '*' } });

/** @param keys of the federation, the one that signs first @param posted the form, if it is one */
export const answerAsUmbrella = async (
  deps: Deps,
  keys: IdentityKey[],
  request: { method: string; url: URL; posted: URLSearchParams },
): Promise<Response> => {
  const { db, site } = deps;
  const key = keys[0]!;
  const { searchParams: asked } = request.url;
  const now = site.now();
  /** A cooperative of ours, by its entity id. */
  const subject = async (id: string) => {
    if (!URL.canParse(id)) return undefined;
    const { host } = new URL(id);
    return id === originOfHost(site, host) ? findSubordinate(db.read, host) : undefined;
  };
  /** Nothing is vouched for while a key waits, or a rule shuts out. */
  const isDoubtful = async (row: SubordinateRow): Promise<boolean> => (await undoubted(db.read, [row])).length === 0;
  /** A mark that it has, or had. */
  const given = async (type: string, id: string) => {
    const slug = slugOfMark(site, type);
    const [of, kind] = [await subject(id), slug === undefined ? undefined : await findMarkType(db.read, slug)];
    const row = of === undefined || slug === undefined ? undefined : await findGiven(db.read, of.host, slug);
    return of === undefined || row === undefined || kind === undefined ? undefined : { of, row, kind };
  };
  const markOf = ({ row, kind }: NonNullable<Awaited<ReturnType<typeof given>>>): Promise<string> =>
    writeMark(key, site.origin, {
      sub: originOfHost(site, row.host),
      type: markUri(site, kind.slug),
      given: row.given,
      until: row.until,
      name: kind.name,
      text: kind.text,
      link: markUri(site, kind.slug),
    });
  const path = request.url.pathname.slice(UMBRELLA_PATH.length);
  if (path !== 'trust-mark-status' && request.method !== 'GET') return wrong(405, 'invalid_request', 'Ask by GET.');
  switch (path) {
    case 'fetch': {
      const sub = asked.get('sub');
      if (sub === null) return wrong(400, 'invalid_request', 'The parameter "sub" is missing.');
      const row = await subject(sub);
      if (row === undefined || (await isDoubtful(row)))
        return wrong(404, 'not_found', 'This node does not vouch for it.');
      return token(STATEMENT_TYPE, await writeSubordinate(key, site.origin, now, { id: sub, jwks: row.jwks }));
    }
    case 'list': {
      const odd = [...asked.keys()].find((name) => name !== 'trust_mark_type');
      if (odd !== undefined) return wrong(400, 'unsupported_parameter', `The parameter "${odd}" is not understood.`);
      const type = asked.get('trust_mark_type');
      const slug = type === null ? undefined : slugOfMark(site, type);
      if (type !== null && slug === undefined) return json([]);
      const rows =
        slug === undefined
          ? await undoubted(db.read, await listSubordinates(db.read, SUBORDINATES_MAX))
          : await holdersOf(db.read, now, slug);
      return json(rows.map(({ host }) => originOfHost(site, host)));
    }
    case 'trust-marked': {
      const slug = slugOfMark(site, asked.get('trust_mark_type') ?? '');
      if (slug === undefined) return wrong(400, 'invalid_request', 'The parameter "trust_mark_type" is missing.');
      const sub = asked.get('sub');
      const ids = (await holdersOf(db.read, now, slug)).map(({ host }) => originOfHost(site, host));
      return json(sub === null ? ids : ids.filter((id) => id === sub));
    }
    case 'trust-mark': {
      const found = await given(asked.get('trust_mark_type') ?? '', asked.get('sub') ?? '');
      if (found === undefined || !holds(found.row, now) || (await isDoubtful(found.of)))
        return wrong(404, 'not_found', 'It does not have this mark.');
      return token(MARK_TYPE, await markOf(found));
    }
    case 'trust-mark-status': {
      const mark = request.method === 'POST' ? request.posted.get('trust_mark') : null;
      if (mark === null || mark.length > 4_096) return wrong(400, 'invalid_request', 'Post a form with "trust_mark".');
      const claims = claimsOf(mark);
      const found = await given(claims.type, claims.sub);
      if (found === undefined) return wrong(404, 'not_found', 'This node never gave it.');
      const by = { id: site.origin, keys: keys.map(publicJwk) };
      // As of the day when it was given: whether it has run out since is another question.
      const ours = await readMark(mark, by, claims.sub, [claims.type], found.row.given);
      const status =
        found.row.revoked !== null
          ? 'revoked'
          : !ours.ok || (await isDoubtful(found.of))
            ? 'invalid'
            : holds(found.row, now)
              ? 'active'
              : 'expired';
      return token(STATUS_TYPE, await writeStatus(key, site.origin, now, { mark, status }));
    }
    default:
      return wrong(404, 'not_found', 'There is no such address.');
  }
};

/** Only to find what is asked for: its signature is verified. */
const claimsOf = (mark: string): { type: string; sub: string } => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(mark.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { trust_mark_type: type = '', sub = '' } =
      typeof claims === 'object' && claims !== null ? ({ ...claims } as Record<string, unknown>) : {};
    return { type: typeof type === 'string' ? type : '', sub: typeof sub === 'string' ? sub : '' };
  } catch {
    return { type: '', sub: '' };
  }
};
