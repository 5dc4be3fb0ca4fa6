/**
 * Numbers for people, in one form everywhere: `1,234,567`, `12.3 MB`, `4.5 s`, `3 min 12 s`.
 *
 * Bytes are decimal (1 kB = 1,000 B), as disks and networks are sold. `Intl` is left alone on purpose: the output must not
 * depend on the machine's locale.
 */

/** `1,234,567`. Takes whole numbers; a fraction is rounded. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 table`, `15 tables`. */
export function formatPlural(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `999 B`, `1.0 kB`, `12.3 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 999.5) return `${Math.round(bytes)} B`;
  let value = bytes / 1000;
  let unit = 0;
  // 999.95 would print as 1000.0: it belongs to the next unit.
  while (value >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** `12 ms`, `4.5 s`, `3 min 12 s`, `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad2(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad2(minutes % 60)} min`;
}

/** A time that has passed, in its largest unit: `12 s`, `5 min`, `3 h`, `12 days`. */
export function formatAge(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** Of a share between 0 and 1: `45 %`. Never `100 %` before it is all there. */
export function formatShare(share: number): string {
  return `${share >= 1 ? 100 : Math.min(99, Math.floor(share * 100))} %`;
}

/** Rows (or anything counted) a second; `-` where no time passed. */
export function formatPerSecond(count: number, seconds: number): string {
  return seconds > 0 ? formatCount(count / seconds) : '-';
}

function pad2(value: number): string {
  return String(value).padStart(2, '0');
}
