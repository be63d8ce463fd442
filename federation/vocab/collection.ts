/** Collections and their pages, both ways. */
import { CONTEXT } from './context.ts';
import { type JsonObject, decimal, first, hasType, isObject, link, list } from './json.ts';

/** @param collection.total undefined = it is not said, as ActivityStreams allows */
export const writeCollection = (collection: { id: string; total: number | undefined; first?: string }): JsonObject => ({
  '@context': CONTEXT,
  id: collection.id,
  type: 'OrderedCollection',
  ...(collection.total === undefined ? {} : { totalItems: collection.total }),
  ...(collection.first === undefined ? {} : { first: collection.first }),
});

/**
 * A page as text, joined from items that are JSON already: nothing is parsed or built again.
 * @param page.items JSON texts; each may carry its own @context
 */
export const writeCollectionPage = (page: {
  id: string;
  partOf: string;
  next: string | undefined;
  items: string[];
}): string => {
  const head = {
    '@context': CONTEXT,
    id: page.id,
    type: 'OrderedCollectionPage',
    partOf: page.partOf,
    ...(page.next === undefined ? {} : { next: page.next }),
  };
  return `${JSON.stringify(head).slice(0, -1)},"orderedItems":[${page.items.join(',')}]}`;
};

const COUNT_MAX = 10_000_000;

/**
 * @returns the first page's address and a believable count, and `firstPage` when the page is embedded or the items
 * are in the collection itself; undefined if it is no collection
 */
export const readCollection = (
  doc: unknown,
): { first?: string; total?: number; firstPage?: { items: unknown[]; next?: string } } | undefined => {
  if (!isObject(doc) || !hasType(doc, 'OrderedCollection', 'Collection')) return undefined;
  const start = link(doc['first']);
  const total = decimal(doc['totalItems']);
  const page = first(doc['first']);
  const carrier = [page, doc].find((one) => isObject(one) && (one['orderedItems'] ?? one['items']) !== undefined);
  const firstPage = readCollectionPage(isObject(carrier) ? { type: 'OrderedCollectionPage', ...carrier } : undefined);
  return {
    ...(start === undefined ? {} : { first: start }),
    ...(total === undefined || total < 0 || total > COUNT_MAX ? {} : { total: Math.floor(total) }),
    ...(firstPage === undefined ? {} : { firstPage }),
  };
};

/** @returns at most 200 items and the next page's address, or undefined if it is no page */
export const readCollectionPage = (doc: unknown): { items: unknown[]; next?: string } | undefined => {
  if (!isObject(doc) || !hasType(doc, 'OrderedCollectionPage', 'CollectionPage', 'OrderedCollection', 'Collection'))
    return undefined;
  const next = link(first(doc['next']));
  return { items: list(doc['orderedItems'] ?? doc['items']).slice(0, 200), ...(next === undefined ? {} : { next }) };
};
