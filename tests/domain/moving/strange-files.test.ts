/** A file that is somebody else's, or says that it is: nothing in it acts for another, and what is left out is told. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readContainer } from '#domain/moving/read-container.ts';

const HERE = 'https://here.example/users';
const MALLORY = `${HERE}/mallory`;
const STRANGER = 'https://partner.example/users/alice';
let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (files: Record<string, unknown>) => {
  folder = mkdtempSync(join(tmpdir(), 'maillon-strange-'));
  const all: [string, string][] = [
    ['manifest.yml', 'ubc-version: 0.1\n'],
    ...Object.entries(files).map(([name, said]): [string, string] => [name, JSON.stringify(said)]),
  ];
  for (const [name, said] of all) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), said);
  }
  return readContainer(folder, { names: new Set(all.map(([name]) => name)), leftOut: [] }, MALLORY);
};
const profile = (actor: string, more = {}) => ({ actor, handle: actor.split('/').at(-1), ...more });

test('a file that names two owners is refused', async () => {
  await expect(
    read({ 'maillon/profile.json': profile(STRANGER), 'activitypub/actor.json': { id: `${HERE}/alice` } }),
  ).rejects.toMatchObject({ code: 'twoOwners' });
});

test('a file of another member here is told to be theirs; one of oneself is not', async () => {
  const codes = async (actor: string) =>
    (await read({ 'maillon/profile.json': profile(actor) })).notes.map(({ code }) => code);
  expect(await codes(`${HERE}/alice`)).toEqual(['otherHere']);
  rmSync(folder, { recursive: true });
  expect(await codes(MALLORY)).toEqual([]);
});

test('listings of others, attestations, messages, and addresses that would bind a stranger are left out and told', async () => {
  const brought = await read({
    'maillon/profile.json': profile(STRANGER, { alsoKnownAs: [`${HERE}/bob`], movedTo: `${HERE}/bob`, role: 'admin' }),
    'activitypub/actor.json': { id: STRANGER, movedTo: MALLORY },
    'maillon/attestations.json': [{ code: 'care-worker' }],
    'maillon/threads.json': [{ with: `${HERE}/bob`, messages: [] }],
    'listings.json': [
      { ref: '1', member: 'Alice', title: 'Hers' },
      { ref: '2', member: 'bob', title: 'His' },
      { ref: '3', title: 'Of whose file it is' },
    ],
  });
  expect(brought.lines.map((line) => line.ref)).toEqual(['alice@partner.example/1', 'alice@partner.example/3']);
  expect(brought.notes).toEqual([
    { code: 'ofAnother', about: 'His', params: { member: 'bob' } },
    { code: 'threads' },
    { code: 'attestations' },
    { code: 'addresses' },
  ]);
  // Nothing else of it is handed on than what the member may choose.
  expect(Object.keys(brought.profile).toSorted()).toEqual(['indexable', 'languages', 'name', 'showProfile', 'text']);
});
