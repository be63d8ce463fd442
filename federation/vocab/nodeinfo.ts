/** NodeInfo 2.1, what we say; and 2.0 or 2.1, what others say. */
import { KINDS } from '#domain/types.ts';
import { type JsonObject, decimal, isObject, link, list, text } from './json.ts';

export const writeNodeInfo = (node: {
  version: string;
  openRegistrations: boolean;
  usage: { members: number; activeMonth: number; activeHalfyear: number; listings: number };
  name: string;
  summary: string;
  nodeActor: string;
  cooperative: string;
  catalogue: string;
  kinds: string[];
  languages: string[];
  territory: { name: string; radiusKm: number } | undefined;
  charter: string | undefined;
  /** Public listings by kind. */
  listings: Record<string, number>;
  /** Hosts; undefined: they are not published. */
  partners: string[] | undefined;
}): JsonObject => ({
  version: '2.1',
  software: { name: 'maillon', version: node.version, repository: 'https://github.com/etikbnb/maillon' },
  protocols: ['activitypub'],
  services: { inbound: [], outbound: [] },
  openRegistrations: node.openRegistrations,
  usage: {
    users: {
      total: node.usage.members,
      activeMonth: node.usage.activeMonth,
      activeHalfyear: node.usage.activeHalfyear,
    },
    localPosts: node.usage.listings,
  },
  metadata: {
    nodeName: node.name,
    nodeDescription: node.summary,
    nodeActor: node.nodeActor,
    cooperative: node.cooperative,
    catalogue: node.catalogue,
    kinds: node.kinds,
    languages: node.languages,
    ...(node.territory === undefined ? {} : { territory: node.territory }),
    ...(node.charter === undefined ? {} : { charter: node.charter }),
    listings: node.listings,
    ...(node.partners === undefined ? {} : { partners: node.partners }),
  },
});

export type NodeInfoValue = {
  software: string;
  version: string;
  name?: string;
  summary?: string;
  nodeActor?: string;
  cooperative?: string;
  members?: number;
  listings?: number;
  territory?: string;
  languages?: string[];
  charter?: string;
  kinds?: Record<string, number>;
  partners?: string[];
};

/** @returns undefined if it names no software */
export const readNodeInfo = (doc: unknown): NodeInfoValue | undefined => {
  if (!isObject(doc) || !isObject(doc['software'])) return undefined;
  const software = text(doc['software']['name'], 60);
  if (software === undefined) return undefined;
  const metadata = isObject(doc['metadata']) ? doc['metadata'] : {};
  const usage = isObject(doc['usage']) ? doc['usage'] : {};
  const users = isObject(usage['users']) ? usage['users'] : {};
  const optional = {
    name: text(metadata['nodeName'], 200),
    summary: text(metadata['nodeDescription'], 2_000),
    nodeActor: link(metadata['nodeActor']),
    cooperative: link(metadata['cooperative']),
    members: count(users['total']),
    listings: count(usage['localPosts']),
    territory: isObject(metadata['territory']) ? text(metadata['territory']['name'], 200) : undefined,
    languages: words(metadata['languages'], 20),
    charter: secure(metadata['charter']),
    kinds: isObject(metadata['listings']) ? byKind(metadata['listings']) : undefined,
    partners: words(metadata['partners'], 500),
  };
  return { software, version: text(doc['software']['version'], 60) ?? '', ...defined(optional) };
};

/** Short words of a list: codes of languages, hosts. */
const words = (value: unknown, max: number): string[] | undefined =>
  Array.isArray(value)
    ? list(value)
        .filter((one): one is string => typeof one === 'string' && /^[\w.:[\]-]{1,255}$/.test(one))
        .slice(0, max)
    : undefined;
const secure = (value: unknown): string | undefined => {
  const found = link(value);
  return found?.startsWith('https://') === true && found.length <= 300 ? found : undefined;
};
const byKind = (said: JsonObject): Record<string, number> =>
  Object.fromEntries(
    KINDS.flatMap((kind) => {
      const n = count(said[kind]);
      return n === undefined || n === 0 ? [] : [[kind, n]];
    }),
  );
const count = (value: unknown): number | undefined => {
  const number = decimal(value);
  return number === undefined || number < 0 || number > 1e9 ? undefined : Math.floor(number);
};
const defined = <T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
