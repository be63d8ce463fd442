/** What a cooperative attests of its members, what it believes of partners' members, and what only holders see of listings. */
import type { Kit } from './kit.ts';

/** A text by language. */
export type Texts = Record<string, string>;
/**
 * For whom a listing is: `reserved` = its whole is for holders of one of these attestations alone; `priced` = they pay
 * another price. `names` by code are a partner's; ours are in the list of attestations.
 */
export type Held = { access: 'reserved' | 'priced'; codes: string[]; names?: Record<string, Texts> };
/** What a reserved listing's row does not say. */
export type HiddenBody = {
  text: string;
  html: string;
  tags: string[];
  attributes: Record<string, string | number | boolean | string[]>;
  quantity: number | null;
  priceType: string;
  priceAmount: number | null;
  currency: string | null;
  /** Absent in what was kept before these were. */
  unit?: string;
  unitBased?: boolean;
  placeName: string | null;
  latitude: number | null;
  longitude: number | null;
  accuracy: number | null;
};
export type HiddenPrice = { priceType: string; priceAmount: number | null; currency: string | null };

export const attestationTables = (k: Kit) => ({
  /** What this cooperative attests. Empty until the list is first changed: then the one of the program counts. */
  attestationKinds: k.table('attestation_kinds', {
    code: k.text('code').primaryKey(),
    names: k.json('names').$type<Texts>().notNull(),
    texts: k.json('texts').$type<Texts>().notNull(),
    position: k.integer('position').notNull(),
    /** No new ones are given since then; those that were given still count. */
    retired: k.instant('retired'),
  }),
  /** Members who may attest; `code` is `*` for all of the list. */
  verifiers: k.table(
    'verifiers',
    {
      actor: k.text('actor').notNull(),
      code: k.text('code').notNull(),
      appointed: k.instant('appointed').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.actor, t.code] })],
  ),
  attestations: k.table(
    'attestations',
    {
      id: k.text('id').primaryKey(),
      code: k.text('code').notNull(),
      member: k.text('member').notNull(),
      by: k.text('by_actor').notNull(),
      /** What was seen. For admins and verifiers alone; never leaves. */
      note: k.text('note').notNull(),
      until: k.instant('until').notNull(),
      created: k.instant('created').notNull(),
      revoked: k.instant('revoked'),
      revokedBy: k.text('revoked_by'),
      reason: k.text('reason').notNull().default(''),
      /** When the member was told that it ends soon. */
      reminded: k.instant('reminded'),
    },
    (t) => [k.index('attestations_until').on(t.until), k.index('attestations_member').on(t.member, t.created)],
  ),
  /** An attestation of a partner's that counts here as one of ours. */
  recognitions: k.table(
    'recognitions',
    { host: k.text('host').notNull(), theirs: k.text('theirs').notNull(), ours: k.text('ours').notNull() },
    (t) => [k.primaryKey({ columns: [t.host, t.theirs] })],
  ),
  /** Which attestation of ours a member let a partner know: that partner is told if it is revoked. */
  shownAttestations: k.table(
    'shown_attestations',
    {
      /** The consent that it was told by. */
      grant: k.text('grant_id').notNull(),
      attestation: k.text('attestation').notNull(),
      host: k.text('host').notNull(),
      expires: k.instant('expires').notNull(),
    },
    (t) => [
      k.primaryKey({ columns: [t.grant, t.attestation] }),
      k.index('shown_attestations_attestation').on(t.attestation),
      k.index('shown_attestations_expires').on(t.expires),
    ],
  ),
  /** What partners said of their members who signed in here, proven; each ends within a week. */
  vouchedAttestations: k.table(
    'vouched_attestations',
    {
      uri: k.text('uri').primaryKey(),
      actor: k.text('actor').notNull(),
      host: k.text('host').notNull(),
      code: k.text('code').notNull(),
      /** Until when home says that it holds. */
      until: k.instant('until').notNull(),
      /** When this word of home's ends. */
      expires: k.instant('expires').notNull(),
    },
    (t) => [
      k.index('vouched_attestations_actor').on(t.actor),
      k.index('vouched_attestations_expires').on(t.expires),
      k.index('vouched_attestations_host').on(t.host),
    ],
  ),
  /** The half of a listing that its row does not have: the row is what everybody may see. */
  hiddenHalves: k.table('hidden_halves', {
    listing: k.text('listing').primaryKey(),
    body: k.json('body').$type<HiddenBody>(),
    price: k.json('price').$type<HiddenPrice>(),
  }),
  /** Who sees on a member's page since when they are a member and what is attested; nobody, where there is no row. */
  membershipViews: k.table('membership_views', {
    actor: k.text('actor').primaryKey(),
    audience: k.text('audience').notNull(),
  }),
});
