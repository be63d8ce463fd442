/** Names of domains as people type them, and as hosts are compared with them: one spelling for both. */
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';

const NAME = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/;

/**
 * Lower-case punycode, full-width folded, addresses in their shortest form, without scheme, path, port, dots at the
 * end, and `*.` before it.
 * @param text as typed or pasted: a domain, a URL, `@name@host`, an IP address
 * @returns undefined if it is no host name or address
 */
export const canonicalDomain = (text: string): string | undefined => {
  const bare = text
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/[/?#\\][^]*$/, '')
    .replace(/^[^]*@/, '')
    .replace(/^\*\./, '');
  const url = `http://${/^[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*$/.test(bare) ? `[${bare}]` : bare}/`;
  if (bare === '' || !URL.canParse(url)) return undefined;
  const name = new URL(url).hostname.replace(/\.+$/, '');
  return name.length <= 253 && NAME.test(name) ? name : undefined;
};

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

/**
 * What rules may name that hold for a host: the host itself, every domain above it, and the IPv4 address that an IPv6
 * one stands for.
 * @param host canonical; a port, a dot at its end and the like are taken off all the same
 * @returns the nearest first, at most twenty
 */
export const namesOf = (host: string): string[] => {
  const bare = host.toLowerCase().replace(/:\d+$/, '').replace(/\.+$/, '');
  if (bare.startsWith('[')) {
    const address = bare.slice(1, -1);
    if (!ipaddr.IPv6.isValid(address)) return [bare];
    const parsed = ipaddr.IPv6.parse(address);
    const short = `[${new URL(`http://[${address}]/`).hostname.slice(1, -1)}]`;
    return parsed.isIPv4MappedAddress() ? [short, parsed.toIPv4Address().toString()] : [short];
  }
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return [bare];
  const labels = bare.split('.');
  return labels.map((_, i) => labels.slice(i).join('.')).slice(0, 20);
};
