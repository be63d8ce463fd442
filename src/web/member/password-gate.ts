/** Asks for the password again before something that cannot be undone; guessing is slow. */
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { verifyPassword } from '#domain/passwords.ts';
import type { AccountRow } from '#domain/sessions.ts';
import type { FieldError } from '#domain/types.ts';

export type PasswordGate = (account: AccountRow, field: string, password: string) => Promise<FieldError | undefined>;

/** @returns a check whose error stands at the given field: required, wrongPassword or tooManyTries */
export const createPasswordGate = (): PasswordGate => {
  const tries = new RateLimiterMemory({ points: 8, duration: 15 * 60 });
  return async (account, field, password) => {
    if (password === '') return { field, code: 'required' };
    const free = await tries.consume(account.id).then(
      () => true,
      () => false,
    );
    if (!free) return { field, code: 'tooManyTries' };
    if (!(await verifyPassword(account.passwordHash, password))) return { field, code: 'wrongPassword' };
    await tries.delete(account.id);
    return undefined;
  };
};
