/**
 * The cells of Spark in the reader table: each line of Spark, and Iceberg in it, over a file of each feature, in batches and row by row. Run
 * by `npm run test:readers -- --all`.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FEATURES, READER_TABLE } from '../../../src/core/reader-table.ts';
import { type FeatureFile, seed, writeFeatureFiles } from '../feature-files.ts';
import { type FeatureOutcome, type Outcome, outcomeOf, recordOutcomes, worstOf } from '../feature-outcomes.ts';
import { type Spark, sparkLines, startSpark } from './ask-spark.ts';
import { writeIcebergTable } from './iceberg-table.ts';

const FILE = 'test/readers/jvm/spark-features.test.ts';

interface Line {
  readonly spark: Spark;
  readonly warehouse: string;
  readonly version: string;
  readonly icebergVersion: string;
}
interface Column {
  readonly values?: readonly (string | null)[];
  readonly refused?: string;
}

let folder: string;
const lines: Line[] = [];
const outcomes: FeatureOutcome[] = [];

beforeAll(async () => {
  console.log(`Spark, features: FUZZ_SEED=${seed}`);
  folder = await mkdtemp(join(tmpdir(), 'dracula-test-spark-'));
  for (const line of sparkLines()) {
    const warehouse = join(folder, `warehouse-${line.line}`);
    const spark = startSpark(line, warehouse);
    const { spark: version } = await spark.ask<{ spark: string }>({ do: 'version' });
    lines.push({ spark, warehouse, version, icebergVersion: line.icebergVersion });
  }
}, 600_000);
afterAll(async () => {
  for (const { spark } of lines) await spark.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each(FEATURES)('%s is read where the table says so, by every release', { timeout: 600_000 }, async (feature) => {
  const own = join(folder, feature);
  await mkdir(own);
  // pyarrow reads every feature, so a file for it alone has any one of them.
  const files = await writeFeatureFiles(own, feature, ['pyarrow']);
  const found: FeatureOutcome[] = [];
  for (const line of lines) {
    const plain = await ask(line, files, ({ path }) => ({ files: [path] }));
    found.push({ feature, reader: 'spark', release: `Spark ${line.version}`, outcome: plain });
    const iceberg = await ask(line, files, (file) => addTable(line, file));
    const release = `Iceberg ${line.icebergVersion} in Spark ${line.version.replace(/\.\d+$/, '')}`;
    found.push({ feature, reader: 'spark', release, outcome: iceberg });
  }
  outcomes.push(...found);
  const { reads, evidence } = READER_TABLE[feature].cells.spark;
  const readByAll = found.every(({ outcome }) => outcome === 'read');
  if (reads || evidence.kind === 'test') expect([reads, found]).toEqual([readByAll, found]);
});

test('the outcomes are of every feature', () => {
  expect(new Set(outcomes.map(({ feature }) => feature))).toEqual(new Set(FEATURES));
  recordOutcomes(FILE, outcomes);
});

async function ask(
  { spark }: Line,
  files: readonly FeatureFile[],
  where: (file: FeatureFile) => object | Promise<object>,
): Promise<Outcome> {
  const found: Outcome[] = [];
  for (const file of files) {
    const from = await where(file);
    for (const vectorised of [true, false]) {
      const { values = null } = await spark.ask<Column>({ do: 'column', ...from, type: file.type, vectorised });
      found.push(outcomeOf(file.expected, values));
    }
  }
  return worstOf(found);
}

/** The file as an Iceberg table. One that cannot be added is one that cannot be read: then there is no such table with a row. */
async function addTable({ spark, warehouse }: Line, { name, type, path }: FeatureFile): Promise<object> {
  const location = join(warehouse, 'v', name);
  const columns = [{ name: 'c', type, fieldId: 1 }];
  await writeIcebergTable({ folder: location, location, columns, native: true });
  const { refused } = await spark.ask<Column>({ do: 'add', table: name, folder: path });
  return refused === undefined ? { table: name } : { files: [`${location} was not added`] };
}
