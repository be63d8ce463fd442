/** Environment → configuration → node → listen → signals. */
import './loading.ts';
import { CannotOpen } from '#db/cannot-open.ts';
import { existsSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { explainFaults, loadConfig } from './config.ts';
import { configureLog, describe, log } from './log.ts';

if (existsSync('.env')) process.loadEnvFile('.env');
const loaded = loadConfig(process.env);
if (!loaded.ok) {
  console.error(explainFaults(loaded.faults));
  process.exit(2);
}
const { config } = loaded;
await configureLog(config.logLevel);
// Imported here, not above: imports are read before any of them runs, `loading` too.
const { createNode } = await import('./node.ts');
const node = await createNode(config).catch((error: unknown) => {
  if (error instanceof CannotOpen) console.error(error.message);
  else console.error(describe(error));
  process.exit(3);
});

const failed = (variable: string, port: number) => (error: NodeJS.ErrnoException) => {
  console.error(error.code === 'EADDRINUSE' ? `Port ${port} is taken. Set ${variable} to another one.` : String(error));
  process.exit(1);
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
server.on('error', failed('PORT', config.port));

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
if (metricsPort !== undefined) watchers?.on('error', failed('METRICS_PORT', metricsPort));

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
process.on('SIGINT', () => end('SIGINT', 0));
process.on('SIGTERM', () => end('SIGTERM', 0));
// What nobody caught may have left anything in any state: the process ends, whoever started it starts it again.
process.on('uncaughtException', (error) => {
  log.node.fatal('Nobody caught this: {error}', { error: describe(error) });
  end('a fault', 1);
});
