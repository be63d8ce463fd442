/** AS2 documents by GET against a bare Hono route that returns the same bytes, and the catalogue page for people. */
import { serve } from '@hono/node-server';
import autocannon from 'autocannon';
import { Hono } from 'hono';
import { type Bench, PORT, type Report, TOWNS, quantile } from './run.ts';

const SECONDS = 2;
const ROUNDS = 3;
const AS2 = 'application/activity+json';

const load = async (port: number, path: string, host: string): Promise<number> => {
  const run = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    headers: { host, accept: AS2 },
    connections: 20,
    // A thread of its own: what the load costs must not count as the server's.
    workers: 1,
    duration: SECONDS,
  });
  if (run.non2xx > 0) throw new Error(`${path}: ${run.non2xx} answers were not 2xx`);
  return run.requests.average;
};

export const documents = async (bench: Bench, report: Report): Promise<void> => {
  const { node, rows, host, port } = bench;
  const server = serve({ fetch: node.fetch, port, hostname: '127.0.0.1' });
  for (const [name, path] of [
    ['actor', '/users/ada'],
    ['listing', `/users/ada/items/${rows[0]!.id}`],
    ['outbox page of 20', '/users/ada/outbox?page=first'],
  ] as const) {
    const answer = await node.fetch(new Request(`${bench.origin}${path}`, { headers: { host, accept: AS2 } }));
    const body = await answer.text();
    const bare = new Hono().get('*', (c) => c.body(body, 200, { 'content-type': AS2 }));
    const other = serve({ fetch: bare.fetch, port: PORT + 1, hostname: '127.0.0.1' });
    let [base, ours] = [0, 0];
    // In turn: what else the machine does weighs on both alike.
    for (let round = 0; round < ROUNDS; round++) {
      base += (await load(PORT + 1, path, host)) / ROUNDS;
      ours += (await load(port, path, host)) / ROUNDS;
    }
    other.close();
    report({
      name: `GET ${name}`,
      value: ours / base,
      unit: 'of bare Hono',
      detail: `${ours.toFixed(0)}/s, bare Hono with the same ${body.length} bytes ${base.toFixed(0)}/s`,
      target: '≥ 0.6',
      holds: ours / base >= 0.6,
    });
  }
  server.close();
};

export const catalogue = async (bench: Bench, report: Report): Promise<void> => {
  const times: number[] = [];
  for (let i = 0; i < 400; i++) {
    const query = i % 3 === 0 ? '' : `?q=chambre&place=${TOWNS[i % TOWNS.length]}`;
    const request = new Request(`${bench.origin}/listings${query}`, {
      headers: { host: bench.host, accept: 'text/html' },
    });
    const start = performance.now();
    await (await bench.node.fetch(request)).text();
    if (i >= 50) times.push(performance.now() - start);
  }
  const p99 = quantile(times, 0.99);
  report({
    name: 'Catalogue page at 10,000 listings, p99',
    value: p99,
    unit: 'ms',
    detail: `server time, half of them searches; p50 ${quantile(times, 0.5).toFixed(1)} ms`,
    target: '< 20 ms',
    holds: p99 < 20,
  });
};
