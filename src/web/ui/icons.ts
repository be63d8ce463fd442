/** Icons, inlined; each is hidden from screen readers, for a word stands beside it. */
import { html, type Html } from './html.ts';

const PATHS = {
  lodging: 'M3 18V7m0 8h18v3M21 15v-2a3 3 0 0 0-3-3H9v5M6 11.5a1.5 1.5 0 1 0 0-.01',
  service:
    'M8 12V5.5a1.5 1.5 0 0 1 3 0V11m0-6.500a1.500 1.500 0 0 1 3 0V11m0-4.500a1.500 1.500 0 0 1 3 0V15a6 6 0 0 1-6 6h-1a6 6 0 0 1-5-3l-2.500-4a1.500 1.500 0 0 1 2.500-1.500L8 14',
  food: 'M12 9c4 0 5 3 3 6l-7 6c-2 1-4-1-3-3l4-7c1-1.500 2-2 3-2ZM14 8c0-3 2-4 4-4 0 2-1 4-4 4Zm0 0c2-1 5 0 6 2-2 1-5 0-6-2Z',
  making:
    'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 3h4l.600 2.600 1.700 1 2.600-.800 2 3.400-2 1.800v2l2 1.800-2 3.400-2.600-.800-1.700 1L14 21h-4l-.600-2.600-1.700-1-2.600.800-2-3.400 2-1.800v-2l-2-1.800 2-3.400 2.600.800 1.700-1L10 3Z',
  goods: 'M3 8l9-5 9 5v8l-9 5-9-5V8Zm0 0 9 5 9-5m-9 5v8',
  delivery: 'M6 20a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm12 0a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM6 16l4-8h5l3 8M9 5h3m-2 3 4 8',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13Zm5-1.500L21 21',
  pin: 'M12 21s7-6.500 7-11.500A7 7 0 0 0 5 9.500C5 14.500 12 21 12 21Zm0-9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z',
  message: 'M4 5h16v11H9l-5 4V5Z',
  check: 'M5 13l4 4L19 7',
  warning: 'M12 4 2.500 20h19L12 4Zm0 6v4m0 3v.010',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3 2',
  plus: 'M12 5v14M5 12h14',
  menu: 'M4 6h16M4 12h16M4 18h16',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 9a8 8 0 0 1 16 0',
  heart: 'M12 20s-8-5-8-10.500A4.500 4.500 0 0 1 12 7a4.500 4.500 0 0 1 8 2.500C20 15 12 20 12 20Z',
  link: 'M10 8H7a4 4 0 0 0 0 8h3m4-8h3a4 4 0 0 1 0 8h-3m-6-4h8',
} as const;
export type IconName = keyof typeof PATHS;

export const icon = (name: IconName): Html =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${PATHS[name]}"></path></svg>`;

/** One link of a chain. */
export const logo = (): Html =>
  html`<svg viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="8" stroke-linecap="round" aria-hidden="true" focusable="false"><path d="M27 20h-7a12 12 0 0 0 0 24h7"></path><path d="M37 20h7a12 12 0 0 1 0 24h-7"></path><path d="M22 32h20"></path></svg>`;
