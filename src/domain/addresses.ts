/** Addresses of those who ask, as far as limits need them. */
import ipaddr from 'ipaddr.js';

/**
 * What is counted as one sender: an IPv4 address, or the first 64 bits of an IPv6 one, for whoever has one of those
 * has all of them.
 * @param address as the socket or a proxy names it; what is no address counts as it is written
 */
export const networkOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return address === '' ? 'unknown' : address.slice(0, 200);
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv6)
    return `${parsed.parts
      .slice(0, 4)
      .map((part) => part.toString(16))
      .join(':')}::/64`;
  return parsed.toString();
};
