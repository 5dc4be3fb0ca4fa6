/**
 * The plan of a copy: which tables become which datasets, from which relations, in which chunks, with which types.
 *
 * Pure: facts of the server and of its catalogs go in, plain data comes out, nothing is asked. A table that cannot be read is
 * refused with its reason and the others go on; what makes the whole run meaningless is thrown.
 */
import type { CopyPlan, RefusedTable, TableName, TablePlan } from '../core/copy-plan.ts';
import { datasetName, formatTable, MAX_DATASET_NAME } from '../core/identifiers.ts';
import { DraculaError, isDraculaError, serializeError } from '../errors.ts';
import type { ServerInfo } from '../introspect/server.ts';
import type { SourceTable } from '../introspect/source-table.ts';
import type { PlanOptions } from './plan-options.ts';
import { planTable } from './plan-table.ts';
import { refuseCollisions } from './refuse-collisions.ts';
import { isBroken } from './sql-ascii-names.ts';

/**
 * Plans the copy of these tables, which keep their order.
 * E_NAME_COLLISION, E_CHUNK_BY (ctid before 14), E_COLUMN_NOT_FOUND (no table has all of `columns`), E_USAGE.
 */
export function planCopy(server: ServerInfo, tables: readonly SourceTable[], options: PlanOptions): CopyPlan {
  checkOptions(server, options);
  const named = tables.map((table) => ({ dataset: datasetName(table.name), table: table.name, source: table }));
  // What is refused for its own sake meets nothing: two names that are not UTF-8 may look the same.
  const sound = named.filter(({ table }) => !isBroken(server, table.namespace) && !isBroken(server, table.name));
  const inLake = [...(options.lake?.keys() ?? [])];
  refuseCollisions(sound, [], inLake);
  const planned: TablePlan[] = [];
  const refused: RefusedTable[] = [];
  let firstId = 0;
  for (const { dataset, table, source } of named) {
    try {
      checkDatasetName(dataset, table);
      const plan = planTable(server, source, dataset, firstId, options);
      planned.push(plan);
      firstId += plan.chunks.length;
    } catch (e) {
      if (!isDraculaError(e) || e.code === 'E_INTERNAL') throw e;
      refused.push({ dataset, table, error: serializeError(e) });
    }
  }
  throwWhenNoTableHasTheColumns(planned, refused);
  refuseCollisions(sound, planned, inLake);
  return { serverVersion: server.version, serverVersionNum: server.versionNum, tables: planned, refused };
}

function checkOptions(server: ServerInfo, options: PlanOptions): void {
  if (options.chunkBy === 'ctid' && server.versionNum < 140000) {
    throw new DraculaError(
      'E_CHUNK_BY',
      `\`chunkBy: ctid\` needs PostgreSQL 14 or newer; this server is ${server.version}. Nothing was read.`,
    );
  }
  if (options.consistency === 'chunk' && options.chunkBy !== 'key') {
    throw new DraculaError(
      'E_USAGE',
      '`consistency: chunk` needs `chunkBy: key`: a row that moves meanwhile would be missed or doubled otherwise.',
    );
  }
  const repeated = options.columns?.find((name, i, all) => all.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw new DraculaError('E_USAGE', `\`columns\` names ${repeated} twice.`, { column: repeated });
  }
}

function checkDatasetName(dataset: string, table: TableName): void {
  if (dataset.length <= MAX_DATASET_NAME) return;
  throw new DraculaError(
    'E_DATASET_NAME',
    `The dataset of ${formatTable(table)} would have a name of ${dataset.length} bytes; ${MAX_DATASET_NAME} is the most.`,
    { table: formatTable(table) },
  );
}

/** A misspelt column is a mistake in the command, not a fault of every table. */
function throwWhenNoTableHasTheColumns(planned: readonly TablePlan[], refused: readonly RefusedTable[]): void {
  const [first] = refused;
  if (planned.length > 0 || !first || refused.some(({ error }) => error.code !== 'E_COLUMN_NOT_FOUND')) return;
  throw new DraculaError(first.error.code, first.error.message, first.error.facts);
}
