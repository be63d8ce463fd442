/** NodeInfo 2.1, what we say; and 2.0 or 2.1, what others say. */
import { type JsonObject, decimal, isObject, link, text } from './json.ts';

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
  };
  return { software, version: text(doc['software']['version'], 60) ?? '', ...defined(optional) };
};

const count = (value: unknown): number | undefined => {
  const number = decimal(value);
  return number === undefined || number < 0 || number > 1e9 ? undefined : Math.floor(number);
};
const defined = <T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
