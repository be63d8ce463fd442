/** Who the other is, as an admin sees it before deciding: what it says of itself, and its key's thumbprint. */
import { isBeingSettled } from '#domain/negotiation.ts';
import type { PeerRow } from '#domain/peers.ts';
import type { PeerProfile } from '#domain/ports.ts';
import { inGroups } from '#domain/thumbprint.ts';
import { KINDS } from '#domain/types.ts';
import { facts, stateWord } from '../ui/components.ts';
import { html, safeUrl, type Html } from '../ui/html.ts';
import { type Translator, languageName } from '../ui/locale.ts';

/** Of a preview, or of a peer that is known. */
export type Identity = {
  host: string;
  name: string;
  summary: string;
  software: string;
  profile?: PeerProfile | null;
  listings?: number;
  members?: number;
};

const PARTNERS_SHOWN = 30;

/** @param origin where its pages are */
export const identityFacts = (t: Translator, one: Identity, origin: string): Html => {
  const profile = one.profile ?? {};
  const kinds = KINDS.flatMap((kind) => {
    const n = profile.kinds?.[kind] ?? 0;
    return n === 0 ? [] : [`${t.any(`kinds.${kind}.name`)} ${t.number(n)}`];
  });
  const partners = profile.partners ?? [];
  const members = one.members ?? profile.members;
  const pairs: [string, string | Html | undefined][] = [
    [t('peers.domain'), html`<a href="${safeUrl(`${origin}/`)}">${one.host}</a>`],
    [t('peers.name'), one.name],
    [t('peers.summary'), one.summary === '' ? undefined : one.summary],
    [t('handshake.territory'), profile.territory],
    [t('handshake.languages'), profile.languages?.map((code) => languageName(t, code)).join(', ')],
    [
      t('fields.charterUrl'),
      profile.charter === undefined ? undefined : html`<a href="${safeUrl(profile.charter)}">${profile.charter}</a>`,
    ],
    [t('peers.software'), one.software === '' ? undefined : one.software],
    [
      t('handshake.listings'),
      kinds.length > 0 ? kinds.join(' · ') : one.listings === undefined ? undefined : t.number(one.listings),
    ],
    [t('handshake.members'), members === undefined ? undefined : t.number(members)],
    [
      t('handshake.partners'),
      profile.partners === undefined
        ? t('handshake.partnersHidden')
        : partners.length === 0
          ? t('handshake.partnersNone')
          : [
              ...partners.slice(0, PARTNERS_SHOWN),
              ...(partners.length > PARTNERS_SHOWN
                ? [t('handshake.andMore', { n: partners.length - PARTNERS_SHOWN })]
                : []),
            ].join(', '),
    ],
    [t('handshake.thumbprint'), profile.thumbprint === undefined ? undefined : thumbprint(profile.thumbprint)],
  ];
  return facts(
    pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string | Html]])),
  );
};

/** In groups, to be read aloud. */
export const thumbprint = (value: string): Html => html`<span class="code thumbprint">${inGroups(value)}</span>`;

/** Ours, for the other's admin to hear, and how the two are compared. */
export const thumbprintHelp = (t: Translator, own: string | undefined): Html | '' =>
  own === undefined
    ? ''
    : html`<details><summary>${t('handshake.compareKeys')}</summary><div class="card stack"><p>${t('handshake.compareText')}</p>${facts([[t('handshake.ourThumbprint'), thumbprint(own)]])}</div></details>`;

/** Where the two stand with each other, in words. */
export const peerState = (t: Translator, peer: PeerRow): Html => {
  const word =
    peer.state === 'countered'
      ? peer.turn === 'us'
        ? 'counteredUs'
        : 'counteredThem'
      : isBeingSettled(peer)
        ? 'settling'
        : peer.state;
  const kind = peer.state === 'active' ? 'good' : ['cut', 'refused', 'withdrawn'].includes(peer.state) ? 'bad' : 'wait';
  return stateWord(kind, t.any(`peers.states.${word}`));
};
