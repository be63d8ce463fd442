import { type Row, free, hours, money, quote } from './row.ts';

const row = (kind: string, unit: string) => (title: string, text: string, price: Row, place: string, more: Row = {}): Row => ({ kind, title, text, ...price, unit, place, ...more });

export const making = (): Row[] => {
  const machine = row('making', 'hour');
  const piece = row('making', 'unit');
  const towns = ['Lyon', 'Grenoble', 'Lille'] as const;
  return [
    ...towns.flatMap((town) => [
      machine(`Découpeuse laser, atelier de ${town}`, 'Bois, carton et plexiglas jusqu’à 6 mm. Une personne de l’atelier reste avec vous la première fois.', money(24), town, { tags: 'laser;fablab', 'making.machine': 'laser', 'making.material': 'contreplaqué, carton, PMMA', 'making.fileFormats': 'SVG, DXF' }),
      piece(`Impression 3D sur devis à ${town}`, 'Pièces de rechange, prototypes, boîtiers. Envoyez le fichier ou la pièce cassée.', quote, town, { tags: 'impression3d', 'making.machine': 'printer3d', 'making.material': 'PLA, PETG', 'making.fileFormats': 'STL, 3MF, STEP' }),
      machine(`Établi et outils à bois, ${town}`, 'Scie, rabot, presse, et de la place pour une table entière. Casque fourni.', money(9.5), town, { tags: 'bois', 'making.machine': 'wood', 'making.material': 'bois massif, panneaux' }),
      machine(`Machines à coudre du mardi, ${town}`, 'Quatre machines, une surjeteuse, du fil de toutes les couleurs.', hours(1), town, { tags: 'couture', 'making.machine': 'sewing', 'making.material': 'coton, jean, toile' }),
    ]),
    machine('Taglio laser in bottega', 'Compensato e cuoio fino a 5 mm, con chi lo sa usare.', money(22.5, 'it'), 'Bologna', { language: 'it', 'making.machine': 'laser', 'making.material': 'compensato, cuoio', 'making.fileFormats': 'SVG, DXF' }),
    piece('Mobili su misura in castagno', 'Disegno insieme, poi tre settimane di pazienza.', quote, 'Bologna', { language: 'it', tags: 'legno', 'making.machine': 'wood;cnc' }),
    machine('Fresa CNC, banco grande', 'Piano di 120 × 80 cm. Portate il legno, gli utensili ci sono.', money(28, 'it'), 'Modena', { language: 'it', 'making.machine': 'cnc', 'making.fileFormats': 'STEP, DXF' }),
    piece('Stampa 3D di ricambi', 'Manopole, cerniere, piedini: si misura e si rifà.', quote, 'Ferrara', { language: 'it', 'making.machine': 'printer3d', 'making.fileFormats': 'STL' }),
    machine('Poste de soudure et oscilloscope', 'Pour réparer une radio ou en inventer une.', money(8), 'Nantes', { 'making.machine': 'electronics', tags: 'electronique' }),
    machine('Open evening at the makerspace', 'Bring a broken thing, leave with a working one or a lesson.', free, 'Manchester', { language: 'en', 'making.machine': 'electronics;printer3d;wood' }),
    piece('Enseignes en bois gravé', 'Jusqu’à 90 cm, huile dure, vis cachées.', money(64.9), 'Toulouse', { 'making.machine': 'laser;wood', 'making.material': 'chêne, frêne' }),
    piece('Housses et sacs en toile récupérée', 'Voiles, bâches, chambres à air : chaque sac est seul de son espèce.', money(29), 'La Rochelle', { 'making.machine': 'sewing', tags: 'recup' }),
    piece('Cherche une pièce en aluminium fraisé', 'Un support de dérailleur de 1981, plan à main levée fourni.', quote, 'Saint-Étienne', { purpose: 'request', 'making.machine': 'cnc', 'making.material': 'aluminium' }),
    piece('Cherche atelier pour vingt nichoirs', 'Découpe seulement, nous montons avec les enfants.', quote, 'Angers', { purpose: 'request', 'making.machine': 'laser' }),
    piece('Cerco chi ricama uno stendardo', 'Un metro per due, per la festa di quartiere.', money(120, 'it'), 'Bologna', { purpose: 'request', language: 'it', 'making.machine': 'sewing' }),
    machine('Une heure de surjeteuse', 'Pour finir un lot de tabliers de cantine.', money(10), 'Marseille', { purpose: 'request', 'making.machine': 'sewing' }),
    machine('Fraiseuse numérique accompagnée', 'Deux créneaux par semaine, avec quelqu’un qui sait où sont les doigts.', money(27.5), 'Brest', { 'making.machine': 'cnc', 'making.material': 'bois, plastiques' }),
  ];
};

export const goods = (): Row[] => {
  const thing = (title: string, text: string, price: Row, quantity: number, place: string, condition: string, more: Row = {}) =>
    row('goods', 'unit')(title, text, price, place, { quantity: String(quantity), 'goods.condition': condition, ...more });
  return [
    thing('Table de ferme en noyer, huit places', 'Un siècle de repas, deux rayures, beaucoup de dignité.', money(240), 1, 'Lyon', 'good', { 'goods.dimensions': '220 × 85 × 76 cm', tags: 'meuble;table' }),
    thing('Six chaises de bistrot dépareillées', 'Ensemble par leurs différences.', money(72), 1, 'Lyon', 'used', { tags: 'meuble;chaises' }),
    thing('Machine à coudre à prêter', 'Une mécanique de 1974 qui coud le jean. Je montre comment.', free, 1, 'Villeurbanne', 'used', { tags: 'pret;couture' }),
    thing('Vélo de ville révisé', 'Câbles et patins neufs, pneus à mi-vie. Pour une personne de 1,60 m à 1,75 m.', money(95), 1, 'Marseille', 'good', { tags: 'velo' }),
    thing('Remorque de vélo en bois', 'Construite à l’atelier, soixante kilos sans broncher.', money(180), 2, 'Grenoble', 'new', { 'goods.dimensions': '90 × 60 cm' }),
    thing('Bocaux à conserves, caisse de douze', 'Joints neufs, couvercles droits.', money(10), 8, 'Aubagne', 'good', { tags: 'cuisine' }),
    thing('Canapé deux places, velours vert', 'Un accroc au dos, que personne ne voit. À venir chercher à deux.', money(60), 1, 'Nantes', 'used', { 'goods.dimensions': '145 × 80 × 82 cm' }),
    thing('Étagère en pin, cinq planches', 'Démontée, vis dans un sachet.', money(25.5), 1, 'Rennes', 'good', { 'goods.dimensions': '180 × 80 × 30 cm' }),
    thing('Livres de jeunesse, une pleine caisse', 'De quatre à douze ans, à prendre ensemble.', free, 1, 'Bordeaux', 'good', { tags: 'livres;enfants' }),
    thing('Perceuse à percussion à prêter', 'Avec ses forets. Deux jours, ou plus si personne ne la demande.', free, 1, 'Lille', 'used', { tags: 'pret;outils' }),
    thing('Poussette pliante', 'Une main suffit, promis. Capote lavée.', money(35), 1, 'Toulouse', 'good', { tags: 'enfants' }),
    thing('Tente trois places', 'Montée dix fois, jamais par grand vent.', money(48), 1, 'Annecy', 'good', { 'goods.dimensions': '210 × 180 cm' }),
    thing('Guitare d’étude', 'Cordes nylon changées au printemps.', money(55), 1, 'Montpellier', 'used', { tags: 'musique' }),
    thing('Lampe d’architecte', 'Rouge, ressorts fatigués mais fidèles.', money(18), 1, 'Strasbourg', 'repair'),
    thing('Cocotte en fonte, vingt-six centimètres', 'Lourde comme une promesse tenue.', money(40), 1, 'Dijon', 'good', { tags: 'cuisine' }),
    thing('Manteau de laine, taille 42', 'Doublure refaite par mes soins.', money(45), 1, 'Tours', 'good', { tags: 'vetements' }),
    thing('Ordinateur portable reconditionné', 'Disque neuf, batterie de quatre heures, système libre.', money(160), 5, 'Brest', 'good', { tags: 'informatique' }),
    thing('Plants de tomates en godet', 'Semis maison, vingt variétés, étiquettes lisibles.', money(1.8), 200, 'Angers', 'new', { tags: 'jardin' }),
    thing('Cartons de déménagement', 'Une trentaine, pliés, ayant servi une fois.', free, 30, 'Le Havre', 'used', { tags: 'demenagement' }),
    thing('Pressoir à main contre un coup de main', 'Prêté pour la vendange contre une heure à la nôtre.', hours(1), 1, 'Beaune', 'used'),
    thing('Libreria in ferro e legno', 'Smontabile, quattro ripiani, un po’ di ruggine onesta.', money(70, 'it'), 1, 'Bologna', 'used', { language: 'it', 'goods.dimensions': '200 × 90 cm' }),
    thing('Bicicletta da donna con cestino', 'Luci a dinamo, freni registrati.', money(85, 'it'), 1, 'Ferrara', 'good', { language: 'it', tags: 'bici' }),
    thing('Macchina da caffè moka per dodici', 'Per assemblee e traslochi.', money(14, 'it'), 1, 'Ravenna', 'good', { language: 'it' }),
    thing('Garden tools, a whole shed of them', 'Sharpened last winter; lend or keep, your choice.', free, 1, 'Leeds', 'used', { language: 'en', tags: 'garden' }),
    thing('Cherche une balance de marché', 'Jusqu’à quinze kilos, vérifiée si possible.', money(60), 1, 'Villeurbanne', 'used', { purpose: 'request' }),
    thing('Cherche un lit d’enfant pour six mois', 'Nous le rendrons poncé et reverni.', free, 1, 'Marseille', 'used', { purpose: 'request', tags: 'enfants' }),
    thing('Cherche vaisselle pour cent personnes', 'Une fête de quartier le 21 juin, lavage compris.', free, 1, 'Nantes', 'good', { purpose: 'request', tags: 'fete' }),
    thing('Cerchiamo un tavolo da lavoro', 'Robusto, almeno due metri, per la bottega.', money(110, 'it'), 1, 'Bologna', 'used', { purpose: 'request', language: 'it' }),
    thing('Ruche vide, dix cadres', 'Repeinte au lait de chaux.', money(45), 3, 'Lyon', 'good'),
    thing('Jeux de société, douze boîtes', 'Complets, comptés deux fois.', money(30), 1, 'Grenoble', 'good', { tags: 'jeux' }),
  ];
};

export const delivery = (): Row[] => {
  const run = (title: string, text: string, price: Row, place: string, vehicle: string, kilos: number, zone: string, more: Row = {}) =>
    row('delivery', 'run')(title, text, price, place, { 'delivery.vehicle': vehicle, 'delivery.maxWeightKg': String(kilos), 'delivery.zone': zone, tags: 'velo', ...more });
  return [
    run('Paniers livrés à vélo le jeudi', 'Après la distribution, entre 18 h et 21 h.', money(4), 'Lyon', 'cargo_bike', 120, 'Lyon et Villeurbanne'),
    run('Courses du marché jusqu’à votre porte', 'Mercredi et samedi matin, escaliers compris.', money(6), 'Marseille', 'cargo_bike', 80, 'Du 1er au 7e arrondissement'),
    run('Plis et petits colis en deux heures', 'Un vélo, un sac, aucune fumée.', money(9.5), 'Nantes', 'bike', 10, 'Île de Nantes et centre'),
    run('Livraison avec remorque', 'Meubles démontés, terreau, bois de chauffage.', money(18), 'Grenoble', 'trailer', 150, 'Grenoble, Fontaine, Échirolles'),
    run('Tournée des boulangeries', 'Départ à 6 h 15, il reste deux cagettes de place.', money(5.5), 'Rennes', 'cargo_bike', 60, 'Rennes intra-rocade'),
    run('Livres de la bibliothèque à domicile', 'Pour qui ne peut pas se déplacer.', free, 'Lille', 'bike', 12, 'Lille et Hellemmes'),
    run('Transport d’électroménager à réparer', 'Aller le lundi, retour quand c’est prêt.', money(15), 'Toulouse', 'trailer', 90, 'Toulouse nord'),
    run('Consegne in bici cargo', 'Dalla bottega a casa vostra entro sera.', money(7, 'it'), 'Bologna', 'cargo_bike', 70, 'Dentro porta', { language: 'it' }),
    run('Piccoli pacchi sotto i portici', 'Anche quando piove: lì non ci si bagna.', money(4.5, 'it'), 'Bologna', 'bike', 8, 'Centro storico', { language: 'it' }),
    run('Cargo bike, anywhere flat', 'Fridges no, pianos maybe.', money(12.5, 'en'), 'Cambridge', 'cargo_bike', 100, 'City and villages within 6 miles', { language: 'en' }),
    run('Une course contre une heure', 'Pour les membres de la banque de temps.', hours(1), 'Strasbourg', 'bike', 10, 'Strasbourg et Schiltigheim', { audience: 'members' }),
    run('Cherche un trajet vers Lyon le mardi', 'Vingt miches, trois cagettes, départ avant huit heures.', quote, 'Vaugneray', 'trailer', 60, 'Vaugneray – Lyon', { purpose: 'request' }),
    run('Transport d’un lit médicalisé', 'Démonté, quatre-vingt-dix kilos, date souple.', quote, 'Marseille', 'trailer', 90, 'Marseille – Aubagne', { purpose: 'request' }),
    run('Cherche livraison hebdomadaire de légumes', 'Huit paniers à déposer dans quatre entrées d’immeuble.', money(14), 'Bordeaux', 'cargo_bike', 80, 'Bordeaux centre', { purpose: 'request' }),
    run('Cerchiamo chi porti il pane alle scuole', 'Tre scuole, ogni mattina alle dieci.', money(9, 'it'), 'Modena', 'cargo_bike', 40, 'Modena', { purpose: 'request', language: 'it' }),
  ];
};
