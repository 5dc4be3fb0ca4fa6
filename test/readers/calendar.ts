/**
 * Days and microseconds since 1970-01-01, as readers give them, and the texts that Postgres prints: the proleptic Gregorian calendar over
 * all that int32 days and int64 microseconds hold, which no reader's own texts cover. The algorithm is Howard Hinnant's
 * `days_from_civil` and `civil_from_days`.
 */
const DAY_MICROS = 86_400_000_000n;
const DAYS_OF_ERA = 146_097;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_SHIFT = 719_468;

export function dateText(days: number): string {
  const { text, era } = civil(days);
  return text + era;
}

/** With `+00` where `utc`. */
export function timestampText(micros: bigint, utc: boolean): string {
  const time = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const { text, era } = civil(Number((micros - time) / DAY_MICROS));
  const fraction = String(time % 1_000_000n).padStart(6, '0');
  const seconds = Number(time / 1_000_000n);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((n) => pad(Math.floor(n), 2)).join(':');
  return `${text} ${clock}${`.${fraction}`.replace(/\.?0+$/, '')}${utc ? '+00' : ''}${era}`;
}

/** Of a date as Postgres prints it. */
export function daysOf(text: string): number {
  const [, year, month, day] = /^(\d+)-(\d\d)-(\d\d)/.exec(text)!.map(Number) as [number, number, number, number];
  const y = (text.endsWith(' BC') ? 1 - year : year) - (month <= 2 ? 1 : 0);
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_OF_ERA + dayOfEra - EPOCH_SHIFT;
}

/** Of a timestamp as Postgres prints it, in UTC or without a zone. */
export function microsOf(text: string): bigint {
  const [, hours, minutes, seconds, fraction = ''] = / (\d\d):(\d\d):(\d\d)(?:\.(\d+))?/.exec(text)!;
  const clock = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return BigInt(daysOf(text)) * DAY_MICROS + BigInt(clock) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

function civil(days: number): { readonly text: string; readonly era: string } {
  const shifted = days + EPOCH_SHIFT;
  const era = Math.floor(shifted / DAYS_OF_ERA);
  const dayOfEra = shifted - era * DAYS_OF_ERA;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { text: `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`, era: year > 0 ? '' : ' BC' };
}

function pad(n: number, digits: number): string {
  return String(n).padStart(digits, '0');
}
