import type { DemoNode } from '../types.ts';

const pick = (where: string) => ({ 'attributes.pickup': where });

export const lyon: DemoNode = {
  name: 'lyon', port: 4002, cooperative: 'La Halle Commune', handle: 'halle-commune', territory: 'Lyon', radiusKm: 60, languages: ['fr'], kinds: ['food', 'goods', 'delivery'], accent: '#A8471F', language: 'fr', signUpRule: 'open',
  summary: 'Maraîchères, boulangers et habitant·e·s de Lyon : du frais sans détour, et des objets qui changent de mains.',
  members: [
    { handle: 'colette', name: 'Colette Perrin', text: 'Trésorière, et maraîchère à la retraite.' },
    { handle: 'hugo', name: 'Hugo Vernay', text: 'Paysan boulanger dans les monts du Lyonnais.' },
    { handle: 'amelie', name: 'Amélie Tran', text: 'Je répare, je donne, je prête.' },
    { handle: 'robert', name: 'Robert Chambon', text: 'Chèvres et fromages à Vaugneray.' },
    { handle: 'ines', name: 'Inès Moreau', text: 'Apicultrice sur les toits.' },
    { handle: 'paul', name: 'Paul Guichard', text: 'Vergers à Thurins depuis trois générations.' },
    { handle: 'leila', name: 'Leïla Haddad', text: 'Brocanteuse à la Guillotière.' },
    { handle: 'tom', name: 'Tom Baudry', text: 'Cyclologistique, comme on dit.' },
  ],
  listings: [
    { kind: 'food', by: 'hugo', title: 'Pain au levain de blé ancien, miche d’un kilo', text: 'Farine moulue à la ferme le lundi, cuisson au bois le mardi. Se garde une semaine.', price: '6,80', unit: 'kilo', place: 'Lyon', quantity: 40, tags: 'pain, levain', attributes: { 'attributes.organic': '1', 'attributes.allergens': ['gluten'], ...pick('Halle de la Martinière, mardi 17 h – 19 h') } },
    { kind: 'food', by: 'paul', title: 'Pommes reinettes du verger', text: 'Petites, fripées, parfaites en tarte.', price: '2,60', unit: 'kilo', place: 'Thurins', quantity: 300, tags: 'pommes', attributes: { 'attributes.harvest': 'octobre', ...pick('Verger, tous les jours') } },
    { kind: 'food', by: 'robert', title: 'Fromage de chèvre frais, demi-sec ou sec', text: 'Lait cru d’un troupeau de trente chèvres, affiné à la ferme.', price: '3,40', unit: 'unit', place: 'Vaugneray', quantity: 60, tags: 'fromage', attributes: { 'attributes.allergens': ['milk'], 'attributes.organic': '1' } },
    { kind: 'food', by: 'ines', title: 'Miel des toits de la Croix-Rousse', text: 'Tilleul et acacia, pot de 500 g consigné.', price: '9', unit: 'unit', place: 'Lyon', quantity: 24, tags: 'miel', attributes: pick('Place Sathonay, samedi matin') },
    { kind: 'food', by: 'colette', title: 'Panier de légumes d’hiver, cinq kilos', text: 'Poireaux, carottes, céleri, courge, et la surprise de la semaine.', price: '15', unit: 'unit', place: 'Lyon', quantity: 30, tags: 'panier, legumes', attributes: { 'attributes.allergens': ['celery'], 'attributes.organic': '1', ...pick('Maison des associations, jeudi 18 h') } },
    { kind: 'food', by: 'robert', title: 'Œufs de poules qui sortent tous les jours', text: 'La douzaine, dans vos boîtes.', price: '4,20', unit: 'unit', place: 'Vaugneray', quantity: 50, tags: 'oeufs', attributes: { 'attributes.allergens': ['eggs'] } },
    { kind: 'food', by: 'paul', title: 'Jus de poire, bouteille d’un litre', text: 'Pressé à Thurins, rien d’ajouté.', price: '3,50', unit: 'unit', place: 'Thurins', quantity: 120 },
    { kind: 'food', by: 'hugo', title: 'Farine de seigle sur meule', text: 'Sacs de cinq kilos.', price: '2,10', unit: 'kilo', place: 'Lyon', quantity: 80, attributes: { 'attributes.allergens': ['gluten'], 'attributes.organic': '1' } },
    { kind: 'food', by: 'colette', title: 'Plants de tomates anciennes, au printemps', text: 'Cœur de bœuf, noire de Crimée, ananas. Semis maison.', price: '1,80', unit: 'unit', place: 'Lyon', quantity: 200, tags: 'tomates, jardin' },
    { kind: 'food', by: 'ines', title: 'Surplus de courgettes à donner', text: 'Le jardin partagé déborde : servez-vous.', price: 'gratuit', unit: 'kilo', place: 'Lyon', quantity: 25, tags: 'courgettes, anti-gaspi' },
    { kind: 'food', by: 'amelie', title: 'Cherche trente kilos de tomates à coulis', text: 'Pour l’atelier conserves du quartier, abîmées bienvenues.', price: '1,20', unit: 'kilo', place: 'Lyon', request: true, quantity: 30, tags: 'tomates' },
    { kind: 'goods', by: 'leila', title: 'Table de ferme en noyer, huit places', text: 'Un siècle de repas, deux rayures, beaucoup de dignité.', price: '240', place: 'Lyon', quantity: 1, tags: 'meuble, table', attributes: { 'attributes.condition': 'good', 'attributes.dimensions': '220 × 85 cm' } },
    { kind: 'goods', by: 'amelie', title: 'Machine à coudre à prêter', text: 'Une Pfaff de 1974 qui coud le jean. Je montre comment.', price: 'gratuit', place: 'Lyon', quantity: 1, tags: 'couture, pret', attributes: { 'attributes.condition': 'used' } },
    { kind: 'goods', by: 'tom', title: 'Remorque de vélo, caisse en bois', text: 'Construite à l’atelier, 60 kg sans broncher.', price: '180', place: 'Villeurbanne', quantity: 2, tags: 'velo', attributes: { 'attributes.condition': 'new' } },
    { kind: 'goods', by: 'leila', title: 'Six chaises de bistrot dépareillées', text: 'Ensemble par leurs différences.', price: '72', place: 'Lyon', quantity: 1, tags: 'chaise, meuble', attributes: { 'attributes.condition': 'used' } },
    { kind: 'goods', by: 'colette', title: 'Bocaux à conserves, caisse de douze', text: 'Joints neufs.', price: '10', place: 'Lyon', quantity: 8, tags: 'bocaux', attributes: { 'attributes.condition': 'good' } },
    { kind: 'goods', by: 'amelie', title: 'Livres de jeunesse, une pleine étagère', text: 'De quatre à douze ans. À prendre ensemble.', price: 'gratuit', place: 'Lyon', quantity: 1, tags: 'livres', attributes: { 'attributes.condition': 'good' } },
    { kind: 'goods', by: 'robert', title: 'Pressoir à main, pour les vendanges', text: 'Prêt contre une heure de coup de main.', price: '1h', place: 'Vaugneray', quantity: 1, attributes: { 'attributes.condition': 'used' } },
    { kind: 'goods', by: 'tom', title: 'Cherche une balance de marché', text: 'Jusqu’à quinze kilos, vérifiée si possible.', price: '60', place: 'Villeurbanne', request: true },
    { kind: 'goods', by: 'ines', title: 'Ruche vide, dix cadres', text: 'Repeinte au lait de chaux.', price: '45', place: 'Lyon', quantity: 3, attributes: { 'attributes.condition': 'good' } },
    { kind: 'delivery', by: 'tom', title: 'Paniers livrés à vélo dans Lyon et Villeurbanne', text: 'Le jeudi soir, en même temps que la distribution.', price: '4', unit: 'run', place: 'Lyon', tags: 'velo', attributes: { 'attributes.vehicle': 'cargo_bike', 'attributes.maxWeightKg': '120' } },
    { kind: 'delivery', by: 'hugo', title: 'Cherche un trajet Vaugneray – Lyon le mardi', text: 'Vingt miches, trois cagettes.', price: 'devis', unit: 'run', place: 'Vaugneray', request: true, audience: 'peers' },
  ],
};
