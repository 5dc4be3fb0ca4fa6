/**
 * The cells of Trino in the reader table: a file of each feature as an Iceberg table, and as a Hive table where that has such a column
 * type. Run by `npm run test:readers -- --all`.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FEATURES, type Feature, READER_TABLE } from '../../../src/core/reader-table.ts';
import type { Leaf } from '../../support/values/leaf-renderings.ts';
import { type FeatureFile, seed, writeFeatureFiles } from '../feature-files.ts';
import { type FeatureOutcome, type Outcome, outcomeOf, recordOutcomes, worstOf } from '../feature-outcomes.ts';
import { writeIcebergTable } from './iceberg-table.ts';
import { trinoParts } from './trino-expressions.ts';
import { startTrino, type Trino, trinoVersion } from './trino-server.ts';
import { trinoType } from './trino-tables.ts';

const FILE = 'test/readers/jvm/trino-features.test.ts';

/** Hive has no such column types. */
const ICEBERG_ONLY: readonly Feature[] = ['UUID', 'TIME'];

let folder: string;
let trino: Trino;
const outcomes: FeatureOutcome[] = [];

beforeAll(async () => {
  console.log(`Trino, features: FUZZ_SEED=${seed}`);
  folder = await mkdtemp(join(tmpdir(), 'dracula-test-trino-'));
  trino = await startTrino(folder);
  for (const connector of ['hive', 'iceberg']) await trino.query(`CREATE SCHEMA ${connector}.f`);
}, 900_000);
afterAll(async () => {
  await trino?.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each(FEATURES)('%s is read where the table says so', { timeout: 300_000 }, async (feature) => {
  const own = join(folder, 'files', feature);
  await mkdir(own, { recursive: true });
  // pyarrow reads every feature, so a file for it alone has any one of them.
  const files = await writeFeatureFiles(own, feature, ['pyarrow']);
  const found: FeatureOutcome[] = [];
  for (const connector of ['hive', 'iceberg'] as const) {
    if (connector === 'hive' && ICEBERG_ONLY.includes(feature)) continue;
    const each: Outcome[] = [];
    for (const file of files) each.push(outcomeOf(file.expected, await valuesOf(connector, file)));
    found.push({ feature, reader: 'trino', release: `Trino ${trinoVersion()}, ${connector}`, outcome: worstOf(each) });
  }
  outcomes.push(...found);
  const { reads, evidence } = READER_TABLE[feature].cells.trino;
  const readByAll = found.every(({ outcome }) => outcome === 'read');
  if (reads || evidence.kind === 'test') expect([reads, found]).toEqual([readByAll, found]);
});

test('the outcomes are of every feature', () => {
  expect(new Set(outcomes.map(({ feature }) => feature))).toEqual(new Set(FEATURES));
  recordOutcomes(FILE, outcomes);
});

/** In the order of the file; null where the table or the query fails. */
async function valuesOf(connector: 'hive' | 'iceberg', file: FeatureFile): Promise<readonly unknown[] | null> {
  const data = join(folder, 'data', connector, file.name);
  await mkdir(data, { recursive: true });
  await copyFile(file.path, join(data, '0.parquet'));
  try {
    await createTable(connector, file, `local:///${relative(folder, data)}`);
    const { rows } = await trino.query(`SELECT ${textSql(file)} FROM ${connector}.f.${file.name}`);
    return rows.map(([value]) => (file.type.kind === 'time' ? microsOfDay(value as string | null) : value));
  } catch (refusal) {
    // The test says whether there may be one.
    console.log(`${connector} refuses ${file.name}: ${String(refusal).slice(0, 300)}`);
    return null;
  }
}

async function createTable(connector: 'hive' | 'iceberg', { name, type }: FeatureFile, location: string) {
  if (connector === 'hive') {
    const options = `external_location = '${location}', format = 'PARQUET'`;
    await trino.query(`CREATE TABLE hive.f.${name} (c ${trinoType(type)}) WITH (${options})`);
    return;
  }
  const iceberg = `iceberg/${name}`;
  const columns = [{ name: 'c', type, fieldId: 1 }];
  await writeIcebergTable({
    folder: `${folder}/${iceberg}`,
    ...{ location: `local:///${iceberg}`, columns, native: true },
  });
  await trino.query(`CALL iceberg.system.register_table('f', '${name}', 'local:///${iceberg}')`);
  await trino.query(`ALTER TABLE iceberg.f.${name} EXECUTE add_files(location => '${location}', format => 'PARQUET')`);
}

function textSql({ type }: FeatureFile): string {
  const isNative = type.kind === 'uuid' || type.kind === 'time';
  return isNative ? 'CAST(c AS varchar)' : trinoParts('c', type as Leaf);
}

/** Of `HH:MM:SS.ffffff`. */
function microsOfDay(text: string | null): string | null {
  if (text === null) return null;
  const [, hours, minutes, seconds, micros] = /^(\d\d):(\d\d):(\d\d)\.(\d{6})$/.exec(text)!.map(Number);
  return String(((hours! * 60 + minutes!) * 60 + seconds!) * 1_000_000 + micros!);
}
