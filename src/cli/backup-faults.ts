/** What the faults of backups are called at a terminal, each with its remedy. */
import type { BackupFault } from '#src/backup/fault.ts';
import type { Say } from './messages.ts';
import type { Terminal } from './terminal.ts';

export const faultText = (terminal: Terminal, fault: BackupFault): string => {
  const key: Say = `backup.fault.${fault.code}`;
  return terminal.say(key, fault.params);
};
