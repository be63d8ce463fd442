/** Asks for a one-time code wherever one is due, and makes guessing slow: all its doors count together. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Tx } from '#db/database.ts';
import type { AccountRow } from '#domain/sessions.ts';
import { countRecovery, takeCode } from '#domain/sign-in/codes.ts';
import { tellMember } from '#domain/sign-in/words.ts';
import { type Result, fail, ok } from '#domain/types.ts';
import type { WebDeps } from '../context.ts';

const TRIES = 5;

/**
 * @param then what the right code opens, in the transaction in which it is used up
 * @returns errors on `code`: required, wrongCode, tooManyTries
 */
export type CodeGate = <T>(account: AccountRow, typed: string, then: (tx: Tx) => Promise<T>) => Promise<Result<T>>;

export const createCodeGate = ({ db, site }: Pick<WebDeps, 'db' | 'site'>): CodeGate => {
  const tries = new RateLimiterMemory({ points: TRIES, duration: 15 * 60 });
  return async (account, typed, then) => {
    if (typed.trim() === '') return fail({ field: 'code', code: 'required' });
    const turn: unknown = await tries.consume(account.id).catch((refused: unknown) => refused);
    if (!(turn instanceof RateLimiterRes) || turn.consumedPoints > TRIES) {
      // Whoever comes so far knows the password: its owner should hear of it, once.
      if (turn instanceof RateLimiterRes && turn.consumedPoints === TRIES + 1)
        await db.write((tx) => tellMember(tx, site, account, 'codesGuessed', {}, '/account/settings'));
      return fail({ field: 'code', code: 'tooManyTries' });
    }
    const opened = await db.write(async (tx) => {
      const taken = await takeCode(tx, site.now(), account.id, typed);
      if (taken === undefined) return undefined;
      if (taken === 'recovery')
        await tellMember(tx, site, account, 'recoveryUsed', { left: String(await countRecovery(tx, account.id)) });
      return { value: await then(tx) };
    });
    if (opened === undefined) return fail({ field: 'code', code: 'wrongCode' });
    await tries.delete(account.id);
    return ok(opened.value);
  };
};
