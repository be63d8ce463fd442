/**
 * Keys of backups, in the form of age (age-encryption.org), so that its own program opens them, too: a passphrase, a
 * secret key (`AGE-SECRET-KEY-1…`), or a public key (`age1…`), which locks and cannot open.
 */
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { BackupFault } from './fault.ts';

export type BackupKey = {
  /** Locks a stream. */
  lock(plain: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>>;
  /** Opens one. @throws BackupFault `keyPublic`, or whatever age throws */
  unlock(locked: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>>;
};

/** A backup lies about for years, and whoever has it may try passphrases for as long. */
const SHORTEST_PASSPHRASE = 16;

/**
 * @param text the environment's variable, or the content of a key file: its first line that is no comment
 * @throws BackupFault `keyMissing`, `keyShort`, `keyBad`
 */
export const readKey = async (text: string): Promise<BackupKey> => {
  const line = text
    .split('\n')
    .map((one) => one.trim())
    .find((one) => one !== '' && !one.startsWith('#'));
  if (line === undefined) throw new BackupFault('keyMissing');
  if (/^AGE-SECRET-KEY-/i.test(line)) return secretKey(line.toUpperCase());
  if (/^age1[a-z0-9]{20,}$/.test(line)) return publicKey(line);
  if (line.length < SHORTEST_PASSPHRASE) throw new BackupFault('keyShort', { min: String(SHORTEST_PASSPHRASE) });
  return passphrase(line);
};

/** Makes a key pair. @returns a file's content as age's own program writes it, and the public half */
export const makeKey = async (now: Date): Promise<{ file: string; recipient: string }> => {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  return { file: `# created: ${now.toISOString()}\n# public key: ${recipient}\n${identity}\n`, recipient };
};

const secretKey = async (identity: string): Promise<BackupKey> => {
  const decrypter = new Decrypter();
  const encrypter = new Encrypter();
  try {
    decrypter.addIdentity(identity);
    encrypter.addRecipient(await identityToRecipient(identity));
  } catch {
    throw new BackupFault('keyBad');
  }
  return { lock: (plain) => encrypter.encrypt(plain), unlock: (locked) => decrypter.decrypt(locked) };
};

const publicKey = async (recipient: string): Promise<BackupKey> => {
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw new BackupFault('keyBad');
  }
  return {
    lock: (plain) => encrypter.encrypt(plain),
    unlock: () => Promise.reject(new BackupFault('keyPublic')),
  };
};

const passphrase = async (text: string): Promise<BackupKey> => {
  const decrypter = new Decrypter();
  const encrypter = new Encrypter();
  decrypter.addPassphrase(text);
  encrypter.setPassphrase(text);
  return { lock: (plain) => encrypter.encrypt(plain), unlock: (locked) => decrypter.decrypt(locked) };
};
