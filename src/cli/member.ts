/** `maillon member`: what an admin does on the page, for whoever has the machine; also the way back when no admin is left. */
import type { AuditAction } from '#domain/audit-actions.ts';
import { stateOfMember } from '#domain/audit-states.ts';
import { COMMAND_LINE, audit, audited } from '#domain/audit.ts';
import { approveMember, invite } from '#domain/joining.ts';
import {
  findAccountByHandle,
  listMembers,
  membersWithRole,
  reinstateMember,
  setRole,
  suspendMember,
} from '#domain/members.ts';
import type { AccountRow } from '#domain/sessions.ts';
import { resetWaysIn, stateOfWaysIn } from '#domain/sign-in/factors.ts';
import { issueToken, voidTokens } from '#domain/tokens.ts';
import { ROLES, type Result } from '#domain/types.ts';
import type { Tx } from '#db/database.ts';
import { type Loaded, command } from './command.ts';
import { type Opened, settled, withNode } from './open.ts';
import { Stop, type Terminal } from './terminal.ts';

const HOUR_MS = 3_600_000;
const PAGE = 200;
const STATES = ['active', 'pending', 'unconfirmed', 'suspended'];

export const memberCommands = (terminal: Terminal): Loaded => {
  const who = { handle: { type: 'positional', required: true, description: terminal.say('member.handle') } } as const;
  return {
    about: terminal.say('member.description'),
    commands: {
      list: listCommand(terminal),
      promote: command(
        terminal,
        terminal.say('member.promote'),
        {
          ...who,
          role: {
            type: 'enum',
            options: ['admin', 'moderator'],
            default: 'admin',
            description: `${terminal.say('member.role')}: admin, moderator`,
          },
        },
        ({ handle, role, envFile }) =>
          change(
            terminal,
            envFile,
            handle,
            (tx, node, account) => setRole(tx, node.site.now(), account.id, role),
            'member.role',
          ),
      ),
      demote: command(
        terminal,
        terminal.say('member.demote'),
        {
          ...who,
          role: {
            type: 'enum',
            options: ROLES.filter((role) => role !== 'admin'),
            default: 'member',
            description: `${terminal.say('member.role')}: member, moderator`,
          },
        },
        ({ handle, role, envFile }) =>
          change(
            terminal,
            envFile,
            handle,
            (tx, node, account) => setRole(tx, node.site.now(), account.id, role),
            'member.role',
          ),
      ),
      suspend: command(terminal, terminal.say('member.suspend'), who, ({ handle, envFile }) =>
        change(
          terminal,
          envFile,
          handle,
          (tx, node, account) => suspendMember(tx, node.site, account.id),
          'member.suspended',
        ),
      ),
      reinstate: command(terminal, terminal.say('member.reinstate'), who, ({ handle, envFile }) =>
        change(
          terminal,
          envFile,
          handle,
          (tx, node, account) => reinstateMember(tx, node.site, account.id),
          'member.reinstated',
        ),
      ),
      approve: command(terminal, terminal.say('member.approve'), who, ({ handle, envFile }) =>
        change(
          terminal,
          envFile,
          handle,
          async (tx, node, account) => approveMember(tx, node.site, await settled(terminal, node), account.id),
          'member.approved',
        ),
      ),
      'reset-factors': command(terminal, terminal.say('member.resetFactors'), who, ({ handle, envFile }) =>
        withNode(terminal, envFile, async (node) => {
          await settled(terminal, node);
          const account = await find(terminal, node, handle);
          const by = { actor: COMMAND_LINE, action: 'member.factorsReset', subject: account.handle } as const;
          const done = await node.db.write((tx) =>
            audited(
              tx,
              node.site.now(),
              by,
              () => stateOfWaysIn(tx, account.id),
              () => resetWaysIn(tx, node.site, account, terminal.say('member.factorsReason')),
            ),
          );
          if (!done.ok) throw new Stop(1, terminal.say('member.noFactors', { handle: account.handle }));
          terminal.err(terminal.say('member.factorsGone', { handle: account.handle }));
        }),
      ),
      'reset-link': resetCommand(terminal),
      invite: inviteCommand(terminal),
    },
  };
};

const find = async (terminal: Terminal, node: Opened, handle: string): Promise<AccountRow> => {
  const account = await findAccountByHandle(node.db.read, handle.replace(/^@/, ''));
  if (account === undefined) throw new Stop(1, terminal.say('noMember', { handle }));
  return account;
};

const change = (
  terminal: Terminal,
  envFile: string | undefined,
  handle: string,
  act: (tx: Tx, node: Opened, account: AccountRow) => Promise<Result<AccountRow>>,
  action: AuditAction,
): Promise<void> =>
  withNode(terminal, envFile, async (node) => {
    await settled(terminal, node);
    const account = await find(terminal, node, handle);
    const by = { actor: COMMAND_LINE, action, subject: account.handle };
    const done = await node.db.write((tx) =>
      audited(
        tx,
        node.site.now(),
        by,
        () => stateOfMember(tx, account.id),
        () => act(tx, node, account),
      ),
    );
    if (!done.ok) {
      const [error] = done.errors;
      const problem =
        error === undefined || error.code === 'notFound'
          ? terminal.say('member.notInState', { state: account.state })
          : terminal.explain(error);
      throw new Stop(1, terminal.say('member.refused', { problem }));
    }
    terminal.err(
      action === 'member.role'
        ? terminal.say('member.roleNow', { handle: done.value.handle, role: done.value.role })
        : terminal.say('member.stateNow', { handle: done.value.handle, state: done.value.state }),
    );
  });

const listCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('member.list'),
    {
      state: { type: 'enum', options: STATES, description: terminal.say('member.state') },
      json: { type: 'boolean', description: terminal.say('member.json') },
    },
    ({ state, json, envFile }) =>
      withNode(terminal, envFile, async ({ db }) => {
        let count = 0;
        for (let after: string | undefined; ;) {
          const page = await listMembers(db.read, {
            limit: PAGE,
            ...(state === undefined ? {} : { state }),
            ...(after === undefined ? {} : { after }),
          });
          for (const { handle, name, email, role, state: now, created } of page) {
            const day = created.toISOString().slice(0, 10);
            terminal.out(
              json === true
                ? JSON.stringify({ handle, name, email, role, state: now, created })
                : [handle, role, now, day, email, name].join('\t'),
            );
          }
          count += page.length;
          after = page.at(-1)?.handle;
          if (page.length < PAGE) break;
        }
        if (count === 0) terminal.err(terminal.say('member.none'));
      }),
  );

/** For when there is no mail: nothing is sent, the link is handed over. */
const resetCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('member.resetLink'),
    { handle: { type: 'positional', required: true, description: terminal.say('member.handle') } },
    ({ handle, envFile }) =>
      withNode(terminal, envFile, async (node) => {
        await settled(terminal, node);
        const account = await find(terminal, node, handle);
        if (account.state === 'suspended')
          throw new Stop(
            1,
            terminal.say('member.refused', { problem: terminal.say('member.notInState', { state: account.state }) }),
          );
        const now = node.site.now();
        const token = await node.db.write(async (tx) => {
          await voidTokens(tx, now, 'reset', account.id);
          await audit(tx, now, { actor: COMMAND_LINE, action: 'member.resetLink', subject: account.handle });
          return issueToken(tx, now, 'reset', { account: account.id, ttlMs: HOUR_MS });
        });
        terminal.err(terminal.say('member.resetIs'));
        terminal.out(`${node.site.origin}/password-reset/${token}`);
      }),
  );

const inviteCommand = (terminal: Terminal): Loaded =>
  command(
    terminal,
    terminal.say('member.invite'),
    {
      by: { type: 'string', description: terminal.say('member.by'), valueHint: 'handle' },
      email: { type: 'string', description: terminal.say('member.email'), valueHint: 'name@example.org' },
    },
    ({ by, email, envFile }) =>
      withNode(terminal, envFile, async (node) => {
        const cooperative = await settled(terminal, node);
        const inviter =
          by === undefined ? (await membersWithRole(node.db.read, 'admin'))[0] : await find(terminal, node, by);
        if (inviter === undefined) throw new Stop(1, terminal.say('member.noAdmin'));
        const done = await node.db.write(async (tx) => {
          const link = await invite(tx, node.site, cooperative, inviter, email ?? '');
          if (link.ok)
            await audit(tx, node.site.now(), {
              actor: COMMAND_LINE,
              action: 'member.invited',
              subject: inviter.handle,
            });
          return link;
        });
        if (!done.ok)
          throw new Stop(1, done.errors.map((error) => `--${error.field}: ${terminal.explain(error)}`).join('\n'));
        terminal.err(terminal.say('member.inviteIs'));
        terminal.out(done.value);
      }),
  );
