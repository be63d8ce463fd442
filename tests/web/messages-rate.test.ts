/** Who writes to everybody is told to slow down, and loses nothing of what was typed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eachEngine } from '../support/databases.ts';
import { type TestNode, addMember, publish, startNode } from '../support/nodes.ts';
import { type Visited, type Visitor, visit } from '../support/visitor.ts';

eachEngine('how often a member writes', (engine) => {
  let node: TestNode | undefined;
  let zoe: Visitor;
  const listings: string[] = [];
  beforeAll(async () => {
    node = await startNode('marseille', {
      engine,
      env: { MAILLON_LIMIT_MESSAGES: '10', MAILLON_LIMIT_THREADS: '2' },
    });
    for (const handle of ['zoe', 'paul']) await addMember(node, handle, handle);
    for (const title of ['Chambre', 'Atelier', 'Vélo']) listings.push((await publish(node, 'paul', { title })).id);
    zoe = visit(node);
    await zoe.signIn('zoe');
  });
  afterAll(() => node?.drop());

  const write = async (path: string, text: string): Promise<Visited> =>
    zoe.send(await zoe.open(path), { text }, { action: path });
  const about = (i: number): string => `/listings/${listings[i]}/message`;

  test('about two new listings an hour here; what is empty does not count', async () => {
    expect((await write(about(0), ' ')).status).toBe(422);
    expect((await write(about(0), 'Bonjour')).path).toMatch(/^\/conversations\//);
    expect((await write(about(0), 'Encore moi')).path, 'the same thread').toMatch(/^\/conversations\//);
    expect((await write(about(1), 'Bonjour')).path).toMatch(/^\/conversations\//);
    const third = await write(about(2), 'Bonjour à vous aussi');
    expect(third.status).toBe(422);
    expect(third.faults()).toEqual([
      { field: 'text', message: expect.stringContaining('2 nouvelles annonces'), tied: true },
    ]);
    expect(third.text('textarea')).toBe('Bonjour à vous aussi');
  });

  test('ten messages an hour here, answers among them; others go on', async () => {
    const thread = (await zoe.open('/conversations'))
      .all('a')
      .find((link) => link.attribs['href']?.startsWith('/conversations/'))!;
    const path = thread.attribs['href']!;
    for (let i = 4; i <= 10; i++) expect((await write(path, `Message ${i}`)).status, `message ${i}`).toBe(200);
    const eleventh = await write(path, 'Message 11');
    expect(eleventh.status).toBe(422);
    expect(eleventh.faults()[0]?.message).toContain('10 messages par heure');
    expect(eleventh.text('textarea')).toBe('Message 11');
    const paul = visit(node!);
    await paul.signIn('paul');
    const page = await paul.open(path);
    expect(page.html).toContain('Message 10');
    expect(page.html).not.toContain('Message 11');
    expect((await paul.send(page, { text: 'Doucement !' }, { action: path })).status).toBe(200);
  });
});
