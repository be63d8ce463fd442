/**
 * Who is heard: rules by domain, partners, and what is left open while the public part is closed. Every activity asks
 * all of it, and it hardly ever changes: it is remembered until one of its tables is written.
 */
import { remembered } from '#db/memo.ts';
import type { Database } from '#db/database.ts';
import { getCooperative } from '#domain/cooperative.ts';
import { isUnderRule, readRuleSets } from '#domain/domain-rules.ts';
import { type PeerRow, listPeers } from '#domain/peers.ts';

export type Policy = {
  /** A rule for a domain holds for all that is under it. @param host canonical */
  isBlocked(host: string): Promise<boolean>;
  /** Are pictures of there not fetched? */
  rejectsMedia(host: string): Promise<boolean>;
  /** Are reports of there dropped? */
  rejectsReports(host: string): Promise<boolean>;
  /** While the public part is closed only partners are heard. */
  isShutOut(host: string, type: string): Promise<boolean>;
  /** The partner at this host, in whatever state. Its times of contact may be a second old. */
  peer(host: string): Promise<PeerRow | undefined>;
  isActivePeer(host: string): Promise<boolean>;
  /** Is the public part open? */
  isOpen(): Promise<boolean>;
};

/** To ask for peering and to answer it, to follow (and be told no), and to take things back. */
const ALWAYS_HEARD = new Set(['Follow', 'Accept', 'Reject', 'Undo', 'Offer', 'Delete']);

export const createPolicy = (db: Database): Policy => {
  const rules = remembered(db, ['domainRules'], readRuleSets);
  const peers = remembered(db, ['peers'], async (read) => {
    const rows = await listPeers(read);
    return new Map(rows.map((row) => [row.host, row]));
  });
  const isOpen = remembered(db, ['cooperative'], async (read) => (await getCooperative(read))?.publicOpen ?? true);

  const isBlocked = async (host: string): Promise<boolean> => isUnderRule(host, (await rules()).suspended);
  const isActivePeer = async (host: string): Promise<boolean> =>
    (await peers()).get(host)?.state === 'active' && !(await isBlocked(host));
  return {
    isBlocked,
    rejectsMedia: async (host) => isUnderRule(host, (await rules()).withoutMedia),
    rejectsReports: async (host) => isUnderRule(host, (await rules()).withoutReports),
    isShutOut: async (host, type) => !ALWAYS_HEARD.has(type) && !(await isOpen()) && !(await isActivePeer(host)),
    peer: async (host) => (await peers()).get(host),
    isActivePeer,
    isOpen,
  };
};
