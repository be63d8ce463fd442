/** Whether everybody may read the rules by domain. */
import type { Tx } from '#db/database.ts';
import { audited } from './audit.ts';
import { getCooperative } from './cooperative.ts';

/** @param by who decides */
export const showRules = (tx: Tx, now: Date, by: string, shown: boolean): Promise<void> =>
  audited(
    tx,
    now,
    { actor: by, action: 'rules.shown', subject: '/about/rules' },
    async () => {
      const row = await getCooperative(tx);
      return row === undefined ? undefined : { shown: row.showRules };
    },
    async () => {
      await tx.update(tx.t.cooperative).set({ showRules: shown, updated: now });
    },
  );
