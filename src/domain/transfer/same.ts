/** Does a line of a file say anything new of the listing that is here? */
import type { Reader } from '#db/database.ts';
import { accessOf } from '../hidden-halves.ts';
import type { ListingDraft } from '../listing-input.ts';
import { type ListingRow, priceOf } from '../listings.ts';

/** @param row with what is for holders alone (`wholeOf`) @returns whether saving the draft would change nothing */
export const sameDraft = async (db: Reader, row: ListingRow, draft: ListingDraft): Promise<boolean> => {
  const access = await accessOf(db, row);
  const typed = { ...draft, withheld: draft.withheld ?? row.withheld, access: draft.access ?? access, town: undefined };
  return canonical({ ...draftOf(row), access }) === canonical(typed);
};

/** What would have to be typed to get this row. */
const draftOf = (row: ListingRow): Record<string, unknown> => ({
  kind: row.kind,
  purpose: row.purpose,
  title: row.title,
  text: row.text,
  price: priceOf(row),
  unit: row.unit,
  quantity: row.quantity ?? undefined,
  place:
    row.exactName === null
      ? undefined
      : {
          name: row.exactName,
          latitude: row.exactLatitude,
          longitude: row.exactLongitude,
          country: row.country ?? undefined,
        },
  precision: row.precision,
  attributes: row.attributes,
  tags: row.tags,
  audience: row.audience,
  withheld: row.withheld,
  language: row.language ?? undefined,
  validUntil: row.validUntil ?? undefined,
});

/** JSON with sorted keys: PostgreSQL gives objects back in an order of its own. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
