/** Instants and sizes as an admin's page says them. */
import type { Translator } from '../ui/locale.ts';

const HOUR: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/** Of today the hour alone, else the day with it; in a sentence after "since" or "next try". */
export const moment = (t: Translator, when: Date, now: Date): string =>
  when.toDateString() === now.toDateString()
    ? new Intl.DateTimeFormat(t.locale, HOUR).format(when)
    : t('operation.onDay', { when: t.time(when) });

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** "1.4 GB", "1,4 Go". */
export const size = (t: Translator, bytes: number): string => {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(t.locale, {
    style: 'unit',
    unit: UNITS[step]!,
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step < 3 ? 0 : 1,
  }).format(bytes / 1_000 ** step);
};

/** "3 days", "5 hours": how long something has been running, by its largest unit. */
export const duration = (t: Translator, ms: number): string => {
  const [value, unit] =
    ms >= 2 * 86_400_000
      ? [ms / 86_400_000, 'day']
      : ms >= 2 * 3_600_000
        ? [ms / 3_600_000, 'hour']
        : [Math.max(1, ms / 60_000), 'minute'];
  return new Intl.NumberFormat(t.locale, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 0,
  }).format(Math.floor(value));
};
