/** What must not be fetched. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGuardedFetch, isPublicAddress } from '#federation/fetch.ts';
import { canonicalHost } from '#domain/domain-names.ts';

const strict = createGuardedFetch({ testNetwork: false, userAgent: 'test' });
const loose = createGuardedFetch({ testNetwork: true, userAgent: 'test' });
let port = 0;
const server = createServer((request, response) => {
  if (request.url === '/big')
    response.writeHead(200, { 'content-type': 'application/json' }).end('x'.repeat(2_000_000));
  else if (request.url === '/html') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
  else if (request.url === '/away') response.writeHead(302, { location: 'http://127.0.0.2:1/' }).end();
  else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
  else if (request.url === '/drip') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => clearInterval(timer));
  } else response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
beforeAll(
  () =>
    new Promise<void>((resolve) =>
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        port = typeof address === 'object' && address !== null ? address.port : 0;
        resolve();
      }),
    ),
);
afterAll(async () => {
  await strict.close();
  await loose.close();
  server.closeAllConnections();
  server.close();
});

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '169.254.169.254',
  '192.168.1.1',
  '100.64.0.1',
  '0.0.0.0',
  '::1',
  '::ffff:127.0.0.1',
  'fe80::1',
  'fc00::1',
  '64:ff9b::7f00:1',
  '224.0.0.1',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});
test.each([
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://[::1]/',
  'https://[::ffff:7f00:1]/',
  'https://localhost/',
  'https://x.localhost/',
  'http://example.org/',
  'ftp://example.org/',
  'https://example.org:8443/',
  'https://a:b@example.org/',
])('%s is refused', async (url) => {
  const outcome = await strict.request(url, { accept: ['application/json'] });
  expect(outcome.ok === false && outcome.code).toMatch(/address-refused|scheme-refused/);
});
test.each([
  ['/big', 'too-large'],
  ['/html', 'wrong-type'],
  ['/away', 'redirect-refused'],
  ['/loop', 'redirect-refused'],
  ['/drip', 'timeout'],
])('%s ends as %s', async (path, code) => {
  const outcome = await loose.request(`http://127.0.0.1:${port}${path}`, {
    accept: ['application/json'],
    timeoutMs: 1_000,
  });
  expect(outcome.ok === false && outcome.code).toBe(code);
});
test.each([
  ['Coop.Example.', 'coop.example'],
  ['COOP.example:443', 'coop.example'],
  ['ｃｏｏｐ.example', 'coop.example'],
  ['café.example', 'xn--caf-dma.example'],
  ['a b', undefined],
  ['', undefined],
])('host %j is %j', (text, host) => {
  expect(canonicalHost(text)).toBe(host);
});
