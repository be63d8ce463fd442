/** What a new cooperative's admin finds: the first steps, each ticked off by doing it, and nothing of them later. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { peerUp } from '../support/peers.ts';
import { type Visitor, visit } from '../support/visitor.ts';

eachEngine('the first steps', (engine) => {
  let [node, lyon]: (TestNode | undefined)[] = [];
  let ada: Visitor;
  beforeAll(async () => {
    [node, lyon] = await Promise.all([startNode('marseille', { engine }), startNode('lyon')]);
    ada = visit(node);
    await ada.signIn('ada');
  });
  afterAll(() => Promise.all([node?.drop(), lyon?.drop()]));

  /** Where what is not done yet leads. */
  const undone = async (): Promise<string[]> => {
    const [, section = ''] = (await ada.open('/admin')).html.split('aria-labelledby="first"');
    return [...section.split('</section>')[0]!.matchAll(/href="([^"]+)"/g)].map(([, href]) => href!);
  };

  test('are ticked off by being done, and go with the last', async () => {
    expect(await undone()).toEqual(['/listings/new', '/invitations', '/admin/peers']);
    const empty = await ada.open('/listings');
    expect(empty.html).toContain('Pas encore d’annonce');
    expect((await ada.open('/listings?q=yourte')).html).toContain('Rien ne correspond');

    await publish(node!, 'ada', { title: 'Chambre' });
    expect(await undone()).toEqual(['/invitations', '/admin/peers']);
    await peerUp(node!, lyon!);
    expect(await undone()).toEqual(['/invitations']);
    await addMember(node!, 'zoe', 'Zoé');
    const home = await ada.open('/admin');
    expect(home.html).toContain('>À décider<');
    expect(home.html).not.toContain('id="first"');
  });
});
