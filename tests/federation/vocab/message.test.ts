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
