/** What the web half and the commands may ask of the federation half, which they never import. */
import type { PeerProfile } from '#db/schema/exchange.ts';
import type { ProvenMarks } from './identity/anchors.ts';
import type { Letter } from './mail.ts';
import type { MailTrial } from './mail-trial.ts';
import type { Elsewhere } from './moving/moves.ts';
import type { ReasonClass } from './reasons.ts';
import type { Scope } from './scopes.ts';
import type { Result } from './types.ts';

/** An actor somewhere, as far as it is known after a look-up. */
export type FoundActor = {
  uri: string;
  kind: string;
  handle: string;
  host: string;
  name: string;
  html: string;
  url: string;
  icon?: string;
};

/** Who answers at a domain, shown to an admin before anything is asked of it. */
export type PeerPreview = {
  host: string;
  nodeActor: string;
  cooperative?: string;
  name: string;
  summary: string;
  software: string;
  icon?: string;
  listings?: number;
  members?: number;
  /** Is it a Maillon (or does it speak our peering), rather than other fediverse software? */
  node: boolean;
  profile?: PeerProfile;
  /** What umbrellas that are trusted here say of it, asked just now. */
  marks?: ProvenMarks[];
};
export type { PeerProfile };
/** An invitation as its own node shows it to whoever has the link. */
export type FoundInvite = {
  host: string;
  secret: string;
  state: 'open' | 'used' | 'expired' | 'revoked';
  /** What the inviting node would give and take. */
  gives: Scope;
  takes: Scope;
  expires: Date;
};

/** Why something could not be fetched. */
export type FetchProblem =
  | 'refused'
  | 'redirect'
  | 'timeout'
  | 'tooLarge'
  | 'wrongType'
  | 'unreachable'
  | 'tls'
  | 'noSuchHost'
  | 'notFound'
  | 'status';
/** The bytes as they came: what they really are is for whoever decodes them to find out. */
export type FetchedPicture = { ok: true; bytes: Buffer } | { ok: false; code: FetchProblem; status?: number };
/** Fetches a picture, at most `maxBytes` of it, within 8 s; only what says that it is one. Never throws. */
export type PictureFetch = (url: string, maxBytes: number) => Promise<FetchedPicture>;

/**
 * The federation half as the others see it. Every call may take up to 10 s and never throws for what others do;
 * errors carry codes `discovery.*` that name the remedy.
 */
export type FederationPort = {
  /** Finds and stores an actor by `@handle@host`, `acct:` URI, or URL of its profile. */
  lookup(handleOrUrl: string): Promise<Result<FoundActor>>;
  /** The same, asked of its own server just now. Errors on `actor`: also moving.same when it lives here. */
  elsewhere(handleOrUrl: string): Promise<Result<Elsewhere>>;
  /** The document of an actor of ours, as everybody may read it. */
  document(uri: string): Promise<Record<string, unknown> | undefined>;
  /** Asks a domain who it is. */
  inspect(domain: string): Promise<Result<PeerPreview>>;
  /** Reads an invitation at the node that gave it. Errors on `invite`. */
  invite(url: string): Promise<Result<FoundInvite>>;
  /** The one spelling of a host by which servers are compared; undefined if it is none. */
  canonicalHost(typed: string): string | undefined;
  picture: PictureFetch;
  /** Tells the outbox that there is news: sends what waits now instead of at the next round. */
  wake(): void;
};

/** What the federation half tells whoever counts: words from closed lists only, so that each may label a metric. */
export type Observer = {
  /** An activity was taken (`applied`, `ignored`, `refused`), or turned away before that with an HTTP status. */
  activity: (outcome: 'applied' | 'ignored' | 'refused' | 'rejected', reason: ReasonClass | `${number}`) => void;
  /** A delivery was taken, put off, given up, or given back because the node stops. */
  delivery: (outcome: 'taken' | 'later' | 'never' | 'returned') => void;
};

/** Something that must hold for the node to be of use; `code` names its words (`checks.<code>`), `problem` says them in English. */
export type Check = {
  name: 'database' | 'disk' | 'queue' | 'process';
  ok: boolean;
  code: string;
  params: Record<string, string>;
  problem: string;
  remedy: string;
};

/** What an admin sees of the machine. Bytes; undefined where it cannot be known. */
export type MachineFacts = {
  versions: { maillon: string; node: string; engine: string };
  started: Date;
  memory: number;
  diskFree: number | undefined;
  database: number | undefined;
  media: number | undefined;
};
export type RecentError = { when: Date; where: string; text: string; request: string | undefined; times: number };

/** The node as its own keeper sees it. */
export type OperationPort = {
  /** Everything that must hold, looked at now (within two seconds); also what is well. */
  checks: () => Promise<Check[]>;
  facts: () => Promise<MachineFacts>;
  /** The last errors of this process, newest first, at most fifty. */
  errors: () => RecentError[];
};

/** Whether letters go. */
export type MailPort = {
  /** Sends one at once, within half a minute. Never throws: what the mail server says is told. */
  trial: (letter: Letter) => Promise<MailTrial>;
};

export type BackupState = {
  /** May one be made from here: is there a key to lock it with? */
  key: 'ready' | 'noKey' | 'badKey';
  running?: { done: number; total: number };
  /** What became of the last one that was started in this process. */
  failed?: 'full' | 'other';
  /** Newest first. Bytes. */
  files: { name: string; bytes: number; made: Date }[];
};
/** Backups that are made and fetched from the pages. */
export type BackupPort = {
  start: () => Promise<'started' | 'running' | 'noKey' | 'badKey'>;
  state: () => Promise<BackupState>;
  /** @param name one of the state's files */
  read: (name: string) => Promise<{ bytes: number; stream: ReadableStream<Uint8Array> } | undefined>;
};
