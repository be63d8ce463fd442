/** A device that keeps a passkey, as far as its answers go: it says what it is told to say, and signs it. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { findAccountByHandle } from '#domain/members.ts';
import type { TestNode } from './nodes.ts';

export type Change = { origin?: string; host?: string; flags?: number; counter?: number; type?: string };
export type SoftKey = {
  id: string;
  /** COSE, ES256, in base64url: what a node keeps of it. */
  publicKey: string;
  /** The answer to a challenge. @param change what is not as it should be */
  assertion(challenge: string, change?: Change): string;
  /** The answer when a passkey is made. @param attestation CBOR of `fmt` and `attStmt`; absent = none, as browsers send it */
  fresh(challenge: string, attestation?: Buffer): string;
};

const cborText = (text: string): Buffer => Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
const cborBytes = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0x58, bytes.length]), bytes]);
/** `fmt` and `attStmt` of an attestation. @param certificate what stands as a certificate in it, if anything does; 24 bytes at least, for CBOR's sake */
export const attestationOf = (format: string, certificate?: Buffer): Buffer =>
  Buffer.concat([
    cborText('fmt'),
    cborText(format),
    cborText('attStmt'),
    certificate === undefined
      ? Buffer.from([0xa0])
      : Buffer.concat([Buffer.from([0xa1]), cborText('x5c'), Buffer.from([0x81]), cborBytes(certificate)]),
  ]);

/** @param name by which it is told from others */
export const softKey = (node: Pick<TestNode, 'origin'>, name: string): SoftKey => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const cose = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x!, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y!, 'base64url'),
  ]);
  const id = Buffer.from(name);
  const clientOf = (type: string, challenge: string, change: Change): Buffer =>
    Buffer.from(JSON.stringify({ type: change.type ?? type, challenge, origin: change.origin ?? node.origin }));
  const headOf = (change: Change, flags: number, counter: number): Buffer => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(change.counter ?? counter);
    const host = change.host ?? new URL(node.origin).hostname;
    return Buffer.concat([createHash('sha256').update(host).digest(), Buffer.from([change.flags ?? flags]), count]);
  };
  const said = (response: Record<string, Buffer>): string =>
    JSON.stringify({
      id: id.toString('base64url'),
      rawId: id.toString('base64url'),
      type: 'public-key',
      response: Object.fromEntries(Object.entries(response).map(([key, bytes]) => [key, bytes.toString('base64url')])),
    });
  return {
    id: id.toString('base64url'),
    publicKey: cose.toString('base64url'),
    assertion: (challenge, change = {}) => {
      const clientDataJSON = clientOf('webauthn.get', challenge, change);
      const authenticatorData = headOf(change, 0x05, 6);
      const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()]);
      return said({ clientDataJSON, authenticatorData, signature: sign('sha256', signed, privateKey) });
    },
    fresh: (challenge, attestation = attestationOf('none')) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const data = Buffer.concat([headOf({}, 0x45, 0), Buffer.alloc(16), length, id, cose]);
      const attestationObject = Buffer.concat([
        Buffer.from([0xa3]),
        attestation,
        cborText('authData'),
        cborBytes(data),
      ]);
      return said({ clientDataJSON: clientOf('webauthn.create', challenge, {}), attestationObject });
    },
  };
};

/** The node has it already, as a member's. @param counter how often it has counted */
export const keepKey = async (node: TestNode, handle: string, key: SoftKey, counter = 5): Promise<void> => {
  const { id: account } = (await findAccountByHandle(node.db.read, handle))!;
  const { id, publicKey } = key;
  await node.db.write((tx) =>
    tx
      .insert(tx.t.passkeys)
      .values({ id, account, name: 'x', publicKey, counter, transports: [], created: node.site.now() }),
  );
};
