/** Fills a fresh node with a cooperative, its people and its listings. */
import { eq } from 'drizzle-orm';
import { type KeyPairs, generateKeys } from '#domain/actors.ts';
import { getCooperative, readCooperative, setUp } from '#domain/cooperative.ts';
import { attest } from '#domain/attestations/give.ts';
import { renderMarkdown } from '#domain/html.ts';
import { actorUri } from '#domain/ids.ts';
import { readListing } from '#domain/listing-input.ts';
import { createListing, moveListing } from '#domain/listings.ts';
import { attachPicture, mediaUrl, preparePicture, savePictureFiles } from '#domain/media.ts';
import { signUp } from '#domain/joining.ts';
import { hashPassword } from '#domain/passwords.ts';
import type { Places } from '#domain/places.ts';
import type { Node } from '#src/node.ts';
import type { DemoListing, DemoNode } from './types.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

export const DEMO_PASSWORD = 'voisins-et-voisines';
const PRICES: Record<string, Record<string, string>> = {
  gratuit: { priceType: 'free' },
  devis: { priceType: 'quote' },
};

const priceOf = (price: string): Record<string, string> =>
  PRICES[price] ??
  (price.endsWith('h')
    ? { priceType: 'hours', price: price.slice(0, -1) }
    : { priceType: 'money', price, currency: 'EUR' });

/** @param pictures JPEG of each listing and each member's portrait, in their order @returns false if it was filled before */
export const seed = async (
  node: Node,
  demo: DemoNode,
  places: Places,
  mediaDir: string,
  pictures: { listings: Buffer[]; members: Buffer[] },
): Promise<boolean> => {
  const { db, site } = node;
  if ((await getCooperative(db.read)) !== undefined) return false;
  const value = readCooperative(
    {
      name: demo.cooperative,
      handle: demo.handle,
      summary: demo.summary,
      territory: demo.territory,
      radiusKm: String(demo.radiusKm),
      languages: demo.languages,
      kinds: demo.kinds,
      signUpRule: demo.signUpRule,
      accent: demo.accent,
    },
    (name) => places.find(name),
  );
  if (!value.ok) throw new Error(`${demo.name}: ${JSON.stringify(value.errors)}`);
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  const [admin, ...others] = demo.members;
  const keys: KeyPairs[] = await Promise.all(Array.from({ length: demo.members.length + 2 }, generateKeys));
  const done = await db.write((tx) =>
    setUp(
      tx,
      site,
      value.value,
      {
        name: admin!.name,
        handle: admin!.handle,
        email: `${admin!.handle}@${demo.name}.localhost`,
        password: DEMO_PASSWORD,
      },
      { node: keys[0]!, cooperative: keys[1]!, admin: keys[2]!, adminPasswordHash: passwordHash },
      'fr',
    ),
  );
  if (!done.ok) return false;
  for (const [i, member] of others.entries()) {
    await db.write((tx) =>
      signUp(
        tx,
        site,
        { ...done.value, signUpRule: 'open' },
        {
          name: member.name,
          handle: member.handle,
          email: `${member.handle}@${demo.name}.localhost`,
          password: DEMO_PASSWORD,
          motivation: '',
          invitation: '',
          locale: 'fr',
        },
        { keys: keys[i + 3]!, passwordHash },
      ),
    );
  }
  for (const [i, member] of demo.members.entries()) {
    const portrait = await preparePicture(pictures.members[i]!);
    if (!portrait.ok) throw new Error(`portrait of ${member.handle}`);
    await savePictureFiles(mediaDir, portrait.value);
    await db.write(async (tx) => {
      await tx
        .update(tx.t.accounts)
        .set({ state: 'active', text: member.text, emailConfirmed: site.now() })
        .where(eq(tx.t.accounts.handle, member.handle));
      await tx
        .update(tx.t.actors)
        .set({ html: renderMarkdown(member.text), icon: mediaUrl(site, portrait.value.key, 320) })
        .where(eq(tx.t.actors.uri, actorUri(site, member.handle)));
      if (member.attested !== undefined) {
        const by = actorUri(site, demo.members[0]!.handle);
        const until = new Date(site.now().getTime() + YEAR_MS).toISOString().slice(0, 10);
        const who = { by, member: actorUri(site, member.handle), may: [member.attested] };
        await attest(tx, site, who, { code: member.attested, until, note: 'Carte professionnelle vue.' });
      }
      await tx.delete(tx.t.jobs).where(eq(tx.t.jobs.type, 'mail'));
    });
  }
  for (const i of mixed(demo.listings))
    await seedListing(node, demo, demo.listings[i]!, places, mediaDir, pictures.listings[i]!);
  return true;
};

/** Kinds take turns, as they do where people publish, so that the newest six are not of one kind. @returns indices */
const mixed = (listings: DemoListing[]): number[] => {
  const places = new Map<string, number>();
  return listings
    .map((listing, index) => {
      const place = places.get(listing.kind) ?? 0;
      places.set(listing.kind, place + 1);
      return { index, place };
    })
    .toSorted((a, b) => a.place - b.place)
    .map((one) => one.index);
};

const seedListing = async (
  node: Node,
  demo: DemoNode,
  listing: DemoListing,
  places: Places,
  mediaDir: string,
  jpeg: Buffer,
): Promise<void> => {
  const { db, site } = node;
  const read = readListing(
    {
      kind: listing.kind,
      purpose: listing.request === true ? 'request' : 'offer',
      title: listing.title,
      text: listing.text,
      ...priceOf(listing.price),
      place: listing.place,
      audience: listing.audience ?? 'public',
      language: demo.language,
      ...(listing.unit === undefined ? {} : { unit: listing.unit }),
      ...(listing.quantity === undefined ? {} : { quantity: String(listing.quantity) }),
      ...(listing.tags === undefined ? {} : { tags: listing.tags }),
      ...(listing.reserved === undefined ? {} : { access: 'reserved', attestations: listing.reserved }),
      ...listing.attributes,
    },
    { kinds: demo.kinds, findPlace: (name) => places.find(name), townOf: (at) => places.townOf(at), now: site.now() },
  );
  if (!read.ok) throw new Error(`${demo.name}, "${listing.title}": ${JSON.stringify(read.errors)}`);
  const picture = await preparePicture(jpeg);
  if (!picture.ok) throw new Error(`picture of "${listing.title}"`);
  await savePictureFiles(mediaDir, picture.value);
  await db.write(async (tx) => {
    const row = await createListing(tx, site, listing.by, read.value, 'draft');
    await attachPicture(tx, site.now(), picture.value, {
      owner: row.publisher,
      listing: row.id,
      alt: listing.title,
      position: 0,
    });
    await moveListing(tx, site, row, 'published');
  });
};
