/**
 * The reader table, cell by cell: DuckDB, pyarrow and polars read back every value of a file that was written for them with a
 * feature that the table says they read; and do not where it says that they do not. Filters at and beside the bounds find what a
 * full scan finds.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogicalType } from '../../src/core/logical-type.ts';
import { READERS, type Reader } from '../../src/core/reader.ts';
import { FEATURES, type Feature, READER_TABLE } from '../../src/core/reader-table.ts';
import { batchesOf, schemaOf } from '../support/parquet/batch-of.ts';
import { canonical, FEATURE_SAMPLES, featureValues, seededRandom } from '../support/parquet/feature-samples.ts';
import { writeParquet } from '../support/parquet/memory-file.ts';
import { metadataOf } from '../support/parquet/read-back.ts';
import { ask } from './ask-pyarrow.ts';

const FILE = 'test/readers/features.test.ts';
const RUN = ['duckdb', 'pyarrow', 'polars'] as const satisfies readonly Reader[];
type RunReader = (typeof RUN)[number];
const ROWS = 6000;
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

let folder: string;
beforeAll(async () => {
  console.log(`features: FUZZ_SEED=${seed}`);
  folder = await mkdtemp(join(tmpdir(), 'dracula-test-features-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a reader makes of column `c`: texts, or null where it refuses the file. */
type ReadTexts = (path: string, type: LogicalType) => Promise<readonly (string | null)[] | null>;

const readDuckDB: ReadTexts = async (path, type) => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const sql =
    type.kind === 'time'
      ? '(extract(epoch from c) * 1000000)::bigint::varchar'
      : type.kind === 'geometry' || type.kind === 'float64'
        ? 'c'
        : 'c::varchar';
  try {
    const rows = (await connection.runAndReadAll(`select ${sql} from '${path}'`)).getRows();
    return rows.map(([value]) =>
      canonical(
        type,
        typeof value === 'object' && value !== null
          ? (value as unknown as { bytes: Uint8Array }).bytes
          : (value as never),
      ),
    );
  } catch {
    return null; // a refusal: the test says whether there may be one
  }
};

const readPyarrow: ReadTexts = async (path) => {
  const answer = await ask<{ files: (string | null)[][] }>({ do: 'nested', files: [path] });
  return answer.files[0]!;
};

const readPolars: ReadTexts = async (path) => {
  const answer = await ask<{ files: { values?: (string | null)[] }[] }>({ do: 'nested', files: [path] }, 'polars');
  return answer.files[0]!.values ?? null;
};

const READ: Readonly<Record<RunReader, ReadTexts>> = { duckdb: readDuckDB, pyarrow: readPyarrow, polars: readPolars };

/** pyarrow reads every feature, so a file for it alone has any one of them. */
async function write(feature: Feature, readers: readonly Reader[], limits = {}) {
  const sample = FEATURE_SAMPLES[feature];
  const values = featureValues(sample, ROWS, seededRandom(seed));
  const schema = { ...schemaOf({ c: sample.type }), readers };
  const { compression = 'zstd' } = sample;
  const { file } = writeParquet(schema, batchesOf(schema, [values], 700), { compression, pageRows: 1500, ...limits });
  expect(sample.isIn(metadataOf(file)), 'the file has the feature').toBe(true);
  const path = join(folder, `${feature}-${readers.join('-')}-${Math.random()}.parquet`);
  await writeFile(path, file);
  return { path, type: sample.type, expected: values.map((value) => canonical(sample.type, value)) };
}

describe.each(RUN)('%s', (reader) => {
  const of = (reads: boolean) => FEATURES.filter((feature) => READER_TABLE[feature].cells[reader].reads === reads);

  test.each(of(true))('reads every value of %s', async (feature) => {
    for (const rowGroupRows of [ROWS, 2500]) {
      const { path, type, expected } = await write(feature, [reader], { rowGroupRows });
      expect(await READ[reader](path, type)).toEqual(expected);
    }
  });

  const refused = of(false);
  test.skipIf(refused.length === 0).each(refused)('does not read %s, or not as what it is', async (feature) => {
    const { path, type, expected } = await write(feature, ['pyarrow']);
    expect(await READ[reader](path, type)).not.toEqual(expected);
  });
});

test('pyarrow reads all features, so a file for it has any one of them', () => {
  expect(FEATURES.filter((feature) => !READER_TABLE[feature].cells.pyarrow.reads)).toEqual([]);
});

test('24:00:00 in a TIME is not what readers give back: therefore it is awkward there', async () => {
  const type = { kind: 'time', below24h: true } as const;
  const schema = { ...schemaOf({ c: type }), readers: ['pyarrow'] as const };
  const { file } = writeParquet(schema, batchesOf(schema, [[86_400_000_000n]], 1));
  const path = join(folder, 'midnight.parquet');
  await writeFile(path, file);
  expect(await readDuckDB(path, type)).toEqual(['86400000000']);
  expect(await readPyarrow(path, type)).toEqual(['0']);
  expect(await readPolars(path, type)).toEqual([null]);
});

test('every cell of the readers that run here says so, and no other', () => {
  for (const feature of FEATURES)
    for (const reader of READERS) {
      const { evidence } = READER_TABLE[feature].cells[reader];
      expect([feature, reader, evidence.kind === 'test' && evidence.file === FILE]).toEqual([
        feature,
        reader,
        (RUN as readonly Reader[]).includes(reader),
      ]);
    }
});

describe('filters by statistics and page indexes', () => {
  const bounded = [
    'UUID',
    'TIME',
    'INT16',
    'DELTA_BINARY_PACKED',
    'DELTA_BYTE_ARRAY',
    'BYTE_STREAM_SPLIT_INTEGER',
  ] as const;

  test.each(bounded)('on %s find what a full scan finds', async (feature) => {
    const { path } = await write(
      feature,
      ['duckdb', 'pyarrow'].filter((r) => READER_TABLE[feature].cells[r as Reader].reads) as Reader[],
      {
        rowGroupRows: 60,
        pageRows: 20,
      },
    );
    const { wrong, compared } = await ask<{ wrong: string[]; compared: number }>({
      do: 'plain filters',
      files: [path],
    });
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(8);
  });
});
