/** Environment → configuration → node → listen → signals. */
import './loading.ts';
import { CannotOpen } from '#db/cannot-open.ts';
import { VERSION } from '#federation/version.ts';
import { existsSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { keepCompiled } from './compiled.ts';
import { explainFaults, loadConfig } from './config.ts';
import { configureLog, describe, log } from './log.ts';

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
} catch (error) {
  console.error(
    `The file .env cannot be read (${describe(error).split('\n')[0]}). It must be a text file, see .env.example.`,
  );
  process.exit(2);
}
const loaded = loadConfig(process.env);
if (!loaded.ok) {
  console.error(explainFaults(loaded.faults));
  process.exit(2);
}
const { config, unknown } = loaded;
await configureLog(config.logLevel);
for (const variable of unknown)
  log.node.warning('{variable} is not known and has no effect: see .env.example for the names', { variable });
keepCompiled(config.dataDir, VERSION);
// Imported here, not above: imports are read before any of them runs, `loading` too.
const { createNode } = await import('./node.ts');
const node = await createNode(config).catch((error: unknown) => {
  if (error instanceof CannotOpen) console.error(error.message);
  else console.error(describe(error));
  process.exit(3);
});

/** What was leased meanwhile is given back, lest it waits for a process that never was. */
const failed = (prefix: '' | 'METRICS_', port: number, address: string) => (error: NodeJS.ErrnoException) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is taken: is the node running already? Else set ${prefix}PORT to another one.`
      : error.code === 'EACCES'
        ? `Port ${port} is not for everybody. Set ${prefix}PORT to one from 1024 on, and let a proxy have 80 and 443.`
        : error.code === 'EADDRNOTAVAIL'
          ? `${address} is no address of this machine. Set ${prefix}BIND to 127.0.0.1 or 0.0.0.0.`
          : `The node cannot listen on ${address}, port ${port}: ${error.message}`,
  );
  void node.close().finally(() => process.exit(3));
};
const server = serve({ fetch: node.fetch, port: config.port, hostname: config.bind }, () => {
  void node.setupLink().then((link) => {
    console.log(
      link === undefined
        ? `Maillon is ready: ${config.origin}`
        : `Maillon is ready. Set up your cooperative here (the link works once):\n\n  ${link}\n`,
    );
  });
});
server.on('error', failed('', config.port, config.bind));

const { port: metricsPort } = config.metrics;
const watchers =
  metricsPort === undefined
    ? undefined
    : serve({
        fetch: async (request: Request) =>
          (await node.endpoints(request, new URL(request.url).pathname)) ?? new Response('Not found', { status: 404 }),
        port: metricsPort,
        hostname: config.metrics.bind,
      });
if (metricsPort !== undefined) watchers?.on('error', failed('METRICS_', metricsPort, config.metrics.bind));

/** Waits until every request under way is answered; connections without one are closed, also those that get idle meanwhile. */
const answered = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const idle = setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), 50);
    const late = setTimeout(() => {
      log.node.warning('Requests were broken off: they took longer than {ms} ms', { ms });
      if ('closeAllConnections' in server) server.closeAllConnections();
    }, ms);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(late);
      resolve();
    });
  });

let stopping = false;
/**
 * Takes nothing new, finishes what is under way, gives back what was leased, and ends; all within the limit. A second
 * signal does not wait.
 */
const stop = async (why: string, code: number): Promise<void> => {
  if (stopping) process.exit(1);
  stopping = true;
  log.node.info('Stopping: {why}', { why });
  const { stopMs } = config.limits;
  setTimeout(() => {
    log.node.error('Stopped before everything was given back: it took longer than {stopMs} ms', { stopMs });
    process.exit(1);
  }, stopMs).unref();
  // Side by side: a request that is answered late must not shorten the time of a delivery, nor the other way round.
  await Promise.all([answered(stopMs * 0.7), node.quiesce()]);
  await node.close();
  watchers?.close();
  log.node.info('Stopped', {});
  process.exit(code);
};
const end = (why: string, code: number): void =>
  void stop(why, code).catch((error: unknown) => {
    log.node.error('The stop failed: {error}', { error: describe(error) });
    process.exit(1);
  });
let signalled = Number.NEGATIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // Ctrl-C comes twice under npm: from the terminal, and from npm. Those are one.
    const again = performance.now() - signalled < 500;
    signalled = performance.now();
    if (!again) end(signal, 0);
  });
// What nobody caught may have left anything in any state: the process ends, whoever started it starts it again.
process.on('uncaughtException', (error) => {
  log.node.fatal('Nobody caught this: {error}', { error: describe(error) });
  end('a fault', 1);
});
