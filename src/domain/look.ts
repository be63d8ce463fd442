/** How a cooperative looks: its colour, its logo, and what it says to whoever comes for the first time. */
import { eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { updateActor } from './actors.ts';
import { getCooperative } from './cooperative.ts';
import { actorUri, nodeUri } from './ids.ts';
import { PORTRAIT, forgetFiles } from './media-files.ts';
import { mediaUrl } from './media.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { type FieldError, LOCALES, type Locale } from './types.ts';

export type Look = {
  accent: string;
  welcome: Partial<Record<Locale, string>>;
  /** Key of a prepared picture; null takes the present one away; undefined leaves it. */
  logo?: string | null;
};
const WELCOME_MAX = 3_000;

/** @returns errors on `accent` and `welcome.LOCALE` */
export const checkLook = (look: Look): FieldError[] => [
  ...(/^#[0-9a-f]{6}$/i.test(look.accent) ? [] : [{ field: 'accent', code: 'colour' }]),
  ...LOCALES.flatMap((locale) => checkText(`welcome.${locale}`, look.welcome[locale] ?? '', { max: WELCOME_MAX })),
];

/** Sets it; the logo becomes the icon of the cooperative's and the node's actor, and whoever knows them is told. */
export const setLook = async (tx: Tx, site: Site, look: Look): Promise<void> => {
  const before = await getCooperative(tx);
  if (before === undefined) return;
  const { accent, welcome, logo } = look;
  await tx
    .update(tx.t.cooperative)
    .set({ accent, welcome, ...(logo === undefined ? {} : { logo }), updated: site.now() })
    .where(eq(tx.t.cooperative.id, before.id));
  if (logo === undefined || logo === before.logo) return;
  const icon = logo === null ? null : mediaUrl(site, logo, PORTRAIT);
  for (const uri of [actorUri(site, before.handle), nodeUri(site)]) await updateActor(tx, site, uri, { icon });
  if (before.logo !== null) await forgetFiles(tx, site.now(), [before.logo]);
};

/** What strangers read first, in their language, or in another one that there is. */
export const welcomeIn = (welcome: Record<string, string> | null, locale: Locale): string =>
  [locale, ...LOCALES].map((one) => welcome?.[one]?.trim() ?? '').find((text) => text !== '') ?? '';
