/** Who is brought over, once, and by what rules; and how often one moves. */
import { and, eq, isNull } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Tx } from '#db/database.ts';
import { follow } from '#domain/follows.ts';
import { followOn, unseenMoves, whereTo } from '#domain/moving/follow-on.ts';
import {
  type Elsewhere,
  addAlias,
  aliasesOf,
  forgetMoves,
  moveAway,
  moveOf,
  noteMove,
  sweepMoves,
  undoMove,
} from '#domain/moving/moves.ts';
import type { Site } from '#domain/site.ts';
import { type Fresh, eachEngine, freshDatabase } from '../../support/databases.ts';

const DAY_MS = 86_400_000;
const OLD = 'https://old.example/users/alice';
const NEW = 'https://new.example/users/alix';
const MANY = 230;

eachEngine('moving', (engine) => {
  let fresh: Fresh;
  let now = new Date('2026-06-01T12:00:00Z');
  const site: Site = { origin: 'https://here.example', host: 'here.example', now: () => now };
  const member = (n: number | string): string => `https://here.example/users/m${n}`;

  const addActor = async (tx: Tx, uri: string, local: boolean): Promise<void> => {
    await tx.insert(tx.t.actors).values({
      uri,
      local,
      kind: 'member',
      handle: uri.split('/').at(-1)!,
      host: new URL(uri).host,
      name: 'Name',
      html: '',
      url: uri,
      inbox: `${uri}/inbox`,
      languages: [],
      discoverable: false,
      manuallyApproves: false,
      suspended: false,
      created: now,
      updated: now,
    });
  };
  const addFollow = async (tx: Tx, follower: string, followed: string, state = 'accepted'): Promise<void> => {
    const id = crypto.randomUUID();
    await tx
      .insert(tx.t.follows)
      .values({ id, uri: `${follower}/activities/${id}`, follower, followed, state, created: now, updated: now });
  };
  beforeEach(async () => {
    now = new Date('2026-06-01T12:00:00Z');
    fresh = await freshDatabase(engine);
    await fresh.db.write(async (tx) => {
      for (const uri of [OLD, NEW]) await addActor(tx, uri, false);
      for (let n = 0; n < MANY; n++) {
        await addActor(tx, member(n), true);
        await addFollow(tx, member(n), OLD, n % 2 === 0 ? 'accepted' : 'pending');
      }
      // One follows the new address already, and somebody elsewhere is none of our business.
      await addFollow(tx, member(0), NEW);
      await addFollow(tx, 'https://else.example/users/eve', OLD);
    });
  });
  afterEach(() => fresh.drop());

  const moved = async (): Promise<string> => {
    await fresh.db.write((tx) => noteMove(tx, now, { actor: OLD, target: NEW, handle: '@alix@new.example', url: NEW }));
    return (await fresh.db.read.select().from(fresh.db.read.t.moves))[0]!.id;
  };
  const count = (followed: string): Promise<number> =>
    fresh.db.read.$count(fresh.db.read.t.follows, eq(fresh.db.read.t.follows.followed, followed));
  const told = (type: string): Promise<number> =>
    fresh.db.read.$count(fresh.db.read.t.announcements, eq(fresh.db.read.t.announcements.type, type));

  test('who was turned away by the new address is not made to ask again, and nobody is brought to who has left', async () => {
    await fresh.db.write(async (tx) => {
      await tx.delete(tx.t.follows).where(and(eq(tx.t.follows.follower, member(0)), eq(tx.t.follows.followed, NEW)));
      await addFollow(tx, member(0), NEW, 'rejected');
      await tx.update(tx.t.actors).set({ deleted: now }).where(eq(tx.t.actors.uri, NEW));
    });
    const move = await moved();
    expect(await followOn(fresh.db, site, move)).toBe('done');
    expect([await count(OLD), await told('follow.requested')]).toEqual([MANY + 1, 0]);
    await fresh.db.write((tx) => tx.update(tx.t.actors).set({ deleted: null }).where(eq(tx.t.actors.uri, NEW)));
    expect(await followOn(fresh.db, site, move)).toBe('done');
    const { announcements, follows } = fresh.db.read.t;
    const asked = await fresh.db.read.select().from(announcements).where(eq(announcements.type, 'follow.requested'));
    expect(asked).toHaveLength(MANY - 1);
    expect(asked.map((one) => one.actor)).not.toContain(member(0));
    const [refused] = await fresh.db.read
      .select()
      .from(follows)
      .where(and(eq(follows.follower, member(0)), eq(follows.followed, NEW)));
    expect(refused?.state).toBe('rejected');
  });

  test('everybody here is brought over once, in steps, and told; others are not', async () => {
    const move = await moved();
    const stop = new AbortController();
    stop.abort();
    expect(await followOn(fresh.db, site, move, stop.signal)).toBe('returned');
    expect(await followOn(fresh.db, site, move)).toBe('done');
    expect(await followOn(fresh.db, site, move)).toBe('done');
    expect([await count(NEW), await count(OLD)]).toEqual([MANY, 1]);
    expect([await told('follow.requested'), await told('follow.withdrawn')]).toEqual([MANY - 1, MANY]);
    expect(await unseenMoves(fresh.db.read, member(1))).toMatchObject([{ handle: '@alix@new.example', name: 'Name' }]);
    await fresh.db.write((tx) => sweepMoves(tx, new Date(now.getTime() + 91 * DAY_MS)));
    expect(await unseenMoves(fresh.db.read, member(1))).toEqual([]);
  });

  test('nobody is brought to a server that was shut out meanwhile', async () => {
    const move = await moved();
    await fresh.db.write(async (tx) => {
      await tx.insert(tx.t.domainRules).values({ domain: 'example', severity: 'suspend', comment: '', created: now });
    });
    expect(await followOn(fresh.db, site, move)).toBe('done');
    expect([await count(NEW), await count(OLD)]).toEqual([1, MANY + 1]);
  });

  test('a member of here moves once a week, to where they are named, and may take it back', async () => {
    const me = { actor: member(1) };
    const there: Elsewhere = { uri: NEW, handle: '@alix@new.example', url: NEW, alsoKnownAs: [me.actor] };
    const go = (to: Elsewhere) => fresh.db.write((tx) => moveAway(tx, site, me, to, { pause: false }));
    const code = async (to: Elsewhere): Promise<string | undefined> => {
      const result = await go(to);
      return result.ok ? undefined : result.errors[0]?.code;
    };
    expect(await code({ ...there, alsoKnownAs: [] })).toBe('moving.noBackLink');
    expect(await code({ ...there, uri: me.actor })).toBe('moving.same');
    expect(await code({ ...there, uri: member(2) })).toBe('moving.same');
    expect(await code({ ...there, movedTo: OLD })).toBe('moving.onward');
    expect(await code(there)).toBeUndefined();
    expect(await told('actor.moved')).toBe(1);
    expect((await moveOf(fresh.db.read, me.actor))?.target).toBe(NEW);
    // Who follows them here is brought over as those elsewhere are; nobody here has to be told of the end of it.
    await fresh.db.write((tx) => addFollow(tx, member(2), me.actor));
    expect(await followOn(fresh.db, site, (await moveOf(fresh.db.read, me.actor))!.id)).toBe('done');
    expect([await count(NEW), await count(me.actor)]).toEqual([2, 0]);
    expect(await told('follow.withdrawn')).toBe(0);
    await fresh.db.write((tx) => undoMove(tx, site, me.actor));
    expect(await moveOf(fresh.db.read, me.actor)).toBeUndefined();
    // Also what was taken back was a move.
    expect(await code(there)).toBe('moving.tooSoon');
    now = new Date(now.getTime() + 8 * DAY_MS);
    expect(await code(there)).toBeUndefined();
    expect(await fresh.db.read.$count(fresh.db.read.t.moves, and(eq(fresh.db.read.t.moves.actor, me.actor)))).toBe(2);
  });

  test('two moves at once to different places: one of them counts', async () => {
    const me = { actor: member(1) };
    const go = (uri: string) =>
      fresh.db.write((tx) =>
        moveAway(tx, site, me, { uri, handle: '@x@y', url: uri, alsoKnownAs: [me.actor] }, { pause: false }),
      );
    const both = await Promise.all([go(NEW), go(`${NEW}2`)]);
    expect(both.filter((one) => one.ok)).toHaveLength(1);
    const { moves } = fresh.db.read.t;
    expect(await fresh.db.read.$count(moves, and(eq(moves.actor, me.actor), isNull(moves.undone)))).toBe(1);
  });

  test('there and back again: everybody ends where the last move leads, and it is over', async () => {
    const go = async (actor: string, target: string): Promise<void> => {
      await fresh.db.write((tx) => noteMove(tx, now, { actor, target, handle: '@x@y', url: target }));
      now = new Date(now.getTime() + 1_000);
    };
    const third = 'https://third.example/users/ali';
    await fresh.db.write((tx) => addActor(tx, third, false));
    // A circle that only a server that lies could make: each step ends by itself.
    await go(OLD, NEW);
    await go(NEW, third);
    await go(third, OLD);
    for (const { id } of await fresh.db.read
      .select()
      .from(fresh.db.read.t.moves)
      .orderBy(fresh.db.read.t.moves.created))
      expect(await followOn(fresh.db, site, id)).toBe('done');
    expect([await count(OLD), await count(NEW), await count(third)]).toEqual([MANY + 1, 0, 0]);
  });

  test('nobody is led to who has left or is suspended, and nobody follows them', async () => {
    const here = member(7);
    await fresh.db.write((tx) =>
      noteMove(tx, now, { actor: OLD, target: here, handle: '@m7@here.example', url: here }),
    );
    const [move] = await fresh.db.read.select().from(fresh.db.read.t.moves);
    expect(await followOn(fresh.db, site, move!.id)).toBe('done');
    const told = async () => [
      (await unseenMoves(fresh.db.read, member(1))).length,
      (await whereTo(fresh.db.read, site, OLD))?.target,
    ];
    const set = (change: { suspended?: boolean; deleted?: Date | null }): Promise<void> =>
      fresh.db.write(async (tx) => {
        await tx.update(tx.t.actors).set(change).where(eq(tx.t.actors.uri, here));
      });
    const tried = async () => {
      const eve = `${site.origin}/users/eve`;
      const result = await fresh.db.write((tx) => follow(tx, site, eve, { uri: here, local: true }));
      return result.ok ? undefined : result.errors[0]?.code;
    };
    expect(await told()).toEqual([1, here]);
    await set({ suspended: true });
    expect([await told(), await tried()]).toEqual([[0, undefined], 'discovery.notFound']);
    await set({ suspended: false, deleted: now });
    expect([await told(), await tried()]).toEqual([[0, undefined], 'discovery.notFound']);
    await set({ deleted: null });
    expect([await told(), await tried()]).toEqual([[1, here], undefined]);
    await fresh.db.write((tx) => forgetMoves(tx, here));
    const { moves, movedFollows } = fresh.db.read.t;
    expect([await fresh.db.read.$count(moves), await fresh.db.read.$count(movedFollows)]).toEqual([0, 0]);
  });

  test('other addresses are ten at most, and none of here', async () => {
    const add = async (uri: string): Promise<string | undefined> => {
      const result = await fresh.db.write((tx) => addAlias(tx, site, member(1), { uri, handle: '@a@b' }));
      return result.ok ? undefined : result.errors[0]?.code;
    };
    expect(await add(member(1))).toBe('moving.same');
    for (let n = 0; n < 10; n++) expect(await add(`https://else.example/users/${n}`)).toBeUndefined();
    expect(await add('https://else.example/users/3')).toBeUndefined();
    expect(await add('https://else.example/users/10')).toBe('moving.tooManyAliases');
    expect(await aliasesOf(fresh.db.read, member(1))).toHaveLength(10);
  });
});
