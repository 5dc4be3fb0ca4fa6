/**
 * Dates and timestamps as text, for all that DuckDB can hold: years from 290309 BC (dates: 5877642 BC) to beyond 294246, where
 * JavaScript's Date has ended long before. Proleptic Gregorian calendar; the year before 1 is 1 BC, written `0001-… (BC)`.
 */

const DAYS_PER_400_YEARS = 146_097;
/** Days from 0000-03-01, where the arithmetic below starts its years, to 1970-01-01. */
const DAYS_TO_1970 = 719_468;
const INFINITE_DAYS = 2 ** 31 - 1;
const INFINITE_TIME = 2n ** 63n - 1n;

/** Days since 1970-01-01. */
export function dateText(days: number): string {
  if (Math.abs(days) === INFINITE_DAYS) return days > 0 ? 'infinity' : '-infinity';
  const { text, beforeChrist } = dayText(days);
  return beforeChrist ? `${text} (BC)` : text;
}

/** `value` counts units of 10^-digits seconds since 1970-01-01 00:00; the zone is put behind. */
export function timestampText(value: bigint, digits: 0 | 3 | 6 | 9, zone = ''): string {
  if (digits === 6 && (value === INFINITE_TIME || value === -INFINITE_TIME))
    return value > 0n ? 'infinity' : '-infinity';
  const perSecond = 10n ** BigInt(digits);
  const perDay = 86_400n * perSecond;
  const inDay = ((value % perDay) + perDay) % perDay;
  const fraction = (inDay % perSecond).toString().padStart(digits, '0').replace(/0+$/, '');
  const day = dateText(Number((value - inDay) / perDay));
  return `${day} ${clockText(Number(inDay / perSecond))}${fraction === '' ? '' : `.${fraction}`}${zone}`;
}

function clockText(seconds: number): string {
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((n) => pad(n, 2)).join(':');
}

function dayText(days: number): { text: string; beforeChrist: boolean } {
  // Years that start in March put the leap day last; 400 of them are a whole number of days.
  const sinceStart = days + DAYS_TO_1970;
  const era = Math.floor(sinceStart / DAYS_PER_400_YEARS);
  const dayOfEra = sinceStart - era * DAYS_PER_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const beforeChrist = year <= 0;
  return { text: `${pad(beforeChrist ? 1 - year : year, 4)}-${pad(month, 2)}-${pad(day, 2)}`, beforeChrist };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
