/**
 * The digests of rows of the source and where these rows lie, in bounded memory, to be taken off one by one by the rows of the lake.
 *
 * When there are more digests than fit, half of them go: those whose last bit is 1, then of the others those whose next bit is, and so
 * on. A digest is an MD5, so what stays is a fair share; rows of the lake are held against the same share only. Of rows that are
 * alike only some places are kept, and how many there are. Pure.
 */
import type { DifferingRow } from '../core/verify-report.ts';

/** Rows that are named of one digest, at most. */
const MAX_PLACES = 10;
/** The bits by which digests are chosen: those of the last eight hexadecimal digits. */
const CHOOSING_DIGITS = 8;
const MAX_BITS = 4 * CHOOSING_DIGITS - 1;

interface Rows {
  count: number;
  readonly places: DifferingRow[];
}

export class DigestPlaces {
  readonly #maxDigests: number;
  readonly #rows = new Map<string, Rows>();
  #bits = 0;
  #added = 0;

  constructor(maxDigests: number) {
    this.#maxDigests = maxDigests;
  }

  /** Rows that were added and are in the share that is kept. */
  get rows(): number {
    return this.#added;
  }

  /** Whether all rows that were added are kept. */
  get isWhole(): boolean {
    return this.#bits === 0;
  }

  add(digest: string, place: DifferingRow): void {
    if (!this.#isChosen(digest)) return;
    this.#added++;
    const rows = this.#rows.get(digest);
    if (rows !== undefined) {
      rows.count++;
      if (rows.places.length < MAX_PLACES) rows.places.push(place);
      return;
    }
    this.#rows.set(digest, { count: 1, places: [place] });
    while (this.#rows.size > this.#maxDigests && this.#bits < MAX_BITS) this.#halve();
  }

  /** A row of the lake: 'found' takes one row off, 'missing' has none here, 'other' is not of the share that is kept. */
  take(digest: string): 'found' | 'missing' | 'other' {
    if (!this.#isChosen(digest)) return 'other';
    const rows = this.#rows.get(digest);
    if (rows === undefined || rows.count === 0) return 'missing';
    rows.count--;
    if (rows.places.length > rows.count) rows.places.pop();
    return 'found';
  }

  /** Of rows that were not taken, up to so many. */
  left(most: number): DifferingRow[] {
    const places: DifferingRow[] = [];
    for (const rows of this.#rows.values()) {
      if (rows.count > 0) places.push(...rows.places);
      if (places.length >= most) break;
    }
    return places.slice(0, most);
  }

  #isChosen(digest: string): boolean {
    return this.#bits === 0 || (Number.parseInt(digest.slice(-CHOOSING_DIGITS), 16) & ((1 << this.#bits) - 1)) === 0;
  }

  #halve(): void {
    this.#bits++;
    for (const [digest, { count }] of this.#rows) {
      if (this.#isChosen(digest)) continue;
      this.#rows.delete(digest);
      this.#added -= count;
    }
  }
}
