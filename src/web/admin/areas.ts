/**
 * The areas of the admin's pages. On a wide screen they stand beside the page; on a telephone one button opens them
 * from below, where the thumb is, without any script: the browser closes them by Escape or a tap beside.
 */
import { type Ctx, hasRole, viewerOf } from '../context.ts';
import { html, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';

/** What belongs together, in the order in which it is looked for. */
const GROUPS = {
  today: ['home', 'audit'],
  people: ['members', 'attestations'],
  listings: ['reports'],
  network: ['peers', 'trust', 'rules', 'statistics'],
  cooperative: ['settings', 'look', 'mail'],
  machine: ['operation', 'journal', 'backup'],
} as const;
type Area = (typeof GROUPS)[keyof typeof GROUPS][number];
/** What is not under its own area's address. */
const BESIDE: Partial<Record<Area, readonly string[]>> = {
  reports: ['/admin/decision-texts'],
  members: ['/admin/closures', '/admin/apps'],
};
/** Others answer moderators as if they were not there. */
const FOR_MODERATORS: readonly Area[] = ['home', 'members', 'reports'];

const addressOf = (area: Area): string => (area === 'home' ? '/admin' : `/admin/${area}`);
const isIn = (area: Area, path: string): boolean => {
  const href = addressOf(area);
  return [href, ...(BESIDE[area] ?? [])].some(
    (one) => path === one || (one !== '/admin' && path.startsWith(`${one}/`)),
  );
};

/** @returns the button that opens them, and the areas that whoever asks may open, by groups */
export const areasNav = (c: Ctx): Html => {
  const { t } = c.get('asked');
  const admin = hasRole(viewerOf(c)!, 'admin');
  const link = (area: Area): Html =>
    html`<li><a href="${addressOf(area)}"${isIn(area, c.req.path) ? html` aria-current="page"` : ''}>${t.any(`admin.areas.${area}`)}</a></li>`;
  const groups = Object.entries(GROUPS).map(([group, all]) => {
    const areas = all.filter((area) => admin || FOR_MODERATORS.includes(area));
    return areas.length === 0
      ? ''
      : html`<p class="muted small" id="areas-${group}">${t.any(`admin.groups.${group}`)}</p><ul aria-labelledby="areas-${group}">${areas.map(link)}</ul>`;
  });
  return html`<button type="button" class="button plain areas-open" popovertarget="areas">${icon('menu')}${t('admin.allAreas')}</button>
<nav class="nav admin-areas" id="areas" popover aria-label="${t('layout.admin')}">${groups}<button type="button" class="button plain areas-close" popovertarget="areas" popovertargetaction="hide">${t('admin.closeAreas')}</button></nav>`;
};
