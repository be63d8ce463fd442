/** Finding others: WebFinger and NodeInfo, through the guarded fetch. Every failure has its own code and remedy. */
import { canonicalHost } from '#domain/domain-names.ts';
import type { ProvenMarks } from '#domain/identity/anchors.ts';
import { fullHandle } from '#domain/ids.ts';
import type { Elsewhere } from '#domain/moving/moves.ts';
import type { Site } from '#domain/site.ts';
import type { FoundActor, FetchProblem } from '#domain/ports.ts';
import { type Result, fail, ok } from '#domain/types.ts';
import { scan } from './bounds.ts';
import type { FetchFailure, FetchOutcome, GuardedFetch } from './fetch.ts';
import { hostOfUri } from './hosts.ts';
import type { Resolver } from './resolve.ts';
import type { ActorValue } from './vocab/actor.ts';
import { isObject, link, list } from './vocab/json.ts';
import { type NodeInfoValue, readNodeInfo as parseNodeInfo } from './vocab/nodeinfo.ts';
import { readWebFinger } from './vocab/webfinger.ts';

export type DiscoveryDeps = {
  site: Site;
  fetch: GuardedFetch;
  resolver: Resolver;
  testNetwork: boolean;
  /** What umbrellas that are trusted here say of a node. */
  provenOf?: (node: ActorValue, get: Resolver['get']) => Promise<ProvenMarks[]>;
};

/** `http` only for names of this machine, `*.localhost`, in a test network. */
const originOf = (deps: DiscoveryDeps, host: string): string =>
  `${deps.testNetwork && /(?:^|\.)localhost(?::\d+)?$/.test(host) ? 'http' : 'https'}://${host}`;

const CODES: Record<FetchFailure, FetchProblem> = {
  'address-refused': 'refused',
  'scheme-refused': 'refused',
  'redirect-refused': 'redirect',
  timeout: 'timeout',
  'too-large': 'tooLarge',
  'wrong-type': 'wrongType',
  unreachable: 'unreachable',
  tls: 'tls',
  'no-such-host': 'noSuchHost',
  busy: 'timeout',
};

/** From a failed exchange to the code of a message for people. */
export const codeOf = (outcome: FetchOutcome): FetchProblem =>
  outcome.ok ? (outcome.status === 404 || outcome.status === 410 ? 'notFound' : 'status') : CODES[outcome.code];

/** JSON of elsewhere. @returns a code `discovery.*` without the prefix */
export const getJson = async (
  deps: DiscoveryDeps,
  url: string,
  accept: string[],
): Promise<{ ok: true; json: unknown } | { ok: false; code: string }> => {
  if (await deps.resolver.isBlocked(hostOfUri(url) ?? '')) return { ok: false, code: 'blocked' };
  const outcome = await deps.fetch.request(url, { accept, maxBytes: 256 * 1024 });
  if (!outcome.ok || outcome.status !== 200) return { ok: false, code: codeOf(outcome) };
  if (scan(outcome.body, { maxDepth: 24, maxContainers: 5_000 }) !== undefined) return { ok: false, code: 'tooLarge' };
  try {
    return { ok: true, json: JSON.parse(outcome.body.toString('utf8')) };
  } catch {
    return { ok: false, code: 'wrongType' };
  }
};

/**
 * Finds an actor by what a person pastes: `@alice@host`, `alice@host`, `acct:…`, or a URL.
 * @returns errors on `actor`, codes `discovery.*`
 */
export const lookup = async (deps: DiscoveryDeps, pasted: string): Promise<Result<FoundActor>> => {
  const input = pasted.trim();
  const handle = /^(?:acct:)?@?([\w.-]{1,100})@([^\s/@]+)$/.exec(input);
  let uri: string | undefined;
  if (handle !== null) {
    const host = canonicalHost(handle[2]!);
    if (host === undefined) return fail({ field: 'actor', code: 'discovery.noDomain' });
    const resource = `acct:${handle[1]}@${host}`;
    const answer = await getJson(
      deps,
      `${originOf(deps, host)}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`,
      ['application/jrd+json', 'application/json'],
    );
    if (!answer.ok) return fail({ field: 'actor', code: `discovery.${answer.code}`, params: { host } });
    uri = readWebFinger(answer.json);
    if (uri === undefined) return fail({ field: 'actor', code: 'discovery.noActor', params: { host, software: '' } });
  } else if (/^https?:\/\//.test(input) && URL.canParse(input)) uri = input;
  if (uri === undefined) return fail({ field: 'actor', code: 'discovery.noHandle' });
  const actor = await deps.resolver.actor(uri);
  if (actor.ok) {
    const row = actor.value;
    return ok({
      uri: row.uri,
      kind: row.kind,
      handle: row.handle,
      host: row.host,
      name: row.name,
      html: row.html,
      url: row.url,
      ...(row.icon === null ? {} : { icon: row.icon }),
    });
  }
  const host = new URL(uri).host;
  const codes: Record<string, string> = {
    gone: 'notFound',
    noJson: 'wrongType',
    'wrong-type': 'wrongType',
    timeout: 'timeout',
    unreachable: 'unreachable',
    tls: 'tls',
    'no-such-host': 'noSuchHost',
    'address-refused': 'refused',
    'scheme-refused': 'refused',
    busy: 'timeout',
    blocked: 'blocked',
    ourselves: 'notFound',
  };
  return fail({ field: 'actor', code: `discovery.${codes[actor.code] ?? 'noActor'}`, params: { host, software: '' } });
};

/**
 * The same, asked of its own server just now, with what it says of its other addresses.
 * @returns errors on `actor`, codes `discovery.*`, or moving.same when it is one of ours
 */
export const lookupFresh = async (deps: DiscoveryDeps, pasted: string): Promise<Result<Elsewhere>> => {
  const found = await lookup(deps, pasted);
  if (!found.ok) return found;
  const { uri, host } = found.value;
  if (hostOfUri(uri) === deps.site.host) return fail({ field: 'actor', code: 'moving.same' });
  const fresh = await deps.resolver.freshActor(uri);
  if (!fresh.ok) return fail({ field: 'actor', code: 'discovery.unreachable', params: { host, software: '' } });
  const { row, document } = fresh.value;
  return ok({
    uri: row.uri,
    handle: fullHandle(row.handle, row.host),
    url: row.url,
    alsoKnownAs: document.alsoKnownAs,
    ...(document.movedTo === undefined ? {} : { movedTo: document.movedTo }),
  });
};

/** `application`: the actor of the server, as FEP-2677 names it. */
export type FoundNode = NodeInfoValue & { origin: string; application?: string };

const APPLICATION = 'https://www.w3.org/ns/activitystreams#Application';

/** Asks a host for its NodeInfo. @returns a code `discovery.*` without the prefix */
export const readNodeInfo = async (
  deps: DiscoveryDeps,
  host: string,
): Promise<{ ok: true; value: FoundNode } | { ok: false; code: string }> => {
  const origin = originOf(deps, host);
  const index = await getJson(deps, `${origin}/.well-known/nodeinfo`, ['application/json', 'application/jrd+json']);
  if (!index.ok) return { ok: false, code: index.code === 'notFound' ? 'noNode' : index.code };
  const links = isObject(index.json) ? list(index.json['links']) : [];
  const found = links
    .flatMap((one) =>
      isObject(one) &&
      typeof one['rel'] === 'string' &&
      /nodeinfo\.diaspora\.software\/ns\/schema\/2\.[01]$/.test(one['rel'])
        ? [{ rel: one['rel'], href: link(one['href']) }]
        : [],
    )
    .toSorted((a, b) => (a.rel < b.rel ? 1 : -1))[0]?.href;
  if (found === undefined || new URL(found).origin !== origin) return { ok: false, code: 'noNode' };
  const document = await getJson(deps, found, ['application/json']);
  if (!document.ok) return document;
  const value = parseNodeInfo(document.json);
  if (value === undefined) return { ok: false, code: 'noNode' };
  const application = links.flatMap((one) =>
    isObject(one) && one['rel'] === APPLICATION ? (link(one['href']) ?? []) : [],
  )[0];
  return {
    ok: true,
    value: { ...value, origin, ...(application === undefined ? {} : { application }) },
  };
};
