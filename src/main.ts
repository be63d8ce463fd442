/** Environment → configuration → node → listen → signals. */
import './loading.ts';
import { CannotOpen } from '#db/cannot-open.ts';
import { existsSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { explainFaults, loadConfig } from './config.ts';
import { configureLog, log } from './log.ts';

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
  else console.error(error);
  process.exit(3);
});

const server = serve({ fetch: node.fetch, port: config.port, hostname: config.bind }, () => {
  void node.setupLink().then((link) => {
    console.log(
      link === undefined
        ? `Maillon is ready: ${config.origin}`
        : `Maillon is ready. Set up your cooperative here (the link works once):\n\n  ${link}\n`,
    );
  });
});
server.on('error', (error: NodeJS.ErrnoException) => {
  console.error(error.code === 'EADDRINUSE' ? `Port ${config.port} is taken. Set PORT to another one.` : String(error));
  process.exit(1);
});

let stopping = false;
/** Finishes what is under way, gives back what was leased, and ends; a second signal does not wait. */
const stop = (signal: string): void => {
  if (stopping) process.exit(1);
  stopping = true;
  log.node.info('Stopping after {signal}', { signal });
  const deadline = setTimeout(() => process.exit(1), 15_000);
  deadline.unref();
  server.close();
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  void node.close().then(() => process.exit(0));
};
process.on('SIGINT', () => stop('SIGINT'));
process.on('SIGTERM', () => stop('SIGTERM'));
