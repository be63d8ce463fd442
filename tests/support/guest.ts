/** A partner's member who is signed in, without the way there: what they may do is what matters. */
import { openGuestSession } from '#domain/identity/guests.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { makePeer } from './attack.ts';
import type { TestNode } from './nodes.ts';
import type { Stranger } from './stranger.ts';

/** Makes `home` a partner whose admin Zoé is in at `node`. @returns what her cookie holds, and the token of her forms */
export const guestOf = async (node: TestNode, home: Stranger): Promise<{ secret: string; csrf: string }> => {
  const scope = { ...OPEN_SCOPE, data: [...OPEN_SCOPE.data, 'signIn' as const] };
  await makePeer(node, home, { state: 'active', give: scope, take: scope, theirGive: scope });
  const actor = `${home.origin}/users/zoe`;
  const who = { issuer: home.origin, actor, host: home.host, sid: 'sid', level: 'admin', since: '2024-05-01' };
  return node.db.write(async (tx) => {
    await tx.insert(tx.t.actors).values({
      uri: actor,
      local: false,
      kind: 'Person',
      handle: 'zoe',
      host: home.host,
      name: 'Zoé',
      html: '',
      url: actor,
      inbox: `${actor}/inbox`,
      languages: [],
      discoverable: false,
      manuallyApproves: false,
      suspended: false,
      created: new Date(),
      updated: new Date(),
    });
    const secret = await openGuestSession(tx, new Date(), who, 'x');
    if (secret === undefined) throw new Error('The partnership does not let its members in.');
    const [row] = await tx.select().from(tx.t.guests);
    return { secret, csrf: row!.csrf };
  });
};
