/** The template tag, and the only door through which HTML that is already safe comes in. */
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export { html };
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** HTML that was sanitised on its way into the database. */
export const sanitised = (text: string): Html => raw(text);

/** @returns the link if it is http(s) or of this site, else `#`: links of others are not believed */
export const safeUrl = (url: string): string => {
  if (url.startsWith('/') && !url.startsWith('//')) return url;
  return URL.canParse(url) && ['https:', 'http:', 'mailto:'].includes(new URL(url).protocol) ? url : '#';
};

/** A data block for machines (JSON-LD): nothing in it can end the element. */
export const dataBlock = (type: string, data: unknown): Html =>
  html`<script type="${type}">${raw(JSON.stringify(data).replaceAll('<', String.raw`\u003c`))}</script>`;
