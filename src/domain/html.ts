/** Text in, safe HTML out: Markdown of our members, and the HTML of others. Cut to a length before anything parses it. */
import type markdownIt from 'markdown-it';
import type sanitize from 'sanitize-html';
import { lazily } from './lazily.ts';

const sanitizer = lazily<typeof sanitize>('sanitize-html');
const renderer = lazily<typeof markdownIt>('markdown-it');

const MAX = 50_000;
/** Tags of one text. A long page has some hundred; what has more is made to keep the parser busy. */
const TAGS_MAX = 3_000;
/** Cut to what may be parsed: so many characters, and so many tags. */
const bounded = (html: string): string => {
  const cut = html.slice(0, MAX);
  let at = -1;
  for (let tags = 0; tags <= TAGS_MAX; tags++) {
    at = cut.indexOf('<', at + 1);
    if (at < 0) return cut;
  }
  return cut.slice(0, at);
};
let markdown: ReturnType<typeof markdownIt> | undefined;
const rendered = (text: string): string =>
  (markdown ??= renderer()({ html: false, linkify: true, breaks: true })).render(text);

const RULES: sanitize.IOptions = {
  allowedTags: [
    'p',
    'br',
    'strong',
    'b',
    'em',
    'i',
    'u',
    's',
    'ul',
    'ol',
    'li',
    'blockquote',
    'code',
    'pre',
    'h2',
    'h3',
    'h4',
    'a',
    'hr',
  ],
  allowedAttributes: { a: ['href', 'rel'] },
  allowedSchemes: ['https', 'http', 'mailto'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nestingLimit: 30,
  transformTags: {
    h1: 'h2',
    h5: 'h4',
    h6: 'h4',
    a: (_name, attributes) => ({
      tagName: 'a',
      attribs: {
        ...(attributes['href'] === undefined ? {} : { href: attributes['href'] }),
        rel: 'nofollow noopener noreferrer ugc',
      },
    }),
  },
};

/** @param html of anybody @returns the tags of a plain text, links to https, http and mailto, nothing that runs or loads */
export const sanitiseHtml = (html: string): string => sanitizer()(bounded(html), RULES);

/** @param text Markdown; HTML in it is shown as text */
export const renderMarkdown = (text: string): string => sanitiseHtml(rendered(text.slice(0, MAX)).trim());

/** @returns the words without tags, white space folded, entities undone */
export const plainText = (html: string): string =>
  sanitizer()(bounded(html).replaceAll(/<(?:br|\/p|\/li|\/h\d)[^<>]*>/gi, ' '), {
    allowedTags: [],
    allowedAttributes: {},
  })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
