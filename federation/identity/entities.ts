/** Partners as issuers and clients: their entity configurations, fetched from their own origin and held to the keys that we remember. */
import { eq } from 'drizzle-orm';
import type { JWK } from 'jose';
import type { Database } from '#db/database.ts';
import { blockedDomains, isUnderRule } from '#domain/domain-rules.ts';
import { type PeerRow, findPeerByHost } from '#domain/peers.ts';
import type { Site } from '#domain/site.ts';
import { log } from '#src/log.ts';
import type { GuardedFetch } from '../fetch.ts';
import { STATEMENT_PATH, STATEMENT_TYPE, keysOf, readStatement } from './statement.ts';

/** A partner's keys and addresses, all on its own origin. `id` is its origin: entity id, issuer and client id in one. */
export type Entity = {
  id: string;
  peer: PeerRow;
  provider: { authorizationEndpoint: string; tokenEndpoint: string; jwksUri: string };
  client: { redirectUris: string[]; jwks: JWK[]; logoutUri: string; idTokenAlg: 'EdDSA' | 'ES256' };
};
export type EntityProblem = 'notAllowed' | 'down' | 'keyChanged' | 'invalid';
export type FoundEntity = { ok: true; value: Entity } | { ok: false; code: EntityProblem; peer?: PeerRow };

export type Entities = {
  /**
   * A partner as it last said that it is. @param freshMs how old that may be while it can be reached; an hour by default
   * @param resting also one whose partnership rests: only to end what was begun with it
   */
  of(host: string, freshMs?: number, resting?: boolean): Promise<FoundEntity>;
};

const FRESH_MS = 3_600_000;
/** A node that shows a new key is asked again after so long: it may have been a mistake. */
const REFUSED_MS = 10 * 60_000;
const MAX_BYTES = 64 * 1024;

export const createEntities = (deps: { db: Database; site: Site; fetch: GuardedFetch }): Entities => {
  const { db, site, fetch } = deps;

  const stored = async (host: string) => {
    const { entities } = db.read.t;
    const [row] = await db.read.select().from(entities).where(eq(entities.host, host)).limit(1);
    return row;
  };

  const of = async (host: string, freshMs = FRESH_MS, resting = false): Promise<FoundEntity> => {
    const peer = await findPeerByHost(db.read, host);
    // Each time: a partnership that has just ended opens nothing any more.
    const held = peer?.state === 'active' || (resting && peer?.state === 'paused');
    if (peer === undefined || !held || isUnderRule(host, await blockedDomains(db.read)))
      return { ok: false, code: 'notAllowed' };
    const now = site.now();
    const before = await stored(host);
    if (before !== undefined) {
      const age = now.getTime() - before.fetched.getTime();
      if (before.refused !== null && now.getTime() - before.refused.getTime() < REFUSED_MS)
        return { ok: false, code: 'keyChanged', peer };
      if (before.refused === null && age >= 0 && age < freshMs && before.expires > now)
        return read(peer, before.metadata);
    }
    const origin = new URL(peer.nodeActor).origin;
    const outcome = await fetch.request(`${origin}${STATEMENT_PATH}`, {
      accept: [`application/${STATEMENT_TYPE}`],
      maxBytes: MAX_BYTES,
      maxRedirects: 0,
      urgent: true,
    });
    if (!outcome.ok || outcome.status !== 200) {
      // What it said last counts while it is valid and the node cannot be asked.
      if (freshMs >= FRESH_MS && before?.refused === null && before.expires > now) return read(peer, before.metadata);
      return { ok: false, code: 'down', peer };
    }
    const said = await readStatement(outcome.body.toString('utf8'), origin, now, before?.thumbprints);
    if (!said.ok) {
      log.federation.warning('The entity configuration of {host} is not believed: {reason}', {
        host,
        reason: said.reason,
      });
      if (said.code === 'key')
        await db.write(async (tx) => {
          await tx.update(tx.t.entities).set({ refused: now }).where(eq(tx.t.entities.host, host));
        });
      return { ok: false, code: said.code === 'key' ? 'keyChanged' : 'invalid', peer };
    }
    const { thumbprints, metadata, expires } = said.value;
    const found = read(peer, metadata);
    if (!found.ok) return found;
    const kept = await db.write(async (tx) => {
      const { entities } = tx.t;
      // Between two first looks at once the first one counts.
      const [row] = await tx.select().from(entities).where(eq(entities.host, host)).limit(1);
      if ((row === undefined) !== (before === undefined)) return false;
      const values = { thumbprints, metadata, expires, fetched: now, refused: null };
      await tx
        .insert(entities)
        .values({ host, ...values })
        .onConflictDoUpdate({ target: entities.host, set: values });
      return true;
    });
    return kept ? found : of(host, freshMs, resting);
  };
  return { of };
};

const section = (metadata: Record<string, unknown>, name: string): Record<string, unknown> => {
  const value = metadata[name];
  return typeof value === 'object' && value !== null ? { ...value } : {};
};

/** Every address has to be on the origin that signed: nobody is sent, and nothing is sent, anywhere else. */
const read = (peer: PeerRow, metadata: Record<string, unknown>): FoundEntity => {
  const { origin } = new URL(peer.nodeActor);
  const own = (value: unknown): string | undefined =>
    typeof value === 'string' && value.length < 500 && URL.canParse(value) && new URL(value).origin === origin
      ? value
      : undefined;
  const [provider, client] = [section(metadata, 'openid_provider'), section(metadata, 'openid_relying_party')];
  const [authorizationEndpoint, tokenEndpoint, jwksUri] = [
    own(provider['authorization_endpoint']),
    own(provider['token_endpoint']),
    own(provider['jwks_uri']),
  ];
  const given = client['redirect_uris'];
  const redirectUris = (Array.isArray(given) ? given.slice(0, 5) : []).map(own).filter((uri) => uri !== undefined);
  const jwks = keysOf(client['jwks']);
  const logoutUri = own(client['backchannel_logout_uri']);
  if (
    provider['issuer'] !== origin ||
    authorizationEndpoint === undefined ||
    tokenEndpoint === undefined ||
    jwksUri === undefined ||
    redirectUris.length === 0 ||
    jwks === undefined ||
    logoutUri === undefined
  )
    return { ok: false, code: 'invalid', peer };
  return {
    ok: true,
    value: {
      id: origin,
      peer,
      provider: { authorizationEndpoint, tokenEndpoint, jwksUri },
      client: {
        redirectUris,
        jwks,
        logoutUri,
        idTokenAlg: client['id_token_signed_response_alg'] === 'ES256' ? 'ES256' : 'EdDSA',
      },
    },
  };
};
