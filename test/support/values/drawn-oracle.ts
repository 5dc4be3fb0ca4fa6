/**
 * What is asked of every reader of drawn values: on a time budget, that each value is what Postgres prints, and that filters at and beside
 * the bounds of some columns find what a full scan finds.
 */
import { expect } from 'vitest';
import type { Column } from '../../../src/core/table-schema.ts';
import { SEED } from '../property.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { compareRounds, type Drawing, type DrawnFiles, type ReadFiles, someColumns } from './drawn-table.ts';
import type { Filtered } from './duckdb-filters.ts';

/** Of each round's; a filter reads the file's footer anew. */
const FILTERED_COLUMNS = 8;

export interface DrawnReader {
  readonly name: string;
  readonly read: ReadFiles;
  readonly filter: (files: readonly string[], columns: readonly Column[]) => Promise<Filtered>;
}

export async function expectDrawnValues(drawing: Drawing, budgetMs: number, reader: DrawnReader): Promise<void> {
  let filters = 0;
  const look = async (drawn: DrawnFiles) => {
    const { compared, wrong } = await reader.filter(drawn.files, someColumns(drawn, FILTERED_COLUMNS));
    if (wrong.length > 0) throw new Error(`Other rows than a full scan finds: ${wrong.slice(0, 3).join('; ')}`);
    filters += compared;
  };
  const folder = () => temporaryFolder('drawn');
  const { rounds, values, types } = await compareRounds(drawing, { budgetMs, folder, read: reader.read, look });
  const [of, asked] = [values, filters].map((count) => count.toLocaleString('en'));
  console.log(
    `PostgreSQL ${drawing.major}, ${reader.name}: ${of} drawn values of ${types} types in ${rounds} rounds, ${asked} filters (seed ${SEED})`,
  );
  expect(types).toBeGreaterThan(150);
  expect(filters).toBeGreaterThan(20 * rounds);
  expect(values).toBeGreaterThan(rounds * types);
}
