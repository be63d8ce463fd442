/** What every signed token from elsewhere must pass before a signature is even tried. */
import { decodeProtectedHeader } from 'jose';

/** Characters. Ours have a few hundred; a statement has some thousand. */
export const MAX_TOKEN = 8_192;
export const ALGS = ['EdDSA', 'ES256'];
/** Parameters by which a token would bring its own key, or demand what we do not know. */
const FORBIDDEN = ['jwk', 'jku', 'x5c', 'x5u', 'crit', 'b64', 'zip', 'enc'];

export type Checked = { ok: true; kid: string | undefined; alg: string } | { ok: false; reason: string };

/**
 * Is it a compact JWS of the right kind? Its signature is still to be verified.
 * @param typ types that it may have; `undefined` among them: none at all
 */
export const checkCompact = (token: unknown, typ: (string | undefined)[], max = MAX_TOKEN): Checked => {
  if (typeof token !== 'string') return { ok: false, reason: 'It is no text.' };
  if (token.length > max) return { ok: false, reason: `It is longer than ${max} characters.` };
  if (token.split('.').length !== 3) return { ok: false, reason: 'It is no signed token of three parts.' };
  let header: Record<string, unknown>;
  try {
    header = { ...decodeProtectedHeader(token) };
  } catch {
    return { ok: false, reason: 'Its header cannot be read.' };
  }
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !ALGS.includes(alg))
    return { ok: false, reason: `It is signed by ${String(alg)}, and only ${ALGS.join(' and ')} are taken.` };
  const odd = FORBIDDEN.find((name) => Object.hasOwn(header, name));
  if (odd !== undefined) return { ok: false, reason: `Its header has ${odd}.` };
  const said =
    typeof header['typ'] === 'string' ? header['typ'].toLowerCase().replace(/^application\//, '') : undefined;
  if (!typ.includes(said)) return { ok: false, reason: `It is of the type ${said ?? 'none'}.` };
  return { ok: true, alg, kid: typeof kid === 'string' ? kid : undefined };
};
