/** From what somebody wrote to the columns of a listing: its place as it is shown, and its hidden half. */
import { createHmac, randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { type Held, type HiddenPrice, halve } from './hidden-halves.ts';
import { renderMarkdown } from './html.ts';
import type { ExactPlace, ListingDraft } from './listing-input.ts';
import type { ListingRow } from './listings.ts';
import { shown } from './places.ts';
import { priceColumns } from './price-columns.ts';
import type { Precision } from './types.ts';

const PLACE_SECRET = 'place-secret';

/**
 * Where a place is moved to must not be computable by others, and must be the same for all of a member's listings at
 * one address, else their mean would give it away: so it hangs on a secret of the node, the member and the true place.
 */
const placeSeed = async (tx: Tx, publisher: string, place: ExactPlace): Promise<string> => {
  const { facts } = tx.t;
  await tx
    .insert(facts)
    .values({ key: PLACE_SECRET, value: randomBytes(32).toString('base64url') })
    .onConflictDoNothing();
  const [secret] = await tx.select().from(facts).where(eq(facts.key, PLACE_SECRET)).limit(1);
  return createHmac('sha256', secret!.value)
    .update(`${publisher} ${place.latitude},${place.longitude}`)
    .digest('base64url');
};

/** Who a listing is for, as a draft says it. */
const heldOf = (draft: ListingDraft, before: { held: Held | null } | undefined): Held | null => {
  const { access } = draft;
  if (access === undefined) return before?.held ?? null;
  return access.for === 'all' ? null : { access: access.for, codes: access.codes };
};
/** Undefined: as it was. */
const holdersPriceOf = ({ access }: ListingDraft): HiddenPrice | null | undefined =>
  access === undefined ? undefined : access.for === 'priced' ? priceColumns(access.price) : null;

/**
 * The columns of a listing's row, and what of it is kept aside.
 * @param before what stays as it was, when the draft does not speak of it
 */
export const columnsOf = async (
  tx: Tx,
  draft: ListingDraft,
  publisher: string,
  before?: Pick<ListingRow, 'withheld' | 'held'>,
) => {
  const seed = draft.place === undefined ? '' : await placeSeed(tx, publisher, draft.place);
  const placed = (precision: Precision) => {
    const place = draft.place === undefined ? undefined : shown(draft.place, precision, seed, draft.town);
    return {
      placeName: place?.name ?? null,
      latitude: place?.latitude ?? null,
      longitude: place?.longitude ?? null,
      accuracy: place?.accuracy ?? null,
    };
  };
  const columns = {
    kind: draft.kind,
    purpose: draft.purpose,
    title: draft.title,
    text: draft.text,
    html: renderMarkdown(draft.text),
    ...priceColumns(draft.price),
    unit: draft.unit,
    unitBased: draft.price.type === 'money' || draft.price.type === 'hours',
    quantity: draft.quantity ?? null,
    exactName: draft.place?.name ?? null,
    exactLatitude: draft.place?.latitude ?? null,
    exactLongitude: draft.place?.longitude ?? null,
    precision: draft.precision,
    ...placed(draft.precision),
    country: draft.place === undefined ? null : (draft.place.country ?? draft.town?.country ?? null),
    attributes: draft.attributes,
    tags: draft.tags,
    audience: draft.audience,
    withheld: draft.withheld ?? before?.withheld ?? [],
    language: draft.language ?? null,
    validUntil: draft.validUntil ?? null,
  };
  return { ...halve(columns, placed('town'), heldOf(draft, before)), price: holdersPriceOf(draft) };
};
