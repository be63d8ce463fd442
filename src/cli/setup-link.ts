/** `maillon setup-link`: the way to the set-up page for whoever has the machine. */
import { getCooperative } from '#domain/cooperative.ts';
import { issueToken } from '#domain/tokens.ts';
import { type Loaded, command } from './command.ts';
import { withNode } from './open.ts';
import { Stop, type Terminal } from './terminal.ts';

const DAY_MS = 24 * 3_600_000;

export const setupLinkCommand = (terminal: Terminal): Loaded =>
  command(terminal, terminal.say('setupLink.description'), {}, ({ envFile }) =>
    withNode(terminal, envFile, async ({ db, site }) => {
      const cooperative = await getCooperative(db.read);
      if (cooperative !== undefined) throw new Stop(1, terminal.say('setup.already', { name: cooperative.name }));
      const token = await db.write((tx) => issueToken(tx, site.now(), 'setup', { ttlMs: DAY_MS }));
      terminal.err(terminal.say('setupLink.link'));
      terminal.out(`${site.origin}/setup/${token}`);
    }),
  );
