/** `maillon token`: keys for programs that read the API. */
import { COMMAND_LINE, audit } from '#domain/audit.ts';
import { issueToken, listTokens, revokeToken } from '#domain/tokens.ts';
import { type Loaded, command } from './command.ts';
import { settled, withNode } from './open.ts';
import { Stop, type Terminal } from './terminal.ts';

const DAY_MS = 24 * 3_600_000;

export const tokenCommands = (terminal: Terminal): Loaded => ({
  about: terminal.say('token.description'),
  commands: {
    issue: command(
      terminal,
      terminal.say('token.issue'),
      {
        name: { type: 'string', required: true, description: terminal.say('token.name'), valueHint: 'website' },
        days: { type: 'string', description: terminal.say('token.days'), valueHint: '365' },
      },
      async ({ name, days, envFile }) => {
        if (name.trim() === '' || name.length > 80) throw new Stop(2, terminal.say('token.badName'));
        if (days !== undefined && !(/^\d{1,4}$/.test(days) && Number(days) >= 1 && Number(days) <= 3_650))
          throw new Stop(2, terminal.say('token.badDays'));
        await withNode(terminal, envFile, async (node) => {
          await settled(terminal, node);
          const { db, site } = node;
          const token = await db.write(async (tx) => {
            await audit(tx, site.now(), {
              actor: COMMAND_LINE,
              action: 'token.issued',
              subject: name.trim(),
              after: { days: days === undefined ? null : Number(days) },
            });
            return issueToken(tx, site.now(), 'api', {
              data: { name: name.trim() },
              ...(days === undefined ? {} : { ttlMs: Number(days) * DAY_MS }),
            });
          });
          terminal.err(terminal.say('token.is'));
          terminal.out(token);
        });
      },
    ),
    list: command(terminal, terminal.say('token.list'), {}, ({ envFile }) =>
      withNode(terminal, envFile, async ({ db, site }) => {
        const tokens = (await listTokens(db.read, 'api')).filter(
          (token) => token.expires === null || token.expires > site.now(),
        );
        if (tokens.length === 0) terminal.err(terminal.say('token.none'));
        for (const { id, data, expires, created } of tokens) {
          const until =
            expires === null
              ? terminal.say('token.forever')
              : terminal.say('token.until', { date: expires.toISOString().slice(0, 10) });
          terminal.out([id, created.toISOString().slice(0, 10), until, data['name'] ?? ''].join('\t'));
        }
      }),
    ),
    revoke: command(
      terminal,
      terminal.say('token.revoke'),
      {
        id: { type: 'positional', required: true, description: terminal.say('token.id') },
      },
      ({ id, envFile }) =>
        withNode(terminal, envFile, async ({ db, site }) => {
          const known = (await listTokens(db.read, 'api')).find((token) => token.id === id);
          const revoked = await db.write(async (tx) => {
            if (known === undefined || !(await revokeToken(tx, site.now(), id))) return false;
            const subject = known.data['name'] ?? id;
            await audit(tx, site.now(), { actor: COMMAND_LINE, action: 'token.revoked', subject });
            return true;
          });
          if (!revoked) throw new Stop(1, terminal.say('token.unknown'));
          terminal.err(terminal.say('token.revoked'));
        }),
    ),
  },
});
