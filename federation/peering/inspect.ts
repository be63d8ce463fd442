/** Who answers at a domain: NodeInfo, the node's actor and its cooperative, as an admin sees them before deciding. */
import { canonicalHost } from '#domain/domain-names.ts';
import { plainText } from '#domain/html.ts';
import type { FoundInvite, PeerPreview, PeerProfile } from '#domain/ports.ts';
import { parseScope } from '#domain/scopes.ts';
import { cleanText } from '#domain/text.ts';
import { thumbprintOf } from '#domain/thumbprint.ts';
import { type Result, fail, ok } from '#domain/types.ts';
import { type DiscoveryDeps, type FoundNode, getJson, readNodeInfo } from '../discovery.ts';
import type { FetchedActor, Resolved } from '../resolve.ts';
import type { ActorValue } from '../vocab/actor.ts';
import { instant, isObject } from '../vocab/json.ts';

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
  const actor = await serverActor(deps, info.value);
  if (!actor.ok)
    return fail({ field: 'domain', code: 'discovery.noActor', params: { host, software: info.value.software } });
  const cooperative =
    info.value.cooperative === undefined ? undefined : await deps.resolver.actor(info.value.cooperative);
  const marks =
    info.value.cooperative === undefined
      ? []
      : ((await deps.provenOf?.(actor.value.document, deps.resolver.get)) ?? []);
  return ok({
    host,
    nodeActor: actor.value.row.uri,
    name: cleanText(info.value.name ?? actor.value.row.name),
    summary: cleanText(plainText(info.value.summary ?? '')),
    software: [info.value.software, info.value.version].filter((part) => part !== undefined && part !== '').join(' '),
    node: info.value.cooperative !== undefined,
    profile: profileOf(info.value, actor.value.document),
    ...(marks.length === 0 ? {} : { marks }),
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

/**
 * The actor of a server: as it says itself, else where software has it (Flohmarkt, Mastodon and those that are made
 * like it). One at its own host, whatever it says.
 */
const serverActor = async (deps: DiscoveryDeps, info: FoundNode): Promise<Resolved<FetchedActor>> => {
  const said = info.nodeActor ?? info.application;
  const tried = said === undefined ? [`${info.origin}/users/instance`, `${info.origin}/actor`] : [said];
  let last: Resolved<FetchedActor> | undefined;
  for (const uri of tried) {
    last = uri.startsWith(`${info.origin}/`) ? await deps.resolver.freshActor(uri) : last;
    if (last?.ok === true) return last;
  }
  return last ?? { ok: false, code: 'otherOrigin', detail: 'The actor of the server is on another origin.' };
};

/** What it says of itself, and the thumbprint of its key as we see it. */
const profileOf = (info: FoundNode, actor: ActorValue): PeerProfile => {
  const key = actor.publicKeys.find((one) => one.owner === actor.uri);
  const thumbprint = key === undefined ? undefined : thumbprintOf(key.pem);
  const { territory, languages, charter, kinds, members, partners } = info;
  return {
    ...(territory === undefined ? {} : { territory: cleanText(territory) }),
    ...(languages === undefined ? {} : { languages }),
    ...(charter === undefined ? {} : { charter }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(members === undefined ? {} : { members }),
    ...(partners === undefined ? {} : { partners }),
    ...(thumbprint === undefined ? {} : { thumbprint }),
  };
};

/**
 * An invitation, read at the node that gave it.
 * @param pasted the link, as its admin got it
 * @returns errors on `invite`: that it is no link, or why it cannot be had
 */
export const readInvite = async (deps: DiscoveryDeps, pasted: string): Promise<Result<FoundInvite>> => {
  const url = URL.canParse(pasted.trim()) ? new URL(pasted.trim()) : undefined;
  const secret = /^\/peering\/invitations\/([\w-]{20,100})$/.exec(url?.pathname ?? '')?.[1];
  const host = url === undefined ? undefined : canonicalHost(url.host);
  if (url === undefined || secret === undefined || host === undefined)
    return fail({ field: 'invite', code: 'invite.noLink' });
  if (host === deps.site.host) return fail({ field: 'invite', code: 'invite.ourOwn' });
  const answer = await getJson(deps, `${url.origin}${url.pathname}`, ['application/activity+json']);
  if (!answer.ok) {
    const code = answer.code === 'notFound' ? 'invite.inviteUnknown' : `discovery.${answer.code}`;
    return fail({ field: 'invite', code, params: { host } });
  }
  const said = isObject(answer.json) ? answer.json : {};
  const state = (['open', 'used', 'expired', 'revoked'] as const).find((one) => one === said['state']);
  const expires = instant(said['endTime']);
  if (state === undefined || expires === undefined)
    return fail({ field: 'invite', code: 'discovery.noNode', params: { host } });
  return ok({ host, secret, state, gives: parseScope(said['gives']), takes: parseScope(said['takes']), expires });
};
