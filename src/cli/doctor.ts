/** `maillon doctor`: what can be checked from here, each with its remedy, and what cannot. */
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '#src/config.ts';
import { type Loaded, command } from './command.ts';
import { checkData } from './doctor-data.ts';
import { checkAddress, checkClock, checkNode } from './doctor-network.ts';
import { openFor, problemOf, readSettings } from './open.ts';
import type { Say } from './messages.ts';
import { type Params, Stop, type Terminal } from './terminal.ts';

type Verdict = 'fine' | 'wrong' | 'note';
export type Tell = (topic: Say, verdict: Verdict, key: Say, params?: Params) => void;

const LOW_GB = 1;
const MARKS: Record<Verdict, string> = { fine: '✓', wrong: '✗', note: '·' };

export const doctorCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('doctor.description'),
    {
      offline: { type: 'boolean', description: terminal.say('doctor.offline') },
    },
    async ({ offline, envFile }) => {
      let wrong = 0;
      const colon = terminal.locale === 'fr' ? '\u00a0:' : ':';
      const line = (topic: Say, verdict: Verdict, words: string): void => {
        if (verdict === 'wrong') wrong += 1;
        terminal.out(`${MARKS[verdict]} ${terminal.say(topic)}${colon} ${words}`);
      };
      const tell: Tell = (topic, verdict, key, params) => line(topic, verdict, terminal.say(key, params));
      const config = readSettings(terminal, envFile);
      tell('doctor.settings', 'fine', 'doctor.settingsFine', { origin: config.origin });
      await checkDisk(terminal, tell, config);
      try {
        const db = await openFor(terminal, config);
        try {
          await checkData(terminal, tell, db, join(config.dataDir, 'media'));
          if (offline !== true) await checkClock(tell, db);
        } finally {
          await db.close();
        }
      } catch (error) {
        const broken = error instanceof Stop ? error.message : sqliteSays(terminal, error);
        if (broken === undefined) throw error;
        line('doctor.database', 'wrong', broken);
      }
      tell('doctor.mail', 'note', config.smtpUrl === undefined ? 'doctor.mailOff' : 'doctor.mailOn');
      if (offline !== true) {
        const found = await checkAddress(tell, new URL(config.origin).hostname);
        if (found) await checkNode(tell, config.origin);
      }
      terminal.out(terminal.say('doctor.unchecked'));
      if (wrong > 0) throw new Stop(1);
    },
  );

/** A file that is broken may answer no query at all. */
const sqliteSays = (terminal: Terminal, error: unknown): string | undefined => {
  const found = [error, error instanceof Error ? error.cause : undefined].find(
    (one) => one instanceof Error && 'code' in one && String(one.code).startsWith('SQLITE_'),
  );
  return found === undefined ? undefined : terminal.say('doctor.integrityBroken', { problem: problemOf(found) });
};

const checkDisk = async (terminal: Terminal, tell: Tell, { dataDir }: Config): Promise<void> => {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    const { bavail, bsize } = await statfs(dataDir);
    const free = (bavail * bsize) / 1e9;
    const low = free < LOW_GB;
    tell('doctor.disk', low ? 'wrong' : 'fine', low ? 'doctor.diskLow' : 'doctor.diskFine', {
      free: free.toLocaleString(terminal.locale, { maximumFractionDigits: 1 }),
      dir: dataDir,
    });
  } catch (error) {
    tell('doctor.disk', 'wrong', 'doctor.notWritable', { dir: dataDir, problem: problemOf(error) });
  }
};
