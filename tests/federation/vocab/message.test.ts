/** Private messages: to one reader and to nobody else. */
import { expect, test } from 'vitest';
import { PUBLIC } from '#federation/vocab/context.ts';
import { isPrivate, isPrivateTo, isPublic, readNote, writeMessage } from '#federation/vocab/message.ts';
import { ALICE, LISTINGS, fixture, overTheWire } from './samples.ts';

const BOB = 'https://lyon.example/users/bob';
const message = {
  uri: `${BOB}/messages/1`,
  from: BOB,
  to: ALICE,
  html: '<p>Is it free?</p>',
  context: LISTINGS.lodging.uri,
  inReplyTo: LISTINGS.lodging.uri,
  published: new Date('2026-11-05T08:00:00Z'),
  mention: '@alice@marseille.example',
};

test('a message is a Note to one actor, who is mentioned, about a listing', () => {
  expect(overTheWire(writeMessage(message))).toEqual({
    '@context': fixture('context'),
    id: message.uri,
    type: 'Note',
    attributedTo: BOB,
    to: [ALICE],
    cc: [],
    content: '<p>Is it free?</p>',
    context: LISTINGS.lodging.uri,
    inReplyTo: LISTINGS.lodging.uri,
    published: '2026-11-05T08:00:00.000Z',
    tag: [{ type: 'Mention', href: ALICE, name: '@alice@marseille.example' }],
  });
  expect(readNote(overTheWire(writeMessage(message)))).toEqual({
    uri: message.uri,
    from: BOB,
    to: [ALICE],
    html: '<p>Is it free?</p>',
    url: message.uri,
    context: LISTINGS.lodging.uri,
    inReplyTo: LISTINGS.lodging.uri,
    published: message.published,
    pictures: [],
  });
});
test("Mastodon's direct message is one, though it knows no listing but the one that it answers", () => {
  const note = readNote(fixture('mastodon-note')['object'] as Record<string, unknown>)!;
  expect(note).toMatchObject({
    from: 'https://mastodon.example/users/frank',
    inReplyTo: LISTINGS.lodging.uri,
    conversation: expect.stringMatching(/^tag:/),
  });
  expect(isPrivateTo(note, ALICE)).toBe(true);
});
test('a post has its first four pictures with what they show; films do not count, nor what is marked as sensitive', () => {
  const part = (n: number, mediaType = 'image/jpeg') => ({
    type: 'Document',
    mediaType,
    url: `https://files.example/${n}.jpg`,
    name: n === 1 ? 'A red door' : null,
  });
  const note = {
    id: 'https://mastodon.example/users/frank/statuses/2',
    type: 'Note',
    attributedTo: 'https://mastodon.example/users/frank',
    to: [PUBLIC],
    content: '<p>Doors</p>',
    sensitive: false,
    attachment: [
      part(0, 'video/mp4'),
      ...[1, 2, 3, 4, 5].map((n) => part(n)),
      { type: 'Link', href: 'https://x.example/' },
    ],
  };
  expect(readNote(note)?.pictures).toEqual(
    [1, 2, 3, 4].map((n) => ({
      url: `https://files.example/${n}.jpg`,
      mediaType: 'image/jpeg',
      alt: n === 1 ? 'A red door' : '',
    })),
  );
  expect(readNote({ ...note, sensitive: true })?.pictures).toEqual([]);
});
test.each([
  [[ALICE], true],
  [[ALICE, BOB], true],
  [[BOB], false],
  [[], false],
  [[ALICE, PUBLIC], false],
  [[ALICE, 'as:Public'], false],
  [[ALICE, `${BOB}/followers`], false],
  [[ALICE, 'https://third.example/users/c'], false],
])('addressed to %j: private to Alice is %s', (to, expected) => {
  expect(isPrivateTo({ from: BOB, to }, ALICE)).toBe(expected);
});
test('every spelling of everybody is everybody', () => {
  expect([PUBLIC, 'as:Public', 'Public'].every((one) => isPublic([one]) && !isPrivate([one]))).toBe(true);
});
