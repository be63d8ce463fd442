/** Makes the demo's cooperatives partners, and lets some of their people follow each other, as their admins would. */
import { setRecognitions } from '#domain/attestations/partners.ts';
import { findActor } from '#domain/actors.ts';
import { follow } from '#domain/follows.ts';
import { actorUri } from '#domain/ids.ts';
import { acceptPeering, requestPeering } from '#domain/handshake.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE, type Scope } from '#domain/scopes.ts';
import { joinNetwork } from './network.ts';
import { type Running, host, until } from './running.ts';

/** The demo shows all there is: members sign in at each other's, and the cooperatives add up what they weigh. */
const ALL: Scope = { ...OPEN_SCOPE, data: ['profiles', 'signIn', 'statistics'] };

export const connect = async (nodes: Running[]): Promise<void> => {
  for (const [i, a] of nodes.entries()) for (const b of nodes.slice(i + 1)) await pair(a, b);
  for (const a of nodes) for (const b of nodes) if (a !== b) await followAcross(a, b);
  for (const a of nodes)
    for (const b of nodes)
      if (a.demo.trusts?.includes(b.demo.name) === true)
        await a.node.db.write((tx) => setRecognitions(tx, host(b), new Map([['care-worker', 'care-worker']])));
  await joinNetwork(nodes);
};

const pair = async (a: Running, b: Running): Promise<void> => {
  const state = async (x: Running, y: Running) => findPeerByHost(x.node.db.read, host(y));
  const known = await state(a, b);
  if (known !== undefined && known.state !== 'asked' && known.state !== 'received') return;
  // A machine that is busy with three nodes may be too slow for the first.
  let found = await a.node.federation.port.inspect(host(b));
  for (let tries = 1; !found.ok && tries < 4; tries++) found = await a.node.federation.port.inspect(host(b));
  if (!found.ok) throw new Error(`${a.origin} cannot see ${b.origin}: ${JSON.stringify(found.errors)}`);
  const asked = found.value;
  await a.node.db.write((tx) =>
    requestPeering(tx, a.node.site, asked, `Bonjour de ${a.demo.cooperative} !`, { terms: { give: ALL, take: ALL } }),
  );
  await until(async () => (await state(b, a)) !== undefined);
  const asking = await state(b, a);
  if (asking?.state === 'received') await b.node.db.write((tx) => acceptPeering(tx, b.node.site, asking));
  await until(
    async () => (await state(a, b))?.backfillState === 'done' && (await state(b, a))?.backfillState === 'done',
  );
};

/** The admin and the first members of one follow the cooperative and a member of the other. */
const followAcross = async (a: Running, b: Running): Promise<void> => {
  for (const target of [b.demo.handle, b.demo.members[1]!.handle]) {
    const found = await a.node.federation.port.lookup(`@${target}@${host(b)}`);
    if (!found.ok) continue;
    for (const member of a.demo.members.slice(0, 3)) {
      const actor = await findActor(a.node.db.read, actorUri(a.node.site, member.handle));
      if (actor !== undefined)
        await a.node.db.write((tx) => follow(tx, a.node.site, actor.uri, { uri: found.value.uri, local: false }));
    }
  }
};
