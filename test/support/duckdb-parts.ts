/** Parquet files written by DuckDB itself, with field ids, as parts for the engine to read. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DatasetFiles } from '../../src/core/dataset-files.ts';

export interface PartSpec {
  readonly folder: string;
  readonly dataset: string;
  readonly columns: DatasetFiles['columns'];
  /** One SELECT for each part; its columns have the names of `columns`. */
  readonly selects: readonly string[];
}

export async function writeParts({ folder, dataset, columns, selects }: PartSpec): Promise<DatasetFiles> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const ids = columns.map(({ name, fieldId }) => `"${name}": ${fieldId}`).join(', ');
  const parts: string[] = [];
  let rows = 0;
  for (const [i, select] of selects.entries()) {
    const path = join(folder, `${dataset}-${i}.parquet`);
    const copy = `COPY (${select}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet, FIELD_IDS {${ids}})`;
    rows += (await connection.run(copy)).rowsChanged;
    parts.push(path);
  }
  connection.closeSync();
  instance.closeSync();
  return { dataset, columns, parts, rows };
}
