/** A stop in the middle of everything: a request, a delivery, a letter. Nothing is lost, and the next process goes on at once. */
import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Server as TcpServer, createServer as createTcpServer, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database } from '#db/database.ts';
import { nodeUri } from '#domain/ids.ts';
import { type Site, siteOf } from '#domain/site.ts';
import { settleCooperative } from '../support/cooperative.ts';
import { eachEngine, freshDatabase, type Fresh } from '../support/databases.ts';
import { freePort, until } from '../support/nodes.ts';
import { type Process, startProcess } from '../support/process.ts';

const listen = (server: Server | TcpServer): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

eachEngine('a stop', (engine) => {
  let fresh: Fresh;
  let site: Site;
  let env: Record<string, string>;
  let process: Process | undefined;
  const reached: string[] = [];
  let answers = false;
  const peer = createServer((request, response) => {
    reached.push(request.url ?? '');
    request.resume();
    if (answers) response.writeHead(202).end();
  });
  let letters = 0;
  const post = createTcpServer(() => {
    letters++;
  });

  beforeAll(async () => {
    fresh = await freshDatabase(engine);
    const port = await freePort();
    site = siteOf(`http://stop.localhost:${port}`);
    await settleCooperative(fresh.db, site);
    const [inbox, smtp] = [`http://peer.localhost:${await listen(peer)}/inbox`, await listen(post)];
    await prepare(fresh.db, site, inbox);
    env = {
      PORT: String(port),
      MAILLON_DATA: fresh.dir,
      SMTP_URL: `smtp://127.0.0.1:${smtp}`,
      MAILLON_LIMIT_STOP_SECONDS: '3',
      ...(fresh.url === undefined ? {} : { DATABASE_URL: fresh.url }),
    };
  });
  afterAll(async () => {
    await process?.drop();
    peer.closeAllConnections();
    peer.close();
    post.close();
    await fresh.drop();
  });

  test('finishes the request under way, gives back the delivery and the letter, and ends well in time', async () => {
    process = await startProcess('stop', env);
    await until('the delivery and the letter are under way', async () => reached.length > 0 && letters > 0);
    const { db } = fresh;
    expect((await db.read.select().from(db.read.t.jobs)).map((job) => job.leased === null)).toEqual([false]);

    const half = await halfRequest(process);
    const end = process.end('SIGTERM');
    await until('it has begun to stop', async () => process!.err().includes('Stopping'));
    const answer = await half.finish();
    expect(answer).toMatch(/^HTTP\/1\.1 422 /);
    expect(answer).toContain('</html>');

    const { code, ms } = await end;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3_000);
    const deliveries = await db.read.select().from(db.read.t.deliveries);
    expect(deliveries).toHaveLength(3);
    for (const row of deliveries)
      expect(row).toMatchObject({ state: 'waiting', leased: null, attempts: 0, error: null });
    // A stop is no failure of the other side: it does not rest because of ours.
    expect((await db.read.select().from(db.read.t.hosts)).filter((host) => host.failing !== null)).toEqual([]);
    expect(await db.read.select().from(db.read.t.jobs)).toMatchObject([
      { state: 'waiting', leased: null, attempts: 0, error: null },
    ]);
  });

  test('the next process sends at once what was given back', async () => {
    answers = true;
    process = await startProcess('stop', env);
    const { db } = fresh;
    const { deliveries } = db.read.t;
    // A lease that was not given back would hold for longer than this waits.
    await until('all is sent', async () => (await db.read.$count(deliveries, eq(deliveries.state, 'done'))) === 3);
    await until('the letter is under way again', async () => letters === 2);
    // The letter hangs in its server again: the second stop ends all the same.
    expect((await process.end('SIGINT')).code).toBe(0);
  });

  test('a second signal does not wait', async () => {
    process = await startProcess('stop', env);
    await until('the letter is under way', async () => letters === 3);
    const end = process.end('SIGTERM');
    await until('it has begun to stop', async () => process!.err().includes('Stopping'));
    // Sooner it would count as the same one, see main.ts.
    await pause(600);
    process.child.kill('SIGTERM');
    const { code, ms } = await end;
    expect(code).toBe(1);
    expect(ms).toBeLessThan(2_000);
  });
});

/** Three activities for one inbox, and a letter. */
const prepare = async (db: Database, site: Site, inbox: string): Promise<void> =>
  db.write(async (tx) => {
    const now = site.now();
    for (const n of [1, 2, 3]) {
      const uri = `${nodeUri(site)}/activities/${n}`;
      await tx.insert(tx.t.activities).values({
        uri,
        actor: nodeUri(site),
        type: 'Update',
        object: nodeUri(site),
        listed: false,
        body: JSON.stringify({ id: uri, type: 'Update', actor: nodeUri(site), object: nodeUri(site) }),
        created: now,
      });
      await tx.insert(tx.t.deliveries).values({
        activity: uri,
        inbox,
        host: new URL(inbox).host,
        key: `${nodeUri(site)}#main-key`,
        priority: 5,
        state: 'waiting',
        attempts: 0,
        due: now,
        created: now,
      });
    }
    await tx.insert(tx.t.jobs).values({
      type: 'mail',
      data: { to: 'alice@volets.example', locale: 'fr', name: 'approved', 'p.link': site.origin },
      state: 'waiting',
      attempts: 0,
      due: now,
      created: now,
    });
  });

/** A form of which half is sent; `finish` sends the rest and reads the answer. */
const halfRequest = async (to: Process): Promise<{ finish(): Promise<string> }> => {
  const body = 'login=nobody&password=something-wrong';
  const socket = connect(to.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await new Promise<void>((resolve) => {
    socket.write(
      `POST /sign-in HTTP/1.1\r\nhost: ${to.host}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
      () => resolve(),
    );
  });
  // The node has the head once it has answered another request on a later connection.
  expect((await to.ask('/healthz')).status).toBe(200);
  return {
    finish: async () => {
      socket.write(body.slice(10));
      await closed;
      return answer;
    },
  };
};
