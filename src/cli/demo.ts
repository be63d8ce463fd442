/** Three cooperatives on one machine, peered, with people and listings. `--json` prints one line for programs. */
import '../loading.ts';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { SingleBar } from 'cli-progress';
import { CannotOpen } from '#db/cannot-open.ts';
import { explainFaults, loadConfig } from '#src/config.ts';
import { configureLog } from '#src/log.ts';
import { bologna } from '#src/demo/data/bologna.ts';
import { lyon } from '#src/demo/data/lyon.ts';
import { marseille } from '#src/demo/data/marseille.ts';
import { portrait, renderIllustration, renderPortrait } from '#src/demo/illustrations.ts';
import type { DemoNode } from '#src/demo/types.ts';

/** Signals that come so close are one. */
const SAME_MS = 500;
const readFlags = () =>
  parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      data: { type: 'string', default: 'demo-data' },
      port: { type: 'string', default: '4001' },
    },
  }).values;
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const giveUp = (text: string, code: number): never => {
  say(text);
  process.exit(code);
};
const flags = ((): ReturnType<typeof readFlags> => {
  try {
    return readFlags();
  } catch (error) {
    return giveUp(`${error instanceof Error ? error.message : String(error)} Known are --json, --data and --port.`, 2);
  }
})();
const firstPort = Number(flags.port);
if (!Number.isInteger(firstPort) || firstPort < 1 || firstPort > 65_533)
  giveUp(
    `--port "${flags.port}" is not possible: three ports in a row are used, 4001 to 4003 unless you say another.`,
    2,
  );
const DEMOS: DemoNode[] = [marseille, lyon, bologna].map((demo, i) => ({ ...demo, port: firstPort + i }));
const taken = (port: number): never => giveUp(`Port ${port} is taken: stop what uses it, or say --port 5001.`, 1);

/** Before half a minute of drawing, not after it. */
const checkPort = (port: number): Promise<void> =>
  new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => taken(port));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
for (const { port } of DEMOS) await checkPort(port);

const folderOf = (demo: DemoNode): string => `${flags.data}/${demo.name}`;
/** A node that was being filled when somebody pressed Ctrl-C is filled anew. */
for (const demo of DEMOS)
  if (existsSync(`${folderOf(demo)}/seeding`)) rmSync(folderOf(demo), { recursive: true, force: true });
await configureLog('error');

/** Pictures are drawn before the nodes are loaded: a node refuses to decode SVG, also its own. */
const draw = async (): Promise<Map<string, { listings: Buffer[]; members: Buffer[] }>> => {
  const drawn = new Map<string, { listings: Buffer[]; members: Buffer[] }>();
  const fresh = DEMOS.filter((demo) => !existsSync(`${folderOf(demo)}/seeded`));
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
      members!.push(await renderPortrait(portrait(member.handle, member.beard)));
      bar.increment();
    }
    drawn.set(demo.name, { listings: listings!, members: members! });
  }
  bar.stop();
  return drawn;
};

const pictures = await draw();
const { createNode } = await import('#src/node.ts');
const { openPlaces } = await import('#domain/places.ts');
const { DEMO_PASSWORD, seed } = await import('#src/demo/seed.ts');
const { connect } = await import('#src/demo/connect.ts');

const places = openPlaces();
const begin = (dataDir: string): void => {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(`${dataDir}/seeding`, '');
};
const running = await Promise.all(
  DEMOS.map(async (demo) => {
    const origin = `http://${demo.name}.localhost:${demo.port}`;
    const dataDir = folderOf(demo);
    const loaded = loadConfig({ MAILLON_ORIGIN: origin, PORT: String(demo.port), MAILLON_DATA: dataDir });
    if (!loaded.ok) return giveUp(explainFaults(loaded.faults), 2);
    const drawn = pictures.get(demo.name);
    if (drawn !== undefined) begin(dataDir);
    const node = await createNode(loaded.config).catch((error: unknown) => {
      if (error instanceof CannotOpen)
        return giveUp(`${error.message}\nTo begin anew, remove the folder ${flags.data}.`, 3);
      throw error;
    });
    if (drawn !== undefined) {
      say(`${demo.cooperative}: ${demo.listings.length} listings …`);
      await seed(node, demo, places, `${dataDir}/media`, drawn);
      renameSync(`${dataDir}/seeding`, `${dataDir}/seeded`);
    }
    const server = serve({ fetch: node.fetch, port: demo.port, hostname: '127.0.0.1' });
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? taken(demo.port) : giveUp(String(error), 1),
    );
    // The others ask it as soon as all are there.
    if (!server.listening) await once(server, 'listening');
    return { demo, node, origin, server };
  }),
);
// Once: who was unfollowed or cut off since then stays so.
const connected = `${flags.data}/connected`;
if (pictures.size > 0 || !existsSync(connected)) {
  say('Making them partners …');
  await connect(running);
  writeFileSync(connected, '');
}

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
  console.log(whatToTry());
}

/** A reserved listing, who may read it from next door, and whose mark stands on it. */
function whatToTry(): string {
  const [at] = running.filter(({ demo }) => demo.trusts !== undefined);
  const reserved = at?.demo.listings.find((listing) => listing.reserved !== undefined);
  const from = running.find(({ demo }) => at?.demo.trusts?.includes(demo.name) === true);
  const holder = from?.demo.members.find(({ attested }) => attested === reserved?.reserved?.[0]);
  const umbrella = running.find(({ demo }) => demo.gives !== undefined);
  return `  To try
    ${at!.demo.cooperative}: "${reserved!.title}" is reserved for care workers.
    Sign in there with your own cooperative, ${from!.demo.cooperative}, as ${holder!.handle}: attested to be one.
    ${umbrella!.demo.cooperative} vouches for the two others: its mark stands on their listings.
`;
}

let stopping: number | undefined;
const stop = (): void => {
  // Ctrl-C comes twice under npm: from the terminal and from npm.
  if (stopping !== undefined && performance.now() - stopping < SAME_MS) return;
  if (stopping !== undefined) process.exit(1);
  stopping = performance.now();
  for (const { server } of running) {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
  void Promise.all(running.map(({ node }) => node.close())).then(() => process.exit(0));
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
