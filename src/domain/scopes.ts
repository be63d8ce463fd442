/**
 * What flows between this node and a peer. Each side has two scopes for the other: what it gives and what it takes;
 * each enforces its own, before sending and before storing (PROTOCOL: Peering, 3).
 */
import { distanceKm, type Places } from './places.ts';
import { type FieldError, KINDS, type Kind, type Result, fail, ok } from './types.ts';

/** Classes of data beside listings; those whose feature is not there yet are agreed on all the same. */
export const DATA_CLASSES = ['availability', 'profiles', 'signIn', 'bookings', 'reviews', 'statistics'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];
export type Territory = { name: string; latitude: number; longitude: number; radiusKm: number };
export type Scope = {
  kinds: Kind[];
  /** Requests, beside offers? */
  requests: boolean;
  data: DataClass[];
  /** Only what is placed within; what has no place is left out then. */
  territory?: Territory;
};

/** Everything that exists today. */
export const OPEN_SCOPE: Scope = { kinds: [...KINDS], requests: true, data: ['profiles'] };

/** What of a listing decides whether it flows. */
export type Scoped = { kind: string; purpose: string; latitude: number | null; longitude: number | null };

/** Does the scope let this listing through? */
export const allows = (scope: Scope | null, listing: Scoped): boolean => {
  const { kinds, requests, territory } = scope ?? OPEN_SCOPE;
  if (!kinds.some((kind) => kind === listing.kind)) return false;
  if (!requests && listing.purpose === 'request') return false;
  if (territory === undefined) return true;
  const { latitude, longitude } = listing;
  return (
    latitude !== null && longitude !== null && distanceKm(territory, { latitude, longitude }) <= territory.radiusKm
  );
};

/** A peer as far as its scope is concerned. */
export type Gives = { host: string; give: Scope | null };
/** May this listing of ours go to this peer: by the admin's scope, and by its publisher's own word? */
export const mayGoTo = (peer: Gives, listing: Scoped & { withheld: readonly string[] }): boolean =>
  !listing.withheld.includes(peer.host) && allows(peer.give, listing);

/** Is it given what members show to partners and not to everybody? */
export const givesProfiles = (peer: Pick<Gives, 'give'>): boolean =>
  (peer.give ?? OPEN_SCOPE).data.includes('profiles');

/** @param value what is stored, or was said by a peer @returns a scope, whatever is odd left out */
export const parseScope = (value: unknown): Scope => {
  const object: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const list = (one: unknown): unknown[] => (Array.isArray(one) ? one : []);
  const place: Record<string, unknown> =
    typeof object['territory'] === 'object' && object['territory'] !== null ? { ...object['territory'] } : {};
  const [latitude, longitude, radiusKm] = [place['latitude'], place['longitude'], place['radiusKm']];
  const whole =
    typeof latitude === 'number' &&
    Math.abs(latitude) <= 90 &&
    typeof longitude === 'number' &&
    Math.abs(longitude) <= 180 &&
    typeof radiusKm === 'number' &&
    radiusKm > 0;
  return {
    kinds: KINDS.filter((kind) => list(object['kinds']).includes(kind)),
    requests: object['requests'] !== false,
    data: DATA_CLASSES.filter((one) => list(object['data']).includes(one)),
    ...(whole
      ? {
          territory: {
            name: typeof place['name'] === 'string' ? place['name'].slice(0, 200) : '',
            latitude,
            longitude,
            radiusKm,
          },
        }
      : {}),
  };
};

export type ScopeInput = { kinds: string[]; requests: boolean; data: string[]; territory: string; radiusKm: string };

/**
 * Reads one half of the form. @param prefix of its fields: `give` or `take`
 * @returns faults of PREFIX.kinds, PREFIX.territory, PREFIX.radiusKm
 */
export const readScope = (prefix: string, input: ScopeInput, places: Pick<Places, 'find'>): Result<Scope> => {
  const errors: FieldError[] = [];
  const kinds = KINDS.filter((kind) => input.kinds.includes(kind));
  if (input.kinds.some((kind) => !KINDS.some((one) => one === kind)))
    errors.push({ field: `${prefix}.kinds`, code: 'choice', params: { allowed: KINDS.join(', ') } });
  const name = input.territory.trim();
  const place = name === '' ? undefined : places.find(name);
  if (name !== '' && place === undefined) errors.push({ field: `${prefix}.territory`, code: 'placeUnknown' });
  const radiusKm = Number(input.radiusKm.replace(',', '.'));
  if (name !== '' && !(radiusKm >= 1 && radiusKm <= 2_000))
    errors.push({ field: `${prefix}.radiusKm`, code: 'number', params: { min: 1, max: 2_000 } });
  if (errors.length > 0) return fail(...errors);
  return ok({
    kinds,
    requests: input.requests,
    data: DATA_CLASSES.filter((one) => input.data.includes(one)),
    ...(place === undefined
      ? {}
      : { territory: { name: place.label, latitude: place.latitude, longitude: place.longitude, radiusKm } }),
  });
};
