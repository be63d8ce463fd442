/** A message was not taken: its author is told, and why. */
import { findActor } from '#domain/actors.ts';
import { activityUri, fullHandle, hostOf, messageUri, nodeUri } from '#domain/ids.ts';
import { findListingByUri } from '#domain/listings.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { inboxOf } from '../addressing.ts';
import { valuesOf } from '../listing-value.ts';
import { writeCreate, writeNotTaken } from '../vocab/activity.ts';
import { reservedLine } from '../vocab/listing-write.ts';
import { writeMessage } from '../vocab/message.ts';
import type { Said, Speaker } from './speech.ts';

export const onMessageRefused: Speaker = async ({ db, site }, row) => {
  const author = row.data['to'] ?? '';
  const listing = await findListingByUri(db.read, row.data['listing'] ?? '');
  // Open to everybody meanwhile, or gone: what is to be said is not true any more.
  if (listing?.held?.access !== 'reserved') return [];
  const [value] = await valuesOf(db.read, site, [listing]);
  const [line, url] = [reservedLine(value!), value!.url];
  const targets = await inboxOf(db.read, author);
  const uri = activityUri(row.actor, row.id);
  const head = { to: [author], cc: [], published: row.created };
  const said = { listed: false, targets, priority: 1 } as const;
  const reject: Said = {
    ...said,
    uri,
    actor: row.actor,
    type: 'Reject',
    object: row.subject,
    body: writeNotTaken({
      ...head,
      id: uri,
      actor: row.actor,
      note: row.subject,
      author,
      refusal: 'notHolder',
      content: `${line} ${url}`,
    }),
  };
  const peer = await findPeerByHost(db.read, hostOf(author));
  if (peer?.state === 'active' && !peer.plain) return [reject];
  // Other software shows no Reject of a Note: there the node itself writes, in nobody's name, once a day.
  if (row.data['first'] === undefined) return [reject];
  const node = nodeUri(site);
  const person = await findActor(db.read, author);
  const note = messageUri(node, row.id);
  const create = activityUri(node, row.id);
  return [
    reject,
    {
      ...said,
      uri: create,
      actor: node,
      type: 'Create',
      object: note,
      body: writeCreate({
        ...head,
        id: create,
        actor: node,
        object: writeMessage({
          uri: note,
          from: node,
          to: author,
          html: `<p>${escaped(line)} <a href="${escaped(url)}">${escaped(url)}</a></p>`,
          context: row.subject,
          inReplyTo: row.subject,
          published: row.created,
          mention: person === undefined ? author : fullHandle(person.handle, person.host),
        }),
      }),
    },
  ];
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
