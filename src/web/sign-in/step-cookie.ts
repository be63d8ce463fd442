/**
 * The cookie that ties a step of a sign-in to the browser that began it. A passkey that may open the account has one of
 * its own: the sign-in page asks for it unasked, which must not end a second step that waits in another tab.
 */
import { STEP_MS } from '#domain/sign-in/steps.ts';
import type { Ctx } from '../context.ts';
import { dropCookie, putCookie, readCookie } from '../cookies.ts';

type StepCookie = 'step' | 'passkey';

/** @returns '' if there is none */
export const stepSecret = (c: Ctx, name: StepCookie = 'step'): string =>
  readCookie(c, c.get('asked').secure, name) ?? '';
export const setStepCookie = (c: Ctx, secret: string, name: StepCookie = 'step'): void =>
  putCookie(c, c.get('asked').secure, name, secret, STEP_MS / 1_000);
export const dropStepCookie = (c: Ctx, name: StepCookie = 'step'): void => {
  dropCookie(c, c.get('asked').secure, name);
};
