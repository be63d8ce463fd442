/** Moves that are none: nobody is sent anywhere unless both ends say so, and nobody can make us ask others for sport. */
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { follow } from '#domain/follows.ts';
import { attack, says } from '../../support/attack.ts';
import { addMember, until } from '../../support/nodes.ts';
import { peerRow } from '../../support/peer-row.ts';
import { type Json, type Person, type Stranger, startStranger } from '../../support/stranger.ts';
import { type Target, startTarget } from '../../support/target.ts';

let target: Target;
let [old, fresh]: [Stranger, Stranger] = [undefined as never, undefined as never];
let bob = '';
let count = 0;

/** Somebody at the old server whom Bob follows. */
const followed = async (document: Json = {}): Promise<Person> => {
  const person = old.person(`old${++count}`, { document });
  await target.db.write(async (tx) => {
    const site = { origin: target.origin, host: target.host, now: () => new Date() };
    await follow(tx, site, bob, { uri: person.actor, local: false });
    const { follows: f } = tx.t;
    await tx.update(f).set({ state: 'accepted' }).where(eq(f.followed, person.actor));
  });
  return person;
};
const follows = (uri: string): Promise<number> => {
  const { follows: f } = target.db.read.t;
  return target.db.read.$count(f, and(eq(f.follower, bob), eq(f.followed, uri)));
};
const journal = async (uri: unknown): Promise<string | undefined> => {
  const { received } = target.db.read.t;
  const [row] = await target.db.read
    .select()
    .from(received)
    .where(eq(received.uri, String(uri)));
  return row?.code;
};
const move = (by: Person, to: string, change: Json = {}): Json =>
  says(old, 'Move', { actor: by.actor, object: by.actor, target: to, ...change });
/** Sends it. @returns the code of its line in the journal, and what was asked of the two servers because of it */
const sent = async (by: Person, activity: Json): Promise<{ code: string | undefined; asked: string[] }> => {
  // Its key is known here before anything is counted.
  await old.post(target.inbox, says(old, 'Like', { actor: by.actor, object: bob }), { by });
  const before = [old.log.length, fresh.log.length];
  expect((await old.post(target.inbox, activity, { by })).status).toBe(202);
  // What is fetched; Bob's own Follows are delivered when their turn comes.
  const asked = [...old.log.slice(before[0]), ...fresh.log.slice(before[1])]
    .filter((one) => one.method === 'GET')
    .map((one) => one.path);
  return { code: await journal(activity['id']), asked };
};
/** Bob stays where he is. */
const stays = async (by: Person, to: string): Promise<void> => {
  expect(await follows(by.actor)).toBe(1);
  expect(await follows(to)).toBe(0);
};

beforeAll(async () => {
  [old, fresh] = await Promise.all([startStranger('old'), startStranger('fresh')]);
  target = await startTarget('marseille', async (node) => {
    bob = await addMember(node, 'bob', 'Bob');
    await addMember(node, 'alice', 'Alice');
    await node.db.write(async (tx) => {
      await tx.insert(tx.t.domainRules).values({
        domain: 'shut.localhost',
        severity: 'suspend',
        comment: '',
        created: new Date(),
      });
      const cut = fresh.originOf('cut');
      await tx
        .insert(tx.t.peers)
        .values(peerRow({ host: new URL(cut).host, nodeActor: `${cut}/users/instance`, name: 'Cut', state: 'cut' }));
    });
  });
});
afterAll(async () => {
  await Promise.all([target?.drop(), old?.close(), fresh?.close()]);
});

attack('Move without a back-link', async () => {
  const to = fresh.person('noBackLink').actor;
  const by = await followed({ movedTo: to });
  expect((await sent(by, move(by, to))).code).toBe('moveNoBackLink');
  await stays(by, to);
});

attack('Move whose old account does not say where it went', async () => {
  const by = await followed();
  const to = fresh.person('noSignpost', { document: { alsoKnownAs: [by.actor] } }).actor;
  expect((await sent(by, move(by, to))).code).toBe('moveNoSignpost');
  await stays(by, to);
});

attack('Move of somebody else', async () => {
  const by = await followed();
  const to = fresh.person('byAnother', { document: { alsoKnownAs: [by.actor] } }).actor;
  const neighbour = old.person('neighbour');
  const { code, asked } = await sent(neighbour, move(neighbour, to, { object: by.actor }));
  expect({ code, asked }).toEqual({ code: 'moveOther', asked: [] });
  // Nor in the name of the one who is to be moved.
  const forged = move(by, to);
  expect((await old.post(target.inbox, forged, { by: neighbour })).status).toBe(401);
  await stays(by, to);
});

attack('Move to a server that is shut out, or with which the partnership was ended', async () => {
  const shut = fresh.person('there', { name: 'shut' }).actor;
  const by = await followed({ movedTo: shut });
  expect(await sent(by, move(by, shut))).toEqual({ code: 'moveBlocked', asked: [] });
  await stays(by, shut);
  const cut = fresh.person('there', { name: 'cut' }).actor;
  const other = await followed({ movedTo: cut });
  expect(await sent(other, move(other, cut))).toEqual({ code: 'moveBlocked', asked: [] });
  await stays(other, cut);
});

attack('Move to where it is, and to nowhere', async () => {
  const by = await followed();
  expect(await sent(by, move(by, by.actor))).toEqual({ code: 'moveSelf', asked: [] });
  expect(await sent(by, move(by, 'javascript:alert(1)'))).toEqual({ code: 'moveNowhere', asked: [] });
  expect(await follows(by.actor)).toBe(1);
});

attack('Move to a member of ours who never named the old account', async () => {
  const alice = `${target.origin}/users/alice`;
  const by = await followed({ movedTo: alice });
  expect((await sent(by, move(by, alice))).code).toBe('moveNoBackLink');
  await stays(by, alice);
  const nobody = `${target.origin}/users/nobody`;
  expect((await sent(by, move(by, nobody))).code).toBe('nobodyHere');
});

attack('Move in a chain or a circle', async () => {
  const to = `${fresh.origin}/users/onward`;
  const by = await followed({ movedTo: to, alsoKnownAs: [to] });
  fresh.person('onward', { document: { alsoKnownAs: [by.actor], movedTo: by.actor } });
  expect((await sent(by, move(by, to))).code).toBe('moveOnward');
  await stays(by, to);
});

attack('Move to an account whose document has another id', async () => {
  const real = `${fresh.origin}/users/real`;
  const alias = `${fresh.origin}/users/alias`;
  const by = await followed({ movedTo: alias });
  fresh.person('real', { document: { alsoKnownAs: [by.actor] } });
  fresh.documents.set('/users/alias', { ...(fresh.documents.get('/users/real') as Json), id: real });
  expect((await sent(by, move(by, alias))).code).toBe('moveNoBackLink');
  await stays(by, alias);
  expect(await follows(real)).toBe(0);
});

attack('Move of somebody whom nobody here follows: nobody is asked', async () => {
  const to = `${fresh.origin}/users/unasked`;
  const by = old.person('unfollowed', { document: { movedTo: to } });
  fresh.person('unasked', { document: { alsoKnownAs: [by.actor] } });
  expect(await sent(by, move(by, to))).toEqual({ code: 'moveNotFollowed', asked: [] });
});

attack('Move again a moment later, elsewhere or to the same place', async () => {
  const [first, second] = [`${fresh.origin}/users/first`, `${fresh.origin}/users/second`];
  const by = await followed({ movedTo: first });
  for (const handle of ['first', 'second']) fresh.person(handle, { document: { alsoKnownAs: [by.actor] } });
  expect((await sent(by, move(by, first))).code).toBe('moved');
  await until('Bob is brought over', async () => (await follows(first)) === 1 && (await follows(by.actor)) === 0);
  await followedAgain(by);
  expect(await sent(by, move(by, first))).toEqual({ code: 'moveKnown', asked: [] });
  old.person(by.actor.split('/').at(-1)!, { document: { movedTo: second } });
  expect(await sent(by, move(by, second))).toEqual({ code: 'moveTooSoon', asked: [] });
  expect(await follows(second)).toBe(0);
  const { moves } = target.db.read.t;
  expect(await target.db.read.$count(moves, eq(moves.actor, by.actor))).toBe(1);
});
const followedAgain = (by: Person): Promise<void> =>
  target.db.write(async (tx) => {
    const site = { origin: target.origin, host: target.host, now: () => new Date() };
    await follow(tx, site, bob, { uri: by.actor, local: false });
  });

attack('a flood of Moves from one server', async () => {
  const to = fresh.person('flooded').actor;
  const by = await followed({ movedTo: to });
  const before = fresh.log.length;
  const statuses: number[] = [];
  for (let i = 0; i < 80; i++) statuses.push((await old.post(target.inbox, move(by, to), { by })).status);
  expect(statuses.at(-1)).toBe(429);
  expect(fresh.log.length - before).toBeLessThanOrEqual(60);
  await stays(by, to);
});
