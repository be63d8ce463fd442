/**
 * A node that kills itself at a statement, as power cuts and memory do: at the N-th after the first POST (`DIES_AT`),
 * or at each that has certain words (`DIES_OF`, several with `&`) in it or among its parameters.
 */
import { serve } from '@hono/node-server';
import { loadConfig } from '#src/config.ts';
import { configureLog } from '#src/log.ts';
import { createNode } from '#src/node.ts';

const loaded = loadConfig(process.env);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
await configureLog('error');
const at = Number(process.env['DIES_AT'] ?? 0);
const of = (process.env['DIES_OF'] ?? '').split('&').filter((word) => word !== '');
const ahead = Number(process.env['AHEAD_MS'] ?? 0);
let [counting, count] = [false, 0];

const node = await createNode(loaded.config, {
  now: () => new Date(Date.now() + ahead),
  statement: (text, params = []) => {
    if (counting) count++;
    const due = at > 0 && count >= at;
    const parts = [text, ...params].filter((part) => typeof part === 'string');
    const deadly = of.length > 0 && of.every((word) => parts.some((part) => part.includes(word)));
    if (due || deadly) process.kill(process.pid, 'SIGKILL');
  },
});
serve({
  fetch: (request, env) => {
    if (request.method === 'POST') counting = true;
    return node.fetch(request, env);
  },
  port: loaded.config.port,
  hostname: '127.0.0.1',
});
