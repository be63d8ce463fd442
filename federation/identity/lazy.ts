/** Signing in between nodes, loaded with the first request for it: most nodes start, and run for days, without. */
import { trustedAnchors } from '#domain/identity/anchors.ts';
import type { IdentityPort } from '#domain/identity/ports.ts';
import type { ClientDeps } from './client.ts';
import type { Identity } from './index.ts';
import type { Trust } from './trust.ts';

export type LazyIdentity = Pick<Identity, 'fetch' | 'sayGoodbye' | 'tellHome'> &
  Pick<Trust, 'trustRound' | 'provenOf'> & {
    /** Is this path the issuer's to answer? */
    handles(path: string): boolean;
    port: IdentityPort;
  };

const PATHS = new Set(['/.well-known/openid-configuration', '/.well-known/openid-federation']);

export const createLazyIdentity = (deps: Omit<ClientDeps, 'entities'> & { perMinute: number }): LazyIdentity => {
  let loaded: Promise<Identity> | undefined;
  const load = (): Promise<Identity> => (loaded ??= import('./index.ts').then((module) => module.createIdentity(deps)));
  let trusting: Promise<Trust> | undefined;
  const loadTrust = (): Promise<Trust> =>
    (trusting ??= import('./trust.ts').then((module) => module.createTrust(deps)));
  return {
    handles: (path) => path.startsWith('/oidc/') || path.startsWith('/federation/') || PATHS.has(path),
    fetch: async (request, address) => (await load()).fetch(request, address),
    sayGoodbye: async (stop) => (await load()).sayGoodbye(stop),
    tellHome: async (left) => (await load()).tellHome(left),
    trustRound: async (stop) => (await loadTrust()).trustRound(stop),
    // Who trusts no umbrella asks none.
    provenOf: async (node, get) =>
      (await trustedAnchors(deps.db.read)).length === 0 ? [] : (await loadTrust()).provenOf(node, get),
    port: {
      consentAsked: async (uid) => (await load()).consentAsked(uid),
      consentGiven: async (uid, who) => (await load()).consentGiven(uid, who),
      identityAt: async (domain) => (await loadTrust()).identityAt(domain),
      attestationsOffered: async (host) => (await load()).attestationsOffered(host),
      leave: async (host, next) => (await load()).leave(host, next),
      comeBack: async (query, secret) => (await load()).comeBack(query, secret),
    },
  };
};
