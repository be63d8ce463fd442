/** One listing to 200 followers on 1, 20 and 200 hosts, against the machine's RSA-2048 signing rate. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { generateKeyPairSync, sign } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { moveListing } from '#domain/listings.ts';
import { actorUri } from '#domain/ids.ts';
import { PORT, type Report, settle } from './run.ts';

const FOLLOWERS = 200;
/** Listings per case, one after the other. */
const LISTINGS = 40;
/** So many, then the machine's signing rate again: what else it does then weighs on both alike. */
const AT_ONCE = 5;

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Signatures a second of one thread, which is what a delivery cannot do without. */
const signingRate = (): number => {
  const text = Buffer.alloc(300, 'a');
  for (let i = 0; i < 200; i++) sign('sha256', text, privateKey);
  const begin = performance.now();
  let n = 0;
  for (; performance.now() - begin < 250; n++) sign('sha256', text, privateKey);
  return n / ((performance.now() - begin) / 1_000);
};

export const fanout = async (report: Report): Promise<void> => {
  const port = PORT + 8;
  const receiver = fork(fileURLToPath(new URL('./receiver.ts', import.meta.url)), [String(port)]);
  await once(receiver, 'message');
  let taken = 0;
  const arrived = async (n: number): Promise<void> => {
    taken += n;
    const answer = await fetch(`http://127.0.0.1:${port}/${taken}`);
    if (Number(await answer.text()) !== taken) throw new Error('more arrived than was sent');
  };
  for (const hosts of [1, 20, 200]) {
    const { node, rows } = await settle(PORT + 7, 0);
    const { db, site } = node;
    const now = new Date();
    const followed = actorUri(site, 'ada');
    await db.write(async (tx) => {
      for (let i = 0; i < FOLLOWERS; i++) {
        const host = `h${i % hosts}.localhost:${port}`;
        const uri = `http://${host}/users/f${i}`;
        await tx.insert(tx.t.actors).values({
          uri,
          local: false,
          kind: 'member',
          handle: `f${i}`,
          host,
          name: `Follower ${i}`,
          html: '',
          url: uri,
          inbox: `${uri}/inbox`,
          sharedInbox: `http://${host}/inbox`,
          languages: [],
          discoverable: false,
          manuallyApproves: false,
          suspended: false,
          created: now,
          updated: now,
          fetched: now,
        });
        await tx.insert(tx.t.follows).values({
          id: `f${i}`,
          uri: `${uri}#follow`,
          follower: uri,
          followed,
          state: 'accepted',
          created: now,
          updated: now,
        });
      }
    });
    rows.push(...(await drafts(node)));
    const publish = async (i: number): Promise<void> => {
      const done = await db.write((tx) => moveListing(tx, site, rows[i]!, 'published'));
      if (!done.ok) throw new Error(JSON.stringify(done.errors));
      await arrived(hosts);
    };
    // The first makes the connections.
    await publish(0);
    const signing: number[] = [];
    let ms = 0;
    for (let i = 1; i <= LISTINGS; i += AT_ONCE) {
      signing.push(signingRate());
      const begin = performance.now();
      for (let j = i; j < i + AT_ONCE; j++) await publish(j);
      ms += performance.now() - begin;
    }
    const rate = (LISTINGS * hosts) / (ms / 1_000);
    const base = signing.reduce((sum, one) => sum + one, 0) / signing.length;
    await node.close();
    report({
      name: `Fan-out of a listing to ${FOLLOWERS} followers on ${hosts} host${hosts === 1 ? '' : 's'}`,
      value: rate / base,
      unit: 'of the signing rate',
      detail: `${rate.toFixed(0)} deliveries/s (one per host), RSA-2048 signatures of one thread ${base.toFixed(0)}/s`,
      target: hosts === 200 ? '≥ 0.5' : 'no target',
      holds: hosts !== 200 || rate / base >= 0.5,
    });
  }
  receiver.kill();
};

const drafts = async (node: Awaited<ReturnType<typeof settle>>['node']) => {
  const { createListing } = await import('#domain/listings.ts');
  const { benchDraft } = await import('./run.ts');
  return node.db.write(async (tx) => {
    const made = [];
    for (let i = 0; i <= LISTINGS; i++) made.push(await createListing(tx, node.site, 'ada', benchDraft(i), 'draft'));
    return made;
  });
};
