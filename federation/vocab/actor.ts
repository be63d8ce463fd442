/** Actors on the wire, both ways. */
import { createPublicKey } from 'node:crypto';
import type { ActorKind } from '#domain/types.ts';
import { base58 } from './base58.ts';
import { CONTEXT } from './context.ts';
import { type JsonObject, first, hasType, ids, isObject, link, list, text } from './json.ts';

/** What we say of an actor of ours. */
export type ActorDocument = {
  uri: string;
  type: 'Application' | 'Organization' | 'Group' | 'Person';
  kind: ActorKind;
  handle: string;
  name: string;
  html: string;
  url: string;
  inbox: string;
  outbox: string;
  followers: string;
  following: string;
  sharedInbox: string;
  catalogue: string | undefined;
  /** The node's actor, for all but itself (FEP-2677, FEP-d556). */
  generator: string | undefined;
  icon: string | undefined;
  languages: string[];
  discoverable: boolean;
  indexable: boolean;
  manuallyApproves: boolean;
  /** Its node has shut it out: said as Mastodon says it, and little else is told of it. */
  suspended?: boolean | undefined;
  /** By whom a member proves elsewhere who they are: this node. */
  oidcIssuer?: string | undefined;
  /** Where a program that the member let asks for all that is theirs (FEP-9091). */
  exports?: string | undefined;
  /** Other addresses of the same member, and the one that they have moved to. */
  alsoKnownAs?: string[] | undefined;
  movedTo?: string | undefined;
  published: Date;
  updated: Date;
  rsa: { id: string; pem: string };
  ed25519: { id: string; pem: string };
};

/** Of who is suspended: the handle, and what servers need (keys, inbox, where those who follow are led to). */
const bare = (actor: ActorDocument): ActorDocument => ({
  ...actor,
  name: actor.handle,
  html: '',
  icon: undefined,
  languages: [],
  discoverable: false,
  indexable: false,
  oidcIssuer: undefined,
  exports: undefined,
  alsoKnownAs: undefined,
});

/** @returns the actor document: RSA key for HTTP signatures, Ed25519 Multikey (FEP-521a) for proofs */
export const writeActor = (given: ActorDocument): JsonObject => {
  const actor = given.suspended === true ? bare(given) : given;
  return {
    '@context': [
      ...CONTEXT,
      ...(actor.exports === undefined ? [] : [SERVICE_TERMS]),
      ...(actor.suspended === true ? [SUSPENDED_TERMS] : []),
    ],
    id: actor.uri,
    type: actor.type,
    preferredUsername: actor.handle,
    name: actor.name,
    summary: actor.html,
    url: actor.url,
    inbox: actor.inbox,
    outbox: actor.outbox,
    followers: actor.followers,
    following: actor.following,
    endpoints: { sharedInbox: actor.sharedInbox },
    ...(actor.catalogue === undefined ? {} : { streams: [actor.catalogue] }),
    ...(actor.icon === undefined ? {} : { icon: { type: 'Image', mediaType: 'image/webp', url: actor.icon } }),
    ...(actor.generator === undefined
      ? {}
      : { generator: { type: 'Application', id: actor.generator, implements: IMPLEMENTS } }),
    ...(actor.kind === 'node' ? { implements: IMPLEMENTS } : {}),
    ...(actor.languages.length === 0 ? {} : { languages: actor.languages }),
    discoverable: actor.discoverable,
    indexable: actor.indexable,
    manuallyApprovesFollowers: actor.manuallyApproves,
    ...(actor.suspended === true ? { suspended: true } : {}),
    published: actor.published.toISOString(),
    updated: actor.updated.toISOString(),
    ...(actor.oidcIssuer === undefined ? {} : { oidcIssuer: actor.oidcIssuer }),
    ...(actor.exports === undefined
      ? {}
      : { service: [{ id: `${actor.uri}#export`, type: EXPORT, serviceEndpoint: actor.exports }] }),
    ...(actor.alsoKnownAs === undefined || actor.alsoKnownAs.length === 0 ? {} : { alsoKnownAs: actor.alsoKnownAs }),
    ...(actor.movedTo === undefined ? {} : { movedTo: actor.movedTo }),
    publicKey: { id: actor.rsa.id, type: 'CryptographicKey', owner: actor.uri, publicKeyPem: actor.rsa.pem },
    assertionMethod: [
      {
        id: actor.ed25519.id,
        type: 'Multikey',
        controller: actor.uri,
        publicKeyMultibase: multikeyOf(actor.ed25519.pem),
      },
    ],
  };
};

/**
 * For members alone: nothing else that is sent has to carry them. The FEP names the context of did/v1, which is one more
 * URL that others would have to fetch.
 */
const SERVICE_TERMS = {
  service: { '@id': 'https://www.w3.org/ns/did#service', '@type': '@id' },
  serviceEndpoint: { '@id': 'https://www.w3.org/ns/did#serviceEndpoint', '@type': '@id' },
};
const SUSPENDED_TERMS = { suspended: 'toot:suspended' };
const EXPORT = 'https://w3id.org/fep/9091#Export';
/** FEP-844e: what this node understands, by the specification's own URL. */
const IMPLEMENTS = [
  { href: 'https://datatracker.ietf.org/doc/html/rfc9421', name: 'RFC-9421: HTTP Message Signatures' },
  { href: 'https://w3id.org/fep/0837', name: 'FEP-0837: Federated Marketplace' },
  { href: 'https://w3id.org/fep/8b32', name: 'FEP-8b32: Object Integrity Proofs' },
];

/** @param pem SPKI of an Ed25519 key @returns its Multikey, base58-btc with the prefix `z` */
export const multikeyOf = (pem: string): string => {
  const raw = createPublicKey(pem).export({ format: 'der', type: 'spki' }).subarray(-32);
  return `z${base58.encode(Buffer.concat([Buffer.from([0xed, 0x01]), raw]))}`;
};

/** What others say of an actor, as far as we use it. */
export type ActorValue = {
  uri: string;
  /** The AS2 type it gave itself. */
  type: string;
  kind: ActorKind;
  handle: string;
  name: string;
  /** As it came: sanitise before it is stored. */
  html: string;
  url: string;
  icon?: string;
  inbox: string;
  sharedInbox?: string;
  outbox?: string;
  followers?: string;
  publicKeys: { id: string; owner: string; pem: string }[];
  multikeys: { id: string; controller: string; multibase: string }[];
  manuallyApproves: boolean;
  discoverable: boolean;
  /** BCP 47, as far as it says so. */
  languages: string[];
  movedTo?: string;
  alsoKnownAs: string[];
  /** By whom the person proves elsewhere who they are. */
  oidcIssuer?: string;
};

const KINDS: Record<string, ActorKind> = {
  Application: 'node',
  Service: 'node',
  Organization: 'cooperative',
  Group: 'community',
  Person: 'member',
};

/** Reads an actor tolerantly: id, type and inbox must be right, all else may be missing or odd. */
export const readActor = (doc: unknown): { ok: true; value: ActorValue } | { ok: false; reason: string } => {
  if (!isObject(doc)) return { ok: false, reason: 'It is no object.' };
  const uri = link(doc['id']);
  if (uri === undefined) return { ok: false, reason: 'The actor has no id.' };
  const type = list(doc['type']).find((one): one is string => typeof one === 'string' && Object.hasOwn(KINDS, one));
  if (type === undefined)
    return { ok: false, reason: `Its type ${JSON.stringify(doc['type'])?.slice(0, 80)} is no actor.` };
  const inbox = link(doc['inbox']);
  if (inbox === undefined) return { ok: false, reason: 'The actor has no inbox.' };
  const endpoints = first(doc['endpoints']);
  const sharedInbox = link(isObject(endpoints) ? endpoints['sharedInbox'] : doc['sharedInbox']);
  const image = first(doc['icon']);
  const icon = link(isObject(image) ? (image['url'] ?? image['href']) : image);
  // Nothing in it that could pass for another host (`bob@bank.example`) or break a line.
  const said = text(doc['preferredUsername'], 100)?.replaceAll(/[\s@/\\:<>"]/g, '');
  const handle =
    said || (new URL(uri).pathname.split('/').findLast((part) => part !== '') ?? new URL(uri).host).slice(0, 100);
  const movedTo = link(doc['movedTo']);
  const oidcIssuer = text(doc['oidcIssuer'], 500);
  const outbox = link(doc['outbox']);
  const followers = link(doc['followers']);
  return {
    ok: true,
    value: {
      uri,
      type,
      kind: KINDS[type]!,
      handle,
      name: text(doc['name'], 200) ?? handle,
      html: text(doc['summary'], 20_000) ?? '',
      url: pageOf(doc['url']) ?? uri,
      inbox,
      publicKeys: list(doc['publicKey'])
        .slice(0, 5)
        .flatMap((key) => {
          const id = isObject(key) ? link(key['id']) : undefined;
          const pem = isObject(key) ? key['publicKeyPem'] : undefined;
          return id === undefined || typeof pem !== 'string' || pem.length > 5_000
            ? []
            : [{ id, owner: link((key as JsonObject)['owner']) ?? uri, pem }];
        }),
      multikeys: list(doc['assertionMethod'])
        .slice(0, 5)
        .flatMap((key) => {
          const id = isObject(key) ? link(key['id']) : undefined;
          const multibase = isObject(key) ? key['publicKeyMultibase'] : undefined;
          return id === undefined || typeof multibase !== 'string' || multibase.length > 200
            ? []
            : [{ id, controller: link((key as JsonObject)['controller']) ?? uri, multibase }];
        }),
      manuallyApproves: doc['manuallyApprovesFollowers'] === true,
      discoverable: doc['discoverable'] === true,
      languages: list(doc['languages'])
        .filter((one): one is string => typeof one === 'string' && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(one))
        .slice(0, 20),
      alsoKnownAs: ids(doc['alsoKnownAs']).slice(0, 20),
      ...(icon === undefined ? {} : { icon }),
      ...(sharedInbox === undefined || new URL(sharedInbox).origin !== new URL(uri).origin ? {} : { sharedInbox }),
      ...(outbox === undefined ? {} : { outbox }),
      ...(followers === undefined ? {} : { followers }),
      ...(movedTo === undefined ? {} : { movedTo }),
      ...(oidcIssuer === undefined ? {} : { oidcIssuer }),
    },
  };
};

/** `url` may be a string, a Link, or a list of them: the one that is a page. */
const pageOf = (value: unknown): string | undefined => {
  const page = list(value).find((one) => isObject(one) && hasType(one, 'Link') && one['mediaType'] === 'text/html');
  return link(page ?? value);
};
