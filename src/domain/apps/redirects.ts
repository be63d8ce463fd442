/** Where a browser may be sent back to: exactly what was registered. */

/** A program on the member's own machine listens on whatever port is free (RFC 8252, 7.3). */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::\d{1,5})?(\/.*)?$/;
export const MAX_REDIRECT = 500;

/** May it be registered? https, or http to this machine by its address; nothing that hides where it leads. */
export const isRedirect = (uri: string): boolean => {
  if (uri.length > MAX_REDIRECT || /[\s#\\*]/.test(uri) || !URL.canParse(uri)) return false;
  const { protocol, username, password, hostname, href } = new URL(uri);
  if (username !== '' || password !== '') return false;
  // As a browser would write it, so that what the member reads is where they are sent.
  if (href !== uri && href !== `${uri}/`) return false;
  return protocol === 'https:' ? hostname.includes('.') : LOOPBACK.test(uri);
};

const withoutPort = (uri: string): string | undefined => {
  const found = LOOPBACK.exec(uri);
  return found === null ? undefined : `${found[1]}${found[2] ?? ''}`;
};

/** Is the one that is asked for among the registered: by every character, but for the port on one's own machine? */
export const matchesRedirect = (registered: readonly string[], asked: string): boolean =>
  asked.length <= MAX_REDIRECT &&
  URL.canParse(asked) &&
  registered.some((uri) => {
    if (uri === asked) return true;
    const local = withoutPort(uri);
    return local !== undefined && local === withoutPort(asked);
  });
