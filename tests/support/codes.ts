/** An app that shows one-time codes. */
import { Secret, TOTP } from 'otpauth';
import type { Visited, Visitor } from './visitor.ts';

/** @returns the code of an instant, `steps` of thirty seconds away from it */
export const codeAt = (secret: string, now: Date, steps = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: now.getTime() + steps * 30_000 });

/** The recovery codes on the page that shows them once. */
export const recoveryOn = (page: Visited): string[] =>
  [...page.html.matchAll(/<code>((?:[0-9a-z]{4}-?){4})<\/code>/g)].map((found) => found[1]!);

/** Turns codes on by the pages, as whoever is signed in just now. @returns the app's secret, and the recovery codes */
export const turnCodesOn = async (who: Visitor, now: Date): Promise<{ secret: string; recovery: string[] }> => {
  const asked = await who.send(await who.open('/account/sign-in'), {}, { action: '/account/sign-in/codes' });
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(asked.html)![1]!.replaceAll(' ', '');
  const shown = await who.send(asked, { code: codeAt(secret, now) }, { action: '/account/sign-in/codes/confirmation' });
  return { secret, recovery: recoveryOn(shown) };
};
