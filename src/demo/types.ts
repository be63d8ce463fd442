/** What the demo is made of: plain values, no database. Handles are local names; `handle@node` names somebody on another node. */
import type { Attributes, Audience, Kind, Locale, Precision, Price, Purpose, Role, SignUpRule, Unit } from '#domain/types.ts';

export type NodeName = 'marseille' | 'lyon' | 'bologna';
/** `handle@node`, to be turned into a real address by whoever starts the nodes. */
export type RemoteHandle = `${string}@${NodeName}`;

export type DemoPlace = { name: string; latitude: number; longitude: number; country: string };

export type DemoMember = {
  handle: string;
  name: string;
  /** A few words in Markdown about themselves. */
  text: string;
  role: Role;
  /** BCP 47, first = preferred. */
  languages: string[];
  /** Only for the admin and the two whom the demo prints. */
  password?: string;
};

export type DemoListing = {
  kind: Kind;
  purpose: Purpose;
  /** Handle of the member. */
  by: string;
  title: string;
  /** Markdown. */
  text: string;
  price: Price;
  unit: Unit;
  quantity?: number;
  place: DemoPlace;
  precision: Precision;
  audience: Audience;
  attributes: Attributes;
  tags: string[];
  language: string;
  /** Days from the demo's first start until it expires; absent = does not. */
  validDays?: number;
  /** Days before the demo's first start when it was published. */
  agedDays: number;
  /** Says what its illustration shows. */
  alt: string;
};

/** `member` absent = the cooperative itself follows. */
export type DemoFollow = { member?: string; follows: RemoteHandle };

/** A private thread: the first message is written by `from` about a listing (by its exact title) at another node or here. */
export type DemoConversation = {
  from: string;
  node: NodeName;
  listing: string;
  /** In turn: first `from`, then the publisher, and so on. */
  messages: string[];
};

export type DemoCooperative = {
  node: NodeName;
  handle: string;
  name: string;
  /** Markdown. */
  description: string;
  territory: DemoPlace & { radiusKm: number };
  languages: string[];
  locale: Locale;
  timeZone: string;
  kinds: Kind[];
  /** #RRGGBB. */
  accent: string;
  signUp: SignUpRule;
  members: DemoMember[];
  listings: DemoListing[];
  follows: DemoFollow[];
  conversations: DemoConversation[];
};
