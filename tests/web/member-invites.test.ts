/** The members' invitations, as those who look after the members see them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listAudit } from '#domain/audit.ts';
import { listMemberInvites } from '#domain/member-invites.ts';
import { invite } from '#domain/joining.ts';
import { findAccountByHandle, reinstateMember, suspendMember } from '#domain/members.ts';
import { issueToken } from '#domain/tokens.ts';
import { eachEngine } from '../support/databases.ts';
import { PASSWORD, type TestNode, addMember, startNode } from '../support/nodes.ts';
import { visit } from '../support/visitor.ts';

eachEngine('members’ invitations', (engine) => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startNode('marseille', { engine });
    await addMember(node, 'alice', 'Alice');
  });
  afterAll(() => node?.drop());

  const invited = async (email: string): Promise<string> => {
    const [cooperative] = await node.db.read.select().from(node.db.read.t.cooperative);
    const alice = (await findAccountByHandle(node.db.read, 'alice'))!;
    const link = await node.db.write((tx) => invite(tx, node.site, cooperative!, alice, email));
    if (!link.ok) throw new Error(JSON.stringify(link.errors));
    return new URL(link.value).pathname;
  };

  test('who invited whom, and which are open; one that is taken back lets nobody in', async () => {
    const ada = visit(node);
    await ada.signIn('ada');
    expect((await ada.open('/admin/members/invitations')).text('.empty')).toBe('Personne n’a encore invité.');
    const [first, second] = [await invited('camille@example.org'), await invited('')];
    const camille = visit(node);
    const form = await camille.open(first);
    await camille.send(form, { name: 'Camille', handle: 'camille', email: 'camille@example.org', password: PASSWORD });
    const page = await ada.send(
      await ada.open('/admin/members'),
      {},
      { action: `/admin/members/${(await findAccountByHandle(node.db.read, 'camille'))!.id}/approval` },
    );
    expect(page.html).toContain('href="/admin/members/invitations"');
    const list = await ada.open('/admin/members/invitations');
    expect(list.text('main')).toMatch(
      /Lien remis de la main à la main ?par @alice.*valable jusqu’au.*camille@example\.org ?par @alice.*utilisée.*Qui est venu sur invitation ?@camille par @alice/,
    );
    const revocations = list.html.match(/\/admin\/members\/invitations\/[\w-]+\/revocation/g);
    expect(revocations).toHaveLength(1);
    const after = await ada.send(list, {}, { action: revocations![0]! });
    expect(after.text('.notice')).toBe('Invitation annulée.');
    expect(after.text('.lines')).toMatch(/annulée.*utilisée/);
    expect((await visit(node).open(second)).faults()).toMatchObject([{ field: 'invitation' }]);
    expect((await listAudit(node.db.read, { limit: 1 }))[0]).toMatchObject({
      actor: 'ada',
      action: 'member.inviteRevoked',
      subject: 'alice',
    });
  });

  const waits = async (handle: string): Promise<string | undefined> => {
    const account = (await findAccountByHandle(node.db.read, handle))!;
    const token = await node.db.write((tx) =>
      issueToken(tx, new Date(), 'confirm', { account: account.id, ttlMs: 60_000 }),
    );
    const page = await visit(node).open(`/confirmation/${token}`);
    await visit(node).send(page, {});
    return (await findAccountByHandle(node.db.read, handle))?.state;
  };
  const joins = async (link: string, handle: string, email = `${handle}@example.org`) => {
    const who = visit(node);
    return who.send(await who.open(link), { name: handle, handle, email, password: PASSWORD });
  };

  test('what somebody gave out who is suspended since lets nobody in, nor does it stand for a moderator’s yes', async () => {
    const [first, second, third] = [await invited(''), await invited(''), await invited('')];
    const { cooperative } = node.db.read.t;
    await node.db.write((tx) => tx.update(cooperative).set({ signUpRule: 'approval' }));
    await joins(first, 'dora');
    await joins(second, 'emil');
    expect(await waits('dora')).toBe('active');
    const alice = (await findAccountByHandle(node.db.read, 'alice'))!;
    await node.db.write((tx) => suspendMember(tx, node.site, alice.id));
    expect(await waits('emil')).toBe('pending');
    expect((await visit(node).open(third)).faults()).toMatchObject([{ field: 'invitation' }]);
    await joins(third, 'fatou');
    expect(await waits('fatou')).toBe('pending');
    await node.db.write((tx) => reinstateMember(tx, node.site, alice.id));
    expect((await visit(node).open(third)).faults()).toMatchObject([{ field: 'invitation' }]);
  });

  test('an invitation does not tell who is a member: it is used up for an address that is known, too', async () => {
    const link = await invited('');
    const known = await joins(link, 'gina', 'camille@example.org');
    const other = await joins(await invited(''), 'hugo');
    expect(known.text('main').replace('camille@', 'X@')).toBe(other.text('main').replace('hugo@', 'X@'));
    expect((await visit(node).open(link)).faults()).toMatchObject([{ field: 'invitation' }]);
  });

  test('page by page, each once', async () => {
    for (let n = 0; n < 7; n++) await invited(`n${n}@example.org`);
    const all = await listMemberInvites(node.db.read, new Date(), { limit: 99 });
    const seen: string[] = [];
    for (let before: string | undefined; ;) {
      const rows = await listMemberInvites(node.db.read, new Date(), {
        limit: 2,
        ...(before === undefined ? {} : { before }),
      });
      if (rows.length === 0) break;
      seen.push(...rows.map((row) => row.id));
      before = rows.at(-1)!.id;
    }
    expect(seen).toEqual(all.map((row) => row.id));
    expect(new Set(seen).size).toBe(14);
  });
});
