/** What of a thing is compared in the log of decisions: what admins decide about, and neither secrets nor anybody's own words. */
import { eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import { findLocalActor } from './actors.ts';
import type { AuditState } from './audit.ts';
import { getCooperative } from './cooperative.ts';
import { findAccount } from './members.ts';
import { findPeer, findPeerByHost } from './peers.ts';

type State = Promise<AuditState | undefined>;

export const stateOfMember = async (tx: Tx, id: string): State => {
  const account = await findAccount(tx, id);
  return account === undefined ? undefined : { role: account.role, state: account.state };
};

/** @param which id, or host of one that may not be there yet */
export const stateOfPeer = async (tx: Tx, which: { id: string } | { host: string }): State => {
  const peer = 'id' in which ? await findPeer(tx, which.id) : await findPeerByHost(tx, which.host);
  return peer === undefined
    ? undefined
    : { state: peer.state, reason: codeOf(peer.reason), give: peer.give, take: peer.take };
};

/** Words are somebody's own; a code is nobody's. */
const codeOf = (reason: string): string => (reason.startsWith('code:') ? reason : '');

export const stateOfCooperative = async (tx: Tx): State => {
  const row = await getCooperative(tx);
  if (row === undefined) return undefined;
  const { name, summary, territoryName, radiusKm, languages, kinds, signUpRule, accent, publicOpen } = row;
  return { name, summary, territoryName, radiusKm, languages, kinds, signUpRule, accent, publicOpen };
};

export const stateOfPeeringMode = async (tx: Tx): State => {
  const row = await getCooperative(tx);
  return row === undefined ? undefined : { mode: row.peeringMode };
};

export const stateOfPeeringDefaults = async (tx: Tx): State => {
  const row = await getCooperative(tx);
  return row === undefined
    ? undefined
    : { give: row.defaultGive, take: row.defaultTake, showPartners: row.showPartners };
};

export const stateOfLook = async (tx: Tx): State => {
  const row = await getCooperative(tx);
  return row === undefined ? undefined : { accent: row.accent, logo: row.logo, statistics: row.statistics };
};

/** The decision's own words stay with the report: they speak of people. */
export const stateOfReport = async (tx: Tx, id: string): State => {
  const { reports, decisions } = tx.t;
  const [row] = await tx
    .select({ state: reports.state, kind: reports.objectKind, object: reports.object, action: decisions.action })
    .from(reports)
    .leftJoin(decisions, eq(decisions.id, reports.decided))
    .where(eq(reports.id, id))
    .limit(1);
  return row;
};

export const stateOfJob = async (tx: Tx, row: number): State => {
  const { jobs } = tx.t;
  const [job] = await tx.select().from(jobs).where(eq(jobs.row, row)).limit(1);
  return job === undefined ? undefined : { type: job.type, state: job.state };
};

/** When the newest keys of an actor of ours were made. */
export const stateOfKeys = async (tx: Tx, handle: string): State => {
  const actor = await findLocalActor(tx, handle);
  if (actor === undefined) return undefined;
  const rows = await tx
    .select({ created: tx.t.keys.created })
    .from(tx.t.keys)
    .where(eq(tx.t.keys.actor, actor.uri))
    .limit(10);
  const newest = Math.max(...rows.map((row) => row.created.getTime()));
  return { made: Number.isFinite(newest) ? new Date(newest).toISOString() : null };
};
