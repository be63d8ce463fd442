/** The row of a partner on whom both admins have agreed. */
import type { Tx } from '#db/database.ts';

type Row = Tx['t']['peers']['$inferInsert'];

export const peerRow = (peer: Pick<Row, 'host' | 'nodeActor'> & Partial<Row>): Row => {
  const now = new Date();
  return {
    id: crypto.randomUUID(),
    name: peer.host,
    summary: '',
    software: '',
    state: 'active',
    message: '',
    sentAccepted: true,
    receivedAccepted: true,
    backfillState: 'done',
    backfillDone: 0,
    created: now,
    updated: now,
    ...peer,
  };
};
