/** How deep and how many-limbed JSON may be before it is parsed, whoever sends it or answers with it. */
const [QUOTE, BACKSLASH, OPEN_OBJECT, OPEN_LIST, CLOSE_OBJECT, CLOSE_LIST] = [0x22, 0x5c, 0x7b, 0x5b, 0x7d, 0x5d];

export type Bounds = { maxDepth: number; maxContainers: number };

/**
 * Counts depth and containers over the bytes, in one pass: a bomb must not become objects first.
 * @returns what is too much, or undefined
 */
export const scan = (body: Buffer, limits: Bounds): string | undefined => {
  let [depth, containers, inString] = [0, 0, false];
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (++depth > limits.maxDepth) return `It is nested deeper than ${limits.maxDepth}.`;
      if (++containers > limits.maxContainers) return `It has more than ${limits.maxContainers} objects and lists.`;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    else if (byte === 0) return 'It has a NUL byte.';
  }
  return undefined;
};
