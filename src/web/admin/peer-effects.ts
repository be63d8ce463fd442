/** Before a pause and before a cut: what it would do, in numbers, and the button that does it. */
import type { Hono } from 'hono';
import { type PeerEffects, effectsOn } from '#domain/peer-effects.ts';
import { findPeer } from '#domain/peers.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { act } from '../ui/forms.ts';
import { html } from '../ui/html.ts';
import { type Shell, csrfOf } from './shell.ts';

/** By kind: the states in which there is something to do, what is told (keys under `effects.`), and where it is posted. */
const KINDS = {
  rest: {
    states: ['active'],
    post: 'pause',
    lines: ['copiesHidden', 'followsRest', 'guestsEnd', 'conversationsStay', 'nothingSent', 'comesBack'],
  },
  cut: {
    states: ['active', 'asked', 'paused'],
    post: 'end',
    lines: ['copiesGo', 'followsStop', 'theirFollowsStop', 'guestsEnd', 'conversationsStay', 'waitingGoes', 'toldEnd'],
  },
} as const;

export const peerEffectRoutes = ({ db }: WebDeps, app: Hono<WebEnv>, shell: Shell): void => {
  for (const kind of ['rest', 'cut'] as const)
    app.get(`/peers/:id/${kind}`, async (c) => {
      const { t } = c.get('asked');
      const peer = await findPeer(db.read, c.req.param('id'));
      const { states, post, lines } = KINDS[kind];
      if (peer === undefined) return c.notFound();
      if (!states.some((state) => state === peer.state)) return c.notFound();
      const effects: PeerEffects = await effectsOn(db.read, peer);
      return shell(
        c,
        t.any(`effects.${kind}.title`, { name: peer.name }),
        html`<p>${t.any(`effects.${kind}.text`, { name: peer.name })}</p>
<ul class="effects">${lines.map((line) => html`<li>${t.any(`effects.${line}`, { ...effects, name: peer.name })}</li>`)}</ul>
<div class="row section">${act(`/admin/peers/${peer.id}/${post}`, csrfOf(c), t.any(`effects.${kind}.do`), kind === 'cut' ? 'danger' : '')}<a class="button plain" href="/admin/peers/${peer.id}">${t('forms.cancel')}</a></div>`,
      );
    });
};
