/**
 * Asks once more who it is before something that cannot be undone, or carries an account away: the password, and a
 * one-time code where the account has them. Guessing is slow, and all doors count together: there is one gate in a node.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { verifyPassword } from '#domain/passwords.ts';
import type { AccountRow, Proof } from '#domain/sessions.ts';
import { hasCodes } from '#domain/sign-in/codes.ts';
import { type FieldError, type Result, fail, ok } from '#domain/types.ts';
import { type Ctx, type Posted, type WebDeps, viewerOf } from '../context.ts';
import type { CodeGate } from '../sign-in/code-gate.ts';
import { type FormState, input } from '../ui/forms.ts';
import { type Html, html } from '../ui/html.ts';

/** What the two are called in a form. */
export type ProofFields = { password: string; code: string };
export const PROOF_FIELDS: ProofFields = { password: 'currentPassword', code: 'code' };

/**
 * @param others faults of the rest of the form: no code is used up for what is refused anyway
 * @returns what it was proved by; errors at the given fields (required, wrongPassword, wrongCode, tooManyTries), and the others
 */
export type PasswordGate = (
  account: AccountRow,
  form: Pick<Posted, 'text'>,
  fields: ProofFields,
  others?: FieldError[],
) => Promise<Result<Proof>>;

export const createPasswordGate = ({ db }: Pick<WebDeps, 'db'>, codes: CodeGate): PasswordGate => {
  const tries = new RateLimiterMemory({ points: 8, duration: 15 * 60 });
  const faultOf = async (account: AccountRow, password: string): Promise<string | undefined> => {
    if (password === '') return 'required';
    const free = await tries.consume(account.id).then(
      () => true,
      () => false,
    );
    if (!free) return 'tooManyTries';
    if (!(await verifyPassword(account.passwordHash, password))) return 'wrongPassword';
    await tries.delete(account.id);
    return undefined;
  };
  return async (account, form, fields, others = []) => {
    const wrong = await faultOf(account, form.text(fields.password));
    if (wrong !== undefined) return fail({ field: fields.password, code: wrong }, ...others);
    if (others.length > 0) return fail(...others);
    if (!(await hasCodes(db.read, account.id))) return ok('password');
    const taken = await codes(account, form.text(fields.code), async () => undefined);
    return taken.ok ? ok('strong') : fail(...taken.errors.map((error) => ({ ...error, field: fields.code })));
  };
};

/** The inputs that the gate reads, of whoever is signed in. */
export const proofInputs = async (
  deps: Pick<WebDeps, 'db'>,
  c: Ctx,
  form: FormState,
  fields: ProofFields,
): Promise<Html> => {
  const { t } = c.get('asked');
  const password = input(form, fields.password, {
    label: t(fields.password === 'password' ? 'fields.password' : 'fields.currentPassword'),
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  if (!(await hasCodes(deps.db.read, viewerOf(c)!.account.id))) return password;
  return html`${password}
${input(form, fields.code, { label: t('waysIn.code'), hint: t('waysIn.codeHint'), autocomplete: 'one-time-code', required: true, short: true })}`;
};
