/** From a listing to the Note that every server shows and the Proposal (FEP-0837) that it carries. */
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import { majorUnits } from '#domain/money.ts';
import type { ListingValue, Price, Unit } from '#domain/types.ts';
import { CONTEXT } from './context.ts';
import { asTold, writeHeld } from './held.ts';
import type { JsonObject } from './json.ts';
import { UNIT_WORDS, currencyUri, writeMeasure } from './measure.ts';

type To = { to: string[]; cc: string[] };

/**
 * The readable form. Pictures come first in `attachment`, for those who show only them; the Proposal has no `url`,
 * so that nobody imports it as a picture.
 */
export const writeNote = (whole: ListingValue, address: To): JsonObject => {
  const listing = asTold(whole);
  return {
    '@context': CONTEXT,
    id: listing.uri,
    type: 'Note',
    attributedTo: listing.publisher,
    to: address.to,
    cc: address.cc,
    ...(listing.community === undefined ? {} : { audience: listing.community }),
    name: listing.title,
    content: readable(listing),
    ...(listing.language === undefined ? {} : { contentMap: { [listing.language]: readable(listing) } }),
    url: listing.url,
    published: listing.published.toISOString(),
    updated: listing.updated.toISOString(),
    ...(listing.validUntil === undefined ? {} : { endTime: listing.validUntil.toISOString() }),
    ...place(listing),
    tag: listing.tags.map((tag) => ({
      type: 'Hashtag',
      name: `#${tag}`,
      href: `${new URL(listing.uri).origin}/listings?q=${encodeURIComponent(tag)}`,
    })),
    attachment: [...pictures(listing), { ...proposal(listing), to: address.to, cc: address.cc }],
  };
};

/** The structured form by itself. */
export const writeProposal = (whole: ListingValue, address: To): JsonObject => ({
  '@context': CONTEXT,
  ...proposal(asTold(whole)),
  to: address.to,
  cc: address.cc,
});

const pictures = (listing: ListingValue): JsonObject[] =>
  listing.pictures.map((picture) => ({
    type: 'Document',
    mediaType: picture.mediaType,
    url: picture.url,
    name: picture.alt,
    ...(picture.width === undefined ? {} : { width: picture.width }),
    ...(picture.height === undefined ? {} : { height: picture.height }),
  }));

const place = (listing: ListingValue): JsonObject =>
  listing.place === undefined
    ? {}
    : {
        location: {
          type: 'Place',
          name: listing.place.name,
          latitude: listing.place.latitude,
          longitude: listing.place.longitude,
          radius: listing.place.accuracy,
          units: 'm',
          ...(listing.place.country === undefined ? {} : { addressCountry: listing.place.country }),
        },
      };

/** Services are delivered, things change hands; making does the one by the hour and the other by the piece. */
const actionOf = (listing: ListingValue): string =>
  listing.kind === 'food' || listing.kind === 'goods' || (listing.kind === 'making' && listing.unit === 'unit')
    ? 'transfer'
    : 'deliverService';

const proposal = (listing: ListingValue): JsonObject => {
  const unit = UNIT_WORDS[listing.unit];
  const profile = KIND_PROFILES[listing.kind];
  return {
    id: listing.proposalUri,
    type: 'Proposal',
    attributedTo: listing.publisher,
    purpose: listing.purpose,
    name: listing.title,
    content: body(listing),
    published: listing.published.toISOString(),
    updated: listing.updated.toISOString(),
    ...(listing.validUntil === undefined ? {} : { endTime: listing.validUntil.toISOString() }),
    ...place(listing),
    unitBased: listing.unitBased,
    listingKind: listing.kind,
    listingUnit: listing.unit,
    listingState: listing.state,
    ...(listing.held === undefined ? {} : { reservedFor: writeHeld(listing.held) }),
    publishes: {
      type: 'Intent',
      id: `${listing.proposalUri}#primary`,
      action: actionOf(listing),
      resourceQuantity: writeMeasure(unit, '1'),
      ...quantity(listing),
      // Declared ones alone: no attribute takes the place of `action` or `id`.
      ...Object.fromEntries(
        profile.attributes.flatMap(({ key }) =>
          listing.attributes[key] === undefined ? [] : [[key, listing.attributes[key]]],
        ),
      ),
    },
    ...(listing.price.type === 'free' ? {} : { reciprocal: reciprocal(listing.proposalUri, listing.price) }),
  };
};

/** Stock is what is left of the thing; the persons whom a room holds are no stock of rooms. */
const quantity = (listing: ListingValue): JsonObject => {
  const counts = KIND_PROFILES[listing.kind].quantity;
  if (listing.quantity === undefined || counts === 'none') return {};
  return counts === 'capacity'
    ? { occupancy: listing.quantity }
    : { availableQuantity: writeMeasure(UNIT_WORDS[listing.unit], String(listing.quantity)) };
};

const reciprocal = (uri: string, price: Exclude<Price, { type: 'free' }>): JsonObject => {
  const intent = { type: 'Intent', id: `${uri}#reciprocal`, action: 'transfer' };
  if (price.type === 'quote') return intent;
  if (price.type === 'hours')
    return { ...intent, action: 'deliverService', resourceQuantity: writeMeasure('hour', plain(price.minutes / 60)) };
  const conforms = currencyUri(price.currency);
  return {
    ...intent,
    currency: price.currency,
    ...(conforms === undefined ? {} : { resourceConformsTo: conforms }),
    resourceQuantity: writeMeasure('one', majorUnits(price.amount, price.currency)),
  };
};

const plain = (value: number): string => String(Math.round(value * 1e6) / 1e6);
const escape = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const wordsOf = (listing: ListingValue): Words => WORDS[listing.language?.slice(0, 2) ?? ''] ?? WORDS['en']!;

/** Title, text, and one line with what matters, for whoever sees only this. */
const readable = (listing: ListingValue): string => {
  const words = wordsOf(listing);
  const facts = [
    listing.state === 'published' ? undefined : words[listing.state],
    listing.purpose === 'request' ? words.request : undefined,
    listing.held?.access === 'reserved' ? undefined : priceLine(listing.price, listing.unit, words),
    listing.held?.access === 'priced' ? `${words.otherPrice} ${holders(listing)}` : undefined,
    listing.kind === 'lodging' && listing.quantity !== undefined ? words.persons(listing.quantity) : undefined,
    listing.place?.name,
  ].filter((fact) => fact !== undefined && fact !== '');
  return `<p><strong>${escape(listing.title)}</strong></p>${body(listing)}<p>${escape(facts.join(' · '))}<br><a href="${escape(listing.url)}">${escape(listing.url)}</a></p>`;
};

/** Of a reserved listing only for whom it is leaves the node. */
const body = (listing: ListingValue): string =>
  listing.held?.access === 'reserved'
    ? `<p>${escape(`${reservedLine(listing)} ${wordsOf(listing).whole}`)}</p>`
    : listing.html;

/** For whom a reserved listing is, as one sentence in its own language. */
export const reservedLine = (listing: ListingValue): string => `${wordsOf(listing).reserved} ${holders(listing)}.`;
const holders = ({ held, language }: ListingValue): string =>
  (held?.codes ?? [])
    .map((code) => {
      const names = held?.names?.[code] ?? {};
      return names[language?.slice(0, 2) ?? 'en'] ?? names['en'] ?? names['fr'] ?? code;
    })
    .join(', ');

const priceLine = (price: Price, unit: Unit, words: Words): string => {
  switch (price.type) {
    case 'money':
      return `${majorUnits(price.amount, price.currency)} ${price.currency} / ${words.units[unit]}`;
    case 'hours':
      return `${plain(price.minutes / 60)} h / ${words.units[unit]}`;
    default:
      return words[price.type];
  }
};

type Words = {
  reserved: string;
  whole: string;
  otherPrice: string;
  free: string;
  quote: string;
  request: string;
  paused: string;
  closed: string;
  persons: (n: number) => string;
  units: Record<Unit, string>;
};
/** The line's few words in the listing's own language; it is read where our catalogue of messages is not. */
const WORDS: Record<string, Words> = {
  fr: {
    reserved: 'Réservé à :',
    whole: 'L’annonce entière se lit sur la page, en se connectant avec le compte de sa coopérative.',
    otherPrice: 'autre tarif pour :',
    free: 'gratuit',
    quote: 'sur devis',
    request: 'recherché',
    paused: 'en pause',
    closed: 'terminé',
    persons: (n) => `${n} ${n > 1 ? 'personnes' : 'personne'}`,
    units: { night: 'nuit', hour: 'heure', unit: 'unité', kilo: 'kg', run: 'course' },
  },
  it: {
    reserved: 'Riservato a:',
    whole: 'L’annuncio intero si legge sulla pagina, accedendo con il conto della propria cooperativa.',
    otherPrice: 'altro prezzo per:',
    free: 'gratis',
    quote: 'su preventivo',
    request: 'cercasi',
    paused: 'in pausa',
    closed: 'chiuso',
    persons: (n) => `${n} ${n > 1 ? 'persone' : 'persona'}`,
    units: { night: 'notte', hour: 'ora', unit: 'pezzo', kilo: 'kg', run: 'consegna' },
  },
  en: {
    reserved: 'Reserved for:',
    whole: 'The whole listing is on its page, once signed in with the account of one’s cooperative.',
    otherPrice: 'another price for:',
    free: 'free',
    quote: 'on quotation',
    request: 'needed',
    paused: 'paused',
    closed: 'closed',
    persons: (n) => `${n} ${n > 1 ? 'persons' : 'person'}`,
    units: { night: 'night', hour: 'hour', unit: 'piece', kilo: 'kg', run: 'run' },
  },
};
