import { type Row, free, hours, money, quote } from './row.ts';

type Base = { title: string; text: string; skills: string; price: Row; mode?: string; tags: string };
const BASES: Base[] = [
  { title: 'Réparation de vélos à domicile', text: 'Freins, dérailleur, crevaison. Je viens avec mes outils, les pièces sont au prix coûtant.', skills: 'mécanique vélo', price: money(18.5), tags: 'velo;reparation' },
  { title: 'Aide aux démarches administratives', text: 'Une heure pour comprendre la lettre et y répondre. Rien ne sort de la pièce.', skills: 'écrit, démarches', price: hours(1), tags: 'demarches;ecoute' },
  { title: 'Cours de soutien en mathématiques', text: 'Du collège à la terminale, sans soupirer. Le premier cours ne coûte rien.', skills: 'mathématiques', price: money(20), tags: 'cours;college' },
  { title: 'Petits travaux et montage de meubles', text: 'Étagères droites, robinets qui ne gouttent plus, portes qui ferment.', skills: 'bricolage', price: money(22), tags: 'bricolage' },
  { title: 'Retouches et reprises de couture', text: 'Ourlets, fermetures, coudes usés. Comptez une semaine.', skills: 'couture', price: money(15.5), tags: 'couture;reparer' },
  { title: 'Potager et taille des haies', text: 'Une demi-journée au jardin. Le bois taillé reste chez vous, en tas ou en copeaux.', skills: 'jardinage', price: hours(1.5), tags: 'jardin' },
];
const TOWNS = ['Marseille', 'Lyon', 'Nantes', 'Saint-Étienne', 'Montpellier'] as const;

const simple = (title: string, text: string, skills: string, price: Row, place: string, more: Row = {}): Row =>
  ({ kind: 'service', title, text, ...price, unit: 'hour', place, 'service.skills': skills, 'service.mode': 'onsite', ...more });

export const service = (): Row[] => [
  ...TOWNS.flatMap((town) => BASES.map((base) => simple(`${base.title} (${town})`, base.text, base.skills, base.price, town, { tags: base.tags }))),
  simple('Traduction du français vers l’italien', 'Lettres, dépliants, pages web. Je relis toujours le lendemain.', 'traduction', money(26), 'Bologna, Italie', { 'service.mode': 'remote', tags: 'traduction' }),
  simple('Site web d’association, du gabarit à la mise en ligne', 'Sobre, lisible, que vous saurez tenir à jour vous-mêmes.', 'informatique', quote, 'Rennes', { 'service.mode': 'remote', unit: 'unit', tags: 'web' }),
  simple('Lezioni di chitarra per principianti', 'Tre accordi la prima sera, una canzone la seconda.', 'musica', money(17.5, 'it'), 'Bologna', { language: 'it', tags: 'musica' }),
  simple('Tandem italiano-francese', 'Mezz’ora per lingua, al bar o in video.', 'lingue', hours(1), 'Bologna', { language: 'it', 'service.mode': 'remote' }),
  simple('English conversation over tea', 'No grammar unless you ask for it.', 'languages', hours(1), 'Edinburgh', { language: 'en', 'service.mode': 'remote', tags: 'english' }),
  simple('Garde d’enfants après l’école', 'Goûter, devoirs, et le parc s’il fait beau.', 'petite enfance', money(13), 'Lille', { tags: 'enfants' }),
  simple('Visites à des personnes âgées', 'Une heure de cartes ou de promenade, réservée aux membres.', 'écoute', free, 'Grenoble', { audience: 'members' }),
  simple('Cherche quelqu’un pour tailler deux oliviers', 'Une demi-journée en février. Échelle sur place, déjeuner offert.', 'élagage', hours(3), 'Aubagne', { purpose: 'request', tags: 'jardin' }),
  simple('Relecture d’un dossier de subvention', 'Douze pages, avant la fin du mois.', 'relecture', quote, 'Lyon', { purpose: 'request', 'service.mode': 'remote' }),
  simple('Coup de main pour un déménagement', 'Un deuxième étage, un piano droit, beaucoup de pizza.', 'bras', free, 'Tours', { purpose: 'request', tags: 'demenagement' }),
];
