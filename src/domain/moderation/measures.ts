/** What each decision does, and how it is undone. */
import { and, eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { findActor } from '../actors.ts';
import { itemUri, newId, proposalUri } from '../ids.ts';
import { deleteListing } from '../listing-deletion.ts';
import { type ListingRow, findListingByUri } from '../listings.ts';
import { findAccountByActor, reinstateMember, suspendMember } from '../members.ts';
import type { ReportRow } from '../reports.ts';
import type { Site } from '../site.ts';
import { type Result, type Role, fail, ok } from '../types.ts';
import type { Action } from './actions.ts';
import { restrict, unrestrict } from './restrictions.ts';
import { offerListings } from './withdrawing.ts';

type Kept = Record<string, unknown>;
type Aim = Pick<ReportRow, 'object' | 'objectKind' | 'subject'>;

/** What may be decided about something, in the order in which it is offered. */
export const actionsFor = async (db: Reader, aim: Aim): Promise<Action[]> => {
  const actor = await findActor(db, aim.subject);
  const listing = aim.objectKind === 'listing' ? await findListingByUri(db, aim.object) : undefined;
  const message = aim.objectKind === 'message' ? await findMessage(db, aim.object) : undefined;
  const shown = message !== undefined && message.html !== '';
  if (actor === undefined) return ['none'];
  if (!actor.local)
    return [
      'none',
      ...(shown ? (['removeMessage'] as const) : []),
      ...(aim.objectKind === 'listing' ? (['hideListing'] as const) : []),
      'hideMember',
    ];
  const account = await findAccountByActor(db, aim.subject);
  return [
    'none',
    ...(listing?.local === true && listing.awaits !== null ? (['keepBack'] as const) : []),
    ...(listing?.local === true && listing.state !== 'draft' ? (['removeListing'] as const) : []),
    ...(shown ? (['removeMessage'] as const) : []),
    ...(account?.state === 'active' ? (['warn', 'limit', 'suspend'] as const) : []),
  ];
};

const findMessage = async (db: Reader, uri: string): Promise<{ html: string } | undefined> => {
  const [row] = await db
    .select({ html: db.t.messages.html })
    .from(db.t.messages)
    .where(eq(db.t.messages.uri, uri))
    .limit(1);
  return row;
};

/** @param decision id of the decision that this carries out @returns what `undo` needs */
export const carryOut = async (
  tx: Tx,
  site: Site,
  action: Action,
  aim: Aim,
  decision: string,
  by: Role,
): Promise<Result<Kept>> => {
  const now = site.now();
  switch (action) {
    case 'none':
    case 'warn':
      return ok({});
    case 'limit':
      await restrict(tx, now, aim.subject, 'limited', decision);
      return ok({});
    case 'hideListing':
      await restrict(tx, now, aim.object, 'hidden', decision);
      return ok({});
    case 'hideMember':
      await restrict(tx, now, aim.subject, 'hidden', decision);
      return ok({});
    case 'suspend': {
      const account = await findAccountByActor(tx, aim.subject);
      const done = account === undefined ? undefined : await suspendMember(tx, site, account.id, by);
      return done === undefined ? gone() : done.ok ? ok({ account: done.value.id }) : done;
    }
    case 'removeListing': {
      const listing = await findListingByUri(tx, aim.object);
      if (listing?.local !== true) return gone();
      const kept = await putAside(tx, listing);
      await deleteListing(tx, site, listing);
      return ok({ listing: kept, audience: listing.audience });
    }
    case 'keepBack': {
      await tx.update(tx.t.listings).set({ awaits: null }).where(eq(tx.t.listings.uri, aim.object));
      return ok({});
    }
    case 'removeMessage': {
      const message = await findMessage(tx, aim.object);
      if (message === undefined) return gone();
      await tx.update(tx.t.messages).set({ html: '' }).where(eq(tx.t.messages.uri, aim.object));
      return ok({ html: message.html });
    }
  }
};

const gone = () => fail({ field: 'action', code: 'moderation.gone' });

/**
 * A copy that nobody sees, under another address: the old one is a tombstone for good, here and at partners. The
 * pictures go with it.
 */
const putAside = async (tx: Tx, listing: ListingRow): Promise<string> => {
  const { row: _, ...columns } = listing;
  const id = newId();
  await tx.insert(tx.t.listings).values({
    ...columns,
    id,
    uri: itemUri(listing.publisher, id),
    proposalUri: proposalUri(listing.publisher, id),
    url: listing.url.replace(listing.id, id),
    state: 'removed',
    audience: 'members',
    importRef: null,
    published: null,
  });
  await tx.update(tx.t.pictures).set({ listing: id }).where(eq(tx.t.pictures.listing, listing.id));
  return id;
};

/** Takes back what was decided, as far as it can be. @param kept as `carryOut` gave it */
export const undo = async (
  tx: Tx,
  site: Site,
  decision: { id: string; action: string; object: string; kept: Kept | null },
): Promise<void> => {
  const text = (name: string): string => {
    const value = decision.kept?.[name];
    return typeof value === 'string' ? value : '';
  };
  // What partners were told of a limited member meanwhile is for their members alone: now it is for everybody again.
  for (const { uri, effect, created } of await unrestrict(tx, decision.id))
    if (effect === 'limited') await offerListings(tx, site, uri, created);
  if (decision.action === 'suspend') await reinstateMember(tx, site, text('account'));
  if (decision.action === 'removeListing') {
    const { listings } = tx.t;
    await tx
      .update(listings)
      .set({ state: 'draft', audience: text('audience'), updated: site.now() })
      .where(and(eq(listings.id, text('listing')), eq(listings.state, 'removed')));
  }
  if (decision.action === 'removeMessage')
    await tx
      .update(tx.t.messages)
      .set({ html: text('html') })
      .where(and(eq(tx.t.messages.uri, decision.object), eq(tx.t.messages.html, '')));
};
