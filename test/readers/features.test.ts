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
import { canonical } from '../support/parquet/feature-samples.ts';
import { writeParquet } from '../support/parquet/memory-file.ts';
import { ask } from './ask-pyarrow.ts';
import { type FeatureFile, seed, writeFeatureFile, writeFeatureFiles } from './feature-files.ts';
import { type FeatureOutcome, type Outcome, outcomeOf, recordOutcomes, worstOf } from './feature-outcomes.ts';
import { duckdbVersion, polarsVersion, pyarrowVersion } from './reader-versions.ts';

const FILE = 'test/readers/features.test.ts';
const RUN = ['duckdb', 'pyarrow', 'polars'] as const satisfies readonly Reader[];
type RunReader = (typeof RUN)[number];

let folder: string;
let releases: Readonly<Record<RunReader, string>>;
const outcomes: FeatureOutcome[] = [];
beforeAll(async () => {
  console.log(`features: FUZZ_SEED=${seed}`);
  folder = await mkdtemp(join(tmpdir(), 'dracula-test-features-'));
  releases = {
    duckdb: `DuckDB ${await duckdbVersion()}`,
    polars: `polars ${await polarsVersion()}`,
    pyarrow: `pyarrow ${await pyarrowVersion()}`,
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a reader makes of column `c` of each file: texts, or null where it refuses the file. */
type Texts = readonly (string | null)[] | null;
type ReadTexts = (paths: readonly string[], type: LogicalType) => Promise<readonly Texts[]>;

const readDuckDB: ReadTexts = (paths, type) => Promise.all(paths.map((path) => readByDuckDB(path, type)));

async function readByDuckDB(path: string, type: LogicalType): Promise<Texts> {
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
}

const readPyarrow: ReadTexts = async (files) => (await ask<{ files: Texts[] }>({ do: 'nested', files })).files;

const readPolars: ReadTexts = async (files) => {
  const answer = await ask<{ files: { values?: (string | null)[] }[] }>({ do: 'nested', files }, 'polars');
  return answer.files.map(({ values = null }) => values);
};

const READ: Readonly<Record<RunReader, ReadTexts>> = { duckdb: readDuckDB, pyarrow: readPyarrow, polars: readPolars };

function read(reader: RunReader, files: readonly FeatureFile[]): Promise<readonly Texts[]> {
  return READ[reader](
    files.map(({ path }) => path),
    files[0]!.type,
  );
}

function record(reader: RunReader, feature: Feature, outcome: Outcome): void {
  outcomes.push({ feature, reader, release: releases[reader], outcome });
}

describe.each(RUN)('%s', (reader) => {
  const of = (reads: boolean) => FEATURES.filter((feature) => READER_TABLE[feature].cells[reader].reads === reads);

  test.each(of(true))('reads every value of %s', async (feature) => {
    const files = await writeFeatureFiles(folder, feature, [reader]);
    expect(await read(reader, files)).toEqual(files.map(({ expected }) => expected));
    record(reader, feature, 'read');
  });

  const refused = of(false);
  test.skipIf(refused.length === 0).each(refused)('does not read %s, or not as what it is', async (feature) => {
    // pyarrow reads every feature, so a file for it alone has any one of them.
    const files = await writeFeatureFiles(folder, feature, ['pyarrow']);
    const texts = await read(reader, files);
    const outcome = worstOf(files.map(({ expected }, i) => outcomeOf(expected, texts[i]!)));
    expect(outcome).not.toBe('read');
    record(reader, feature, outcome);
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
  expect(await readDuckDB([path], type)).toEqual([['86400000000']]);
  expect(await readPyarrow([path], type)).toEqual([['0']]);
  expect(await readPolars([path], type)).toEqual([[null]]);
});

test('the outcomes are of every feature and every reader that runs here', () => {
  expect(outcomes).toHaveLength(FEATURES.length * RUN.length);
  recordOutcomes(FILE, outcomes);
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
    const readers = (['duckdb', 'pyarrow'] as const).filter((reader) => READER_TABLE[feature].cells[reader].reads);
    // In row groups of less than that the encoding that is asked about does not win with every seed.
    const { path } = await writeFeatureFile(folder, feature, readers, { rowGroupRows: 600, pageRows: 100 });
    const { wrong, compared } = await ask<{ wrong: string[]; compared: number }>({
      do: 'plain filters',
      files: [path],
    });
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(8);
  });
});
