/** An Undo may overtake what it takes back. The id is remembered among the tombstones, so that the late one does nothing. */
import { and, eq } from 'drizzle-orm';
import type { Tx } from '#db/database.ts';
import type { ActivityValue } from '../vocab/activity.ts';

/** Apart from the tombstones of objects, so that no activity's id shuts out an object. */
const graveOf = (uri: string): string => `undone:${uri}`;

/** @param uri id of the activity that is taken back, of the same origin as the actor that takes it back */
export const rememberUndone = async (tx: Tx, now: Date, uri: string, actor: string): Promise<void> => {
  if (!URL.canParse(uri) || new URL(uri).origin !== new URL(actor).origin) return;
  await tx
    .insert(tx.t.tombstones)
    .values({ uri: graveOf(uri), owner: actor, local: false, deleted: now })
    .onConflictDoNothing();
};

/** Was this activity taken back by its own actor before it came? */
export const wasUndone = async (tx: Tx, activity: ActivityValue): Promise<boolean> => {
  const { tombstones } = tx.t;
  const [row] = await tx
    .select({ uri: tombstones.uri })
    .from(tombstones)
    .where(and(eq(tombstones.uri, graveOf(activity.id)), eq(tombstones.owner, activity.actor)))
    .limit(1);
  return row !== undefined;
};
