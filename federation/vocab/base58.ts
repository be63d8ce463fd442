/** Base58-btc, as Multibase (prefix `z`) uses it: for keys and proofs of some dozens of bytes. */
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

export const base58 = {
  encode: (bytes: Uint8Array): string => {
    let number = BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
    let out = '';
    for (; number > 0n; number /= 58n) out = ALPHABET[Number(number % 58n)]! + out;
    const zeros = bytes.findIndex((byte) => byte !== 0);
    return '1'.repeat(zeros < 0 ? bytes.length : zeros) + out;
  },
  /** @returns undefined if a character is none of base58's, or the text is longer than 200 */
  decode: (encoded: string): Buffer | undefined => {
    if (encoded.length > 200) return undefined;
    let number = 0n;
    for (const character of encoded) {
      const value = ALPHABET.indexOf(character);
      if (value < 0) return undefined;
      number = number * 58n + BigInt(value);
    }
    const hex = number === 0n ? '' : number.toString(16);
    const zeros = /^1*/.exec(encoded)![0].length;
    return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')]);
  },
};
