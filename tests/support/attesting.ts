/** Attesting, trusting and showing, as people do it on the pages. */
import { eq } from 'drizzle-orm';
import { type Page, type Traveller, hiddenIn, toConsent } from './away.ts';
import type { TestNode } from './nodes.ts';
import { peerId } from './peers.ts';
import { visit } from './visitor.ts';

/** The admin of a node attests something of a member. @returns the attestation's id */
export const attestByHand = async (node: TestNode, handle: string, code = 'care-worker'): Promise<string> => {
  const ada = visit(node);
  await ada.signIn('ada');
  const path = `/attestations/members/${handle}`;
  const page = await ada.open(path);
  const done = await ada.send(page, { code, note: 'Carte professionnelle vue le jour même.' }, { action: path });
  if (done.faults().length > 0 || done.status !== 200) throw new Error(JSON.stringify(done.faults()));
  const { attestations } = node.db.read.t;
  const rows = await node.db.read
    .select()
    .from(attestations)
    .where(eq(attestations.member, `${node.origin}/users/${handle}`));
  return rows.find((row) => row.code === code && row.revoked === null)!.id;
};

/** The admin takes it back. */
export const revokeByHand = async (node: TestNode, id: string): Promise<void> => {
  const ada = visit(node);
  await ada.signIn('ada');
  const path = `/attestations/${id}/revocation`;
  await ada.send(await ada.open(path), { reason: 'Le contrat est terminé.' }, { action: path });
};

/** The admin of `at` lets what `home` attests count, as an attestation of the same code. */
export const recognise = async (at: TestNode, home: TestNode, code = 'care-worker', as = code): Promise<void> => {
  const ada = visit(at);
  await ada.signIn('ada');
  const path = `/admin/peers/${await peerId(at, home)}/attestations`;
  await ada.send(await ada.open(path), { [`as.${code}`]: as }, { action: path });
};

/** Goes home from `at`, signs in, and answers yes. @param shows are the attestations left ticked? */
export const visitWith = async (
  who: Traveller,
  at: TestNode,
  home: TestNode,
  handle: string,
  shows = true,
): Promise<Page> => {
  const question = await toConsent(who, at, home, handle);
  const attestation =
    hiddenIn(question, 'attestation') || /name="attestation" value="([^"]*)"/.exec(question.text)?.[1];
  return who.send(question.url, {
    csrf: hiddenIn(question, 'csrf'),
    answer: 'yes',
    ...(shows && attestation !== undefined && attestation !== '' ? { attestation } : {}),
  });
};
