/**
 * Every cookie of ours, named and set in one place. Under https each is `__Host-`: a browser then takes it from this
 * host alone, for all paths, and a neighbouring name of the same domain can plant none of them.
 */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

export type CookieName = 'session' | 'guest' | 'step' | 'passkey' | 'away' | 'oidc_interaction' | 'flash' | 'locale';

const nameOf = (secure: boolean, name: CookieName): string => (secure ? `__Host-${name}` : name);
const optionsOf = (secure: boolean) => ({ path: '/', httpOnly: true, sameSite: 'Lax' as const, secure });

/** @param secure is the node reached by https? */
export const readCookie = (c: Context, secure: boolean, name: CookieName): string | undefined =>
  getCookie(c, nameOf(secure, name));
/** @param maxAge seconds */
export const putCookie = (c: Context, secure: boolean, name: CookieName, value: string, maxAge: number): void =>
  setCookie(c, nameOf(secure, name), value, { ...optionsOf(secure), maxAge });
export const dropCookie = (c: Context, secure: boolean, name: CookieName): void => {
  deleteCookie(c, nameOf(secure, name), optionsOf(secure));
};
