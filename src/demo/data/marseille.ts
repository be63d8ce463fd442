import type { DemoNode } from '../types.ts';

const wifi = { 'attributes.amenities': ['wifi', 'kitchen', 'heating'], 'attributes.cancellation': 'flexible', 'attributes.checkIn': '16:00', 'attributes.checkOut': '11:00' };

export const marseille: DemoNode = {
  name: 'marseille', port: 4001, cooperative: 'Les Volets Ouverts', handle: 'volets-ouverts', territory: 'Marseille', radiusKm: 35, languages: ['fr', 'en'], kinds: ['lodging', 'service', 'delivery'], accent: '#1C6349', language: 'fr', signUpRule: 'approval',
  summary: 'Des voisines et voisins de Marseille qui hébergent, réparent et s’entraident, à commencer par le personnel soignant près de ses hôpitaux.',
  members: [
    { handle: 'nadia', name: 'Nadia Benali', text: 'Je tiens la coopérative à jour et le café au chaud.' },
    { handle: 'lucien', name: 'Lucien Arnaud', text: 'Ancien charpentier de marine. J’ai une **chambre** et beaucoup d’outils.' },
    { handle: 'fatou', name: 'Fatou Diop', text: 'Infirmière à la Timone, j’héberge des collègues de passage.' },
    { handle: 'mireille', name: 'Mireille Costa', text: 'Un jardin à l’Estaque, deux chats.' },
    { handle: 'yanis', name: 'Yanis Kaci', text: 'Vélos, serrures, petites réparations.' },
    { handle: 'elodie', name: 'Élodie Marchetti', text: 'Écrivaine publique au Panier.' },
    { handle: 'sam', name: 'Sam Ferrero', text: 'Coursier à vélo cargo.' },
    { handle: 'jeanne', name: 'Jeanne Roux', text: 'Grande maison à Aubagne, portes larges.' },
  ],
  listings: [
    { kind: 'lodging', by: 'fatou', title: 'Chambre calme à dix minutes de la Timone', text: 'Une chambre claire au deuxième étage, lit double, bureau. Je travaille de nuit : la maison dort le matin.\n\n- Linge fourni\n- Métro Timone à 600 m', price: '28', place: 'Marseille', quantity: 2, tags: 'soignants, timone', attributes: { ...wifi, 'attributes.beds': '1' } },
    { kind: 'lodging', by: 'lucien', title: 'Cabanon de bois au-dessus des Goudes', text: 'Un cabanon que j’ai bâti moi-même. On entend la mer, on ne la voit que du toit. Douche dehors en été.', price: '45', place: 'Marseille', quantity: 2, tags: 'calanques, mer', attributes: { ...wifi, 'attributes.beds': '1', 'attributes.amenities': ['garden', 'kitchen'] } },
    { kind: 'lodging', by: 'jeanne', title: 'Maison de plain-pied à Aubagne, accessible en fauteuil', text: 'Sans marche, portes de 90 cm, salle de bain adaptée par un ergothérapeute. Jardin ombragé, parking devant.', price: '62', place: 'Aubagne', quantity: 5, tags: 'accessible, famille', attributes: { ...wifi, 'attributes.beds': '4', 'attributes.bedrooms': '3', 'attributes.accessibility': ['step_free', 'wide_doors', 'adapted_bathroom'], 'attributes.amenities': ['wifi', 'kitchen', 'parking', 'garden'] } },
    { kind: 'lodging', by: 'mireille', title: 'Petit appartement à l’Estaque, vue sur le port', text: 'Vingt-huit mètres carrés, deux fenêtres, mille bateaux. Train pour Saint-Charles toutes les demi-heures.', price: '52', place: 'Marseille', quantity: 3, tags: 'port, vue', attributes: { ...wifi, 'attributes.beds': '2', 'attributes.registrationNumber': '13055004127KD' } },
    { kind: 'lodging', by: 'nadia', title: 'Canapé-lit gratuit pour stagiaires infirmiers', text: 'Le temps d’un stage, jusqu’à quatre semaines. On partage la cuisine et les courses du dimanche.', price: 'gratuit', place: 'Marseille', quantity: 1, tags: 'soignants, stage', attributes: { 'attributes.beds': '1' } },
    { kind: 'lodging', by: 'elodie', title: 'Mansarde au Panier, cinq étages et des étoiles', text: 'Pas d’ascenseur, mais une lucarne au-dessus du lit. Le boulanger est au rez-de-chaussée.', price: '35', place: 'Marseille', quantity: 1, attributes: { ...wifi, 'attributes.beds': '1' } },
    { kind: 'lodging', by: 'jeanne', title: 'Deux chambres au vert, près de Gémenos', text: 'Sous les platanes, au pied de la Sainte-Baume. Vélos prêtés.', price: '40', place: 'Gémenos', quantity: 4, attributes: { ...wifi, 'attributes.beds': '3', 'attributes.bedrooms': '2' } },
    { kind: 'lodging', by: 'lucien', title: 'Studio à La Ciotat contre deux heures de bricolage', text: 'Une nuit contre deux heures au chantier : peinture, ponçage, café.', price: '2h', place: 'La Ciotat', quantity: 2, attributes: { 'attributes.beds': '1' } },
    { kind: 'lodging', by: 'fatou', title: 'Chambre à Marseille pour une collègue en août', text: 'Cadre de santé mutée à la Conception cherche une chambre du 3 au 28 août, calme, près du métro.', price: '25', place: 'Marseille', request: true, quantity: 1, tags: 'soignants' },
    { kind: 'lodging', by: 'yanis', title: 'Un toit pour une famille de Bologne', text: 'Nos amis de Casa & Bottega viennent à quatre la dernière semaine de juin.', price: '50', place: 'Marseille', request: true, quantity: 4 },
    { kind: 'service', by: 'yanis', title: 'Réparation de vélos, chez vous ou à l’atelier', text: 'Crevaison, freins, dérailleur. Les pièces en plus, au prix coûtant.', price: '18', unit: 'hour', place: 'Marseille', tags: 'velo', attributes: { 'attributes.skills': 'mécanique vélo', 'attributes.mode': 'onsite' } },
    { kind: 'service', by: 'elodie', title: 'Écrivaine publique : lettres, CV, recours', text: 'Une heure pour dire les choses clairement. Confidentialité promise.', price: '1h', unit: 'hour', place: 'Marseille', tags: 'ecrire, aide', attributes: { 'attributes.skills': 'rédaction, démarches', 'attributes.mode': 'onsite' } },
    { kind: 'service', by: 'lucien', title: 'Menuiserie : portes qui frottent, étagères, volets', text: 'Quarante ans de métier. Je viens avec mes rabots.', price: '24', unit: 'hour', place: 'Marseille', tags: 'bois', attributes: { 'attributes.skills': 'menuiserie', 'attributes.mode': 'onsite' } },
    { kind: 'service', by: 'nadia', title: 'Cours d’arabe dialectal, le mardi soir', text: 'Petits groupes, beaucoup de rires, un peu de grammaire.', price: '12', unit: 'hour', place: 'Marseille', attributes: { 'attributes.skills': 'langues', 'attributes.mode': 'onsite' } },
    { kind: 'service', by: 'mireille', title: 'Garde de chats et arrosage pendant vos absences', text: 'Je passe matin et soir, avec une photo par jour.', price: '1h', unit: 'hour', place: 'Marseille' },
    { kind: 'service', by: 'sam', title: 'Aide au déménagement à vélo cargo', text: 'Jusqu’à 150 kg par voyage, escaliers compris si l’on est deux.', price: '22', unit: 'hour', place: 'Marseille', tags: 'demenagement' },
    { kind: 'service', by: 'jeanne', title: 'Cherche quelqu’un pour tailler deux oliviers', text: 'Une demi-journée en février, échelle sur place, déjeuner offert.', price: '3h', unit: 'hour', place: 'Aubagne', request: true },
    { kind: 'service', by: 'elodie', title: 'Relecture en anglais d’un dossier de subvention', text: 'Douze pages, avant la fin du mois.', price: 'devis', unit: 'hour', place: 'Marseille', request: true, attributes: { 'attributes.mode': 'remote' } },
    { kind: 'delivery', by: 'sam', title: 'Courses du marché livrées dans le centre', text: 'Du marché de la Plaine jusqu’à votre porte, le mercredi et le samedi matin.', price: '6', unit: 'run', place: 'Marseille', tags: 'velo, marche', attributes: { 'attributes.vehicle': 'cargo_bike', 'attributes.maxWeightKg': '80', 'attributes.zone': 'Du 1er au 7e arrondissement' } },
    { kind: 'delivery', by: 'yanis', title: 'Plis et petits colis, moins de deux heures', text: 'Un vélo, un sac, aucune fumée.', price: '9,50', unit: 'run', place: 'Marseille', attributes: { 'attributes.vehicle': 'bike', 'attributes.maxWeightKg': '10' } },
    { kind: 'delivery', by: 'nadia', title: 'Transport d’un lit médicalisé vers Aubagne', text: 'Démonté, 90 kg, une remorque suffit. Date souple.', price: 'devis', unit: 'run', place: 'Marseille', request: true },
    { kind: 'service', by: 'fatou', title: 'Accompagnement à l’hôpital pour personnes âgées', text: 'Réservé aux membres : on se connaît, on se fait confiance.', price: 'gratuit', unit: 'hour', place: 'Marseille', audience: 'members' },
  ],
};
