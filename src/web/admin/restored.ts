/** On every page of the admins of a node that was restored: nothing leaves it, what will, and the button for that. */
import { type Restored, type Waiting, isHeld, restoredState, whatWaits } from '#domain/restored.ts';
import type { WebDeps } from '../context.ts';
import { act } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

/** @returns '' unless the node was restored and is not confirmed */
export const restoredBanner = async ({ db, site }: WebDeps, t: Translator, csrf: string): Promise<Html | ''> => {
  if (!(await isHeld(db.read))) return '';
  const state = await restoredState(db.read);
  return state === undefined ? '' : banner(t, csrf, state, await whatWaits(db.read, site));
};

const banner = (
  t: Translator,
  csrf: string,
  { backup }: Restored,
  waits: Waiting,
): Html => html`<section class="notice stack" aria-labelledby="restored"><h2 id="restored">${t('admin.restored.title', { when: t.time(backup) })}</h2>
<p>${t('admin.restored.text')}</p>
<p>${t('admin.restored.then')}</p>
<ul><li>${t('admin.restored.deliveries', { n: waits.deliveries + waits.news, hosts: waits.hosts })}</li><li>${t('admin.restored.letters', { n: waits.letters })}</li><li>${t('admin.restored.peers', { n: waits.peers })}</li><li>${t('admin.restored.follows', { n: waits.follows })}</li></ul>
${act('/admin/restored/confirmation', csrf, t('admin.restored.confirm'), '')}</section>`;
