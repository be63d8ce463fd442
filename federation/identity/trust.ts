/** Whom to trust, put together; apart from signing in, whose libraries are large and which most nodes seldom need. */
import type { ProvenMarks } from '#domain/identity/anchors.ts';
import { keepIdentityKeys } from '#domain/identity/keys.ts';
import { knownThumbprints } from '#domain/identity/pins.ts';
import type { IdentityPort } from '#domain/identity/ports.ts';
import { hostOfUri } from '../hosts.ts';
import { keysNamedBy } from '../peering/entity-keys.ts';
import type { Resolver } from '../resolve.ts';
import type { ActorValue } from '../vocab/actor.ts';
import { type AnchorDeps, createAnchors, findIdentity } from './anchors.ts';
import { fetchStatement } from './configuration.ts';
import { createEntities } from './entities.ts';
import { trustRound } from './round.ts';

export type Trust = Pick<IdentityPort, 'identityAt'> & {
  /** Looks anew at what trust hangs on; a background job. */
  trustRound(stop?: AbortSignal): Promise<'done' | 'returned'>;
  /** What networks that are trusted here say of a node that may become a partner, asked now. */
  provenOf(node: ActorValue, get: Resolver['get']): Promise<ProvenMarks[]>;
};

/** Whoever asks to be a partner waits ten seconds for an answer: what is not proven by then is not waited for. */
const PROOF_MS = 8_000;

export const createTrust = (deps: AnchorDeps & { resolver: Pick<Resolver, 'freshActor'> }): Trust => {
  const { db, site } = deps;
  const anchors = createAnchors(deps);
  const entities = createEntities(deps);
  const prove = async (node: ActorValue, get: Resolver['get']): Promise<ProvenMarks[]> => {
    const { origin } = new URL(node.uri);
    // Of who is no partner yet its node says by which keys it is known.
    const known = (await knownThumbprints(db.read, hostOfUri(origin) ?? '')) ?? (await keysNamedBy(node, get));
    const said = known === undefined ? undefined : await fetchStatement(deps, origin, known);
    return said?.ok === true ? anchors.proven(said.value, origin) : [];
  };
  return {
    identityAt: (domain) => findIdentity(deps, domain),
    trustRound: async (stop) => {
      await keepIdentityKeys(db, site);
      return trustRound({ ...deps, entities, anchors }, stop);
    },
    provenOf: async (node, get) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<ProvenMarks[]>((resolve) => {
        timer = setTimeout(() => resolve([]), PROOF_MS);
      });
      return Promise.race([prove(node, get), late]).finally(() => clearTimeout(timer));
    },
  };
};
