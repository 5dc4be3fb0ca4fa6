/**
 * Files for readers to be asked about a feature of the reader table: one column `c`, in one row group, in several, and with a page that has
 * nulls only.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LogicalType } from '../../src/core/logical-type.ts';
import type { Reader } from '../../src/core/reader.ts';
import type { Feature } from '../../src/core/reader-table.ts';
import { batchesOf, schemaOf } from '../support/parquet/batch-of.ts';
import { canonical, FEATURE_SAMPLES, featureValues, seededRandom } from '../support/parquet/feature-samples.ts';
import { writeParquet } from '../support/parquet/memory-file.ts';
import { metadataOf } from '../support/parquet/read-back.ts';

const ROWS = 6000;
const PAGE_ROWS = 1500;

export interface FeatureFile {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly path: string;
  readonly type: LogicalType;
  /** Texts of `canonical`, in the order of the file. */
  readonly expected: readonly (string | null)[];
}

interface Form {
  readonly rowGroupRows: number;
  readonly pageRows: number;
  /** Rows that are null. */
  readonly nulls?: readonly [from: number, to: number];
}

const FORMS: readonly Form[] = [
  { rowGroupRows: ROWS, pageRows: PAGE_ROWS },
  { rowGroupRows: 2500, pageRows: PAGE_ROWS },
  { rowGroupRows: ROWS, pageRows: PAGE_ROWS, nulls: [PAGE_ROWS - 100, 2 * PAGE_ROWS + 100] },
];

/** The seed of the random values, which a test prints. */
export const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** In each form. */
export async function writeFeatureFiles(folder: string, feature: Feature, readers: readonly Reader[]) {
  const files: FeatureFile[] = [];
  for (const form of FORMS) files.push(await writeFeatureFile(folder, feature, readers, form));
  return files;
}

let written = 0;

export async function writeFeatureFile(
  folder: string,
  feature: Feature,
  readers: readonly Reader[],
  { nulls: [from, to] = [0, 0], ...limits }: Form,
): Promise<FeatureFile> {
  const sample = FEATURE_SAMPLES[feature];
  const drawn = featureValues(sample, ROWS, seededRandom(seed));
  const values = drawn.map((value, row) => (row >= from && row < to ? null : value));
  const schema = { ...schemaOf({ c: sample.type }), readers };
  const { compression = 'zstd' } = sample;
  const { file } = writeParquet(schema, batchesOf(schema, [values], 700), { compression, ...limits });
  expect(sample.isIn(metadataOf(file)), 'the file has the feature').toBe(true);
  written++;
  const name = `${feature.toLowerCase()}_${written}`;
  const path = join(folder, `${name}.parquet`);
  await writeFile(path, file);
  return { name, path, type: sample.type, expected: values.map((value) => canonical(sample.type, value)) };
}
