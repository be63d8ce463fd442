/**
 * From what others send to a listing. Only the ids, the owner and the type must be right; any other odd property
 * is dropped and noted. Reads our own form, FEP-0837 as Mitra, Flohmarkt and Unfathomably write it, and
 * Epicyon's shared items.
 */
import { KIND_PROFILES } from '#domain/kinds/index.ts';
import type { AttributeProfile } from '#domain/kinds/profile.ts';
import { minorUnits } from '#domain/money.ts';
import {
  type Attributes,
  KINDS,
  type Kind,
  type ListingValue,
  type Place,
  type Price,
  UNITS,
  type Unit,
} from '#domain/types.ts';
import { PUBLIC } from './context.ts';
import {
  type JsonObject,
  type Unreadable,
  decimal,
  first,
  hasType,
  ids,
  instant,
  isObject,
  link,
  list,
  text,
} from './json.ts';
import { readHeld } from './held.ts';
import { readPictures } from './pictures.ts';
import { readMeasure, readPrice, unitsIn } from './measure.ts';

export type ReadListing = { ok: true; value: ListingValue; notes: string[] } | Unreadable;
export type ReadOptions = { sanitise: (html: string) => string };

const TITLE_MAX = 200;
const HTML_MAX = 50_000;
const PICTURES_MAX = 12;
const TAGS_MAX = 20;
const PUBLIC_NAMES = new Set([PUBLIC, 'as:Public', 'Public']);

/** Does this object carry a listing at all? Cheap, for choosing a handler. */
export const looksLikeListing = (doc: JsonObject): boolean =>
  hasType(doc, 'Proposal') ||
  list(doc['attachment']).some((part) => isObject(part) && hasType(part, 'Proposal')) ||
  isSharedItem(doc);

/** Epicyon's `Offer`; any other Offer is an activity. */
const isSharedItem = (doc: JsonObject): boolean => hasType(doc, 'Offer') && ('itemPrice' in doc || 'itemType' in doc);

/** @param doc a Note with a Proposal in `attachment`, a Proposal, or Epicyon's Offer; normalised to short keys */
export const readListing = (doc: unknown, options: ReadOptions): ReadListing => {
  if (!isObject(doc)) return { ok: false, code: 'notObject', reason: 'It is no object.' };
  if (isSharedItem(doc)) return readSharedItem(doc, options);
  const proposal = hasType(doc, 'Proposal')
    ? doc
    : list(doc['attachment']).find((part): part is JsonObject => isObject(part) && hasType(part, 'Proposal'));
  if (proposal === undefined) return { ok: false, code: 'noProposal', reason: 'It carries no Proposal.' };
  const uri = link(doc['id']);
  const proposalUri = link(proposal['id']) ?? uri;
  const publisher = link(doc['attributedTo'] ?? doc['actor']) ?? link(proposal['attributedTo']);
  if (uri === undefined || proposalUri === undefined)
    return { ok: false, code: 'listingNoId', reason: 'It has no id.' };
  if (publisher === undefined)
    return { ok: false, code: 'listingNoOwner', reason: 'It names no owner (attributedTo).' };
  if (!sameOrigin(uri, proposalUri) || !sameOrigin(uri, publisher))
    return { ok: false, code: 'listingOrigins', reason: 'Its id, its Proposal and its owner are not of one origin.' };
  const owner = link(proposal['attributedTo']);
  if (owner !== undefined && owner !== publisher)
    return { ok: false, code: 'listingOwners', reason: 'Note and Proposal name different owners.' };

  const notes: string[] = [];
  const intent = first(proposal['publishes']);
  const primary = isObject(intent) ? intent : {};
  const kind = kindOf(proposal, primary);
  const unit = unitOf(proposal, primary, kind);
  const title = text(doc['name'], TITLE_MAX) ?? text(proposal['name'], TITLE_MAX) ?? text(doc['summary'], TITLE_MAX);
  if (title === undefined) return { ok: false, code: 'listingNoTitle', reason: 'It has no title (name).' };
  const html =
    text(proposal['content'], HTML_MAX) ?? text(doc['content'], HTML_MAX) ?? text(doc['summary'], HTML_MAX) ?? '';
  const published = instant(doc['published']) ?? instant(proposal['published']);
  if (published === undefined) notes.push('published is missing or no date');
  const purpose = first(proposal['purpose']);
  const offered = readMeasure(primary['resourceQuantity']);
  const quantity = decimal(primary['occupancy']) ?? readMeasure(primary['availableQuantity']).value;
  const where = readPlace(doc['location'] ?? proposal['location'], notes);
  const validUntil = instant(doc['endTime'] ?? proposal['endTime']);
  const language = languageOf(doc);
  const community = list(doc['audience'])
    .map(link)
    .find((one) => one !== undefined && !PUBLIC_NAMES.has(one));
  // FEP-0837 contradicts itself on an absent unitBased: arbitrary amounts only where the intent has no value.
  const unitBased = typeof proposal['unitBased'] === 'boolean' ? proposal['unitBased'] : offered.value === undefined;
  const price = readPrice(proposal['reciprocal'], unitsIn(offered, unit, unitBased));
  const asked = first(proposal['reciprocal']);
  if (price.type === 'quote' && isObject(asked) && asked['resourceQuantity'] !== undefined)
    notes.push('the price could not be read');
  if (primary['availableQuantity'] !== undefined && quantity === undefined)
    notes.push('availableQuantity could not be read');
  const state = first(proposal['listingState']);
  const held = readHeld(first(proposal['reservedFor']));
  const value: ListingValue = {
    uri,
    proposalUri,
    publisher,
    kind,
    purpose: typeof purpose === 'string' && /request$/i.test(purpose) ? 'request' : 'offer',
    title,
    html: options.sanitise(html),
    url: link(doc['url']) ?? uri,
    price,
    unit,
    unitBased,
    attributes: readAttributes(kind, primary, notes),
    tags: readTags(doc['tag']),
    pictures: readPictures(doc, PICTURES_MAX),
    // The Note decides where it says anything: a Proposal within it cannot make it public.
    audience: isPublic(isAddressed(doc) ? doc : proposal) ? 'public' : 'peers',
    state: state === 'paused' || state === 'closed' ? state : 'published',
    published: published ?? new Date(0),
    updated: instant(doc['updated']) ?? instant(proposal['updated']) ?? published ?? new Date(0),
    ...(quantity === undefined || quantity < 0 ? {} : { quantity: Math.floor(quantity) }),
    ...(where === undefined ? {} : { place: where }),
    ...(held === undefined ? {} : { held }),
    ...(community === undefined ? {} : { community }),
    ...(language === undefined ? {} : { language }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
  return { ok: true, value, notes };
};

const sameOrigin = (a: string, b: string): boolean => new URL(a).origin === new URL(b).origin;

const addressees = (doc: JsonObject): string[] => [...ids(doc['to']), ...ids(doc['cc'])];
const isAddressed = (doc: JsonObject): boolean => addressees(doc).length > 0;
const isPublic = (doc: JsonObject): boolean => addressees(doc).some((to) => PUBLIC_NAMES.has(to));

/** Our own word if it is there; else what action and unit tell. */
const kindOf = (proposal: JsonObject, primary: JsonObject): Kind => {
  const said = first(proposal['listingKind']);
  const known = KINDS.find((kind) => kind === said);
  if (known !== undefined) return known;
  const { unit } = readMeasure(primary['resourceQuantity']);
  if (first(primary['action']) === 'deliverService') return unit === 'day' || unit === 'night' ? 'lodging' : 'service';
  return unit === 'kilogram' || unit === 'gram' ? 'food' : 'goods';
};

const unitOf = (proposal: JsonObject, primary: JsonObject, kind: Kind): Unit => {
  const said = UNITS.find((unit) => unit === first(proposal['listingUnit']));
  const { units } = KIND_PROFILES[kind];
  if (said !== undefined && units.includes(said)) return said;
  const { unit } = readMeasure(primary['resourceQuantity']);
  const guess = unit === undefined ? undefined : OUR_UNITS.get(unit);
  return guess?.find((one) => units.includes(one)) ?? units[0]!;
};

/** What others' units are with us; `one` is whatever the kind counts. */
const OUR_UNITS = new Map<string, Unit[]>([
  ['day', ['night']],
  ['week', ['night']],
  ['hour', ['hour']],
  ['minute', ['hour']],
  ['second', ['hour']],
  ['kilogram', ['kilo']],
  ['gram', ['kilo']],
  ['tonne', ['kilo']],
  ['one', ['unit', 'run']],
]);

const readAttributes = (kind: Kind, primary: JsonObject, notes: string[]): Attributes => {
  const values: Attributes = {};
  for (const attribute of KIND_PROFILES[kind].attributes) {
    const given = primary[attribute.key];
    if (given === undefined) continue;
    const value = readAttribute(attribute, given);
    // `false` says what leaving it out says.
    if (value === undefined && given !== false) notes.push(`${attribute.key} could not be read`);
    else if (value !== undefined) values[attribute.key] = value;
  }
  return values;
};

const readAttribute = (attribute: AttributeProfile, given: unknown): Attributes[string] | undefined => {
  const options = attribute.options ?? [];
  switch (attribute.type) {
    case 'bool':
      return first(given) === true || first(given) === 'true' ? true : undefined;
    case 'number': {
      const value = decimal(given);
      return value !== undefined && value >= (attribute.min ?? 0) && value <= (attribute.max ?? 1e6)
        ? value
        : undefined;
    }
    case 'choice': {
      const value = first(given);
      return typeof value === 'string' && options.includes(value) ? value : undefined;
    }
    case 'choices': {
      const chosen = list(given).filter(
        (value): value is string => typeof value === 'string' && options.includes(value),
      );
      return chosen.length > 0 ? [...new Set(chosen)] : undefined;
    }
    case 'time': {
      const value = text(given, 10)?.replace(/^(\d\d:\d\d):00$/, '$1');
      return value !== undefined && /^([01]\d|2[0-3]):[0-5]\d$/.test(value) ? value : undefined;
    }
    default:
      return text(given, attribute.maxLength ?? 500);
  }
};

const readPlace = (given: unknown, notes: string[]): Place | undefined => {
  const found = first(given);
  if (typeof found === 'string') notes.push('location is a name without coordinates');
  if (!isObject(found)) return undefined;
  const [latitude, longitude] = [decimal(found['latitude']), decimal(found['longitude'])];
  const name = text(found['name'], 120);
  if (latitude === undefined || longitude === undefined || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) {
    notes.push('location has no coordinates on Earth');
    return undefined;
  }
  const radius = decimal(found['radius']) ?? 0;
  const country = first(found['addressCountry'] ?? found['schema:addressCountry']);
  return {
    name: name ?? `${latitude.toFixed(2)}, ${longitude.toFixed(2)}`,
    latitude,
    longitude,
    accuracy: Math.min(100_000, Math.max(0, Math.round(found['units'] === 'km' ? radius * 1_000 : radius))),
    ...(typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? { country } : {}),
  };
};

const readTags = (given: unknown): string[] =>
  [
    ...new Set(
      list(given)
        .slice(0, 100)
        .flatMap((tag) => {
          const name = isObject(tag) && hasType(tag, 'Hashtag') ? text(tag['name'], 60)?.replace(/^#/, '') : undefined;
          return name === undefined || name === '' ? [] : [name];
        }),
    ),
  ].slice(0, TAGS_MAX);

const languageOf = (doc: JsonObject): string | undefined => {
  const map = doc['contentMap'] ?? doc['nameMap'];
  const key = isObject(map) ? Object.keys(map)[0] : undefined;
  return key !== undefined && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(key) ? key : undefined;
};

/** Epicyon's shared item: `Offer{displayName, itemPrice, itemCurrency, location: "Lyon", …}`, read as goods. */
const readSharedItem = (doc: JsonObject, options: ReadOptions): ReadListing => {
  const uri = link(doc['id']);
  const title = text(doc['displayName'] ?? doc['name'], TITLE_MAX);
  if (uri === undefined || title === undefined)
    return { ok: false, code: 'itemNoId', reason: 'The shared item has no id or no name.' };
  // It names no owner: the caller writes in the actor that sent it; the id tells it, too, as Epicyon forms ids.
  const publisher = link(doc['attributedTo'] ?? doc['actor']) ?? /^(.+\/users\/[^/]+)\/statuses\//.exec(uri)?.[1];
  if (publisher === undefined) return { ok: false, code: 'itemNoOwner', reason: 'The shared item names no owner.' };
  if (!sameOrigin(uri, publisher))
    return { ok: false, code: 'itemOrigins', reason: 'The shared item and its owner are not of one origin.' };
  const currency = text(doc['itemCurrency'], 3)?.toUpperCase() ?? 'EUR';
  const amount = decimal(doc['itemPrice']);
  const minor =
    amount === undefined || !Intl.supportedValuesOf('currency').includes(currency)
      ? undefined
      : minorUnits(amount, currency);
  const price: Price =
    minor === undefined
      ? { type: 'quote' }
      : minor === 0
        ? { type: 'free' }
        : { type: 'money', amount: minor, currency };
  const quantity = decimal(doc['itemQty']);
  const when = instant(doc['published']) ?? new Date(0);
  const place = text(doc['location'], 120);
  const pictures = list(doc['image']).flatMap((image) => {
    const url = link(isObject(image) ? image['url'] : image);
    return url === undefined ? [] : [{ url, mediaType: 'image/jpeg', alt: '' }];
  });
  return {
    ok: true,
    notes: place === undefined ? [] : ['location is a name without coordinates'],
    value: {
      uri,
      proposalUri: uri,
      publisher,
      kind: 'goods',
      purpose: 'offer',
      title,
      html: options.sanitise(
        `<p>${text(doc['summary'] ?? doc['content'], HTML_MAX) ?? ''}</p>${place === undefined ? '' : `<p>${place}</p>`}`,
      ),
      url: uri,
      price,
      unit: 'unit',
      unitBased: false,
      attributes: {},
      tags: [text(doc['category'], 60) ?? ''].filter((tag) => tag !== ''),
      pictures,
      audience: isPublic(doc) ? 'public' : 'peers',
      state: 'published',
      published: when,
      updated: instant(doc['updated']) ?? when,
      ...(quantity === undefined || quantity < 0 ? {} : { quantity: Math.floor(quantity) }),
    },
  };
};
