/** What a cooperative attests of its members: a list that its admins edit, and that begins with some that most need. */
import { asc, eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import type { Texts } from '#db/schema/attestations.ts';
import { ATTESTATION_CODE } from '../listing-access.ts';
import { checkText } from '../text.ts';
import { type FieldError, LOCALES, type Result, fail, ok } from '../types.ts';

export type AttestationKind = Reader['t']['attestationKinds']['$inferSelect'];
export const KINDS_MAX = 40;
const NAME_MAX = 60;
const TEXT_MAX = 500;

/** What the list is before anybody has changed it. */
const FIRST: Omit<AttestationKind, 'position' | 'retired'>[] = [
  {
    code: 'identity-checked',
    names: { fr: 'Identité vérifiée', en: 'Identity checked' },
    texts: {
      fr: 'Une personne de la coopérative a vu une pièce d’identité au nom du compte.',
      en: 'Somebody of the cooperative has seen proof of identity in the name of the account.',
    },
  },
  {
    code: 'care-worker',
    names: { fr: 'Personnel soignant', en: 'Care worker' },
    texts: {
      fr: 'La personne travaille dans le soin ou s’y forme\u00A0: hôpital, clinique, EHPAD, aide à domicile. Une carte professionnelle ou une attestation de l’employeur a été vue.',
      en: 'They work or train in care: hospital, clinic, care home, help at home. A professional card or a letter of the employer was seen.',
    },
  },
  {
    code: 'producer',
    names: { fr: 'Production locale', en: 'Producer' },
    texts: {
      fr: 'La personne produit elle-même ce qu’elle propose\u00A0; la coopérative connaît la ferme ou l’atelier.',
      en: 'They make or grow themselves what they offer; the cooperative knows the farm or workshop.',
    },
  },
  {
    code: 'professional',
    names: { fr: 'Activité professionnelle', en: 'Professional' },
    texts: {
      fr: 'La personne exerce une activité déclarée et assurée\u00A0; un numéro SIRET et une attestation d’assurance ont été vus.',
      en: 'They run a registered and insured business; the registration and the insurance were seen.',
    },
  },
];

/** The list, in its order, with those that are not given any more. */
export const attestationKinds = async (db: Reader): Promise<AttestationKind[]> => {
  const rows = await db
    .select()
    .from(db.t.attestationKinds)
    .orderBy(asc(db.t.attestationKinds.position), asc(db.t.attestationKinds.code))
    .limit(KINDS_MAX * 2);
  return rows.length > 0 ? rows : FIRST.map((kind, position) => ({ ...kind, position, retired: null }));
};

/** Those that may be given today. */
export const givenKinds = async (db: Reader): Promise<AttestationKind[]> =>
  (await attestationKinds(db)).filter((kind) => kind.retired === null);

/** @returns a text in the reader's language, or in whichever there is; `fallback` if there is none */
export const inLanguage = (texts: Texts | undefined, locale: string, fallback = ''): string =>
  texts?.[locale] || texts?.['fr'] || texts?.['en'] || Object.values(texts ?? {})[0] || fallback;

/** From the first change on the list is the cooperative's own. */
const own = async (tx: Tx): Promise<AttestationKind[]> => {
  const { attestationKinds: k } = tx.t;
  if ((await tx.$count(k)) === 0)
    await tx.insert(k).values(FIRST.map((kind, position) => ({ ...kind, position, retired: null })));
  return attestationKinds(tx);
};

export type KindInput = { code: string; names: Texts; texts: Texts };

/** @returns faults of `code`, `names.fr`, `texts.en` and so on */
export const checkKind = (input: KindInput): FieldError[] => [
  ...(ATTESTATION_CODE.test(input.code) ? [] : [{ field: 'code', code: 'attestations.code' }]),
  ...LOCALES.flatMap((locale) => [
    ...checkText(`names.${locale}`, input.names[locale] ?? '', { min: 2, max: NAME_MAX }),
    ...checkText(`texts.${locale}`, input.texts[locale] ?? '', { max: TEXT_MAX }),
  ]),
];

/** Adds one to the list, or changes the words of one. @param fresh a code that is there already is a fault */
export const saveKind = async (tx: Tx, input: KindInput, fresh: boolean): Promise<Result<void>> => {
  const errors = checkKind(input);
  if (errors.length > 0) return fail(...errors);
  const { attestationKinds: k } = tx.t;
  const kinds = await own(tx);
  const there = kinds.some((kind) => kind.code === input.code);
  if (fresh && there) return fail({ field: 'code', code: 'attestations.codeThere' });
  if (!there && !fresh) return fail({ field: 'code', code: 'attestations.codeGone' });
  if (!there && kinds.length >= KINDS_MAX) return fail({ field: 'code', code: 'tooMany', params: { max: KINDS_MAX } });
  const words = { names: input.names, texts: input.texts };
  if (there) await tx.update(k).set(words).where(eq(k.code, input.code));
  else await tx.insert(k).values({ code: input.code, ...words, position: kinds.length, retired: null });
  return ok(undefined);
};

/** Gives no new ones any more, or does again. */
export const retireKind = async (tx: Tx, now: Date, code: string, retired: boolean): Promise<void> => {
  const { attestationKinds: k } = tx.t;
  await own(tx);
  await tx
    .update(k)
    .set({ retired: retired ? now : null })
    .where(eq(k.code, code));
};
