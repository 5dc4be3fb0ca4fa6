/**
 * What a reader was asked and how it answered, for docs/reference/reader-results.md: one JSON file a reader in the folder that
 * DRACULA_READER_RESULTS names. `npm run test:readers` sets it, and fails where a reader of its lane left none.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface NanAnswers {
  readonly aboveFive: boolean;
  readonly equalsItself: boolean;
}

export interface Reading {
  /** `Spark, vectorised`. */
  readonly reader: string;
  readonly version: string;
  readonly files: number;
  readonly columns: number;
  /** Values compared with Postgres's own; parts and nulls counted. */
  readonly values: number;
  readonly differences: number;
  /** Filters whose answer was compared with that of a full scan, and those that were answered otherwise. */
  readonly filters: { readonly compared: number; readonly wrong: number };
  /** Whether a NaN is above 5 to it, and whether it equals NaN. */
  readonly nan: NanAnswers;
  /** What it does not hold, or not by default, each proved by a test. */
  readonly limits: readonly string[];
}

/** `name` is that of the list of required readers in scripts/readers.ts. */
export function recordReadings(name: string, readings: readonly Reading[]): void {
  const folder = process.env['DRACULA_READER_RESULTS'];
  if (folder === undefined) throw new Error('DRACULA_READER_RESULTS is not set: run npm run test:readers');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(readings));
}
