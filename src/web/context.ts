/** What every page knows: who asks, in which language, of which cooperative; and how an answer is made. */
import type { Context } from 'hono';
import type { Database } from '#db/database.ts';
import type { Viewer } from '#domain/catalogue.ts';
import { type CooperativeRow, getCooperative } from '#domain/cooperative.ts';
import { countUnread } from '#domain/conversations.ts';
import { mediaUrl } from '#domain/media.ts';
import type { RemotePictures } from '#domain/pictures/remote.ts';
import type { Places } from '#domain/places.ts';
import { type Guest, GUEST_MS, readGuest } from '#domain/identity/guests.ts';
import type { IdentityPort } from '#domain/identity/ports.ts';
import type { BackupPort, FederationPort, MailPort, OperationPort } from '#domain/ports.ts';
import { SESSION_MS, type SignedIn, isStale, readSession, touchSession } from '#domain/sessions.ts';
import type { Site } from '#domain/site.ts';
import { type Locale, type Role, ROLES } from '#domain/types.ts';
import type { Limits } from '#src/limits.ts';
import { describe, log } from '#src/log.ts';
import { dropCookie, putCookie, readCookie } from './cookies.ts';
import type { Html } from './ui/html.ts';
import { type Frame, type Head, layout } from './ui/layout.ts';
import { type Translator, chooseLocale, translator } from './ui/locale.ts';
import { readFields } from './unsafe.ts';

export type WebDeps = {
  db: Database;
  site: Site;
  federation: FederationPort;
  identity: IdentityPort;
  operation: OperationPort;
  mail: MailPort;
  backups: BackupPort;
  limits: Limits['web'];
  pictures: RemotePictures;
  places: Places;
  mediaDir: string;
  /** Files that members take along, and bring. */
  movingDir: string;
  mailConfigured: boolean;
  trustedProxies: string[];
  secureCookies: boolean;
};
/** `formTargets`: origins beside ours to which a form of this page may lead. */
export type Vars = { asked: Asked; formTargets: string[] | undefined };
export type WebEnv = { Bindings: { address: string }; Variables: Vars };
export type Ctx = Context<WebEnv>;

/** What is known of a request. */
export type Asked = {
  t: Translator;
  locale: Locale;
  cooperative: CooperativeRow | undefined;
  viewer: SignedIn | undefined;
  /** A member of a partner who is signed in by their own cooperative. */
  guest: Guest | undefined;
  unread: number;
  /** Are cookies for https alone? */
  secure: boolean;
};

/** Reads session, language and cooperative, once per request. */
export const ask = async (deps: WebDeps, c: Ctx): Promise<Asked> => {
  const secret = readCookie(c, deps.secureCookies, 'session');
  const now = deps.site.now();
  const viewer = secret === undefined ? undefined : await readSession(deps.db.read, now, secret);
  const visiting = viewer === undefined ? readCookie(c, deps.secureCookies, 'guest') : undefined;
  const guest = visiting === undefined ? undefined : await readGuest(deps.db.read, now, visiting);
  // Reading goes on while nothing can be written: the next page notes it.
  if (viewer !== undefined && isStale(viewer.session, now))
    await deps.db
      .write((tx) => touchSession(tx, now, viewer.session.hash))
      .catch((error: unknown) => log.web.warning('A session was not noted: {error}', { error: describe(error) }));
  const locale = chooseLocale(
    c.req.header('accept-language'),
    readCookie(c, deps.secureCookies, 'locale'),
    viewer?.account.locale,
  );
  return {
    t: translator(locale),
    locale,
    cooperative: await getCooperative(deps.db.read),
    viewer,
    guest,
    unread: viewer === undefined ? 0 : await countUnread(deps.db.read, viewer.actor.uri),
    secure: deps.secureCookies,
  };
};

export const signInCookie = (deps: WebDeps, c: Ctx, secret: string): void =>
  putCookie(c, deps.secureCookies, 'session', secret, SESSION_MS / 1_000);
export const signOutCookie = (deps: WebDeps, c: Ctx): void => {
  dropCookie(c, deps.secureCookies, 'session');
};

/** @param secret of a guest's session; undefined = it is over */
export const setGuestCookie = (deps: WebDeps, c: Ctx, secret: string | undefined): void => {
  if (secret === undefined) dropCookie(c, deps.secureCookies, 'guest');
  else putCookie(c, deps.secureCookies, 'guest', secret, GUEST_MS / 1_000);
};

const frameOf = (deps: WebDeps, c: Ctx): Frame => {
  const { t, cooperative, viewer, guest, unread } = c.get('asked');
  const flash = readCookie(c, deps.secureCookies, 'flash');
  if (flash !== undefined) dropCookie(c, deps.secureCookies, 'flash');
  return {
    t,
    path: c.req.path,
    ...(cooperative === undefined
      ? {}
      : {
          cooperative: {
            name: cooperative.name,
            accent: cooperative.accent,
            showRules: cooperative.showRules,
            ...(cooperative.logo === null
              ? {}
              : { logo: new URL(mediaUrl(deps.site, cooperative.logo, 320)).pathname }),
          },
        }),
    ...(viewer === undefined
      ? {}
      : { viewer: { handle: viewer.account.handle, role: viewer.account.role, unread, csrf: viewer.session.csrf } }),
    ...(guest === undefined
      ? {}
      : {
          guest: {
            name: guest.actor.name,
            home: guest.peer.name,
            origin: new URL(guest.peer.nodeActor).origin,
            csrf: guest.session.csrf,
          },
        }),
    // A word of ours and nothing else: a cookie can be planted from a neighbouring name.
    ...(flash === undefined || !/^\w{1,40}$/.test(flash) ? {} : { flash: t.any(`flash.${flash}`) }),
  };
};

/** A page. @param status 200, or 422 when a form came back */
export const page = async (
  deps: WebDeps,
  c: Ctx,
  head: Head,
  body: Html,
  status: 200 | 400 | 403 | 404 | 410 | 413 | 422 | 429 | 500 | 503 = 200,
): Promise<Response> => c.html(await layout(frameOf(deps, c), head, body), status);

/** To another page after something was done. @param flash key under `flash.` of what is said there */
export const done = (c: Ctx, to: string, flash?: string): Response => {
  if (flash !== undefined) putCookie(c, c.get('asked').secure, 'flash', flash, 60);
  return c.redirect(to, 303);
};

/** Where to after signing in: only a path of this site, as a browser would read it (it drops tabs, and turns `\` into `/`). */
export const localPath = (text: string | undefined): string => {
  const base = 'http://here.invalid';
  if (text === undefined || !text.startsWith('/') || !URL.canParse(text, base)) return '/';
  const url = new URL(text, base);
  return url.origin === base ? `${url.pathname.replace(/^\/{2,}/, '/')}${url.search}${url.hash}` : '/';
};

export const guestOf = (c: Ctx): Guest | undefined => c.get('asked').guest;
/** As far as the catalogue is concerned. */
export const lookerOf = (c: Ctx): Viewer => {
  const { viewer, guest } = c.get('asked');
  return { member: viewer !== undefined, ...(guest === undefined ? {} : { guest: guest.peer }) };
};

/** The token that a program brings (RFC 6750). */
export const bearerOf = (c: Ctx): string | undefined =>
  /^Bearer +([\w-]{1,200})$/i.exec(c.req.header('authorization') ?? '')?.[1];

/** @returns who is signed in, or undefined: then answer with `toSignIn` */
export const viewerOf = (c: Ctx): SignedIn | undefined => c.get('asked').viewer;
/** Path and query of a page that was asked for. */
export const askedFor = (c: Ctx): string => `${c.req.path}${c.req.method === 'GET' ? new URL(c.req.url).search : ''}`;
export const toSignIn = (c: Ctx): Response => c.redirect(`/sign-in?next=${encodeURIComponent(askedFor(c))}`, 303);
export const hasRole = (viewer: SignedIn, role: Role): boolean =>
  ROLES.findIndex((one) => one === viewer.account.role) >= ROLES.indexOf(role);

export type Posted = {
  text(name: string): string;
  all(name: string): string[];
  files(name: string): File[];
  values: Record<string, string | string[]>;
};

/** The body is no form: a program's mistake, or a request that was cut off. */
export class UnreadableForm extends Error {
  override name = 'UnreadableForm';
}

/** The fields of a posted form. @throws UnreadableForm */
export const posted = async (c: Ctx): Promise<Posted> => {
  const form = await c.req.formData().catch((error: unknown) => {
    throw new UnreadableForm('The body is no form.', { cause: error });
  });
  const { values, files } = readFields(form);
  const all = (name: string): string[] => {
    const value = values[name];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  };
  return {
    text: (name) => all(name)[0] ?? '',
    all,
    files: (name) => (files.get(name) ?? []).filter((file) => file.size > 0),
    values,
  };
};

/** Does a form of a signed-in member carry the session's own token? */
export const isOwnForm = (c: Ctx, form: Posted): boolean => {
  const viewer = viewerOf(c);
  return viewer !== undefined && form.text('csrf') === viewer.session.csrf;
};
