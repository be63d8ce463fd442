/** Passwords: argon2id, and what makes one good enough. */
import { hash, verify } from '@node-rs/argon2';
import type { FieldError } from './types.ts';

/** OWASP's second choice of parameters: 19 MiB, two passes. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Verified against when there is no such account, so that both answers take as long. */
let dummy: Promise<string> | undefined;

const COMMON = new Set([
  'motdepasse',
  'motdepasse1',
  'password12',
  'password123',
  'azertyuiop',
  'qwertyuiop',
  '1234567890',
  '0123456789',
  'bonjour123',
  'cooperative',
  'coopérative',
]);

/** @returns what is wrong with a new password, if anything: passwordShort, tooLong, passwordCommon, passwordOwn */
export const checkPassword = (field: string, password: string, own: string[]): FieldError | undefined => {
  if (password.length < 10) return { field, code: 'passwordShort', params: { min: 10 } };
  if (password.length > 200) return { field, code: 'tooLong', params: { max: 200 } };
  const lower = password.toLowerCase();
  if (COMMON.has(lower) || /^(.)\1+$/u.test(password)) return { field, code: 'passwordCommon' };
  if (own.some((word) => word !== '' && lower === word.toLowerCase())) return { field, code: 'passwordOwn' };
  return undefined;
};

/** Takes some dozen milliseconds of a thread: call it before the transaction. */
export const hashPassword = (password: string): Promise<string> => hash(password, OPTIONS);

/** @param stored undefined when there is no such account: takes as long, and is false */
export const verifyPassword = async (stored: string | undefined, password: string): Promise<boolean> => {
  dummy ??= hashPassword('nobody has this password');
  const right = await verify(stored ?? (await dummy), password.slice(0, 200)).catch(() => false);
  return stored !== undefined && right;
};
