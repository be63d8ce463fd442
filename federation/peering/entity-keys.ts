/**
 * A node's actor names the keys of its identity, under its own integrity proof: so whoever becomes a partner knows them
 * before the first sign-in, and need not believe the first that it is shown.
 */
import type { Database, Reader } from '#db/database.ts';
import { identityKeys, keepIdentityKeys } from '#domain/identity/keys.ts';
import { nodeUri } from '#domain/ids.ts';
import type { Site } from '#domain/site.ts';
import { thumbprintOf } from '#domain/thumbprint.ts';
import type { Keyring } from '../keys.ts';
import type { Resolver } from '../resolve.ts';
import type { ActorValue } from '../vocab/actor.ts';
import { type JsonObject, list } from '../vocab/json.ts';
import { addProof, verifyProof } from '../vocab/proof.ts';

export const entityKeysUri = (nodeActor: string): string => `${nodeActor}/entity-keys`;
const MOST = 10;

/** Ours. @returns undefined before set-up */
export const entityKeysDocument = async (deps: {
  db: Database;
  site: Site;
  keyring: Keyring;
}): Promise<JsonObject | undefined> => {
  const { db, site, keyring } = deps;
  const by = await keyring.of(nodeUri(site));
  if (by === undefined) return undefined;
  if ((await shown(db.read, site)).length === 0) await keepIdentityKeys(db, site);
  const keys = await shown(db.read, site);
  return addProof(
    {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: entityKeysUri(nodeUri(site)),
      type: 'EntityKeys',
      actor: nodeUri(site),
      entity: site.origin,
      keys: keys.flatMap((key) => thumbprintOf(key.publicPem) ?? []),
    },
    {
      verificationMethod: by.ed25519.id,
      privateKey: by.ed25519.privateKey,
      created: new Date(Math.max(...keys.map((key) => key.created.getTime()))),
    },
  );
};
const shown = (db: Reader, site: Site) => identityKeys(db, site, 'federation');

/** @param proving Multikey of its node's actor @returns thumbprints, if that key vouches for them */
export const readEntityKeys = (document: JsonObject, actor: string, proving: string): string[] | undefined => {
  if (document['type'] !== 'EntityKeys' || document['actor'] !== actor) return undefined;
  if (document['entity'] !== new URL(actor).origin || !verifyProof(document, proving)) return undefined;
  const keys = list(document['keys']);
  const thumbprints = keys.filter((key): key is string => typeof key === 'string' && /^[\w-]{43}$/.test(key));
  return thumbprints.length === 0 || thumbprints.length !== keys.length || keys.length > MOST ? undefined : thumbprints;
};

/** Asks a node for them. @param node its actor, as it has just shown itself */
export const keysNamedBy = async (node: ActorValue, get: Resolver['get']): Promise<string[] | undefined> => {
  const proving = node.multikeys.find((key) => key.controller === node.uri)?.multibase;
  if (proving === undefined) return undefined;
  const document = await get(entityKeysUri(node.uri));
  return document.ok ? readEntityKeys(document.value, node.uri, proving) : undefined;
};
