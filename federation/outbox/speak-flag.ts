/** What this node says of reports, by its own actor: never who reported. */
import { findActor } from '#domain/actors.ts';
import { activityUri } from '#domain/ids.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { findReport, flagsOf } from '#domain/reports.ts';
import { inboxOf } from '../addressing.ts';
import { writeFlag, writeFlagAnswer } from '../vocab/activity.ts';
import type { Said, Speaker } from './speech.ts';

export const onReport: Speaker = async ({ db }, row) => {
  const report = await findReport(db.read, row.subject);
  if (report === undefined) return [];
  const uri = activityUri(row.actor, row.id);
  const said = (type: string, object: string): Omit<Said, 'body' | 'targets'> => ({
    uri,
    actor: row.actor,
    type,
    object,
    listed: false,
    priority: 2,
  });
  if (row.type === 'report.forwarded') {
    const subject = await findActor(db.read, report.subject);
    if (subject === undefined || subject.local) return [];
    const objects = [...new Set([report.subject, report.object])];
    return [
      {
        ...said('Flag', report.object),
        targets: await inboxOf(db.read, subject.uri),
        body: writeFlag({
          id: uri,
          actor: row.actor,
          to: [subject.uri],
          cc: [],
          published: row.created,
          objects,
          content: report.text,
          reason: report.reason,
        }),
      },
    ];
  }
  const peer = report.host === null ? undefined : await findPeerByHost(db.read, report.host);
  if (peer === undefined || report.flag === null) return [];
  const acted = row.data['acted'] === '1';
  const targets = await inboxOf(db.read, peer.nodeActor);
  return flagsOf(report.flag).map((flag, i) => {
    const id = i === 0 ? uri : `${uri}-${i}`;
    return {
      ...said(acted ? 'Accept' : 'Reject', flag),
      uri: id,
      targets,
      body: writeFlagAnswer({
        id,
        actor: row.actor,
        to: [peer.nodeActor],
        cc: [],
        published: row.created,
        acted,
        flag,
        flagged: [report.object],
        by: peer.nodeActor,
        content: report.decision,
      }),
    };
  });
};
