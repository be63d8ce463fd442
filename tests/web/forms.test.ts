/**
 * Every form of the node with wrong input of every kind: each fault names its field and the remedy, in the page's
 * language and tied to the field; what was typed is kept; nothing is half-saved.
 */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendMessage } from '#domain/conversations.ts';
import { report } from '#domain/reports.ts';
import { issueToken } from '#domain/tokens.ts';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { type Filled, type Visitor, visit } from '../support/visitor.ts';

/** A field, what is wrongly typed into it, and what the page says. */
type Fault = [field: string, typed: string | string[], said: RegExp];
type FormCase = {
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

const long = (n: number): string => 'é'.repeat(n);
const REVERSED = 'gnp.\u202Egro';
const HANDLE: Fault[] = [
  ['handle', '', /De 2 à 30/],
  ['handle', 'Jean Paul', /De 2 à 30 lettres sans accent/],
  ['handle', '🌻🌻', /De 2 à 30/],
  ['handle', '<b>zoe</b>', /De 2 à 30/],
  ['handle', 'a'.repeat(31), /De 2 à 30/],
  ['handle', 'admin', /réservé/],
];
const emails = (field: string): Fault[] => [
  [field, '', /Une adresse comme nom@exemple\.fr/],
  [field, 'zoe', /Une adresse comme/],
  [field, '🌻@example.org', /Une adresse comme/],
  [field, 'zoe@example.org, bob@example.org', /Une adresse comme/],
  [field, `${'z'.repeat(65)}@example.org`, /Une adresse comme/],
  [field, '"<script>"@example.org', /Une adresse comme/],
];
const passwords = (field: string): Fault[] => [
  [field, '', /Au moins 10 caractères ; une phrase/],
  [field, '🌻🌻', /Au moins 10/],
  [field, 'motdepasse1', /Trop facile à deviner/],
  [field, long(201), /Au plus 200/],
];
const COOPERATIVE: Fault[] = [
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
const LISTING: Fault[] = [
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
const ROOM = {
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

eachEngine('every form', (engine) => {
  let node: TestNode;
  let partner: TestNode;
  const people: Partial<Record<FormCase['as'], Visitor>> = {};
  const paths: Record<string, string> = {};
  beforeAll(async () => {
    [node, partner] = await Promise.all([startNode('formulaires', { engine }), startNode('partenaire')]);
    const alice = await addMember(node, 'alice', 'Alice');
    const bob = await addMember(node, 'bob', 'Bob');
    await addMember(node, 'zoe', 'Zoé');
    const mine = await publish(node, 'alice', { title: 'Celle d’Alice' });
    const theirs = await publish(node, 'bob', { title: 'Celle de Bob' });
    const [zoe] = await node.db.write((tx) =>
      tx.update(tx.t.accounts).set({ state: 'pending' }).where(eq(tx.t.accounts.handle, 'zoe')).returning(),
    );
    const { token, thread, reported } = await node.db.write(async (tx) => {
      const [account] = await tx.select().from(tx.t.accounts).where(eq(tx.t.accounts.handle, 'bob'));
      const about = { uri: theirs.uri, title: theirs.title };
      const sent = await sendMessage(tx, node.site, bob, { uri: alice, local: true }, about, 'Bonjour');
      const told = await report(
        tx,
        new Date(),
        { uri: theirs.uri, kind: 'listing', subject: bob },
        { reporter: alice },
        { reason: 'spam', text: 'Encore.' },
      );
      return {
        token: await issueToken(tx, new Date(), 'reset', { account: account!.id, ttlMs: 3_600_000 }),
        thread: sent.ok ? sent.value.conversation : '',
        reported: told.ok ? told.value.id : '',
      };
    });
    Object.assign(paths, {
      mine: `/listings/${mine.id}`,
      theirs: `/listings/${theirs.id}`,
      report: `/reports/new?listing=${theirs.id}`,
      thread: `/conversations/${thread}`,
      reset: `/password-reset/${token}`,
      reported: `/admin/reports/${reported}/decision`,
      refusal: `/admin/members/${zoe!.id}/refusal`,
    });
    await node.settled();
    people.nobody = visit(node);
    people.alice = visit(node);
    await people.alice.signIn('alice');
    people.ada = visit(node);
    await people.ada.signIn('ada');
  });
  afterAll(async () => {
    await Promise.all([node?.drop(), partner?.drop()]);
  });

  /** All that is stored; sessions aside, which note when they were last seen. */
  const stored = async (): Promise<string> => {
    const { sessions: _, ...tables } = node.db.read.t;
    const rows = await Promise.all(Object.values(tables).map((table) => node.db.read.select().from(table)));
    return JSON.stringify(rows);
  };

  const FORMS: FormCase[] = [
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
      page: () => '/account',
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

  describe.each(FORMS)('$form', (one) => {
    test.each(one.faults)('%s: %s', async (field, typed, message) => {
      const visitor = people[one.as]!;
      const page = await visitor.open(await one.page());
      const filled = { ...one.right, [field]: typed };
      const before = await stored();
      const action = one.action?.();
      const back = await visitor.send(page, filled, {
        ...(action === undefined ? {} : { action }),
        ...(one.button === undefined ? {} : { button: one.button }),
      });
      expect(back.status).toBe(422);
      expect(back.faults()).toEqual([{ field, message: expect.stringMatching(message), tied: true }]);
      // Passwords are never sent back; the rest stands there as it was typed.
      const kept = back.values(action);
      for (const [name, value] of Object.entries(filled))
        if (!/password$/i.test(name)) expect(kept[name] ?? [], name).toEqual([value].flat());
      expect(await stored()).toBe(before);
    });
  });

  test('a decision needs its ground and its words, each said at its field, and keeps what was written', async () => {
    const ada = people.ada!;
    const page = await ada.open(`${paths['reported']!}?action=warn`);
    const before = await stored();
    const right = { groundText: 'Charte, 4', reasons: 'Vu.', answer: 'Merci.' };
    for (const [field, typed, message] of [
      ['groundText', '', 'À remplir.'],
      ['reasons', ' ', 'À remplir.'],
      ['reasons', 'Ceci : …\n\nDonc.', 'Remplacez les points de suspension par ce que vous avez constaté.'],
      ['answer', long(3_001), 'Au plus 3000 caractères.'],
      ['ground', 'caprice', 'Choisissez : la loi ou les règles.'],
    ] as const) {
      const back = await ada.send(page, { ...right, [field]: typed }, { action: paths['reported']! });
      expect(back.status).toBe(422);
      expect(back.faults()).toMatchObject([{ tied: true }]);
      expect(back.faults()[0]!.message.replaceAll(/\s/g, ' ').replace('3 000', '3000')).toBe(message);
      if (field !== 'ground') expect(back.values(paths['reported'])[field]).toEqual([typed]);
    }
    expect(await stored()).toBe(before);
  });

  test('a word to a partner that is too long comes back, with the partner still in view', async () => {
    const ada = people.ada!;
    const seen = await ada.send(
      await ada.open('/admin/peers'),
      { domain: partner.host },
      { action: '/admin/peers/preview' },
    );
    expect(seen.text('main')).toContain('Coop partenaire');
    const back = await ada.send(seen, { message: long(1_001) }, { action: '/admin/peers' });
    expect(back.faults()).toMatchObject([{ field: 'message', tied: true }]);
    expect(back.values('/admin/peers')['message']).toEqual([long(1_001)]);
    expect(back.text('main')).toContain('Coop partenaire');
    expect(await node.db.read.$count(node.db.read.t.peers)).toBe(0);
  });

  test('several faults are told at once, each at its field', async () => {
    const alice = people.alice!;
    const back = await alice.send(
      await alice.open('/listings/new?kind=lodging'),
      {
        ...ROOM,
        title: '',
        text: 'court',
        price: '-1',
        place: 'Nullepart',
        validUntil: '2020-01-01',
        'attributes.beds': 'x',
      },
      { button: ['as', 'publish'] },
    );
    expect(back.faults().map(({ field, tied }) => [field, tied])).toEqual(
      ['title', 'text', 'price', 'place', 'attributes.beds', 'validUntil'].map((field) => [field, true]),
    );
    expect(back.text('.summary')).toContain('6 choses à corriger');
  });

  test('a form that lost its token says so and keeps what was typed', async () => {
    const alice = people.alice!;
    for (const [path, action, filled] of [
      ['/account', '/account', { name: 'Alice bis' }],
      ['/listings/new?kind=goods', '/listings', { title: 'Perceuse' }],
      [`${paths['theirs']}/message`, `${paths['theirs']}/message`, { text: 'Bonjour' }],
      ['/follows', '/follows', { actor: '@bob' }],
      ['/invitations', '/invitations', { email: 'a@example.org' }],
    ] as const) {
      const back = await alice.send(await alice.open(path), { ...filled, csrf: 'stale' }, { action });
      expect(back.text('.summary'), path).toContain('Le formulaire avait expiré ; envoyez-le encore.');
      for (const [name, value] of Object.entries(filled)) expect(back.values(action)[name]).toEqual([value]);
    }
  });

  test('a search for a place that is nowhere says so at its field', async () => {
    const page = await people.nobody!.open('/listings?q=lit&place=Nullepart-les-Bains');
    expect(page.text('#f-place-error')).toContain('Lieu inconnu');
    expect(page.html).toContain('value="Nullepart-les-Bains"');
    expect(page.html).toContain('value="lit"');
  });

  test('what is no form at all, or far too large, is answered in words', async () => {
    const post = (path: string, body: BodyInit, type: string) =>
      node.fetch(new Request(`${node.origin}${path}`, { method: 'POST', body, headers: { 'content-type': type } }), {
        incoming: { socket: { remoteAddress: '198.51.100.7' } },
      });
    const odd = await post('/sign-up', '{"name":"Zoé"}', 'application/json');
    expect(odd.status).toBe(400);
    expect(await odd.text()).toContain('Revenez en arrière et recommencez');
    const large = await post(
      '/sign-up',
      new URLSearchParams({ name: long(600_000) }),
      'application/x-www-form-urlencoded',
    );
    expect(large.status).toBe(413);
    expect(await large.text()).toContain('Au plus 1 Mo à la fois');
  });
});

eachEngine('set-up', (engine) => {
  let node: TestNode;
  let link = '';
  beforeAll(async () => {
    node = await startNode('nouvelle', { engine, setUp: false });
    link = new URL((await node.setupLink())!).pathname;
  });
  afterAll(() => node?.drop());
  const right = {
    name: 'Les Volets Ouverts',
    handle: 'volets',
    territory: 'Marseille',
    radiusKm: '12,5',
    languages: ['fr'],
    kinds: ['lodging'],
    'admin.name': 'Ada',
    'admin.handle': 'ada',
    'admin.email': 'ada@example.org',
    'admin.password': PASSWORD,
  };
  test.each<Fault>([
    ...COOPERATIVE,
    ...HANDLE,
    ['admin.name', '', /À remplir/],
    ['admin.name', long(61), /Au plus 60/],
    ['admin.handle', 'volets', /déjà pris/],
    ...emails('admin.email'),
    ...passwords('admin.password'),
  ])('%s: %s', async (field, typed, message) => {
    const visitor = visit(node);
    const filled = { ...right, [field]: typed };
    const back = await visitor.send(await visitor.open(link), filled);
    expect(back.status).toBe(422);
    expect(back.faults()).toEqual([{ field, message: expect.stringMatching(message), tied: true }]);
    for (const [name, value] of Object.entries(filled))
      if (!name.endsWith('password')) expect(back.values()[name] ?? [], name).toEqual([value].flat());
    expect(await node.db.read.$count(node.db.read.t.actors)).toBe(0);
  });
});
