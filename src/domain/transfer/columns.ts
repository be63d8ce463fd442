/** The columns of a file of listings, the same for import and export, with the names that people give them. */
import { KIND_PROFILES } from '../kinds/index.ts';
import type { AttributeProfile } from '../kinds/profile.ts';
import { KINDS, type Kind } from '../types.ts';

/** In the order in which an export writes them; attribute columns (`<kind>.<key>`) follow. */
export const COLUMNS = [
  'ref',
  'kind',
  'purpose',
  'title',
  'text',
  'price_type',
  'price',
  'currency',
  'unit',
  'quantity',
  'place',
  'latitude',
  'longitude',
  'precision',
  'audience',
  'withheld',
  'access',
  'attestations',
  'holder_price',
  'valid_until',
  'language',
  'tags',
  'photos',
  'photo_alts',
  'state',
  'member',
] as const;
export type Column = (typeof COLUMNS)[number];

/** What a header names: one of our columns, or an attribute of a kind. */
export type NamedColumn =
  | { type: 'column'; column: Column }
  | { type: 'attribute'; kind: Kind; attribute: AttributeProfile };

/** The form field that a column fills, where it is called otherwise there. */
export const FIELD_OF: Partial<Record<Column, string>> = {
  price_type: 'priceType',
  valid_until: 'validUntil',
  holder_price: 'holderPrice',
};

/** Other names by which the columns are known, folded (see `foldHeader`). */
const ALIASES: Record<string, Column> = {
  reference: 'ref',
  id: 'ref',
  identifiant: 'ref',
  numero: 'ref',
  type: 'kind',
  categorie: 'kind',
  category: 'kind',
  genre: 'kind',
  nature: 'kind',
  sens: 'purpose',
  but: 'purpose',
  offre_demande: 'purpose',
  offre_ou_demande: 'purpose',
  offer_request: 'purpose',
  titre: 'title',
  nom: 'title',
  name: 'title',
  intitule: 'title',
  texte: 'text',
  description: 'text',
  descriptif: 'text',
  type_prix: 'price_type',
  type_de_prix: 'price_type',
  mode_de_prix: 'price_type',
  pricetype: 'price_type',
  prix: 'price',
  tarif: 'price',
  montant: 'price',
  amount: 'price',
  devise: 'currency',
  monnaie: 'currency',
  unite: 'unit',
  par: 'unit',
  quantite: 'quantity',
  capacite: 'quantity',
  stock: 'quantity',
  capacity: 'quantity',
  nombre: 'quantity',
  lieu: 'place',
  ville: 'place',
  commune: 'place',
  town: 'place',
  city: 'place',
  location: 'place',
  lat: 'latitude',
  lng: 'longitude',
  lon: 'longitude',
  long: 'longitude',
  visibilite_du_lieu: 'precision',
  precision_du_lieu: 'precision',
  public: 'audience',
  visibilite: 'audience',
  visible_par: 'audience',
  visibility: 'audience',
  diffusion: 'audience',
  cacher_a: 'withheld',
  cachee_a: 'withheld',
  ne_pas_montrer_a: 'withheld',
  keep_from: 'withheld',
  pour_qui: 'access',
  for_whom: 'access',
  attestation: 'attestations',
  autre_tarif: 'holder_price',
  holderprice: 'holder_price',
  valable_jusqu_au: 'valid_until',
  valable_jusquau: 'valid_until',
  valide_jusqu_au: 'valid_until',
  expire: 'valid_until',
  expiration: 'valid_until',
  fin: 'valid_until',
  date_de_fin: 'valid_until',
  validuntil: 'valid_until',
  langue: 'language',
  lang: 'language',
  etiquettes: 'tags',
  mots_cles: 'tags',
  motscles: 'tags',
  mots_clefs: 'tags',
  keywords: 'tags',
  photo: 'photos',
  images: 'photos',
  image: 'photos',
  pictures: 'photos',
  photo_alt: 'photo_alts',
  alt: 'photo_alts',
  textes_alternatifs: 'photo_alts',
  description_photos: 'photo_alts',
  descriptions_photos: 'photo_alts',
  etat: 'state',
  statut: 'state',
  status: 'state',
  membre: 'member',
  handle: 'member',
};

/** Kinds as French files call them, for `hébergement.lits`-like headers and the column `kind`. */
const KIND_ALIASES: Record<string, Kind> = {
  hebergement: 'lodging',
  logement: 'lodging',
  accommodation: 'lodging',
  services: 'service',
  alimentation: 'food',
  nourriture: 'food',
  aliments: 'food',
  produits_frais: 'food',
  fabrication: 'making',
  atelier: 'making',
  fablab: 'making',
  objet: 'goods',
  objets: 'goods',
  biens: 'goods',
  bien: 'goods',
  livraison: 'delivery',
  coursier: 'delivery',
};

/** Values that people write in French or with capitals, by column; anything else is left for the reader to judge. */
const VALUE_ALIASES: Partial<Record<Column, Record<string, string>>> = {
  kind: KIND_ALIASES,
  purpose: { offre: 'offer', propose: 'offer', demande: 'request', cherche: 'request', recherche: 'request' },
  price_type: {
    argent: 'money',
    monnaie: 'money',
    gratuit: 'free',
    don: 'free',
    devis: 'quote',
    sur_devis: 'quote',
    heures: 'hours',
    heure: 'hours',
    temps: 'hours',
  },
  unit: {
    nuit: 'night',
    nuitee: 'night',
    heure: 'hour',
    piece: 'unit',
    unite: 'unit',
    kg: 'kilo',
    kilogramme: 'kilo',
    course: 'run',
    trajet: 'run',
  },
  precision: {
    exacte: 'exact',
    exact: 'exact',
    quartier: 'neighbourhood',
    neighborhood: 'neighbourhood',
    ville: 'town',
    commune: 'town',
  },
  audience: {
    membres: 'members',
    pairs: 'peers',
    partenaires: 'peers',
    tous: 'public',
    tout_le_monde: 'public',
    everybody: 'public',
  },
  access: { tous: 'all', everybody: 'all', reserve: 'reserved', reservee: 'reserved', autre_tarif: 'priced' },
  language: { francais: 'fr', anglais: 'en', italien: 'it', french: 'fr', english: 'en', italian: 'it' },
  state: {
    brouillon: 'draft',
    publie: 'published',
    publiee: 'published',
    en_pause: 'paused',
    clos: 'closed',
    close: 'closed',
    fermee: 'closed',
  },
};
const CHOICES = new Set<Column>([
  'kind',
  'purpose',
  'price_type',
  'unit',
  'precision',
  'audience',
  'access',
  'language',
  'state',
]);

/** @returns the text without accents, case and signs, words joined by `_`: `Valable jusqu’au` → `valable_jusqu_au` */
export const foldHeader = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');

/** @returns what a header names, or undefined */
export const readHeader = (header: string): NamedColumn | undefined => {
  const folded = foldHeader(header);
  const column =
    COLUMNS.find((name) => name === folded) ?? (Object.hasOwn(ALIASES, folded) ? ALIASES[folded] : undefined);
  if (column !== undefined) return { type: 'column', column };
  const dot = folded.indexOf('.');
  if (dot < 1) return undefined;
  const kind = readKind(folded.slice(0, dot));
  const key = folded.slice(dot + 1).replaceAll('_', '');
  const attribute = kind && KIND_PROFILES[kind].attributes.find((a) => a.key.toLowerCase() === key);
  return kind === undefined || attribute === undefined ? undefined : { type: 'attribute', kind, attribute };
};

/** @returns the kind that a word names, in French or English */
export const readKind = (word: string): Kind | undefined => {
  const folded = foldHeader(word);
  return (
    KINDS.find((kind) => kind === folded) ?? (Object.hasOwn(KIND_ALIASES, folded) ? KIND_ALIASES[folded] : undefined)
  );
};

/** @returns a cell of a column of choices in our own spelling if it is known, else as it was */
export const readValue = (column: Column, value: string): string => {
  if (!CHOICES.has(column)) return value;
  const folded = foldHeader(value);
  const known = VALUE_ALIASES[column];
  if (known !== undefined && Object.hasOwn(known, folded)) return known[folded] ?? value;
  return folded === value.trim().toLowerCase() ? folded : value;
};

/** Every attribute column: `lodging.beds`, … */
export const ATTRIBUTE_COLUMNS: readonly { name: string; kind: Kind; attribute: AttributeProfile }[] = KINDS.flatMap(
  (kind) => KIND_PROFILES[kind].attributes.map((attribute) => ({ name: `${kind}.${attribute.key}`, kind, attribute })),
);

/** @returns the known column closest to an unknown one, if any is close enough to have been meant */
export const nearestColumn = (header: string): string | undefined => {
  const folded = foldHeader(header);
  const names: [string, string][] = [
    ...COLUMNS.map((name): [string, string] => [name, name]),
    ...ATTRIBUTE_COLUMNS.map(({ name }): [string, string] => [name.toLowerCase(), name]),
    ...ATTRIBUTE_COLUMNS.map(({ name, attribute }): [string, string] => [attribute.key.toLowerCase(), name]),
    ...Object.entries(ALIASES),
  ];
  let best: { name: string; distance: number } | undefined;
  for (const [known, name] of names) {
    const distance = editDistance(folded.slice(0, 60), known);
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  return best !== undefined && best.distance <= Math.max(folded.length > 4 ? 2 : 1, Math.floor(folded.length / 3))
    ? best.name
    : undefined;
};

/** Letters to insert, drop or change to make one word of the other. */
export const editDistance = (a: string, b: string): number => {
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(row[j - 1]! + 1, before[j]! + 1, before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    before = row;
  }
  return before[b.length]!;
};
