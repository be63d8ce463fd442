/** Who we say that we are. */
import type { Site } from '#domain/site.ts';

export const VERSION = '0.1.0';
export const userAgentOf = (site: Pick<Site, 'origin'>): string => `Maillon/${VERSION} (+${site.origin})`;
