/** What the demo is made of. */
import type { Kind } from '#domain/types.ts';

/** `attested` = code of what the admin attests of them. */
export type DemoMember = { handle: string; name: string; text: string; attested?: string; beard?: boolean };
/** Kind, title, text, price (`28`, `gratuit`, `devis`, `2h`), place, and what else there is to say; `request: true` = needed. */
export type DemoListing = {
  kind: Kind;
  title: string;
  text: string;
  price: string;
  unit?: string;
  place: string;
  by: string;
  request?: boolean;
  quantity?: number;
  tags?: string;
  attributes?: Record<string, string | string[]>;
  audience?: string;
  /** Only for holders of one of these attestations. */
  reserved?: string[];
};
/** A mark by which a cooperative vouches for others. */
export type DemoMark = { slug: string; name: string; text: string };
export type DemoNode = {
  name: string;
  port: number;
  cooperative: string;
  handle: string;
  summary: string;
  territory: string;
  radiusKm: number;
  languages: string[];
  kinds: Kind[];
  accent: string;
  language: string;
  signUpRule: string;
  /** Names of the others whose attestations count here. */
  trusts?: string[];
  /** It vouches for the others by this mark. */
  gives?: DemoMark;
  /** First = the admin, the next two are shown with their passwords. */
  members: DemoMember[];
  listings: DemoListing[];
};
