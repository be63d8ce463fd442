/** What other software really sent, where the recordings are at hand: understood or ignored with a reason, never a fault. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyActivity } from '#federation/inbox/receive.ts';
import type { InboxDeps } from '#federation/inbox/types.ts';
import { readActivity } from '#federation/vocab/activity.ts';
import { type JsonObject, isObject } from '#federation/vocab/json.ts';
import { readDocument } from '#federation/vocab/normalise.ts';
import { eachEngine } from '../../support/databases.ts';
import { type TestNode, startNode } from '../../support/nodes.ts';
import { followedBy, inboxOf, noNetwork } from './world.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/data/wire');
const present = existsSync(FOLDER);

const documentsOf = (folder: string): { name: string; json: JsonObject }[] =>
  readdirSync(join(FOLDER, folder))
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      let json: unknown;
      try {
        json = JSON.parse(readFileSync(join(FOLDER, folder, name), 'utf8'));
      } catch {
        return [];
      }
      // A recording holds the body beside its headers.
      const body = isObject(json) && isObject(json['body']) && 'headers' in json ? json['body'] : json;
      return isObject(body) ? [{ name: `${folder}/${name}`, json: body }] : [];
    });

eachEngine('documents of other software', (engine) => {
  let node: TestNode;
  let deps: InboxDeps;
  beforeAll(async () => {
    if (!present) return;
    node = await startNode('marseille', { engine });
    deps = inboxOf(node, noNetwork);
  });
  afterAll(() => node?.drop());

  test.skipIf(!present)('each is applied, ignored or refused with a reason', async () => {
    const outcomes: Record<string, number> = {};
    for (const folder of readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)) {
      for (const { name, json } of documentsOf(folder)) {
        const document = await readDocument(json);
        const read = document.ok ? readActivity(document.document) : document;
        if (!read.ok) {
          expect(read.reason, name).not.toBe('');
          continue;
        }
        // As if a member followed everybody: the deepest way through every handler.
        await followedBy(node, `${node.origin}/users/ada`, read.value.actor);
        const now = node.site.now();
        await node.db.write((tx) =>
          tx
            .insert(tx.t.actors)
            .values({
              uri: read.value.actor,
              local: false,
              kind: 'member',
              handle: 'somebody',
              host: new URL(read.value.actor).host,
              name: 'Somebody',
              html: '',
              url: read.value.actor,
              inbox: `${read.value.actor}/inbox`,
              languages: [],
              discoverable: false,
              manuallyApproves: false,
              suspended: false,
              created: now,
              updated: now,
              fetched: now,
            })
            .onConflictDoNothing(),
        );
        // Several documents share an id; each is to reach its handler.
        const outcome = await applyActivity(deps, { ...read.value, id: `${read.value.id}#${name}` });
        expect(outcome.reason, name).not.toBe('');
        outcomes[outcome.outcome] = (outcomes[outcome.outcome] ?? 0) + 1;
      }
    }
    expect(outcomes['applied'] ?? 0).toBeGreaterThan(5);
    expect(outcomes['ignored'] ?? 0).toBeGreaterThan(5);
  });
});
