/** Object integrity proofs (FEP-8b32), cryptosuite eddsa-jcs-2022, made and checked with node:crypto. */
import { type KeyObject, createHash, createPublicKey, sign, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { base58 } from './base58.ts';
import { type JsonObject, isObject } from './json.ts';

const sha256 = (value: unknown): Buffer =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest();

/** What is signed: the hash of the proof's options, then the hash of the document without its proof. */
const toBeSigned = (document: JsonObject, options: JsonObject): Buffer =>
  Buffer.concat([sha256(options), sha256(document)]);

/** Without zeros at the end: Fedify prints the instant again before it checks, and knows only this spelling. */
const instantText = (date: Date): string => date.toISOString().replace(/\.?0+Z$/, 'Z');

/** @returns the document with its proof, over exactly the JSON that is sent */
export const addProof = (
  document: JsonObject,
  by: { verificationMethod: string; privateKey: KeyObject; created: Date },
): JsonObject => {
  // As it will be read back: no undefined, no Dates.
  const plain: JsonObject = JSON.parse(JSON.stringify(document));
  const options = {
    '@context': plain['@context'],
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    verificationMethod: by.verificationMethod,
    proofPurpose: 'assertionMethod',
    created: instantText(by.created),
  };
  const value = sign(null, toBeSigned(plain, options), by.privateKey);
  return { ...plain, proof: { ...options, proofValue: `z${base58.encode(value)}` } };
};

/** @returns the id of the key that a document's proof names, if it has a proof of our suite */
export const proofKey = (document: JsonObject): string | undefined => {
  const proof = document['proof'];
  return isObject(proof) && proof['cryptosuite'] === 'eddsa-jcs-2022' && typeof proof['verificationMethod'] === 'string'
    ? proof['verificationMethod']
    : undefined;
};

/**
 * Checks a document's proof.
 * @param multibase the Ed25519 Multikey of the actor that it names; whether that actor may speak is the caller's to ask
 * @returns false also for what is no proof of our suite, or has expired at `now`; never throws
 */
export const verifyProof = (document: JsonObject, multibase: string, now = new Date()): boolean => {
  const { proof, ...rest } = document;
  if (!isObject(proof) || proof['cryptosuite'] !== 'eddsa-jcs-2022' || proof['proofPurpose'] !== 'assertionMethod')
    return false;
  const { proofValue, ...options } = proof;
  if (
    options['expires'] !== undefined &&
    !(typeof options['expires'] === 'string' && Date.parse(options['expires']) > now.getTime())
  )
    return false;
  const raw = multibase.startsWith('z') ? base58.decode(multibase.slice(1)) : undefined;
  const value =
    typeof proofValue === 'string' && proofValue.startsWith('z') ? base58.decode(proofValue.slice(1)) : undefined;
  if (raw === undefined || value === undefined || raw.length !== 34 || raw[0] !== 0xed || raw[1] !== 0x01) return false;
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw.subarray(2)]),
    format: 'der',
    type: 'spki',
  });
  // Some sign with the document's @context in the options and leave it out of what they send.
  const spellings =
    '@context' in options || rest['@context'] === undefined
      ? [options]
      : [options, { '@context': rest['@context'], ...options }];
  return value.length === 64 && spellings.some((spelling) => verify(null, toBeSigned(rest, spelling), key, value));
};
