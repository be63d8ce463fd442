/** A node as a process of its own under load: signed activities of twenty peers, then junk; pages are read meanwhile. */
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { type Running, residentMb, startNode } from './process.ts';
import { PORT, type Report, quantile, settle } from './run.ts';
import { type Post, befriend, createSender, serveSenders } from './sender.ts';

const PEERS = 20;
const PER_SECOND = 50;
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 60);
const JUNK_PER_SECOND = 500;
const JUNK_SECONDS = Math.min(20, SECONDS);
const PAGES_PER_SECOND = 10;

const send = async (port: number, method: string, path: string, headers: Record<string, string>, body?: Buffer) => {
  const sent = request({ port, host: '127.0.0.1', method, path, headers, agent: false });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  answer.resume();
  await once(answer, 'end');
  return Number(answer.statusCode);
};

/** Calls `work` so many times a second, without waiting for it to end. @returns when all have ended */
const paced = async (perSecond: number, seconds: number, work: (i: number) => Promise<void>): Promise<void> => {
  const running: Promise<void>[] = [];
  const begin = performance.now();
  for (let i = 0; i < perSecond * seconds; i++) {
    const wait = begin + (i * 1_000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    running.push(work(i));
  }
  await Promise.all(running);
};

/** Reads pages while something else goes on. @returns their times in ms */
const readPages = async (node: Running, host: string, seconds: number): Promise<number[]> => {
  const times: number[] = [];
  const paths = ['/', '/listings', '/listings?q=chambre&place=Lyon', '/@ada'];
  await paced(PAGES_PER_SECOND, seconds, async (i) => {
    const begin = performance.now();
    const status = await send(node.port, 'GET', paths[i % paths.length]!, { host, accept: 'text/html' });
    if (status !== 200) throw new Error(`a page answered ${status}`);
    times.push(performance.now() - begin);
  });
  return times;
};

export const load = async (report: Report): Promise<void> => {
  const port = PORT + 10;
  const { node: made, dir, host } = await settle(port, 10_000);
  const senders = Array.from({ length: PEERS }, (_, i) => createSender(`http://peer${i}.localhost:${port + 1}`));
  await befriend(made.db, senders);
  await made.close();
  const stop = await serveSenders(senders, port + 1);
  const node = await startNode(port, dir);
  const before = residentMb(node.child);

  const posts: Post[] = Array.from({ length: PER_SECOND * SECONDS }, (_, i) =>
    senders[i % PEERS]!.make(`http://${host}/inbox`, i),
  );
  const acknowledged: string[] = [];
  const [pages] = await Promise.all([
    readPages(node, host, SECONDS),
    paced(PER_SECOND, SECONDS, async (i) => {
      const post = posts[i]!;
      const status = await send(port, 'POST', '/inbox', post.headers, post.body);
      if (status === 202) acknowledged.push(post.id);
    }),
  ]);
  const lost = posts.length - acknowledged.length;
  const p95 = quantile(pages, 0.95);
  report({
    name: `Pages under ${PER_SECOND} signed activities a second of ${PEERS} peers, p95`,
    value: p95,
    unit: 'ms',
    detail: `${SECONDS} s, ${pages.length} pages, p50 ${quantile(pages, 0.5).toFixed(1)} ms`,
    target: '< 200 ms',
    holds: p95 < 200,
  });

  const junk = junkOf(host);
  const answers = new Map<number, number>();
  const [calm] = await Promise.all([
    readPages(node, host, JUNK_SECONDS),
    paced(JUNK_PER_SECOND, JUNK_SECONDS, async (i) => {
      const { headers, body } = junk[i % junk.length]!;
      const status = await send(port, 'POST', '/inbox', headers, body);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }),
  ]);
  const junkP95 = quantile(calm, 0.95);
  report({
    name: `Pages under ${JUNK_PER_SECOND} junk POSTs a second, p95`,
    value: junkP95,
    unit: 'ms',
    detail: `${JUNK_SECONDS} s, answers ${[...answers].map(([status, n]) => `${n} × ${status}`).join(', ')}`,
    target: '< 200 ms',
    holds: junkP95 < 200 && ![...answers.keys()].some((status) => status < 400 || status >= 500),
  });
  const after = residentMb(node.child);
  report({
    name: 'Memory after it all',
    value: after,
    unit: 'MB',
    detail: `resident; ${before.toFixed(0)} MB before`,
    target: '< 400 MB',
    holds: after < 400,
  });
  await node.stop();
  stop();
  report(audit(dir, acknowledged, lost));
};

/** Every acknowledged activity has its line in the journal and its listing, once. */
const audit = (dir: string, acknowledged: string[], refused: number) => {
  const db = new Sqlite(join(dir, 'maillon.db'), { readonly: true });
  const noted = db.prepare<[string], { outcome: string }>('SELECT outcome FROM received WHERE uri = ?');
  const stored = db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM listings WHERE brought_by = ?');
  const lost = acknowledged.filter((id) => noted.get(id)?.outcome !== 'applied' || stored.get(id)?.n !== 1).length;
  db.close();
  return {
    name: 'Activities lost under load',
    value: lost + refused,
    unit: 'activities',
    detail: `${acknowledged.length} acknowledged, ${refused} not accepted, ${lost} acknowledged without a trace`,
    target: '0',
    holds: lost + refused === 0,
  };
};

/** What the internet sends: nothing of it is signed by anybody. */
const junkOf = (host: string): { headers: Record<string, string>; body: Buffer }[] => {
  const type = 'application/activity+json';
  const fake = {
    host,
    'content-type': type,
    date: new Date().toUTCString(),
    digest: 'SHA-256=AAAA',
    signature: `keyId="http://nobody.invalid/users/x#main-key",headers="(request-target) host date digest",signature="AAAA"`,
  };
  return [
    { headers: { host, 'content-type': type }, body: Buffer.from('{"type":"Create"}') },
    { headers: { host, 'content-type': 'text/plain' }, body: Buffer.from('hello') },
    { headers: fake, body: Buffer.from('{"type":"Create"}') },
    { headers: fake, body: Buffer.from(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) },
    { headers: fake, body: Buffer.alloc(200_000, 'x') },
  ];
};
