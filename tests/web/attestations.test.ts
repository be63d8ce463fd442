/** The admin edits the list and appoints who attests; they attest; the member is told; a host reserves a listing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '#domain/audit.ts';
import { letterOf, composeLetter } from '#domain/mail.ts';
import { eachEngine } from '../support/databases.ts';
import { attestByHand } from '../support/attesting.ts';
import { PASSWORD, type TestNode, addMember, startNode } from '../support/nodes.ts';
import { type Visitor, visit } from '../support/visitor.ts';

eachEngine('attestations at home', (engine) => {
  let node: TestNode;
  let [ada, bob, vera, alice]: Visitor[] = [];
  beforeAll(async () => {
    node = await startNode('marseille', { engine });
    for (const [handle, name] of [
      ['bob', 'Bob'],
      ['vera', 'Vera'],
      ['alice', 'Alice'],
    ] as const)
      await addMember(node, handle, name);
    [ada, bob, vera, alice] = [visit(node), visit(node), visit(node), visit(node)];
    await Promise.all([ada.signIn('ada'), bob.signIn('bob'), vera.signIn('vera'), alice.signIn('alice')]);
  });
  afterAll(() => node?.drop());

  const last = async () => (await listAudit(node.db.read, { limit: 1 }))[0]!;
  const letters = async () =>
    (await node.db.read.select().from(node.db.read.t.jobs))
      .filter((job) => job.type === 'mail')
      .map((job) => composeLetter(letterOf(job)));
  const GIVE = '/attestations/members/alice';

  test('the list begins with four, and is edited: a bad code is told at its field', async () => {
    const list = await ada!.open('/admin/attestations');
    for (const name of ['Identité vérifiée', 'Personnel soignant', 'Production locale', 'Activité professionnelle'])
      expect(list.text('main')).toContain(name);
    const form = await ada!.open('/admin/attestations/new');
    const wrong = await ada!.send(form, { code: 'Étudiant !', 'names.fr': 'É', 'names.en': 'Student' });
    expect(wrong.status).toBe(422);
    expect(wrong.faults()).toMatchObject([
      { field: 'code', tied: true },
      { field: 'names.fr', tied: true },
    ]);
    expect(wrong.values()['names.en']).toEqual(['Student']);
    await ada!.send(wrong, { code: 'student', 'names.fr': 'Études', 'texts.fr': 'Carte vue.' });
    expect(await last()).toMatchObject({ action: 'attestation.kind', subject: 'student', after: { retired: false } });
    expect((await visit(node).open('/attestations')).text('main')).toContain('Études');
    await ada!.send(await ada!.open('/admin/attestations'), {}, { action: '/admin/attestations/student/retirement' });
    expect(await last()).toMatchObject({ action: 'attestation.retired', after: { retired: true } });
    expect((await visit(node).open('/attestations')).text('main')).not.toContain('Études');
    const taken = await ada!.send(await ada!.open('/admin/attestations/new'), {
      code: 'producer',
      'names.fr': 'Xx',
      'names.en': 'Xx',
    });
    expect(taken.faults()).toMatchObject([{ field: 'code' }]);
  });

  test('who is appointed attests what they were appointed for, and nobody else', async () => {
    expect((await vera!.open(GIVE)).status).toBe(404);
    expect((await visit(node).open(GIVE)).path).toContain('/sign-in');
    const page = await ada!.open('/admin/attestations');
    const nobody = await ada!.send(
      page,
      { member: '@nobody', codes: ['care-worker'] },
      { action: '/admin/attestations/verifiers' },
    );
    expect(nobody.faults()).toMatchObject([{ field: 'member', tied: true }]);
    await ada!.send(page, { member: '@vera', codes: ['care-worker'] }, { action: '/admin/attestations/verifiers' });
    expect(await last()).toMatchObject({
      action: 'attestation.verifier',
      subject: 'vera',
      after: { codes: ['care-worker'] },
    });
    const form = await vera!.open(GIVE);
    expect(form.html).toContain('value="care-worker"');
    expect(form.html).not.toContain('value="producer"');
    // What others attest is not hers to read.
    await attestByHand(node, 'bob', 'producer');
    expect((await vera!.open('/attestations/members/bob')).text('main')).toContain('Rien n’est attesté');
    const other = await vera!.send(form, { code: 'producer', note: 'Je connais la ferme.' }, { action: GIVE });
    expect(other.faults()).toMatchObject([{ field: 'code', tied: true }]);
  });

  test('she attests of Alice: bad input keeps what was typed; it is noted without what was seen, and Alice gets a letter', async () => {
    const form = await vera!.open(GIVE);
    const wrong = await vera!.send(form, { code: 'care-worker', until: '2001-01-01', note: 'vu' }, { action: GIVE });
    expect(wrong.status).toBe(422);
    expect(wrong.faults()).toMatchObject([
      { field: 'until', tied: true },
      { field: 'note', tied: true },
    ]);
    const far = await vera!.send(
      form,
      { code: 'care-worker', until: '2099-01-01', note: 'Carte vue' },
      { action: GIVE },
    );
    expect(far.faults()).toMatchObject([{ field: 'until', message: expect.stringContaining('trois ans') }]);
    const own = '/attestations/members/vera';
    const self = await vera!.send(await vera!.open(own), { code: 'care-worker', note: 'Ma carte' }, { action: own });
    expect(self.faults()[0]?.message).toContain('soi-même');

    const until = form.values(GIVE)['until']![0]!;
    await vera!.send(form, { code: 'care-worker', note: 'Carte CPS vue le jour même.' }, { action: GIVE });
    const line = await last();
    expect(line).toMatchObject({ actor: 'vera', action: 'attestation.given', subject: 'alice' });
    expect(line.after).toEqual({ attestations: [`care-worker ${until} ${node.origin}/users/vera`] });
    expect(JSON.stringify(line)).not.toContain('CPS');
    const [letter] = (await letters()).slice(-1);
    expect(letter!.subject).toBe('Coop marseille : attestation « Personnel soignant »');
    expect(letter!.text).toContain('Vera');
    expect(letter!.text).not.toContain('CPS');
    const mine = await alice!.open('/account/attestations');
    expect(mine.text('main')).toMatch(/Personnel soignant ?par Vera, le .* · jusqu’au .*Valable/);
    expect(mine.html).not.toContain('CPS');
  });

  test('her page shows it to whom she says: at first to nobody', async () => {
    const seen = async (who: Visitor) => (await who.open('/@alice')).text('main');
    for (const who of [bob!, visit(node)]) expect(await seen(who)).not.toMatch(/Personnel soignant|Membre depuis/);
    expect(await seen(alice!)).toContain('Vous seul·e voyez ceci');
    const set = async (audience: string): Promise<void> =>
      void (await alice!.send(
        await alice!.open('/account/attestations'),
        { audience },
        { action: '/account/attestations' },
      ));
    await set('members');
    expect(await seen(bob!)).toMatch(/Coop marseille.*Membre depuis.*Personnel soignant.*par Vera/i);
    expect(await seen(visit(node))).not.toContain('Personnel soignant');
    await set('public');
    // Outside it is the cooperative that vouches.
    expect(await seen(visit(node))).toMatch(/Personnel soignant ?Attesté par Coop marseille/);
    await set('nobody');
  });

  test('Bob reserves a listing by the form; Alice reads it, Vera does not', async () => {
    const form = await bob!.open('/listings/new?kind=lodging');
    const typed = {
      title: 'Chambre près de l’hôpital',
      text: 'La clé est chez la voisine.',
      priceType: 'money',
      price: '30',
      place: 'Marseille',
      'attributes.beds': '1',
      access: 'reserved',
    };
    const wrong = await bob!.send(form, typed, { button: ['as', 'publish'] });
    expect(wrong.faults()).toMatchObject([{ field: 'attestations', tied: true }]);
    const done = await bob!.send(wrong, { attestations: ['care-worker'] }, { button: ['as', 'publish'] });
    expect(done.path).toMatch(/^\/listings\/[0-9a-f-]+$/);
    expect(done.text('main')).toContain('voisine');
    expect((await alice!.open(done.path)).text('main')).toContain('voisine');
    expect((await alice!.open(`${done.path}/message`)).path).toBe(`${done.path}/message`);
    const teaser = await vera!.open(done.path);
    expect(teaser.text('main')).toContain('Votre compte n’a pas cette attestation');
    expect(teaser.text('main')).not.toContain('voisine');
    // Editing begins with the whole, and saving without a change keeps it.
    const edit = await bob!.open(`${done.path}/edit`);
    expect(edit.values()).toMatchObject({
      access: ['reserved'],
      attestations: ['care-worker'],
      text: ['La clé est chez la voisine.'],
      price: ['30'],
    });
    await bob!.send(edit, {}, { button: ['as', 'publish'] });
    expect((await alice!.open(done.path)).text('main')).toContain('voisine');
    // Another price instead: everybody reads it, holders pay less.
    const priced = await bob!.send(
      await bob!.open(`${done.path}/edit`),
      { access: 'priced', holderPrice: 'peu' },
      { button: ['as', 'publish'] },
    );
    expect(priced.faults()).toMatchObject([{ field: 'holderPrice', tied: true }]);
    await bob!.send(priced, { holderPrice: '22,50' }, { button: ['as', 'publish'] });
    expect((await vera!.open(done.path)).text('main')).toMatch(/voisine/);
    expect((await vera!.open(done.path)).html).not.toMatch(/22[.,]50/);
    expect((await alice!.open(done.path)).text('main')).toContain('22,50 € / nuit');
    expect((await bob!.open(`${done.path}/edit`)).values()).toMatchObject({ holderPrice: ['22,50'] });
  });

  test('it is revoked with a reason, which Alice reads; it counts no more, and a verifier who is dismissed attests no more', async () => {
    // Also what is given no more can be taken back.
    await ada!.send(
      await ada!.open('/admin/attestations'),
      {},
      { action: '/admin/attestations/care-worker/retirement' },
    );
    const page = await vera!.open(GIVE);
    const way = /href="(\/attestations\/[^"]+\/revocation)"/.exec(page.html)![1]!;
    const empty = await vera!.send(await vera!.open(way), { reason: '' });
    expect(empty.faults()).toMatchObject([{ field: 'reason', tied: true }]);
    await vera!.send(empty, { reason: 'Elle a changé de métier.' });
    expect(await last()).toMatchObject({
      action: 'attestation.revoked',
      subject: 'alice',
      after: { attestations: [] },
    });
    expect((await letters()).at(-1)!.text).toContain('Elle a changé de métier.');
    expect((await alice!.open('/account/attestations')).text('main')).toContain(
      'Motif du retrait : Elle a changé de métier.',
    );
    await ada!.send(
      await ada!.open('/admin/attestations'),
      {},
      { action: '/admin/attestations/verifiers/vera/removal' },
    );
    expect((await vera!.open(GIVE)).status).toBe(404);
    expect((await vera!.open(way)).status).toBe(404);
  });

  test('whoever leaves takes it along: nothing of it is kept', async () => {
    await attestByHand(node, 'alice', 'producer');
    const form = await alice!.open('/account/closure');
    const gone = await alice!.send(form, { currentPassword: PASSWORD });
    // The report of the farewell.
    expect(gone.path).toMatch(/^\/closures\//);
    const { attestations, membershipViews } = node.db.read.t;
    expect(await node.db.read.$count(attestations)).toBe(1);
    expect(await node.db.read.$count(membershipViews)).toBe(0);
  });
});
