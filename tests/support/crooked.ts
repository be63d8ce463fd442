/** Signatures that no honest library makes: over less, over more, twice, with other words and numbers. */
import { createHash, sign } from 'node:crypto';
import type { Shot } from './shots.ts';
import type { Json, Person } from './stranger.ts';

export type Crooked = {
  /** Headers that are covered; default all that are needed. */
  covers?: string[];
  algorithm?: string;
  /** What it is hashed and signed with. */
  hash?: string;
  /** What the digest header says, if not SHA-256 of the body. */
  digest?: (body: Buffer) => string;
  /** The target and host that are signed, if not those it is sent to. */
  signedFor?: string;
  date?: Date;
  /** Parameters behind the others, as they stand in the header. */
  more?: string;
};

export const sha = (name: string, body: Buffer): string => createHash(name).update(body).digest('base64');

/** A POST with a draft-cavage signature of whatever kind. */
export const crooked = (inbox: string, by: Person, activity: Json, how: Crooked = {}): Shot => {
  const body = Buffer.from(JSON.stringify(activity));
  const target = new URL(how.signedFor ?? inbox);
  const headers: Record<string, string> = {
    host: new URL(inbox).host,
    date: (how.date ?? new Date()).toUTCString(),
    digest: how.digest?.(body) ?? `SHA-256=${sha('sha256', body)}`,
    'content-type': 'application/activity+json',
  };
  const covers = how.covers ?? ['(request-target)', 'host', 'date', 'digest'];
  const values: Record<string, string> = {
    ...headers,
    '(request-target)': `post ${target.pathname}${target.search}`,
    host: target.host,
  };
  const base = covers.map((name) => `${name}: ${values[name] ?? ''}`).join('\n');
  const value = sign(how.hash ?? 'sha256', Buffer.from(base), by.keys.privateKey).toString('base64');
  return {
    url: inbox,
    method: 'POST',
    headers: {
      ...headers,
      signature: `keyId="${by.keyId}",algorithm="${how.algorithm ?? 'rsa-sha256'}",headers="${covers.join(' ')}",signature="${value}"${how.more ?? ''}`,
    },
    body,
  };
};
