/** A peer with one member, who signs Creates of listings. */
import { generateKeyPairSync } from 'node:crypto';
import { serve } from '@hono/node-server';
import type { Database } from '#db/database.ts';
import type { ListingValue } from '#domain/types.ts';
import { signedHeaders } from '#federation/signatures.ts';
import { writeCreate } from '#federation/vocab/activity.ts';
import { PUBLIC } from '#federation/vocab/context.ts';
import { writeNote } from '#federation/vocab/listing.ts';
import { peerRow } from '../tests/support/peer-row.ts';

export type Post = { id: string; url: string; headers: Record<string, string>; body: Buffer<ArrayBuffer> };
export type Sender = {
  origin: string;
  actor: string;
  /** Its actor's document, whatever is asked. */
  answer(): Response;
  make(inboxUrl: string, n: number): Post;
};

/** One key for all: making some takes long, and nobody compares them. */
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const createSender = (origin: string): Sender => {
  const actor = `${origin}/users/bob`;
  const document = JSON.stringify({
    '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
    id: actor,
    type: 'Person',
    preferredUsername: 'bob',
    name: 'Bob',
    inbox: `${actor}/inbox`,
    publicKey: {
      id: `${actor}#main-key`,
      owner: actor,
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  });
  const make = (inboxUrl: string, n: number): Post => {
    const now = new Date();
    const listing: ListingValue = {
      uri: `${actor}/items/${n}`,
      proposalUri: `${actor}/proposals/${n}`,
      publisher: actor,
      kind: 'lodging',
      purpose: 'offer',
      title: `Chambre ${n}`,
      html: '<p>Une chambre claire, près de l’hôpital.</p>',
      url: `${origin}/listings/${n}`,
      price: { type: 'money', amount: 4200, currency: 'EUR' },
      unit: 'night',
      unitBased: true,
      quantity: 2,
      attributes: { beds: 1, amenities: ['wifi'] },
      tags: ['mer'],
      pictures: [],
      audience: 'public',
      state: 'published',
      published: now,
      updated: now,
    };
    const to = { to: [PUBLIC], cc: [`${actor}/followers`] };
    const id = `${actor}/activities/${n}`;
    const activity = writeCreate({ id, actor, ...to, published: now, object: writeNote(listing, to) });
    const body = Buffer.from(JSON.stringify(activity));
    const keyId = `${actor}#main-key`;
    const signed = signedHeaders({ method: 'POST', url: inboxUrl, body, keyId, privateKey, dialect: 'cavage', now });
    return { id, url: inboxUrl, headers: { ...signed, 'content-type': 'application/activity+json' }, body };
  };
  return {
    origin,
    actor,
    answer: () => new Response(document, { headers: { 'content-type': 'application/activity+json' } }),
    make,
  };
};

/** Serves the documents of all senders by their host names. @returns how to stop */
export const serveSenders = async (senders: Sender[], port: number): Promise<() => void> => {
  const byHost = new Map(senders.map((sender) => [new URL(sender.origin).host, sender]));
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const fetch = (request: Request): Response =>
      byHost.get(request.headers.get('host') ?? '')?.answer() ?? new Response(null, { status: 404 });
    const listening = serve({ fetch, port, hostname: '127.0.0.1' }, () => resolve(listening));
  });
  return () => void server.close();
};

/** Makes active peers of them, as an admin would. */
export const befriend = async (db: Database, senders: Sender[]): Promise<void> => {
  const rows = senders.map(({ origin, actor }, i) =>
    peerRow({ host: new URL(origin).host, nodeActor: actor, name: `Sender ${i}` }),
  );
  await db.write(async (tx) => {
    await tx.insert(tx.t.peers).values(rows);
  });
};
