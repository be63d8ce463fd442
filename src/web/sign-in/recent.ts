/** How long ago, and by how much, whoever is signed in has proved who they are. */
import { hasCodes } from '#domain/sign-in/codes.ts';
import { type Ctx, type WebDeps, viewerOf } from '../context.ts';

/** What a member signs in with is changed only for so long after a proof. */
const CHANGES_MS = 15 * 60_000;

/**
 * @param ms how long the proof is good for
 * @param strong are two factors asked for, whatever the account has? With codes it is always both
 */
export const provedWithin = async (deps: WebDeps, c: Ctx, ms: number, strong: boolean): Promise<boolean> => {
  const viewer = viewerOf(c);
  if (viewer === undefined) return false;
  const { session, account } = viewer;
  const age = deps.site.now().getTime() - session.confirmed.getTime();
  if (age > ms) return false;
  return session.strong || (!strong && !(await hasCodes(deps.db.read, account.id)));
};

/** May what this member signs in with be changed now? @param sent a form that was opened in time may come a little later */
export const mayChange = (deps: WebDeps, c: Ctx, sent = false): Promise<boolean> =>
  provedWithin(deps, c, sent ? 2 * CHANGES_MS : CHANGES_MS, false);

export const PROOF_PATH = '/password-confirmation';
/** Where to prove it. @param next local path that is come back to */
export const proofOf = (next: string): string => `${PROOF_PATH}?next=${encodeURIComponent(next)}`;
