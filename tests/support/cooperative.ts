/** A cooperative with two members in a bare database, for tests that need no server. */
import { afterEach, beforeEach } from 'vitest';
import type { Database, Engine } from '#db/database.ts';
import { type KeyPairs, createActor, generateKeys } from '#domain/actors.ts';
import { readCooperative, setUp } from '#domain/cooperative.ts';
import { newId } from '#domain/ids.ts';
import type { Site } from '#domain/site.ts';
import { KINDS } from '#domain/types.ts';
import { type Fresh, freshDatabase } from './databases.ts';

/** Same keys for everybody: nothing is signed here, and making some takes long. */
let keys: Promise<KeyPairs> | undefined;

/** Sets up «Les Volets Ouverts» with its admin ada and the members alice and bob. */
export const settleCooperative = async (db: Database, site: Site, kinds: readonly string[] = KINDS): Promise<void> => {
  const pair = await (keys ??= generateKeys());
  const value = readCooperative(
    {
      name: 'Les Volets Ouverts',
      handle: 'volets',
      territory: 'Marseille',
      languages: ['fr'],
      kinds: [...kinds],
      signUpRule: 'open',
    },
    (name) => ({ name, latitude: 43.3, longitude: 5.37 }),
  );
  if (!value.ok) throw new Error(JSON.stringify(value.errors));
  const admin = { name: 'Ada', handle: 'ada', email: 'ada@volets.example', password: '' };
  await db.write(async (tx) => {
    const done = await setUp(
      tx,
      site,
      value.value,
      admin,
      { node: pair, cooperative: pair, admin: pair, adminPasswordHash: '-' },
      'fr',
    );
    if (!done.ok) throw new Error(JSON.stringify(done.errors));
    for (const handle of ['alice', 'bob']) {
      const actor = await createActor(tx, site, { kind: 'member', handle, name: handle, html: '' }, pair);
      await tx.insert(tx.t.accounts).values({
        id: newId(),
        actor: actor.uri,
        handle,
        email: `${handle}@volets.example`,
        emailKey: `${handle}@volets.example`,
        passwordHash: '-',
        role: 'member',
        state: 'active',
        locale: 'fr',
        text: '',
        showProfile: 'public',
        indexable: false,
        mailMessages: true,
        motivation: '',
        created: site.now(),
        updated: site.now(),
      });
    }
  });
};

/** Before each test a database with that cooperative in it, which goes after it. @param opened gets the database */
export const cooperativeBefore = (engine: Engine, site: Site, opened: (db: Database) => void): void => {
  let fresh: Fresh | undefined;
  beforeEach(async () => {
    fresh = await freshDatabase(engine);
    opened(fresh.db);
    await settleCooperative(fresh.db, site);
  });
  afterEach(() => fresh?.drop());
};
