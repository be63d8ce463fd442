/** What is said, and what is understood of what others say. */
import { describe, expect, test } from 'vitest';
import {
  readActivity,
  readAgreement,
  writeAccept,
  writeAnnounce,
  writeCreate,
  writeDelete,
  writeMove,
  writeFlag,
  writeFollow,
  writePeeringOffer,
  writeReject,
  writeUndoFollow,
  writeUpdate,
} from '#federation/vocab/activity.ts';
import { PUBLIC } from '#federation/vocab/context.ts';
import { writeNote } from '#federation/vocab/listing.ts';
import { ADDRESSED, ALICE, LISTINGS, fixture, overTheWire } from './samples.ts';

const BOB = 'https://lyon.example/users/bob';
const head = {
  id: `${ALICE}/activities/1`,
  actor: ALICE,
  to: [BOB],
  cc: [],
  published: new Date('2026-11-02T09:00:00Z'),
};
const said = { id: head.id, actor: ALICE, to: [BOB], cc: [], published: '2026-11-02T09:00:00.000Z' };
const follow = { id: `${BOB}/activities/7`, actor: BOB, object: ALICE };
const without = (document: unknown): Record<string, unknown> => {
  const { '@context': context, ...rest } = overTheWire(document);
  expect(context).toEqual(fixture('context'));
  return rest;
};

test('a Create carries the whole object, whose context is the one above it', () => {
  const { '@context': _, ...note } = overTheWire(writeNote(LISTINGS.goods, ADDRESSED));
  expect(without(writeCreate({ ...head, ...ADDRESSED, object: writeNote(LISTINGS.goods, ADDRESSED) }))).toEqual({
    ...said,
    ...ADDRESSED,
    type: 'Create',
    object: note,
  });
  expect(without(writeUpdate({ ...head, object: { id: ALICE, type: 'Person' } }))).toEqual({
    ...said,
    type: 'Update',
    object: { id: ALICE, type: 'Person' },
  });
});
test('a thing deleted leaves a Tombstone, an actor its id alone', () => {
  expect(
    without(writeDelete({ ...head, object: `${ALICE}/items/1`, formerType: 'Note', deleted: head.published })),
  ).toEqual({
    ...said,
    type: 'Delete',
    object: { id: `${ALICE}/items/1`, type: 'Tombstone', formerType: 'Note', deleted: said.published },
  });
  expect(without(writeDelete({ ...head, object: ALICE, deleted: head.published }))).toEqual({
    ...said,
    type: 'Delete',
    object: ALICE,
  });
});
test('an answer names the Follow by its three ids and re-hydrates nothing', () => {
  expect(without(writeAccept({ ...head, object: follow.id, follow }))).toEqual({
    ...said,
    type: 'Accept',
    object: { ...follow, type: 'Follow' },
  });
  expect(without(writeReject({ ...head, object: follow.id, follow }))).toEqual({
    ...said,
    type: 'Reject',
    object: { ...follow, type: 'Follow' },
  });
  expect(without(writeUndoFollow({ ...head, follow }))).toEqual({
    ...said,
    type: 'Undo',
    object: { ...follow, type: 'Follow' },
  });
  // Why, in words and as a word that programs know.
  const why = { content: 'Not on the list.', refusal: 'notListed' };
  expect(without(writeReject({ ...head, object: follow.id, follow, ...why }))).toMatchObject({
    type: 'Reject',
    ...why,
  });
  expect(without(writeReject({ ...head, object: follow.id, follow, content: '' }))).not.toHaveProperty('content');
});
test('the rest names what it is about', () => {
  expect(without(writeFollow({ ...head, object: BOB }))).toEqual({ ...said, type: 'Follow', object: BOB });
  expect(without(writeAnnounce({ ...head, to: [PUBLIC], object: `${ALICE}/items/1` }))).toEqual({
    ...said,
    to: [PUBLIC],
    type: 'Announce',
    object: `${ALICE}/items/1`,
  });
  expect(without(writeFlag({ ...head, objects: [BOB, `${BOB}/items/1`], content: 'Spam', reason: 'spam' }))).toEqual({
    ...said,
    type: 'Flag',
    object: [BOB, `${BOB}/items/1`],
    content: 'Spam',
    flagReason: 'spam',
  });
  const agreement = {
    id: `${head.id}#agreement`,
    url: 'https://marseille.example',
    gives: { kinds: ['lodging'] },
    takes: { kinds: [] },
    follow: `${ALICE}/activities/2`,
    charter: 'https://marseille.example/charte',
  };
  const offer = writePeeringOffer({ ...head, object: BOB, message: 'Hello', agreement });
  expect(without(offer)).toEqual({
    ...said,
    type: 'Offer',
    target: BOB,
    content: 'Hello',
    object: { ...agreement, type: 'PeeringAgreement', attributedTo: ALICE },
  });
  const answer = writePeeringOffer({
    ...head,
    object: BOB,
    message: '',
    agreement: { ...agreement, answers: `${BOB}/1` },
  });
  for (const [written, value] of [
    [offer, agreement],
    [answer, { ...agreement, answers: `${BOB}/1` }],
  ] as const) {
    const read = readActivity(written);
    const { url: _, ...expected } = value;
    expect(read.ok && readAgreement(read.value)).toEqual(expected);
  }
  expect(
    without(
      writeReject({ ...head, object: `${BOB}/2`, follow: { actor: BOB, object: ALICE }, content: 'No', refusal: 'x' }),
    ),
  ).toMatchObject({ type: 'Reject', content: 'No', refusal: 'x', object: { id: `${BOB}/2`, type: 'Follow' } });
});

const read = (change: Record<string, unknown>) =>
  readActivity({ id: 'https://o.example/1', type: 'Follow', actor: 'https://o.example/a', object: ALICE, ...change });
describe('reading', () => {
  test('what we write', () => {
    expect(readActivity(overTheWire(writeUndoFollow({ ...head, follow })))).toMatchObject({
      ok: true,
      value: {
        id: head.id,
        type: 'Undo',
        actor: ALICE,
        objectId: follow.id,
        object: { type: 'Follow' },
        to: [BOB],
        cc: [],
        published: head.published,
      },
    });
  });
  test('lists of one, an embedded actor, one reader without a list, an object by id or whole', () => {
    expect(
      read({ type: ['Follow'], actor: [{ type: 'Person', id: 'https://o.example/a' }], object: [ALICE], to: ALICE }),
    ).toMatchObject({
      ok: true,
      value: { type: 'Follow', actor: 'https://o.example/a', objectId: ALICE, to: [ALICE], cc: [] },
    });
    expect(read({ object: { id: ALICE, type: 'Person' } })).toMatchObject({
      value: { objectId: ALICE, object: { type: 'Person' } },
    });
    expect(read({ object: { type: 'Note' } })).toMatchObject({ value: { object: { type: 'Note' } } });
    expect(read({ type: 'Flag', object: [ALICE, { id: `${ALICE}/items/1` }] })).toMatchObject({
      value: { objectIds: [ALICE, `${ALICE}/items/1`] },
    });
  });
  test("Epicyon's two time zones in one date are one moment", () => {
    expect(read({ published: '2026-11-24T01:49:38+00:00Z' })).toMatchObject({
      value: { published: new Date('2026-11-24T01:49:38Z') },
    });
  });
  test.each([
    ['two actors', { actor: ['https://o.example/a', 'https://o.example/b'] }],
    ['no actor', { actor: undefined }],
    ['no id', { id: undefined }],
    ['an id that is a number', { id: 7 }],
    ['no type', { type: undefined }],
  ])('%s is refused with a reason', (_what, change) => {
    const activity = read(change);
    expect(activity.ok ? '' : activity.reason).toMatch(/activity/);
  });
});

test('who moves is actor and object', () => {
  expect(without(writeMove({ ...head, target: BOB }))).toEqual({ ...said, type: 'Move', object: ALICE, target: BOB });
});
