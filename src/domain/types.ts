/**
 * The nouns that every layer shares, as plain values. Wire names (Proposal, Intent, Agreement) stop at
 * `federation/vocab`; nothing here knows a database, HTTP or ActivityPub.
 */

import type { Held } from '#db/schema/attestations.ts';

export const KINDS = ['lodging', 'service', 'food', 'making', 'goods', 'delivery'] as const;
/** What a listing is about. One file per kind in `kinds/` says its attributes, units and one-line summary. */
export type Kind = (typeof KINDS)[number];

export const PURPOSES = ['offer', 'request'] as const;
export type Purpose = (typeof PURPOSES)[number];

export const AUDIENCES = ['members', 'peers', 'public'] as const;
/** Who may see a listing: members of this node, also peers (and their members), or everybody. */
export type Audience = (typeof AUDIENCES)[number];

export const LISTING_STATES = ['draft', 'published', 'paused', 'closed'] as const;
export type ListingState = (typeof LISTING_STATES)[number];

export const UNITS = ['night', 'hour', 'unit', 'kilo', 'run'] as const;
/** What one unit of a listing is: a night, an hour, a piece, a kilogram, a delivery run. */
export type Unit = (typeof UNITS)[number];

/** What is asked in return for one unit. `amount` is in integer minor units of the ISO 4217 `currency` (cents). */
export type Price =
  | { type: 'money'; amount: number; currency: string }
  /** Time-bank credit: `minutes` of the other's time for one unit. */
  | { type: 'hours'; minutes: number }
  | { type: 'free' }
  | { type: 'quote' };

export const PRECISIONS = ['exact', 'neighbourhood', 'town'] as const;
/** How precisely a place is shown: the point itself, moved by 200 m to 1 km, or the town's centre. */
export type Precision = (typeof PRECISIONS)[number];

/** A place as it may be shown to whoever may see the listing (never the exact one unless the member said so). */
export type Place = {
  name: string;
  latitude: number;
  longitude: number;
  /** Radius in metres of the circle within which the true place lies; 0 when exact. */
  accuracy: number;
  /** ISO 3166-1 alpha-2, when known. */
  country?: string;
};

/** The values of the kind's own attributes, by the keys that the kind's file declares. */
export type Attributes = Record<string, string | number | boolean | string[]>;

/** A picture as it is shown: where it is, in what size, and what it says to those who do not see it. */
export type Picture = { url: string; mediaType: string; alt: string; width?: number; height?: number };

/**
 * A listing as it crosses layers: what a form makes, what the wire carries, what a page shows.
 * `uri` names the readable Note, `proposalUri` its structured part: receivers key on the latter.
 */
export type ListingValue = {
  uri: string;
  proposalUri: string;
  /** URI of the actor that publishes it. */
  publisher: string;
  kind: Kind;
  purpose: Purpose;
  title: string;
  /** Sanitised HTML. */
  html: string;
  /** Page for people. */
  url: string;
  price: Price;
  unit: Unit;
  /** May a fraction or several units be asked for (`unitBased`)? */
  unitBased: boolean;
  /** Persons for lodging, units in stock for the other kinds; absent = not said. */
  quantity?: number;
  place?: Place;
  attributes: Attributes;
  tags: string[];
  pictures: Picture[];
  audience: Audience;
  /** Paused and closed ones stay at peers, hidden; drafts never leave. Absent on the wire = published. */
  state: Exclude<ListingState, 'draft'>;
  /** For holders of an attestation, see hidden-halves.ts. */
  held?: Held;
  /** URI of the community that it was published to, if any. */
  community?: string;
  /** BCP 47 language of title and text. */
  language?: string;
  published: Date;
  updated: Date;
  validUntil?: Date;
};

export const ROLES = ['member', 'moderator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
/** @param role as it is stored */
export const roleAtLeast = (role: string, least: Role): boolean =>
  ROLES.findIndex((one) => one === role) >= ROLES.indexOf(least);

export const SIGN_UP_RULES = ['open', 'approval', 'invitation'] as const;
export type SignUpRule = (typeof SIGN_UP_RULES)[number];

/** `node` = the server itself, `cooperative`, `community` (group), `member` (person). */
export const ACTOR_KINDS = ['node', 'cooperative', 'community', 'member'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

export const LOCALES = ['fr', 'en'] as const;
export type Locale = (typeof LOCALES)[number];

/**
 * A fault of one input field: `field` as in the form, CSV header or API parameter, `code` a key of the
 * message catalogue under `errors.`, `params` its placeholders. Every fault names its remedy in that message.
 */
export type FieldError = { field: string; code: string; params?: Record<string, string | number> };

/** Expected outcomes are returned, not thrown. */
export type Result<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] };
/** Shorthand for the successful outcome. */
export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
/** Shorthand for one or several faults. */
export const fail = (...errors: FieldError[]): { ok: false; errors: FieldError[] } => ({ ok: false, errors });
