/** For whom a listing is, on the wire: `reservedFor` of the Proposal. */
import type { Held, Texts } from '#db/schema/attestations.ts';
import { uncounted } from '#domain/hidden-halves.ts';
import { ATTESTATION_CODE } from '#domain/listing-access.ts';
import type { ListingValue } from '#domain/types.ts';
import { type JsonObject, isObject, list, text } from './json.ts';

const CODES_MAX = 10;
const LANGUAGES_MAX = 10;
const NAME_MAX = 80;

export const writeHeld = (held: Held): JsonObject => ({
  access: held.access,
  attestations: held.codes.map((code) => ({ code, names: held.names?.[code] ?? {} })),
});

/** Of a reserved listing only a teaser is ever written: title, kind, town, for whom, and where the whole is. */
export const asTold = (listing: ListingValue): ListingValue => {
  if (listing.held?.access !== 'reserved') return listing;
  const { quantity: _, ...rest } = listing;
  return {
    ...rest,
    html: '',
    price: { type: 'quote' },
    ...uncounted(listing.kind),
    attributes: {},
    tags: [],
    pictures: [],
  };
};

/** @returns undefined if it is for everybody; what cannot be read is reserved for nobody that is known here */
export const readHeld = (said: unknown): Held | undefined => {
  if (!isObject(said)) return undefined;
  const given = list(said['attestations'])
    .slice(0, CODES_MAX)
    .flatMap((one) => {
      const code = isObject(one) ? one['code'] : undefined;
      return typeof code === 'string' && ATTESTATION_CODE.test(code)
        ? [[code, readNames(isObject(one) ? one['names'] : undefined)] as const]
        : [];
    });
  const names = Object.fromEntries(given);
  return { access: said['access'] === 'priced' ? 'priced' : 'reserved', codes: Object.keys(names), names };
};

/** Words by language, short and clean. */
export const readNames = (said: unknown): Texts =>
  isObject(said)
    ? Object.fromEntries(
        Object.entries(said)
          .slice(0, LANGUAGES_MAX)
          .flatMap(([language, word]) => {
            const clean = /^[a-z]{2,3}$/.test(language) ? text(word, NAME_MAX) : undefined;
            return clean === undefined ? [] : [[language, clean]];
          }),
      )
    : {};
