/** What a node does beside answering: each kind of job, from one letter to the hourly sweep. */
import type { Database } from '#db/database.ts';
import { sweepAccess } from '#domain/apps/access.ts';
import { sweepClosed } from '#domain/closing.ts';
import { sweepLoose } from '#domain/listing-pictures.ts';
import { askComparison, planComparisons } from '#domain/comparisons.ts';
import { sweepHostDays } from '#domain/host-days.ts';
import { type LetterLook, type Mailer, holdLetter, letterOf } from '#domain/mail.ts';
import { removeFiles } from '#domain/media-files.ts';
import { sweepUnconfirmed } from '#domain/joining.ts';
import { workOnArrival } from '#domain/moving/arrivals.ts';
import { settleClosures, sweepClosures } from '#domain/moving/closures.ts';
import { eraseSaid } from '#domain/moving/erase.ts';
import { makeExport, sweepContainers, sweepFiles } from '#domain/moving/exports.ts';
import { followOn } from '#domain/moving/follow-on.ts';
import { sweepMoves } from '#domain/moving/moves.ts';
import { endTimed } from '#domain/moderation/decide.ts';
import { tellOutages } from '#domain/outages.ts';
import { sweepPutOff } from '#domain/put-off.ts';
import { giveNewAddresses } from '#domain/picture-addresses.ts';
import { hasTrust, planTrust } from '#domain/identity/anchors.ts';
import { remindEnding } from '#domain/attestations/ending.ts';
import { sweepAttestations } from '#domain/attestations/partners.ts';
import { sweepGuests } from '#domain/identity/guests.ts';
import { sweepRecords } from '#domain/identity/records.ts';
import { sweepVisits } from '#domain/identity/visits.ts';
import { sweepSaved } from '#domain/saved.ts';
import { remindPeers } from '#domain/reminders.ts';
import { sweepOld } from '#domain/retention.ts';
import { keepOwnSnapshot, planStatistics } from '#domain/snapshots.ts';
import { sweepSessions } from '#domain/sessions.ts';
import { sweepSteps } from '#domain/sign-in/steps.ts';
import type { RemotePictures } from '#domain/pictures/remote.ts';
import type { Places } from '#domain/places.ts';
import type { Site } from '#domain/site.ts';
import type { Federation } from '#federation/federation.ts';
import type { JobHandler } from './jobs.ts';
import type { Limits } from './limits.ts';
import { log } from './log.ts';

type WorkDeps = {
  db: Database;
  site: Site;
  federation: Federation;
  mailer: Mailer;
  letterLook: () => Promise<LetterLook | undefined>;
  places: Places;
  pictures: RemotePictures;
  mediaDir: string;
  movingDir: string;
  /** How long things are kept. */
  keep: Limits['keep'];
  /** Name and version, as members' files say them. */
  software: string;
  /** Looks at once for what there is to send and to do. */
  wake: () => void;
};

/** @returns by type of job, what is done */
export const jobHandlers = ({
  db,
  site,
  federation,
  mailer,
  letterLook,
  places,
  pictures,
  mediaDir,
  movingDir,
  keep,
  software,
  wake,
}: WorkDeps): Record<string, JobHandler> => ({
  mail: async (job) => {
    if (!mailer.configured) return (await holdLetter(db, job)) ? 'kept' : 'done';
    await mailer.send(letterOf(job), await letterLook());
    return 'done';
  },
  files: async (job) => {
    const keys = (job.data['keys'] ?? '').split(' ').filter((key) => key !== '');
    await removeFiles(db.read, site, mediaDir, keys);
    return 'done';
  },
  pictureAddresses: async (job) => {
    await giveNewAddresses(db, site, mediaDir, job.data['listing'] ?? '');
    return 'done';
  },
  backfill: async (job, stop) => {
    const peer = job.data['peer'] ?? '';
    const outcome = await federation.backfill(peer, stop);
    // While it was copied the other may not have known yet that we are partners, or have changed something.
    if (outcome === 'done') await db.write((tx) => askComparison(tx, site.now(), peer));
    return outcome;
  },
  compare: async (job, stop) => {
    const done = await federation.compare(job.data['peer'] ?? '', stop);
    if (stop.aborted) return 'returned';
    return done?.state === 'partial' || done?.state === 'failed' ? 'later' : 'done';
  },
  export: (job, stop) =>
    makeExport(
      {
        db,
        site,
        dir: movingDir,
        mediaDir,
        software,
        document: (uri) => federation.port.document(uri),
      },
      job,
      stop,
    ),
  arrival: (job, stop) =>
    workOnArrival(
      { db, site, dir: movingDir, mediaDir, places, lookup: (text) => federation.port.lookup(text) },
      job,
      stop,
    ).finally(() => wake()),
  containers: async (_job, stop) => {
    await sweepFiles(db, movingDir);
    await eraseSaid(db, stop);
    return 'done';
  },
  followOn: (job, stop) => followOn(db, site, job.data['move'] ?? '', stop).finally(() => wake()),
  goodbye: (_job, stop) => federation.identity.sayGoodbye(stop),
  leftHome: ({ data }) => federation.identity.tellHome({ host: data['host'] ?? '', sid: data['sid'] ?? '' }),
  trust: (_job, stop) => federation.identity.trustRound(stop),
  statistics: async (_job, stop) => {
    await keepOwnSnapshot(db, site, places);
    await federation.collectStatistics(stop);
    return stop.aborted ? 'returned' : 'done';
  },
  sweep: async (_job, stop) => {
    await planComparisons(db, site.now());
    await planStatistics(db, site);
    await settleClosures(db, site);
    await db.write(async (tx) => {
      await sweepSessions(tx, site.now());
      await sweepSteps(tx, site.now());
      await sweepGuests(tx, site.now());
      await sweepVisits(tx, site.now());
      await sweepAttestations(tx, site.now());
      await sweepUnconfirmed(tx, site.now());
      await sweepClosed(tx, site.now());
      await sweepLoose(tx, site.now());
      await endTimed(tx, site);
      await sweepHostDays(tx, site.now());
      await sweepPutOff(tx, site.now());
      await sweepSaved(tx);
      await sweepAccess(tx, site.now());
      await sweepMoves(tx, site.now());
      await sweepClosures(tx, site.now());
      await tellOutages(tx, site);
      await remindEnding(tx, site);
      if (await hasTrust(tx)) await planTrust(tx, site.now());
    });
    while ((await db.write((tx) => sweepRecords(tx, site.now()))) > 0 && !stop.aborted);
    if ((await db.write((tx) => remindPeers(tx, site))) > 0) federation.worker.wake();
    await eraseSaid(db, stop);
    log.jobs.debug('Swept: {swept}', { swept: await sweepOld(db, site.now(), keep, stop) });
    await sweepContainers(db, site.now(), movingDir);
    await pictures.sweep();
    return 'done';
  },
});
