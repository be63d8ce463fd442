/** What is wrong with a page as somebody sees it: as far as a browser can tell. */
import type { Page } from 'playwright-core';
import en from '#web/locales/en.json' with { type: 'json' };
import fr from '#web/locales/fr.json' with { type: 'json' };

const leaves = (node: object): string[] =>
  Object.values(node).flatMap((value: unknown) =>
    typeof value === 'string' ? [value] : leaves(value as Record<string, unknown>),
  );
/** What the pages say in English and never in French. */
const french = leaves(fr).join('\n');
const ENGLISH = leaves(en).filter((text) => text.length >= 8 && !text.includes('{') && !french.includes(text));
const SECTIONS = Object.keys(fr).join('|');
/** Words that no French sentence has; a message that is missing is shown as the last word of its key. */
const SIGNS: [string, RegExp][] = [
  ['a key', new RegExp(`(?<![\\w./@-])(?:${SECTIONS})\\.[a-z]\\w+(?:\\.\\w+)*`)],
  ['a code', /(?<![\w./@-])[a-z]+[A-Z]\w+/],
  [
    'English',
    /(?<![\p{L}/.@’-])(?:the|and|of|with|your|you|are|not|from|has|was|this|which|lodging|food|goods|delivery|undefined|NaN)(?![\p{L}/.@-])/iu,
  ],
  ['an object', /\[object|Invalid Date/],
];

/** What stands there that is no French. @param text of a page in French, without what is meant to be code */
export const untranslated = (text: string): string[] => [
  ...ENGLISH.filter((one) => text.includes(one)),
  ...SIGNS.flatMap(([what, sign]) => {
    const found = sign.exec(text);
    return found === null ? [] : [`${what}: ${text.slice(Math.max(0, found.index - 20), found.index + 40)}`];
  }),
];

/** The text of the page without addresses, codes and what people wrote. */
const TEXT = `(() => {
  const copy = document.querySelector('main').cloneNode(true);
  for (const one of copy.querySelectorAll('.code, code, textarea, svg, script')) one.remove();
  const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
  const parts = [];
  while (walker.nextNode()) parts.push(walker.currentNode.textContent);
  return parts.join(' ').replaceAll(/\\s+/g, ' ');
})()`;

/** In what way things that one can use are out of reach, without a name that is seen, or too small for a finger. */
const CONTROLS = `(() => {
  const faults = [];
  const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const shown = (one) => {
    if (one === null || one === undefined) return '';
    const copy = one.cloneNode(true);
    for (const gone of copy.querySelectorAll('.visually-hidden, select, input, textarea')) gone.remove();
    return copy.textContent.trim();
  };
  for (const one of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
    if (!seen(one)) continue;
    if (one.classList.contains('skip') || one.getBoundingClientRect().width <= 1) continue;
    const label = [...(one.labels ?? [])].map(shown).find((text) => text !== '') ?? '';
    const chosen = one.tagName === 'SELECT' ? (one.selectedOptions[0]?.textContent ?? '').trim() : '';
    const name = label || shown(one) || chosen || one.querySelector('img[alt]')?.alt || '';
    const which = one.outerHTML.slice(0, 90);
    if (name === '' && one.getAttribute('aria-label') === null) faults.push('no name: ' + which);
    if (one.tabIndex !== 0) faults.push('not in the order of Tab: ' + which);
    one.focus();
    if (document.activeElement !== one) faults.push('takes no focus: ' + which);
    // A row that is wider than the screen scrolls to what has the focus.
    one.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    const box = one.getBoundingClientRect();
    if (box.right > document.documentElement.clientWidth + 1 || box.left < -1) faults.push('beside the screen: ' + which);
    if (one.matches('button, .button, select, input:not([type=checkbox]):not([type=radio])') && box.height < 24)
      faults.push('too small for a finger (' + box.height + ' px): ' + which);
  }
  document.activeElement.blur();
  return faults;
})()`;

/** Headings, words and controls of a page in French. */
export const faultsOf = async (page: Page): Promise<string[]> => {
  const text = String(await page.evaluate(TEXT));
  const headings = Number(await page.evaluate("document.querySelectorAll('main h1').length"));
  return [
    ...(headings === 1 ? [] : [`${headings} headings of the page`]),
    ...untranslated(text),
    ...((await page.evaluate(CONTROLS)) as string[]),
  ];
};
