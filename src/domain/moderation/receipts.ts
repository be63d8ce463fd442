/**
 * Links by which somebody who is not signed in, or no longer can be, comes back to what concerns them: their report,
 * a decision about them, or what became of their farewell. Nothing is kept for it: the key is made of the row's id and a secret of the node.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { Site } from '../site.ts';

const SECRET = 'receipt-secret';
const PAGES = { report: 'reports', statement: 'statements', closure: 'closures' } as const;
type Page = keyof typeof PAGES;

const secretOf = async (db: Reader): Promise<string | undefined> => {
  const [row] = await db.select().from(db.t.facts).where(eq(db.t.facts.key, SECRET)).limit(1);
  return row?.value;
};

const keyOf = (secret: string, page: Page, id: string): string =>
  createHmac('sha256', secret).update(`${page} ${id}`).digest('base64url').slice(0, 32);

/** @returns the path of the page, with the key that opens it to whoever has the link */
export const receiptPath = async (tx: Tx, page: Page, id: string): Promise<string> => {
  await tx
    .insert(tx.t.facts)
    .values({ key: SECRET, value: randomBytes(32).toString('base64url') })
    .onConflictDoNothing();
  return `/${PAGES[page]}/${id}.${keyOf((await secretOf(tx)) ?? '', page, id)}`;
};
/** The same as a whole address, for a letter. */
export const receiptLink = async (tx: Tx, site: Site, page: Page, id: string): Promise<string> =>
  `${site.origin}${await receiptPath(tx, page, id)}`;

/**
 * Reads `ID` or `ID.KEY` as it stands in the path.
 * @returns the id, and whether the key opens it
 */
export const readReceipt = async (db: Reader, page: Page, text: string): Promise<{ id: string; opened: boolean }> => {
  const [id = '', key = ''] = text.split('.');
  const secret = await secretOf(db);
  if (secret === undefined || key === '') return { id, opened: false };
  const [right, given] = [Buffer.from(keyOf(secret, page, id)), Buffer.from(key)];
  return { id, opened: right.length === given.length && timingSafeEqual(right, given) };
};
