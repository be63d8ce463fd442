/** Every document that other software really sent, where that collection is at hand: never an error, always a reason. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readActivity } from '#federation/vocab/activity.ts';
import { readActor } from '#federation/vocab/actor.ts';
import { readCollection, readCollectionPage } from '#federation/vocab/collection.ts';
import { isObject } from '#federation/vocab/json.ts';
import { readListing } from '#federation/vocab/listing.ts';
import { readNote } from '#federation/vocab/message.ts';
import { readNodeInfo } from '#federation/vocab/nodeinfo.ts';
import { readDocument } from '#federation/vocab/normalise.ts';
import { readWebFinger } from '#federation/vocab/webfinger.ts';
import { asItCame } from './samples.ts';

const folder = new URL('../../../../shared/data/wire', import.meta.url).pathname;
const present = existsSync(folder);
const files = present ? globSync('**/*.json', { cwd: folder }).toSorted() : [];

type Outcome = { understood: string[]; reasons: string[] };
/** Reads a file in every way that there is. */
const read = async (file: string): Promise<Outcome> => {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } catch {
    return { understood: [], reasons: ['It is no JSON.'] };
  }
  const document = await readDocument(file.startsWith('captured/') && isObject(json) ? json['body'] : json);
  if (!document.ok) return { understood: [], reasons: [document.reason] };
  const found = document.document;
  const activity = readActivity(found);
  const inner = activity.ok ? [activity.value.object, found] : [found];
  const tries = [activity, readActor(found), ...inner.map((one) => readListing(one, asItCame))];
  const others = [
    readCollection(found),
    readCollectionPage(found),
    readNodeInfo(found),
    readWebFinger(found),
    ...inner.map((one) => (isObject(one) ? readNote(one) : undefined)),
  ];
  return {
    understood: [
      ...tries.filter((one) => one.ok).map(() => 'read'),
      ...others.filter((one) => one !== undefined).map(() => 'read'),
    ],
    reasons: tries.flatMap((one) => (one.ok ? [] : [one.reason])),
  };
};

describe.skipIf(!present)('documents of others (../shared/data/wire)', () => {
  test('there are many', () => {
    expect(files.length).toBeGreaterThan(200);
  });
  test.each(files)('%s', async (file) => {
    const { understood, reasons } = await read(file);
    expect(understood.length > 0 || (reasons.length > 0 && reasons.every((reason) => reason !== ''))).toBe(true);
  });
  test.each(files.filter((file) => file.startsWith('captured/')))(
    '%s, sent to an inbox, is an activity, or it has no id',
    async (file) => {
      const { body }: { body: Record<string, unknown> } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const document = await readDocument(body);
      const activity = document.ok ? readActivity(document.document) : document;
      // WordPress sends Updates without one: nothing could tell the second copy from the first, so it is left with that reason.
      expect(activity.ok ? '' : activity.reason).toBe('id' in body ? '' : 'The activity has no id.');
    },
  );
  test.each(files.filter((file) => /_objects_(person|group)|-actor\.json$/.test(file)))(
    '%s is an actor',
    async (file) => {
      const document = await readDocument(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      const actor = document.ok ? readActor(document.document) : document;
      expect(actor.ok ? '' : actor.reason).toBe('');
    },
  );
});
