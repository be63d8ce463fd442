/** Reads what a browser says in a passkey's name: short, of the right shape, and without certificates. */
import { z } from 'zod';

const LONGEST = 16_000;
const bytes = z.string().regex(/^[\w-]{1,8000}$/);
const common = { id: bytes, rawId: bytes, type: z.literal('public-key') };
const Assertion = z.object({
  ...common,
  response: z.object({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: bytes.optional(),
  }),
});
const NewKey = z.object({
  ...common,
  response: z.object({
    clientDataJSON: bytes,
    attestationObject: bytes,
    transports: z
      .array(z.string().regex(/^[\w-]{1,20}$/))
      .max(10)
      .optional(),
  }),
});

const parse = (text: string): unknown => {
  if (text.length > LONGEST) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** @returns the answer of a passkey that is known, or undefined if it is none */
export const readAssertion = (text: string) => {
  const read = Assertion.safeParse(parse(text));
  if (!read.success) return undefined;
  const { id, rawId, type, response } = read.data;
  const { userHandle, ...rest } = response;
  return {
    id,
    rawId,
    type,
    clientExtensionResults: {},
    response: { ...rest, ...(userHandle === undefined ? {} : { userHandle }) },
  };
};

/**
 * We ask for no attestation, so browsers send none, or one that the key signs itself. Whatever comes with certificates
 * is refused unread: to check them the library would ask addresses that stand in them.
 * @returns the answer of a new passkey, or undefined if it is none
 */
export const readNewKey = async (text: string) => {
  const read = NewKey.safeParse(parse(text));
  if (!read.success) return undefined;
  const { id, rawId, type, response } = read.data;
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  try {
    const attestation = decodeAttestationObject(Uint8Array.from(Buffer.from(response.attestationObject, 'base64url')));
    const format = attestation.get('fmt');
    const own = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined;
    if (format !== 'none' && !own) return undefined;
  } catch {
    return undefined;
  }
  const { transports, ...rest } = response;
  return {
    id,
    rawId,
    type,
    clientExtensionResults: {},
    response: { ...rest, ...(transports === undefined ? {} : { transports }) },
  };
};
