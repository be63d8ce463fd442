/** Partners as issuers and clients: their entity configurations, fetched from their own origin and held to the keys that we remember. */
import { eq } from 'drizzle-orm';
import type { JWK } from 'jose';
import type { Database } from '#db/database.ts';
import { blockedDomains, isUnderRule } from '#domain/domain-rules.ts';
import { type PeerRow, findPeerByHost } from '#domain/peers.ts';
import type { OfferedAttestation } from '#domain/identity/ports.ts';
import type { Site } from '#domain/site.ts';
import { findPin } from '#domain/identity/pins.ts';
import type { GuardedFetch } from '../fetch.ts';
import type { Resolver } from '../resolve.ts';
import { readOffered } from './attest.ts';
import { readConfiguration } from './configuration.ts';
import { keysOf } from './statement.ts';

/** A partner's keys and addresses, all on its own origin. `id` is its origin: entity id, issuer and client id in one. */
export type Entity = {
  id: string;
  peer: PeerRow;
  provider: { authorizationEndpoint: string; tokenEndpoint: string; jwksUri: string; revocationEndpoint?: string };
  client: { redirectUris: string[]; jwks: JWK[]; logoutUri: string; idTokenAlg: 'EdDSA' | 'ES256' };
  /** Those of its entity configuration, by which it also attests. */
  keys: JWK[];
  attestations: OfferedAttestation[];
};
/** Under which the keys of a statement are remembered beside its metadata. */
const STATEMENT_KEYS = 'statement_keys';
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

export const createEntities = (deps: {
  db: Database;
  site: Site;
  fetch: GuardedFetch;
  resolver: Pick<Resolver, 'freshActor'>;
}): Entities => {
  const { db, site } = deps;

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
    const [before, pin] = [await stored(host), await findPin(db.read, host)];
    if (before !== undefined && pin?.newSeen == null) {
      const age = now.getTime() - before.fetched.getTime();
      if (age >= 0 && age < freshMs && before.expires > now) return read(peer, before.metadata);
    }
    // A partner from before keys were exchanged names them as its actor is read.
    if (before === undefined && pin === undefined) await deps.resolver.freshActor(peer.nodeActor);
    const said = await readConfiguration(deps, host, new URL(peer.nodeActor).origin);
    if (!said.ok) {
      // What it said last counts while it is valid and the node cannot be asked.
      const usable = before !== undefined && before.expires > now && pin?.newSeen == null;
      if (said.code === 'down' && freshMs >= FRESH_MS && usable) return read(peer, before.metadata);
      if (said.code === 'blocked') return { ok: false, code: 'notAllowed' };
      return { ok: false, code: said.code === 'unpinned' ? 'invalid' : said.code, peer };
    }
    const { thumbprints, keys, expires } = said.value;
    const metadata = { ...said.value.metadata, [STATEMENT_KEYS]: { keys } };
    const found = read(peer, metadata);
    if (!found.ok) return found;
    await db.write(async (tx) => {
      // A partnership that has ended meanwhile leaves nothing behind.
      if ((await findPeerByHost(tx, host))?.state !== 'active') return;
      const { entities } = tx.t;
      const values = { thumbprints, metadata, expires, fetched: now };
      await tx
        .insert(entities)
        .values({ host, ...values })
        .onConflictDoUpdate({ target: entities.host, set: values });
    });
    return found;
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
  const revocationEndpoint = own(provider['revocation_endpoint']);
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
      provider: {
        authorizationEndpoint,
        tokenEndpoint,
        jwksUri,
        ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
      },
      client: {
        redirectUris,
        jwks,
        logoutUri,
        idTokenAlg: client['id_token_signed_response_alg'] === 'ES256' ? 'ES256' : 'EdDSA',
      },
      keys: keysOf(metadata[STATEMENT_KEYS]) ?? [],
      attestations: readOffered(provider['attestations_supported']),
    },
  };
};
