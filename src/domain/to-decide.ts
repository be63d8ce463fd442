/** What needs a decision by those who run the cooperative, most urgent first. */
import { and, isNotNull, lte, notInArray } from 'drizzle-orm';
import type { Reader } from '#db/database.ts';
import { endingSoon } from './attestations/ending.ts';
import { type LostMarks, lostMarks } from './identity/anchors.ts';
import { type ChangedEntity, changedEntities } from './identity/pins.ts';
import { countHeldListings, newestHeldListing } from './listings.ts';
import { type HeldLetter, heldLetters } from './mail.ts';
import { type MemberLine, listMembers } from './members.ts';
import { type ChangedKeys, changedKeys } from './peer-keys.ts';
import { healthOf } from './peer-health.ts';
import { type PeerRow, listPeers, peersToDecide } from './peers.ts';
import { countOpenReports, newestOpenReport } from './reports.ts';
import { lastBackup } from './restored.ts';

const DAY_MS = 24 * 3_600_000;
const BACKUP_OLD_MS = 7 * DAY_MS;
/** Of each kind; who has more of one goes to its own page. */
const SHOWN = 50;

type HostRow = Reader['t']['hosts']['$inferSelect'];
/** One thing to decide. `item` names it by the newest of what it is about, so that what is put off comes back with something new. */
export type ToDecide = { item: string } & (
  | { kind: 'disk'; code: string; params: Record<string, string> }
  | { kind: 'keys'; keys: ChangedKeys }
  | { kind: 'identity'; changed: ChangedEntity }
  | { kind: 'marks'; lost: LostMarks }
  | { kind: 'reports'; n: number }
  | { kind: 'held'; n: number }
  | { kind: 'join'; member: MemberLine }
  | { kind: 'peering'; peer: PeerRow }
  | { kind: 'failing'; host: HostRow; peer: PeerRow | undefined }
  | { kind: 'backup'; last: Date | undefined }
  | { kind: 'letters'; letters: HeldLetter[] }
  | { kind: 'ending'; n: number }
);

/**
 * @param who moderators decide about members and reports, and see nothing else
 * @param disk what is wrong with the disk, if anything
 */
export const toDecide = async (
  db: Reader,
  now: Date,
  who: { admin: boolean; disk?: { code: string; params: Record<string, string> } | undefined },
): Promise<ToDecide[]> => {
  const [reports, newest] = [await countOpenReports(db), await newestOpenReport(db)];
  const [held, lastHeld] = [await countHeldListings(db), await newestHeldListing(db)];
  const joining = await listMembers(db, { state: 'pending', limit: SHOWN });
  const forAll: ToDecide[] = [
    ...(reports === 0 ? [] : [{ kind: 'reports', item: `reports:${newest}`, n: reports } as const]),
    ...(held === 0 ? [] : [{ kind: 'held', item: `held:${lastHeld}`, n: held } as const]),
    ...joining.map((member): ToDecide => ({ kind: 'join', item: `join:${member.id}`, member })),
  ];
  if (!who.admin) return forAll;
  const letters = await heldLetters(db);
  const ending = await endingSoon(db, now);
  const last = await lastBackup(db);
  const old = last === undefined || now.getTime() - last.getTime() > BACKUP_OLD_MS;
  const { down, failing } = await inTrouble(db, now);
  return [
    ...(who.disk === undefined ? [] : [{ kind: 'disk', item: `disk:${who.disk.code}`, ...who.disk } as const]),
    ...(await changedKeys(db)).map((keys): ToDecide => ({
      kind: 'keys',
      item: `keys:${keys.host}:${keys.seen.getTime()}`,
      keys,
    })),
    ...(await changedEntities(db)).map((changed): ToDecide => ({
      kind: 'identity',
      item: `identity:${changed.host}:${changed.seen.getTime()}`,
      changed,
    })),
    ...down,
    ...forAll,
    ...(await peersToDecide(db)).map((peer): ToDecide => ({
      kind: 'peering',
      item: `peering:${peer.id}:${peer.proposal ?? ''}`,
      peer,
    })),
    ...(await lostMarks(db)).map((lost): ToDecide => ({
      kind: 'marks',
      item: `marks:${lost.host}:${lost.seen.getTime()}`,
      lost,
    })),
    ...(letters.length === 0 ? [] : [{ kind: 'letters', item: `letters:${letters[0]!.row}`, letters } as const]),
    // Named by the one that ends last: those that come after it are new.
    ...(ending.length === 0
      ? []
      : [{ kind: 'ending', item: `ending:${ending.at(-1)!.id}`, n: ending.length } as const]),
    ...(old ? [{ kind: 'backup', item: `backup:${last?.getTime() ?? 0}`, last } as const] : []),
    ...failing,
  ];
};

/** Partners that fail: for a day, or less. Other servers, for a day: nobody's letters reach them. */
const inTrouble = async (db: Reader, now: Date): Promise<{ down: ToDecide[]; failing: ToDecide[] }> => {
  const { hosts } = db.t;
  const peers = await listPeers(db, ['active']);
  const health = await healthOf(db, now, peers);
  const partners = peers.filter((peer) => ['down', 'failing'].includes(health.get(peer.id)?.state ?? ''));
  const names = peers.map(({ host }) => host);
  const rows = await db
    .select()
    .from(hosts)
    .where(
      and(
        isNotNull(hosts.failing),
        names.length === 0 ? undefined : notInArray(hosts.host, names),
        lte(hosts.failing, new Date(now.getTime() - DAY_MS)),
      ),
    )
    .orderBy(hosts.failing)
    .limit(SHOWN);
  const item = (host: string, since: Date | null): string => `failing:${host}:${since?.getTime() ?? 0}`;
  const line = (peer: PeerRow): ToDecide => {
    const { failing, error, retry } = health.get(peer.id)!.queue;
    const host = { host: peer.host, failing, error, retry, dialect: null, failures: 0, warned: null, updated: now };
    return { kind: 'failing', item: item(peer.host, failing), host, peer };
  };
  const isDown = (peer: PeerRow): boolean => health.get(peer.id)?.state === 'down';
  return {
    down: partners.filter(isDown).slice(0, SHOWN).map(line),
    failing: [
      ...partners
        .filter((peer) => !isDown(peer))
        .slice(0, SHOWN)
        .map(line),
      ...rows.map((host): ToDecide => ({
        kind: 'failing',
        item: item(host.host, host.failing),
        host,
        peer: undefined,
      })),
    ],
  };
};
