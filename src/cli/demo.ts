/** Three cooperatives on one machine, peered, with people and listings. `--json` prints one line for programs. */
import '../loading.ts';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { SingleBar } from 'cli-progress';
import { loadConfig } from '#src/config.ts';
import { configureLog } from '#src/log.ts';
import { bologna } from '#src/demo/data/bologna.ts';
import { lyon } from '#src/demo/data/lyon.ts';
import { marseille } from '#src/demo/data/marseille.ts';
import { portrait, renderIllustration, renderPortrait } from '#src/demo/illustrations.ts';
import type { DemoNode } from '#src/demo/types.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    data: { type: 'string', default: 'demo-data' },
    port: { type: 'string' },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const DEMOS: DemoNode[] = [marseille, lyon, bologna].map((demo, i) =>
  flags.port === undefined ? demo : { ...demo, port: Number(flags.port) + i },
);
await configureLog('error');

/** Pictures are drawn before the nodes are loaded: a node refuses to decode SVG, also its own. */
const draw = async (): Promise<Map<string, { listings: Buffer[]; members: Buffer[] }>> => {
  const drawn = new Map<string, { listings: Buffer[]; members: Buffer[] }>();
  const fresh = DEMOS.filter((demo) => !existsSync(`${flags.data}/${demo.name}/seeded`));
  const bar = new SingleBar({
    format: 'Drawing pictures {bar} {value}/{total}',
    stream: process.stderr,
    clearOnComplete: true,
  });
  const total = fresh.reduce((sum, demo) => sum + demo.listings.length + demo.members.length, 0);
  if (total > 0) bar.start(total, 0);
  for (const demo of fresh) {
    const [listings, members]: Buffer[][] = [[], []];
    for (const listing of demo.listings) {
      listings!.push(
        await renderIllustration({ kind: listing.kind, title: listing.title, seed: listing.title }, 1_200),
      );
      bar.increment();
    }
    for (const member of demo.members) {
      members!.push(await renderPortrait(portrait(member.handle)));
      bar.increment();
    }
    drawn.set(demo.name, { listings: listings!, members: members! });
  }
  bar.stop();
  return drawn;
};

const pictures = await draw();
const { writeFileSync } = await import('node:fs');
const { createNode } = await import('#src/node.ts');
const { openPlaces } = await import('#domain/places.ts');
const { DEMO_PASSWORD, seed } = await import('#src/demo/seed.ts');
const { connect } = await import('#src/demo/connect.ts');

const places = openPlaces();
const running = await Promise.all(
  DEMOS.map(async (demo) => {
    const origin = `http://${demo.name}.localhost:${demo.port}`;
    const dataDir = `${flags.data}/${demo.name}`;
    const loaded = loadConfig({ MAILLON_ORIGIN: origin, PORT: String(demo.port), MAILLON_DATA: dataDir });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const node = await createNode(loaded.config);
    const drawn = pictures.get(demo.name);
    if (drawn !== undefined) {
      say(`${demo.cooperative}: ${demo.listings.length} listings …`);
      await seed(node, demo, places, `${dataDir}/media`, drawn);
      writeFileSync(`${dataDir}/seeded`, '');
    }
    const server = serve({ fetch: node.fetch, port: demo.port, hostname: '127.0.0.1' });
    server.on('error', (error: NodeJS.ErrnoException) => {
      say(
        error.code === 'EADDRINUSE'
          ? `Port ${demo.port} is taken: stop what uses it, or say --port 5001.`
          : String(error),
      );
      process.exit(1);
    });
    return { demo, node, origin, server };
  }),
);
say('Making them partners …');
await connect(running);

const login = (handle: string) => ({ handle, password: DEMO_PASSWORD });
if (flags.json) {
  const nodes = running.map(({ demo, origin }) => ({
    name: demo.name,
    url: origin,
    admin: login(demo.members[0]!.handle),
    members: demo.members.slice(1, 3).map((member) => login(member.handle)),
  }));
  process.stdout.write(`${JSON.stringify({ ready: true, nodes })}\n`);
} else {
  console.log('\nThree cooperatives are up. Ctrl-C stops them; what you did stays.\n');
  for (const { demo, origin } of running)
    console.log(
      `  ${demo.cooperative.padEnd(20)} ${origin}\n    admin   ${demo.members[0]!.handle} / ${DEMO_PASSWORD}\n    members ${demo.members
        .slice(1, 3)
        .map((member) => `${member.handle} / ${DEMO_PASSWORD}`)
        .join(', ')}\n`,
    );
}

let stopping = false;
const stop = (): void => {
  if (stopping) process.exit(1);
  stopping = true;
  for (const { server } of running) {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
  void Promise.all(running.map(({ node }) => node.close())).then(() => process.exit(0));
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
