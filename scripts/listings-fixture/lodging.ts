import { type Row, free, hours, money } from './row.ts';

/** Town, INSEE code, what is said of it in a sentence. */
const TOWNS = [
  ['Marseille', '13055', 'Métro et mer à dix minutes.'], ['Aubagne', '13005', 'Le Garlaban au bout de la rue.'], ['La Ciotat', '13028', 'La gare et les calanques à pied.'],
  ['Lyon', '69123', 'Métro Croix-Paquet à trois cents mètres.'], ['Villeurbanne', '69266', 'Arrêt de tramway devant la porte.'], ['Nantes', '44109', 'Le marché de Talensac le samedi.'],
  ['Lille', '59350', 'Les gares à quinze minutes à vélo.'], ['Grenoble', '38185', 'Les trois massifs depuis la fenêtre.'], ['Toulouse', '31555', 'Le canal du Midi au coin.'], ['Rennes', '35238', 'Métro Sainte-Anne à deux stations.'],
] as const;

type Base = { title: (town: string) => string; text: string; price: Row; sleeps: number; beds: number; bedrooms: number; amenities: string; access?: string; whole?: boolean; tags: string };
const BASES: Base[] = [
  { title: (t) => `Chambre chez l’habitante à ${t}`, text: 'Une chambre claire sur cour, un lit double, un vrai bureau. Petit-déjeuner partagé si vous aimez parler le matin.', price: money(32), sleeps: 2, beds: 1, bedrooms: 1, amenities: 'wifi;kitchen;heating', tags: 'chambre;calme' },
  { title: (t) => `Appartement de trois pièces à ${t}`, text: 'Deux chambres, une cuisine où l’on tient à six, et les jouets des enfants si les vôtres en veulent.', price: money(68.5), sleeps: 4, beds: 3, bedrooms: 2, amenities: 'wifi;kitchen;washing;heating', access: 'lift', whole: true, tags: 'famille;appartement' },
  { title: (t) => `Studio pour stagiaire à ${t}`, text: 'Vingt mètres carrés au calme, pour un mois ou trois. Priorité au personnel soignant et aux apprentis.', price: money(24), sleeps: 1, beds: 1, bedrooms: 0, amenities: 'wifi;kitchen;heating', whole: true, tags: 'stage;studio' },
  { title: (t) => `Maison de plain-pied à ${t}`, text: 'Aucune marche, des portes de 90 cm, une douche à l’italienne avec siège. Le jardin est à vous, le chat aussi.', price: money(74), sleeps: 6, beds: 4, bedrooms: 3, amenities: 'wifi;kitchen;parking;garden;pets', access: 'step_free;wide_doors;adapted_bathroom', whole: true, tags: 'accessible;jardin' },
];

const offers = (): Row[] => TOWNS.flatMap(([town, insee, note], t) => BASES.map((base, b): Row => ({
  kind: 'lodging', title: base.title(town), text: `${base.text} ${note}`, ...base.price, unit: 'night', quantity: String(base.sleeps), place: t % 2 === 0 ? town : `${town}, France`, tags: base.tags,
  'lodging.beds': String(base.beds), 'lodging.bedrooms': String(base.bedrooms), 'lodging.amenities': base.amenities, 'lodging.accessibility': base.access ?? '',
  'lodging.checkIn': ['15:00', '16:00', '17:30'][t % 3] ?? '', 'lodging.checkOut': ['10:00', '11:00'][b % 2] ?? '', 'lodging.cancellation': ['flexible', 'moderate', 'strict'][(t + b) % 3] ?? '',
  'lodging.registrationNumber': base.whole === true ? `${insee}${String(104 + t * 37 + b).padStart(6, '0')}${'ABCDEFGHJK'[t]}${'MNPR'[b]}` : '',
})));

const simple = (title: string, text: string, price: Row, sleeps: number, place: string, more: Row = {}): Row =>
  ({ kind: 'lodging', title, text, ...price, unit: 'night', quantity: String(sleeps), place, ...more });

export const lodging = (): Row[] => [
  ...offers(),
  simple('Camera tranquilla vicino alla stazione', 'Stanza luminosa al terzo piano, lenzuola comprese. La cucina è di tutti, il caffè pure.', money(38, 'it'), 2, 'Bologna', { language: 'it', tags: 'camera;centro', 'lodging.beds': '1', 'lodging.amenities': 'wifi;kitchen' }),
  simple('Appartamento sotto i portici', 'Due camere e un balconcino sui tetti rossi. La bottega sotto casa apre alle sette.', money(81.5, 'it'), 4, 'Bologna, Italia', { language: 'it', tags: 'portici', 'lodging.beds': '3', 'lodging.bedrooms': '2', 'lodging.amenities': 'wifi;kitchen;washing' }),
  simple('Casa sui colli con orto', 'Per chi vuole silenzio. L’orto dà zucchine da giugno a settembre, servitevi.', money(55, 'it'), 5, 'Modena', { language: 'it', tags: 'colli;orto', 'lodging.beds': '4', 'lodging.amenities': 'garden;parking;pets' }),
  simple('Spare room in a shared house', 'Quiet street, friendly house of four, bikes to borrow. Two nights at least, please.', money(41.5, 'en'), 1, 'Bristol', { language: 'en', tags: 'room;shared', 'lodging.beds': '1', 'lodging.amenities': 'wifi;kitchen;garden' }),
  simple('Canapé-lit pour une nuit de passage', 'Pour qui rate son train ou le dernier bac. On ne demande rien, on aime les histoires.', free, 1, 'Le Havre', { tags: 'depannage', 'lodging.beds': '1', 'lodging.checkIn': '19:00' }),
  simple('Roulotte contre deux heures de jardin', 'Une nuit contre deux heures au potager, avec outils et limonade.', hours(2), 2, 'Vienne (38), France', { tags: 'roulotte;echange', 'lodging.beds': '1', 'lodging.amenities': 'garden;pets' }),
  simple('Cherche une chambre pour une infirmière en août', 'Du 3 au 28, calme, près d’un métro. Je travaille de nuit et je sais être discrète.', money(26), 1, 'Marseille', { purpose: 'request', tags: 'soignants' }),
  simple('Famille de quatre cherche un toit pour une semaine', 'Deux parents, deux enfants qui dorment bien. Nous laissons plus propre que nous ne trouvons.', money(60), 4, 'Lyon', { purpose: 'request', tags: 'famille' }),
  simple('Cercasi stanza per un apprendista', 'Tre mesi da noi a bottega, da ottobre. Ragazzo serio, cucina bene.', money(22.5, 'it'), 1, 'Bologna', { purpose: 'request', language: 'it' }),
  simple('Logement accessible cherché après une opération', 'Trois semaines en rez-de-chaussée ou avec ascenseur, à moins de deux kilomètres de l’hôpital.', money(45), 2, 'Toulouse', { purpose: 'request', tags: 'accessible', 'lodging.accessibility': 'step_free;wide_doors' }),
];
