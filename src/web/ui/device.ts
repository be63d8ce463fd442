/** From what a browser says of itself to what a person calls it. */
import type { Translator } from './locale.ts';

/** First match wins: most browsers also claim to be those that came before them. */
const BROWSERS: [name: string, sign: RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|Opera)\b/],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Vivaldi', /\bVivaldi\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//],
  ['Safari', /\bVersion\/[\d.]+.*\bSafari\//],
];
const SYSTEMS: [name: string, sign: RegExp][] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows\b/],
  ['Mac', /\bMac OS X\b|\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
];

const named = (list: typeof BROWSERS, userAgent: string): string | undefined =>
  list.find(([, sign]) => sign.test(userAgent))?.[0];

/** @returns the names that a person knows, as far as they can be told */
export const deviceOf = (userAgent: string): { browser?: string; system?: string } => {
  const [browser, system] = [named(BROWSERS, userAgent), named(SYSTEMS, userAgent)];
  return { ...(browser === undefined ? {} : { browser }), ...(system === undefined ? {} : { system }) };
};

/** "Firefox on Android", or as much of it as can be told. */
export const deviceName = (t: Translator, userAgent: string): string => {
  const { browser, system } = deviceOf(userAgent);
  if (browser !== undefined && system !== undefined) return t('devices.on', { browser, system });
  return browser ?? system ?? t('devices.unknown');
};
