/** One cooperative of three processes on PostgreSQL, two for pages and one for work, behind a proxy that takes them in turn. */
import { type Server, createServer, request as httpRequest } from 'node:http';
import { searchCatalogue } from '#domain/catalogue.ts';
import { sendMessage } from '#domain/conversations.ts';
import { findAccountByHandle } from '#domain/members.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Page, type Traveller, answer, hiddenIn, toConsent, traveller, trust } from '../support/away.ts';
import { lodgingForm } from '../support/lodging-form.ts';
import { PASSWORD, type TestNode, addMember, freePort, startNode, until } from '../support/nodes.ts';
import { type Process, startProcess } from '../support/process.ts';

describe('web and worker apart', () => {
  let [marseille, lyon]: TestNode[] = [];
  let processes: Process[] = [];
  let front: Server;
  /** Where the front passes on to, in turn. */
  let targets: number[] = [];
  let turn = 0;

  beforeAll(async () => {
    const port = await freePort();
    front = createServer((request, response) => {
      const target = targets[turn++ % targets.length]!;
      const { method, url, headers } = request;
      const passed = httpRequest({ host: '127.0.0.1', port: target, method, path: url, headers }, (back) => {
        response.writeHead(back.statusCode!, back.headers);
        back.pipe(response);
      });
      passed.on('error', () => request.socket.destroy());
      request.pipe(passed);
    });
    await new Promise<void>((resolve) => front.listen(port, '127.0.0.1', resolve));
    [marseille, lyon] = await Promise.all([
      startNode('marseille', { engine: 'postgres', behind: port }),
      startNode('lyon'),
    ]);
    targets = [marseille.port];
    await addMember(marseille, 'alice', 'Alice');
    await addMember(lyon, 'zoe', 'Zoé');
    await trust(marseille, lyon);
    await lyon.settled();
    await marseille.settled();
    await marseille.down();
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    processes = await Promise.all(
      ports.map((one, i) =>
        startProcess('marseille', { ...marseille!.env, PORT: String(one), MAILLON_ROLE: i === 2 ? 'worker' : 'web' }),
      ),
    );
    targets = ports.slice(0, 2);
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.drop()));
    front.close();
    front.closeAllConnections();
    await Promise.all([marseille?.drop(), lyon?.drop()]);
  });

  const alice: Traveller = traveller();
  const at = (path: string): string => `${marseille!.origin}${path}`;
  const titles = async (): Promise<string[]> =>
    (await searchCatalogue(lyon!.db.read, new Date(), { member: true }, { limit: 100 })).items.map(
      ({ title }) => title,
    );

  const publishes = async (title: string): Promise<Page> => {
    const form = await alice.open(at('/listings/new?kind=lodging'));
    return alice.send(at('/listings'), {
      csrf: hiddenIn(form, 'csrf'),
      once: hiddenIn(form, 'once'),
      ...lodgingForm(title),
    });
  };

  test('what a member publishes by one process is at partners soon, though another sends it', async () => {
    const home = await alice.send(at('/sign-in'), { login: 'alice', password: PASSWORD, next: '/' });
    expect(home.text).toContain('Alice');
    for (const title of ['Chambre bleue', 'Chambre verte']) {
      expect((await publishes(title)).text).toContain(title);
      // Sooner than a worker looks by itself: a quarter of a minute after it sent the first of the two.
      await until('Lyon has it', async () => (await titles()).includes(title), 10_000);
    }
  });

  test('what comes in by one process is on the pages of the others; the answer goes out', async () => {
    const zoe = (await findAccountByHandle(lyon!.db.read, 'zoe'))!;
    const to = { uri: `${marseille!.origin}/users/alice`, local: false };
    await lyon!.db.write((tx) =>
      sendMessage(tx, lyon!.site, zoe.actor, to, { uri: to.uri, title: 'Chambre bleue' }, 'Est-elle libre ?'),
    );
    let link = '';
    await until('Alice reads it', async () => {
      const page = await alice.open(at('/conversations'));
      link = /href="(\/conversations\/[^"]+)"/.exec(page.text)?.[1] ?? '';
      return link !== '';
    });
    // Twice: by each of the two.
    for (let i = 0; i < 2; i++) expect((await alice.open(at(link))).text).toContain('Est-elle libre ?');
    const thread = await alice.open(at(link));
    await alice.send(at(link), { csrf: hiddenIn(thread, 'csrf'), text: 'Oui, venez.' });
    const { messages } = lyon!.db.read.t;
    await until(
      'Zoé has the answer',
      async () => (await lyon!.db.read.select().from(messages)).some(({ html }) => html.includes('Oui, venez.')),
      10_000,
    );
  });

  test('a member of a partner is let in, and a member of here at the partner, whichever process is asked', async () => {
    const zoe = traveller();
    const question = await toConsent(zoe, marseille!, lyon!, 'zoe');
    const back = await answer(zoe, question, 'yes');
    expect(back).toMatchObject({ status: 200, url: at('/listings') });
    for (let i = 0; i < 2; i++) expect((await zoe.open(at('/listings'))).text).toContain('Zoé (Coop lyon)');
    const away = traveller();
    const asked = await toConsent(away, lyon!, marseille!, 'alice');
    expect(asked.url).toContain('/sign-in/consent/');
    const there = await answer(away, asked, 'yes');
    expect(there).toMatchObject({ status: 200, url: `${lyon!.origin}/listings` });
    expect(there.text).toContain('Alice (Coop marseille)');
  });

  test('a worker is killed: pages go on, and the next worker sends what waited', async () => {
    const [, , worker] = processes;
    await worker!.end('SIGKILL');
    expect((await publishes('Chambre rouge')).text).toContain('Chambre rouge');
    processes[2] = await startProcess('marseille', {
      ...marseille!.env,
      PORT: String(await freePort()),
      MAILLON_ROLE: 'worker',
    });
    await until('Lyon has it', async () => (await titles()).includes('Chambre rouge'));
  });

  test('signed out by one, she is signed out at both', async () => {
    const page = await alice.open(at('/listings'));
    await alice.send(at('/sign-out'), { csrf: hiddenIn(page, 'csrf') });
    for (let i = 0; i < 2; i++) expect((await alice.open(at('/account'))).url).toContain('/sign-in');
  });
});
