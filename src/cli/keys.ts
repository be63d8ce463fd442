/** `maillon keys renew`: new keys for a member, the cooperative or the node, when the old ones may have been seen by others. */
import { findLocalActor, generateKeys, renewKeys } from '#domain/actors.ts';
import { replaceIdentityKeys } from '#domain/identity/keys.ts';
import { stateOfKeys } from '#domain/audit-states.ts';
import { COMMAND_LINE, audited } from '#domain/audit.ts';
import { NODE_HANDLE } from '#domain/ids.ts';
import { type Loaded, command } from './command.ts';
import { settled, withNode } from './open.ts';
import { Stop, type Terminal } from './terminal.ts';

export const keysCommands = (terminal: Terminal): Loaded => ({
  about: terminal.say('keys.description'),
  commands: {
    renew: command(
      terminal,
      terminal.say('keys.renew'),
      {
        handle: { type: 'positional', required: true, description: terminal.say('keys.handle', { node: NODE_HANDLE }) },
      },
      ({ handle, envFile }) =>
        withNode(terminal, envFile, async (node) => {
          await settled(terminal, node);
          const actor = await findLocalActor(node.db.read, handle.replace(/^@/, ''));
          if (actor === undefined || actor.deleted !== null) throw new Stop(1, terminal.say('noMember', { handle }));
          const keys = await generateKeys();
          const { handle: subject } = actor;
          await node.db.write((tx) =>
            audited(
              tx,
              node.site.now(),
              { actor: COMMAND_LINE, action: 'keys.renewed', subject },
              () => stateOfKeys(tx, subject),
              () => renewKeys(tx, node.site, actor.uri, keys),
            ),
          );
          // What the node itself vouches with lies beside its keys, and was seen by whoever saw those.
          if (actor.handle === NODE_HANDLE) await replaceIdentityKeys(node.db, node.site);
          terminal.err(terminal.say('keys.renewed', { handle: actor.handle }));
        }),
    ),
  },
});
