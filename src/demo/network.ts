/** One cooperative of the demo vouches for the others, which show its mark and believe it, as their admins would have it. */
import { addAnchor, findAnchor, ownMarks, vouchingsOf } from '#domain/identity/anchors.ts';
import { addMarkType, addSubordinate, findMarkType, findSubordinate, giveMark } from '#domain/identity/vouching.ts';
import type { FoundIdentity } from '#domain/identity/ports.ts';
import type { FieldError } from '#domain/types.ts';
import { type Running, host, until } from './running.ts';
import type { DemoMark } from './types.ts';

const YEAR_MS = 365 * 86_400_000;

/** Does nothing where it is done already. */
export const joinNetwork = async (nodes: Running[]): Promise<void> => {
  const umbrella = nodes.find(({ demo }) => demo.gives !== undefined);
  if (umbrella?.demo.gives === undefined) return;
  const members = nodes.filter((one) => one !== umbrella);
  for (const member of members) await vouchFor(umbrella, member, umbrella.demo.gives);
  for (const member of members) await believe(member, umbrella);
  const others = (one: Running): string[] => members.filter((other) => other !== one).map(host);
  await until(async () => {
    for (const { node } of members)
      if ((await ownMarks(node.db.read, node.site.now())).marks.length === 0) return false;
    return true;
  });
  // What was not to be seen in the first round, because the other did not show its mark yet.
  for (const one of members)
    if ((await vouchingsOf(one.node.db.read, others(one))).every(({ marks }) => marks.length === 0))
      await one.node.federation.identity.trustRound();
};

const vouchFor = async (umbrella: Running, member: Running, mark: DemoMark): Promise<void> => {
  const { db, site } = umbrella.node;
  if ((await findSubordinate(db.read, host(member))) !== undefined) return;
  const found = await identityOf(umbrella, member);
  const until = new Date(site.now().getTime() + YEAR_MS).toISOString().slice(0, 10);
  await db.write(async (tx) => {
    const now = site.now();
    if ((await findMarkType(tx, mark.slug)) === undefined) sure(await addMarkType(tx, now, { ...mark, link: '' }));
    sure(await addSubordinate(tx, now, found));
    sure(await giveMark(tx, now, { host: host(member), slug: mark.slug, until }));
  });
};

const believe = async (member: Running, umbrella: Running): Promise<void> => {
  const { db, site } = member.node;
  if ((await findAnchor(db.read, host(umbrella))) !== undefined) return;
  const found = await identityOf(member, umbrella);
  await db.write(async (tx) => sure(await addAnchor(tx, site, found, { ours: true, trusted: true })));
};

const identityOf = async (asking: Running, asked: Running): Promise<FoundIdentity> =>
  sure(await asking.node.federation.identity.port.identityAt(host(asked)));

const sure = <T>(result: { ok: true; value: T } | { ok: false; errors: FieldError[] }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
};
