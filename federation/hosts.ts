/** Names of hosts, in the one spelling by which they are compared. */
import { domainToASCII } from 'node:url';

/**
 * Lower-case punycode, full-width folded, without trailing dot and default port.
 * @param text a host as typed or taken from a URL, perhaps with a port
 * @returns undefined if it is no host name or address
 */
export const canonicalHost = (text: string): string | undefined => {
  const folded = text.normalize('NFKC').toLowerCase().trim();
  const found = /^(\[[0-9a-f:.]+\]|[^:/?#@\s]+?)\.?(?::(\d{1,5}))?$/.exec(folded);
  if (found === null) return undefined;
  const name = found[1]!.startsWith('[') ? shortAddress(found[1]!) : domainToASCII(found[1]!).replace(/\.$/, '');
  if (name === '' || name.length > 253 || !/^(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/.test(name))
    return undefined;
  const port = found[2];
  return port === undefined || port === '443' || port === '80' ? name : `${name}:${Number(port)}`;
};

/** An IPv6 address in brackets, as URLs spell it; '' if it is none. */
const shortAddress = (text: string): string =>
  URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`).hostname : '';

/** @returns the canonical host of a URI, or undefined */
export const hostOfUri = (uri: string): string | undefined =>
  URL.canParse(uri) ? canonicalHost(new URL(uri).host) : undefined;

/** Does a rule for `domain` (exact, and all that is under it) apply to this host, whatever its port? */
export const isUnder = (host: string, domain: string): boolean => {
  const bare = host.replace(/:\d+$/, '');
  return host === domain || bare === domain || bare.endsWith(`.${domain}`);
};
