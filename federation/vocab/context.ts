/**
 * The one @context of everything that we send: three that every server has bundled, and our terms inlined, so that
 * nobody ever fetches one from us. Epicyon refuses an unknown context URL: no other may be added.
 */
export const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public';
export const AS2 = 'https://www.w3.org/ns/activitystreams';

/** Terms of FEP-0837 (ValueFlows, om2), Mastodon, schema.org, and our own where no vocabulary has one. */
export const TERMS = {
  toot: 'http://joinmastodon.org/ns#',
  discoverable: 'toot:discoverable',
  indexable: 'toot:indexable',
  manuallyApprovesFollowers: 'as:manuallyApprovesFollowers',
  Hashtag: 'as:Hashtag',
  alsoKnownAs: { '@id': 'as:alsoKnownAs', '@type': '@id' },
  movedTo: { '@id': 'as:movedTo', '@type': '@id' },
  schema: 'http://schema.org/',
  vf: 'https://w3id.org/valueflows/ont/vf#',
  om2: 'http://www.ontology-of-units-of-measure.org/resource/om-2/',
  Proposal: 'vf:Proposal',
  Intent: 'vf:Intent',
  purpose: 'vf:purpose',
  publishes: 'vf:publishes',
  reciprocal: 'vf:reciprocal',
  unitBased: 'vf:unitBased',
  action: 'vf:action',
  // Typed as a name of a thing: read as a text, it makes Fedify throw on the whole Note.
  resourceConformsTo: { '@id': 'vf:resourceConformsTo', '@type': '@id' },
  resourceQuantity: 'vf:resourceQuantity',
  availableQuantity: 'vf:availableQuantity',
  hasUnit: 'om2:hasUnit',
  hasNumericalValue: 'om2:hasNumericalValue',
  implements: { '@id': 'https://w3id.org/fep/844e/implements', '@type': '@id', '@container': '@list' },
  // FEP-521a. None of the three contexts above has these; without them no JSON-LD reader finds the keys of our proofs.
  Multikey: 'https://w3id.org/security#Multikey',
  assertionMethod: { '@id': 'https://w3id.org/security#assertionMethod', '@type': '@id', '@container': '@set' },
  controller: { '@id': 'https://w3id.org/security#controller', '@type': '@id' },
  publicKeyMultibase: {
    '@id': 'https://w3id.org/security#publicKeyMultibase',
    '@type': 'https://w3id.org/security#multibase',
  },
  languages: 'schema:knowsLanguage',
  oidcIssuer: 'http://www.w3.org/ns/solid/terms#oidcIssuer',
  maillon: 'https://maillon.coop/ns#',
  listingKind: 'maillon:listingKind',
  listingState: 'maillon:listingState',
  listingUnit: 'maillon:listingUnit',
  PeeringAgreement: 'maillon:PeeringAgreement',
  gives: { '@id': 'maillon:gives', '@type': '@json' },
  takes: { '@id': 'maillon:takes', '@type': '@json' },
  flagReason: 'maillon:flagReason',
  currency: 'schema:priceCurrency',
  addressCountry: 'schema:addressCountry',
  occupancy: 'schema:occupancy',
  amenities: 'schema:amenityFeature',
  accessibility: 'schema:accessibilityFeature',
  beds: 'schema:numberOfBeds',
  bedrooms: 'schema:numberOfBedrooms',
  checkIn: 'schema:checkinTime',
  checkOut: 'schema:checkoutTime',
  cancellation: 'maillon:cancellation',
  registrationNumber: 'schema:identifier',
  skills: 'schema:skills',
  mode: 'maillon:mode',
  allergens: 'maillon:allergens',
  organic: 'maillon:organic',
  pickup: 'maillon:pickup',
  harvest: 'maillon:harvest',
  machine: 'maillon:machine',
  material: 'schema:material',
  fileFormats: 'schema:encodingFormat',
  condition: 'schema:itemCondition',
  dimensions: 'schema:size',
  vehicle: 'maillon:vehicle',
  maxWeightKg: 'maillon:maxWeightKg',
  zone: 'schema:areaServed',
} as const;

export const CONTEXT = [
  AS2,
  'https://w3id.org/security/v1',
  'https://w3id.org/security/data-integrity/v2',
  TERMS,
] as const;
