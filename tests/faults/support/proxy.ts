/** What stands between a node and its partners: passes on, or does what networks and servers do on bad days. */
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as httpRequest,
} from 'node:http';
import { freePort } from '../../support/postgres.ts';

export type Weather =
  | { type: 'pass' }
  /** The network: nobody answers. */
  | { type: 'cut' }
  /** Each answer takes so long. */
  | { type: 'slow'; ms: number }
  /** One byte at a time, and never to the end. */
  | { type: 'drip' }
  | { type: 'status'; status: number; headers?: Record<string, string> }
  /** Closes the connection before it passes anything on. */
  | { type: 'reset' }
  /** Passes on, then closes the connection: the other side has it, and nobody knows. */
  | { type: 'forget' }
  /** Says 202, and passes nothing on, once in `every`. */
  | { type: 'lose'; every: number }
  /** Breaks (500) at what has this word in it, and takes everything else. */
  | { type: 'picky'; word: string };

export type Proxy = {
  port: number;
  /** Applies to POSTs; `cut` to everything. */
  weather: Weather;
  /** POSTs that came in, those that were passed on, and those that were acknowledged and lost. */
  seen: number;
  passed: number;
  lost: number;
  /** Where it passes on to; known once the node listens. */
  target: number;
  close(): Promise<void>;
};

export const startProxy = async (): Promise<Proxy> => {
  const port = await freePort();
  const server: Server = createServer((request, response) => {
    handle(proxy, request, response).catch(() => request.socket.destroy());
  });
  server.on('connection', (socket) => {
    if (proxy.weather.type === 'cut') socket.destroy();
  });
  const proxy: Proxy = {
    port,
    weather: { type: 'pass' },
    seen: 0,
    passed: 0,
    lost: 0,
    target: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return proxy;
};

const handle = async (proxy: Proxy, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { weather } = proxy;
  if (weather.type === 'cut') return void request.socket.destroy();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  if (request.method !== 'POST') return pass(proxy, request, body, response);
  proxy.seen++;
  switch (weather.type) {
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, weather.ms));
      return pass(proxy, request, body, response);
    case 'drip': {
      response.writeHead(202, { 'content-type': 'text/plain' });
      const drop = setInterval(() => response.write('.'), 200);
      response.on('close', () => clearInterval(drop));
      return undefined;
    }
    case 'status':
      return void response.writeHead(weather.status, weather.headers).end();
    case 'reset':
      return void request.socket.destroy();
    case 'forget':
      await pass(proxy, request, body, undefined);
      return void request.socket.destroy();
    case 'lose':
      if (proxy.seen % weather.every !== 0) return pass(proxy, request, body, response);
      proxy.lost++;
      return void response.writeHead(202).end();
    case 'picky':
      if (!body.includes(weather.word)) return pass(proxy, request, body, response);
      return void response.writeHead(500).end();
    default:
      return pass(proxy, request, body, response);
  }
};

const pass = (proxy: Proxy, from: IncomingMessage, body: Buffer, to: ServerResponse | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (from.method === 'POST') proxy.passed++;
    const onward = httpRequest(
      { port: proxy.target, host: '127.0.0.1', method: from.method, path: from.url, headers: from.headers },
      (answer) => {
        if (to === undefined) answer.resume();
        else {
          to.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(to);
        }
        answer.on('end', resolve);
        answer.on('error', reject);
      },
    );
    onward.on('error', reject);
    onward.end(body);
  });
