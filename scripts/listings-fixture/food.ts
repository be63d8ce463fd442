import { type Row, free, hours, money } from './row.ts';

type Base = { title: string; text: string; unit: string; price: number; stock: number; allergens?: string; organic?: boolean; harvest?: string; tags: string };
const BASES: Base[] = [
  { title: 'Tomates anciennes', text: 'Cœur de bœuf, noire de Crimée, ananas : mûries sur pied, cueillies la veille.', unit: 'kilo', price: 4.2, stock: 80, organic: true, harvest: 'juillet à septembre', tags: 'tomates;legumes' },
  { title: 'Pain au levain, miche', text: 'Farine de meule, trente heures de levée, cuisson au bois. Se garde une semaine.', unit: 'kilo', price: 6.8, stock: 40, allergens: 'gluten', organic: true, tags: 'pain;levain' },
  { title: 'Fromage de chèvre fermier', text: 'Frais, demi-sec ou sec. Lait cru de trente chèvres qui sortent tous les jours.', unit: 'unit', price: 3.4, stock: 60, allergens: 'milk', tags: 'fromage' },
  { title: 'Œufs de plein air, la douzaine', text: 'Rapportez vos boîtes, les poules vous remercient.', unit: 'unit', price: 4.1, stock: 50, allergens: 'eggs', tags: 'oeufs' },
  { title: 'Miel de printemps', text: 'Pot de 500 g consigné. Récolte courte cette année : deux par foyer.', unit: 'unit', price: 9, stock: 36, harvest: 'mai', tags: 'miel' },
  { title: 'Panier de légumes de saison', text: 'Cinq kilos de ce que le champ donne, et la recette de la semaine.', unit: 'unit', price: 15, stock: 30, allergens: 'celery', organic: true, harvest: 'toute l’année', tags: 'panier;legumes' },
];
const MARKETS = [['Lyon', 'Halle de la Martinière, mardi 17 h – 19 h'], ['Aix-en-Provence', 'Place Richelme, samedi matin'], ['Rennes', 'Marché des Lices, samedi 8 h – 12 h'], ['Bordeaux', 'Local de l’association, jeudi 18 h'], ['Strasbourg', 'Cour de l’école, vendredi 16 h 30']] as const;

const simple = (title: string, text: string, unit: string, price: Row, stock: number, place: string, more: Row = {}): Row =>
  ({ kind: 'food', title, text, ...price, unit, quantity: String(stock), place, ...more });

export const food = (): Row[] => [
  ...MARKETS.flatMap(([town, pickup], m) => BASES.map((base) => simple(`${base.title}, ${town}`, base.text, base.unit, money(base.price + m * 0.15), base.stock - m * 4, town, {
    tags: base.tags, 'food.allergens': base.allergens ?? '', 'food.organic': base.organic === true ? 'oui' : '', 'food.pickup': pickup, 'food.harvest': base.harvest ?? '',
  }))),
  simple('Tortellini fatti a mano', 'Ripieno di prosciutto, parmigiano e noce moscata. Si ordina entro il mercoledì.', 'kilo', money(32, 'it'), 12, 'Bologna', { language: 'it', tags: 'pasta', 'food.allergens': 'gluten;eggs;milk', 'food.pickup': 'Via del Pratello, venerdì 17–19' }),
  simple('Olio nuovo, bottiglia da mezzo litro', 'Frantoio di collina, spremuto a novembre.', 'unit', money(11.5, 'it'), 60, 'Ravenna', { language: 'it', tags: 'olio', 'food.harvest': 'novembre' }),
  simple('Sourdough loaves, Friday bake', 'Heritage wheat from two fields away. Order by Wednesday night.', 'unit', money(4.8, 'en'), 24, 'Bristol', { language: 'en', tags: 'bread', 'food.allergens': 'gluten;sesame' }),
  simple('Surplus de courgettes à donner', 'Le jardin partagé déborde : servez-vous, la grille est ouverte.', 'kilo', free, 25, 'Nantes', { tags: 'antigaspi' }),
  simple('Jus de pomme pressé à la ferme', 'Bouteille d’un litre, rien d’ajouté. Les sulfites sont restés à la cave du voisin.', 'unit', money(3.2), 120, 'Thurins', { tags: 'jus', 'food.organic': 'oui', 'food.harvest': 'octobre' }),
  simple('Pommes contre une heure de cueillette', 'Dix kilos pour chaque heure au verger.', 'unit', hours(1), 40, 'Thurins', { tags: 'pommes;echange' }),
  simple('Moutarde de Dijon à l’ancienne', 'Pot de 200 g, graines broyées à la meule.', 'unit', money(4.6), 48, 'Dijon', { 'food.allergens': 'mustard;sulphites' }),
  simple('Cherche trente kilos de tomates à coulis', 'Pour l’atelier conserves du quartier : abîmées bienvenues.', 'kilo', money(1.2), 30, 'Lyon', { purpose: 'request', tags: 'tomates' }),
  simple('Cherche du lait cru deux fois par semaine', 'Pour une petite fromagerie d’apprentissage, dix litres à chaque fois.', 'unit', money(1.1), 20, 'Annecy', { purpose: 'request', 'food.allergens': 'milk' }),
  simple('Cerchiamo farina di grani antichi', 'Venti chili al mese per il forno sociale.', 'kilo', money(2.4, 'it'), 20, 'Ferrara', { purpose: 'request', language: 'it', 'food.allergens': 'gluten' }),
];
