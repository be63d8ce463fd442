/** Names of hosts of URIs, in the one spelling by which they are compared. */
import { hostOf } from '#domain/ids.ts';

/** @returns the canonical host of a URI, or undefined */
export const hostOfUri = (uri: string): string | undefined => {
  const host = hostOf(uri);
  return host === '' ? undefined : host;
};
