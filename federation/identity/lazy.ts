/** Signing in between nodes, loaded with the first request for it: most nodes start, and run for days, without. */
import type { IdentityPort } from '#domain/identity/ports.ts';
import type { ClientDeps } from './client.ts';
import type { Identity } from './index.ts';

export type LazyIdentity = Pick<Identity, 'fetch' | 'sayGoodbye'> & {
  /** Is this path the issuer's to answer? */
  handles(path: string): boolean;
  port: IdentityPort;
};

const PATHS = new Set(['/.well-known/openid-configuration', '/.well-known/openid-federation']);

export const createLazyIdentity = (deps: Omit<ClientDeps, 'entities'>): LazyIdentity => {
  let loaded: Promise<Identity> | undefined;
  const load = (): Promise<Identity> => (loaded ??= import('./index.ts').then((module) => module.createIdentity(deps)));
  return {
    handles: (path) => path.startsWith('/oidc/') || PATHS.has(path),
    fetch: async (request, address) => (await load()).fetch(request, address),
    sayGoodbye: async (stop) => (await load()).sayGoodbye(stop),
    port: {
      consentAsked: async (uid) => (await load()).consentAsked(uid),
      consentGiven: async (uid, who) => (await load()).consentGiven(uid, who),
      attestationsOffered: async (host) => (await load()).attestationsOffered(host),
      leave: async (host, next) => (await load()).leave(host, next),
      comeBack: async (query, secret) => (await load()).comeBack(query, secret),
    },
  };
};
