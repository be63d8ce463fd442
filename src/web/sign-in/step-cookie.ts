/** The cookie that ties a step of a sign-in to the browser that began it. */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { STEP_MS } from '#domain/sign-in/steps.ts';
import type { Ctx } from '../context.ts';

const nameOf = (c: Ctx): string => (c.get('asked').secure ? '__Host-step' : 'step');
const optionsOf = (c: Ctx) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'Lax' as const,
  secure: c.get('asked').secure,
});

/** @returns '' if there is none */
export const stepSecret = (c: Ctx): string => getCookie(c, nameOf(c)) ?? '';
export const setStepCookie = (c: Ctx, secret: string): void =>
  setCookie(c, nameOf(c), secret, { ...optionsOf(c), maxAge: STEP_MS / 1_000 });
export const dropStepCookie = (c: Ctx): void => {
  deleteCookie(c, nameOf(c), optionsOf(c));
};
