/** The cooperative that this node belongs to: set up once, changed by its admins. */
import { eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { type KeyPairs, createActor, updateActor } from './actors.ts';
import { audit } from './audit.ts';
import { renderMarkdown } from './html.ts';
import { HANDLE, NODE_HANDLE, RESERVED_HANDLES, actorUri, newId } from './ids.ts';
import { checkPassword } from './passwords.ts';
import { decimal } from './read.ts';
import type { Site } from './site.ts';
import { checkText } from './text.ts';
import { type FieldError, KINDS, LOCALES, type Result, SIGN_UP_RULES, type SignUpRule, fail, ok } from './types.ts';

export type CooperativeRow = Reader['t']['cooperative']['$inferSelect'];
const ROW = 'main';
export const DEFAULT_ACCENT = '#1C6349';
/** Languages that a cooperative may say it speaks. */
export const LANGUAGES = ['fr', 'en', 'it', 'es', 'de', 'pt', 'nl', 'ca', 'eu', 'br', 'oc', 'ar'] as const;

export const getCooperative = async (db: Reader): Promise<CooperativeRow | undefined> => {
  const [row] = await db.select().from(db.t.cooperative).limit(1);
  return row;
};

/** As typed in a form or given by flags. */
export type CooperativeInput = {
  name?: string;
  handle?: string;
  summary?: string;
  territory?: string;
  latitude?: string;
  longitude?: string;
  radiusKm?: string;
  languages?: string[];
  kinds?: string[];
  signUpRule?: string;
  accent?: string;
  charterUrl?: string;
};
export type CooperativeValue = {
  name: string;
  handle: string;
  summary: string;
  territoryName: string;
  latitude: number | null;
  longitude: number | null;
  radiusKm: number;
  languages: string[];
  kinds: string[];
  signUpRule: SignUpRule;
  accent: string;
  charterUrl: string | null;
};
export type AdminInput = { name?: string; handle?: string; email?: string; password?: string };

type FindPlace = (name: string) => { name: string; latitude: number; longitude: number } | undefined;

/** Checks all fields at once. @param findPlace gives the territory its centre when it was typed as a name */
export const readCooperative = (input: CooperativeInput, findPlace: FindPlace): Result<CooperativeValue> => {
  const errors: FieldError[] = [];
  const name = (input.name ?? '').trim();
  errors.push(...checkText('name', name, { min: 2, max: 80 }));
  const handle = (input.handle ?? '').trim().toLowerCase().replace(/^@/, '');
  errors.push(...checkHandle('handle', handle));
  const summary = (input.summary ?? '').trim();
  errors.push(...checkText('summary', summary, { max: 500 }));
  const territoryName = (input.territory ?? '').trim();
  const place = territoryName === '' ? undefined : findPlace(territoryName);
  const typed =
    input.latitude !== undefined && input.latitude !== '' && input.longitude !== undefined && input.longitude !== '';
  const [latitude, longitude] = typed
    ? [Number(input.latitude), Number(input.longitude)]
    : [place?.latitude ?? null, place?.longitude ?? null];
  if (territoryName === '') errors.push({ field: 'territory', code: 'required' });
  else if (latitude === null || longitude === null || Number.isNaN(latitude) || Number.isNaN(longitude))
    errors.push({ field: 'territory', code: 'placeUnknown' });
  const radiusKm = decimal(input.radiusKm ?? '30') ?? 0;
  if (radiusKm < 1 || radiusKm > 2_000)
    errors.push({ field: 'radiusKm', code: 'number', params: { min: 1, max: 2_000 } });
  const languages = (input.languages ?? []).filter((language) => LANGUAGES.some((known) => known === language));
  if (languages.length === 0) errors.push({ field: 'languages', code: 'chooseOne' });
  const kinds = KINDS.filter((kind) => input.kinds?.includes(kind));
  if (kinds.length === 0) errors.push({ field: 'kinds', code: 'chooseOne' });
  const signUpRule = SIGN_UP_RULES.find((rule) => rule === input.signUpRule);
  if (signUpRule === undefined)
    errors.push({ field: 'signUpRule', code: 'choice', params: { allowed: SIGN_UP_RULES.join(', ') } });
  const accent = input.accent === undefined || input.accent === '' ? DEFAULT_ACCENT : input.accent;
  if (!/^#[0-9a-f]{6}$/i.test(accent)) errors.push({ field: 'accent', code: 'colour' });
  const charter = (input.charterUrl ?? '').trim();
  const isPage = charter.length <= 300 && URL.canParse(charter) && new URL(charter).protocol === 'https:';
  if (charter !== '' && !isPage) errors.push({ field: 'charterUrl', code: 'httpsUrl' });
  if (errors.length > 0 || signUpRule === undefined) return fail(...errors);
  return ok({
    name,
    handle,
    summary,
    territoryName: place?.name ?? territoryName,
    latitude,
    longitude,
    radiusKm,
    languages,
    kinds,
    signUpRule,
    accent,
    charterUrl: charter === '' ? null : charter,
  });
};

/** What is wrong with a handle, if anything. */
export const checkHandle = (field: string, handle: string): FieldError[] => {
  if (!HANDLE.test(handle)) return [{ field, code: 'handle' }];
  return RESERVED_HANDLES.has(handle) ? [{ field, code: 'handleReserved' }] : [];
};

/** Letters of any script before the @ and in the domain; no blanks, no emoji, nothing that a mail program reads as more. */
export const EMAIL =
  /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,63}$|^[^\s@]{1,64}@[a-z0-9.-]*localhost$/iu;

/** Checks the first admin's fields, named `admin.*`. */
export const readAdmin = (input: AdminInput, cooperativeHandle: string): FieldError[] => {
  const handle = (input.handle ?? '').trim().toLowerCase();
  const errors = checkHandle('admin.handle', handle);
  if (errors.length === 0 && handle === cooperativeHandle) errors.push({ field: 'admin.handle', code: 'handleTaken' });
  errors.push(...checkText('admin.name', input.name ?? '', { min: 1, max: 60 }));
  if (!EMAIL.test((input.email ?? '').trim())) errors.push({ field: 'admin.email', code: 'email' });
  const password = checkPassword('admin.password', input.password ?? '', [input.email ?? '', input.handle ?? '']);
  return password === undefined ? errors : [...errors, password];
};

/** What was made before the transaction, because it takes time. */
export type SetupKeys = { node: KeyPairs; cooperative: KeyPairs; admin: KeyPairs; adminPasswordHash: string };

/**
 * Makes the node's actor, the cooperative and its first admin, all or nothing.
 * @param by who does it, for the log of decisions; the first admin unless said
 * @returns an error `setup.done` if it was set up before
 */
export const setUp = async (
  tx: Tx,
  site: Site,
  value: CooperativeValue,
  admin: Required<AdminInput>,
  keys: SetupKeys,
  locale: string,
  by?: string,
): Promise<Result<CooperativeRow>> => {
  if ((await getCooperative(tx)) !== undefined) return fail({ field: 'setup', code: 'setup.done' });
  const now = site.now();
  await createActor(
    tx,
    site,
    {
      kind: 'node',
      handle: NODE_HANDLE,
      name: `${value.name} (Maillon)`,
      html: renderMarkdown(value.summary),
      url: site.origin,
    },
    keys.node,
  );
  await createActor(
    tx,
    site,
    {
      kind: 'cooperative',
      handle: value.handle,
      name: value.name,
      html: renderMarkdown(value.summary),
      url: site.origin,
      languages: value.languages,
    },
    keys.cooperative,
  );
  const [row] = await tx
    .insert(tx.t.cooperative)
    .values({ id: ROW, ...value, publicOpen: true, created: now, updated: now })
    .returning();
  const handle = admin.handle.trim().toLowerCase();
  const actor = await createActor(tx, site, { kind: 'member', handle, name: admin.name.trim(), html: '' }, keys.admin);
  const email = admin.email.trim();
  await tx.insert(tx.t.accounts).values({
    id: newId(),
    actor: actor.uri,
    handle,
    email,
    emailKey: email.toLowerCase(),
    passwordHash: keys.adminPasswordHash,
    role: 'admin',
    state: 'active',
    locale: LOCALES.find((known) => known === locale) ?? 'fr',
    text: '',
    showProfile: 'public',
    indexable: false,
    mailMessages: true,
    motivation: '',
    emailConfirmed: now,
    created: now,
    updated: now,
  });
  await audit(tx, now, { actor: by ?? handle, action: 'node.setUp', subject: value.handle });
  return ok(row!);
};

/** What new partners are given and taken by default, and whether the partners are published. */
export const setPeeringDefaults = async (
  tx: Tx,
  now: Date,
  value: Pick<CooperativeRow, 'defaultGive' | 'defaultTake' | 'showPartners'>,
): Promise<void> => {
  await tx
    .update(tx.t.cooperative)
    .set({ ...value, updated: now })
    .where(eq(tx.t.cooperative.id, ROW));
};

/** An admin changes the cooperative; its handle stays, for others know it by that. Peers are told. */
export const updateCooperative = async (
  tx: Tx,
  site: Site,
  value: Omit<CooperativeValue, 'handle'> & { publicOpen: boolean },
): Promise<void> => {
  const [row] = await tx
    .update(tx.t.cooperative)
    .set({ ...value, updated: site.now() })
    .where(eq(tx.t.cooperative.id, ROW))
    .returning();
  if (row !== undefined)
    await updateActor(tx, site, actorUri(site, row.handle), {
      name: row.name,
      html: renderMarkdown(row.summary),
      languages: row.languages,
    });
};

/** An admin publishes the monthly statistics, or does so no longer. */
export const publishStatistics = async (tx: Tx, now: Date, statistics: boolean): Promise<void> => {
  await tx.update(tx.t.cooperative).set({ statistics, updated: now }).where(eq(tx.t.cooperative.id, ROW));
};
