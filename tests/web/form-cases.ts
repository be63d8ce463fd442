/** Every form of a node, and what may wrongly be typed into each of its fields. */
import { PASSWORD } from '../support/nodes.ts';
import type { Filled } from '../support/visitor.ts';

/** A field, what is wrongly typed into it, and what the page says. */
export type Fault = [field: string, typed: string | string[], said: RegExp];
export type FormCase = {
  form: string;
  as: 'nobody' | 'alice' | 'ada';
  page: () => string | Promise<string>;
  /** Where the form goes, if the page has several. */
  action?: () => string;
  /** What would be right. */
  right: Filled;
  button?: [string, string];
  faults: Fault[];
};

export const long = (n: number): string => 'é'.repeat(n);
export const REVERSED = 'gnp.\u202Egro';
export const HANDLE: Fault[] = [
  ['handle', '', /De 2 à 30/],
  ['handle', 'Jean Paul', /De 2 à 30 lettres sans accent/],
  ['handle', '🌻🌻', /De 2 à 30/],
  ['handle', '<b>zoe</b>', /De 2 à 30/],
  ['handle', 'a'.repeat(31), /De 2 à 30/],
  ['handle', 'admin', /réservé/],
];
export const emails = (field: string): Fault[] => [
  [field, '', /Une adresse comme nom@exemple\.fr/],
  [field, 'zoe', /Une adresse comme/],
  [field, '🌻@example.org', /Une adresse comme/],
  [field, 'zoe@example.org, bob@example.org', /Une adresse comme/],
  [field, `${'z'.repeat(65)}@example.org`, /Une adresse comme/],
  [field, '"<script>"@example.org', /Une adresse comme/],
];
export const passwords = (field: string): Fault[] => [
  [field, '', /Au moins 10 caractères ; une phrase/],
  [field, '🌻🌻', /Au moins 10/],
  [field, 'motdepasse1', /Trop facile à deviner/],
  [field, long(201), /Au plus 200/],
];
export const COOPERATIVE: Fault[] = [
  ['name', '', /Au moins 2 caractères/],
  ['name', long(81), /Au plus 80/],
  ['name', REVERSED, /caractères invisibles/],
  ['summary', long(501), /Au plus 500/],
  ['territory', '', /À remplir/],
  ['territory', 'Nullepart-les-Bains', /Lieu inconnu : choisissez/],
  ['territory', '<b>Marseille</b>', /Lieu inconnu/],
  ['radiusKm', '', /de 1 à 2 ?000/],
  ['radiusKm', 'loin', /de 1 à 2 ?000/],
  ['radiusKm', '-5', /de 1 à/],
  ['radiusKm', '1e3', /de 1 à/],
  ['radiusKm', '🌍', /de 1 à/],
  ['languages', [], /Choisissez-en au moins une/],
  ['kinds', [], /Choisissez-en au moins une/],
];
export const LISTING: Fault[] = [
  ['title', '', /Au moins 3/],
  ['title', long(121), /Au plus 120/],
  ['title', `Chambre ${REVERSED}`, /caractères invisibles/],
  ['text', '', /Au moins 10/],
  ['text', long(10_001), /Au plus 10.?000/],
  ['price', '', /Un montant plus grand que zéro, par exemple 42,50/],
  ['price', 'douze', /Un montant/],
  ['price', '-3', /Un montant/],
  ['price', '12,505', /2 chiffres après la virgule/],
  ['price', '9999999999', /Au plus 1.?000.?000/],
  ['price', '<b>12</b>', /Un montant/],
  ['price', '💶', /Un montant/],
  ['quantity', '0', /Un nombre entier de 1 à/],
  ['quantity', '1,5', /Un nombre entier/],
  ['quantity', 'deux', /Un nombre entier/],
  ['attributes.beds', '12,50', /Un nombre entier de 1 à 100/],
  ['attributes.bedrooms', '-1', /Un nombre entier de 0 à 50/],
  ['attributes.checkIn', '25:00', /Une heure comme 16:00/],
  ['attributes.registrationNumber', '123', /il en faut 13/],
  ['place', '', /À remplir/],
  ['place', 'Nullepart-les-Bains', /Lieu inconnu/],
  ['place', long(121), /Au plus 120/],
  ['validUntil', '2020-01-01', /Cette date est passée/],
  ['validUntil', '2027-02-30', /Une date qui existe/],
  ['validUntil', 'demain', /Une date qui existe/],
  ['tags', 'a,b,c,d,e,f,g,h,i,j,k', /Au plus 10/],
];
export const ROOM = {
  purpose: 'offer',
  title: 'Chambre calme 🌻 <b>claire</b>',
  text: 'Une chambre claire, à dix minutes du port.',
  priceType: 'money',
  price: '12,50',
  quantity: '2',
  place: 'Marseille',
  'attributes.beds': '1',
  'attributes.amenities': ['wifi', 'kitchen'],
  'attributes.cancellation': 'flexible',
  precision: 'town',
  audience: 'peers',
  validUntil: '2099-12-31',
  tags: 'mer, jardin',
};

/** @param paths of what is there, once it is there */
export const formCases = (paths: Record<string, string>): FormCase[] => [
  {
    form: 'sign-in',
    as: 'nobody',
    page: () => '/sign-in',
    right: { login: 'alice', password: PASSWORD },
    faults: [
      ['login', '', /À remplir/],
      ['login', 'nobody <b>', /Nom ou mot de passe inexact/],
      ['login', '🌻', /inexact/],
      ['password', '', /À remplir/],
    ],
  },
  {
    form: 'sign-up',
    as: 'nobody',
    page: () => '/sign-up',
    right: { name: 'Zoé <b>🌻</b>', handle: 'zoe-2', email: 'zoe2@example.org', password: PASSWORD },
    faults: [
      ['name', '', /À remplir/],
      ['name', '   ', /À remplir/],
      ['name', long(61), /Au plus 60/],
      ['name', REVERSED, /caractères invisibles/],
      ...HANDLE,
      ['handle', 'alice', /déjà pris/],
      ...emails('email'),
      ...passwords('password'),
    ],
  },
  {
    form: 'password reset',
    as: 'nobody',
    page: () => '/password-reset',
    right: { login: 'alice' },
    faults: [['login', '  ', /À remplir/]],
  },
  {
    form: 'new password by a link',
    as: 'nobody',
    page: () => paths['reset']!,
    right: { password: PASSWORD },
    faults: passwords('password'),
  },
  {
    form: 'profile',
    as: 'alice',
    page: () => '/account/profile',
    right: {
      name: 'Alice <i>🌻</i>',
      text: 'J’aime <b>le jardin</b>.',
      languages: ['fr', 'it'],
      showProfile: 'members',
    },
    faults: [
      ['name', '', /À remplir/],
      ['name', long(61), /Au plus 60/],
      ['name', REVERSED, /invisibles/],
      ['text', long(2_001), /Au plus 2.?000/],
    ],
  },
  {
    form: 'change of address',
    as: 'alice',
    page: () => '/account/settings',
    action: () => '/account/email',
    right: { email: 'alice@ailleurs.example', emailPassword: PASSWORD },
    faults: [
      ...emails('email'),
      ['email', 'alice@example.org', /déjà votre adresse/],
      ['emailPassword', '', /À remplir/],
      ['emailPassword', 'pas le bon', /pas votre mot de passe/],
    ],
  },
  {
    form: 'change of password',
    as: 'alice',
    page: () => '/account/settings',
    action: () => '/account/password',
    right: { currentPassword: PASSWORD, newPassword: 'une toute autre phrase' },
    faults: [
      ['currentPassword', '', /À remplir/],
      ['currentPassword', '<b>', /pas votre mot de passe/],
      ...passwords('newPassword'),
      ['newPassword', 'alice@example.org', /Pas votre nom ni votre adresse/],
    ],
  },
  {
    form: 'closing the account',
    as: 'alice',
    page: () => '/account/closure',
    right: { currentPassword: PASSWORD },
    faults: [
      ['currentPassword', '', /À remplir/],
      ['currentPassword', 'pas le bon', /pas votre mot de passe/],
    ],
  },
  {
    form: 'invitation',
    as: 'alice',
    page: () => '/invitations',
    right: { email: 'amie@example.org' },
    faults: emails('email').filter(([, typed]) => typed !== ''),
  },
  {
    form: 'new listing',
    as: 'alice',
    page: () => '/listings/new?kind=lodging',
    right: ROOM,
    button: ['as', 'publish'],
    faults: LISTING,
  },
  {
    form: 'draft of a listing',
    as: 'alice',
    page: () => '/listings/new?kind=lodging',
    right: ROOM,
    button: ['as', 'draft'],
    faults: LISTING.filter(([field, typed]) => typed !== '' || field === 'title'),
  },
  {
    form: 'edited listing',
    as: 'alice',
    page: () => `${paths['mine']}/edit`,
    right: ROOM,
    button: ['as', 'publish'],
    faults: LISTING,
  },
  {
    form: 'time-bank service',
    as: 'alice',
    page: () => '/listings/new?kind=service',
    right: { title: 'Cours de français', text: 'Une heure contre une heure.', priceType: 'hours', price: '1,5' },
    button: ['as', 'publish'],
    faults: [
      ['price', '', /Un nombre d’heures, par exemple 1,5/],
      ['price', '0', /Un nombre d’heures/],
      ['price', '1001', /Au plus 1.?000/],
      ['attributes.skills', long(201), /Au plus 200/],
    ],
  },
  {
    form: 'delivery',
    as: 'alice',
    page: () => '/listings/new?kind=delivery',
    right: {
      title: 'Courses à vélo',
      text: 'En ville et alentour.',
      price: '8',
      place: 'Marseille',
      'attributes.maxWeightKg': '12,50',
    },
    button: ['as', 'publish'],
    faults: [
      ['attributes.maxWeightKg', '501', /Un nombre de 1 à 500/],
      ['attributes.maxWeightKg', 'lourd', /Un nombre de 1 à 500/],
    ],
  },
  {
    form: 'first message',
    as: 'alice',
    page: () => `${paths['theirs']}/message`,
    right: { text: 'Bonjour 🌻 <b>Bob</b>' },
    faults: [
      ['text', '', /À remplir/],
      ['text', long(5_001), /Au plus 5.?000/],
      ['text', REVERSED, /invisibles/],
    ],
  },
  {
    form: 'answer',
    as: 'alice',
    page: () => paths['thread']!,
    right: { text: 'Avec plaisir' },
    faults: [
      ['text', '  ', /À remplir/],
      ['text', long(5_001), /Au plus 5.?000/],
    ],
  },
  {
    form: 'report',
    as: 'alice',
    page: () => paths['report']!,
    right: { reason: 'other', text: 'Ce n’est pas sa chambre.', goodFaith: '1' },
    faults: [
      ['reason', '', /Choisissez une raison/],
      ['goodFaith', [], /Cochez cette case/],
      ['text', '', /À remplir/],
      ['text', long(3_001), /Au plus 3.?000/],
    ],
  },
  {
    form: 'follow',
    as: 'alice',
    page: () => '/follows',
    action: () => '/follows',
    right: { actor: '@bob' },
    faults: [
      ['actor', '', /Collez @nom@serveur/],
      ['actor', '🌻', /Collez @nom@serveur/],
      ['actor', '<script>alert(1)</script>', /Collez @nom@serveur/],
      ['actor', long(2_000), /Collez @nom@serveur/],
      ['actor', '@alice', /On ne se suit pas soi-même/],
      ['actor', '@personne', /Collez|Personne/],
      ['actor', '@zoe@nowhere.invalid', /Aucun serveur|injoignable|adresse publique/],
    ],
  },
  {
    form: 'settings of the cooperative',
    as: 'ada',
    page: () => '/admin/settings',
    right: { name: 'Les Volets', radiusKm: '12,5', languages: ['fr'], kinds: ['lodging', 'food'] },
    faults: COOPERATIVE,
  },
  {
    form: 'a partner’s domain',
    as: 'ada',
    page: () => '/admin/peers',
    action: () => '/admin/peers/preview',
    right: { domain: 'coop.example' },
    faults: [
      ['domain', '', /Ce n’est pas une adresse de serveur/],
      ['domain', '🌻', /Ce n’est pas une adresse de serveur|Aucun serveur/],
      ['domain', '<b>coop</b>', /Ce n’est pas une adresse de serveur/],
      ['domain', long(300), /Ce n’est pas une adresse de serveur/],
      ['domain', 'nowhere.invalid', /Aucun serveur|injoignable/],
    ],
  },
  {
    form: 'refusal of a request to join',
    as: 'ada',
    page: () => paths['refusal']!,
    right: { reason: '' },
    faults: [
      ['reason', long(501), /Au plus 500/],
      ['reason', REVERSED, /invisibles/],
    ],
  },
];
