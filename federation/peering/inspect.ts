/** Who answers at a domain: NodeInfo, the node's actor and its cooperative, as an admin sees them before deciding. */
import { type DiscoveryDeps, readNodeInfo } from '../discovery.ts';
import { canonicalHost } from '../hosts.ts';
import { plainText } from '#domain/html.ts';
import type { PeerPreview } from '#domain/ports.ts';
import { type Result, fail, ok } from '#domain/types.ts';

/**
 * @param domain as typed: a host, with or without scheme and path
 * @returns errors on `domain` with codes `discovery.*`, each with its own remedy
 */
export const inspect = async (deps: DiscoveryDeps, domain: string): Promise<Result<PeerPreview>> => {
  const host = canonicalHost(
    domain
      .trim()
      .replace(/^https?:\/\//i, '')
      .replace(/[/?#].*$/, '')
      .replace(/^@?[^@]*@/, ''),
  );
  if (host === undefined) return fail({ field: 'domain', code: 'discovery.noDomain' });
  if (host === deps.site.host) return fail({ field: 'domain', code: 'discovery.ourselves' });
  const info = await readNodeInfo(deps, host);
  if (!info.ok) return fail({ field: 'domain', code: `discovery.${info.code}`, params: { host } });
  const nodeActor = info.value.nodeActor ?? `${info.value.origin}/users/instance`;
  const actor = await deps.resolver.actor(nodeActor);
  if (!actor.ok)
    return fail({ field: 'domain', code: 'discovery.noActor', params: { host, software: info.value.software } });
  const cooperative =
    info.value.cooperative === undefined ? undefined : await deps.resolver.actor(info.value.cooperative);
  return ok({
    host,
    nodeActor,
    name: info.value.name ?? actor.value.name,
    summary: plainText(info.value.summary ?? ''),
    software: [info.value.software, info.value.version].filter((part) => part !== undefined && part !== '').join(' '),
    node: info.value.cooperative !== undefined,
    ...(info.value.listings === undefined ? {} : { listings: info.value.listings }),
    ...(info.value.members === undefined ? {} : { members: info.value.members }),
    ...(cooperative?.ok === true
      ? {
          cooperative: cooperative.value.uri,
          ...(cooperative.value.icon === null ? {} : { icon: cooperative.value.icon }),
        }
      : {}),
  });
};
