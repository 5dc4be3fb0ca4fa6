/**
 * The public API of `dracula-etl`: an explicit list.
 *
 * Nothing else is loaded with it: an old Node gets a sentence, and a program that only looks at errors pays for no driver.
 */
import type { CopyPlan } from './core/copy-plan.ts';
import { requireNode } from './core/node-version.ts';
import type { CopyReport } from './core/run-event.ts';
import type { VerifyReport } from './core/verify-report.ts';
import type { CopyOptions } from './pipeline/copy-options.ts';
import type { VerifyOptions } from './pipeline/verify-options.ts';

export type { Compression } from './core/compression.ts';
export type {
  Chunk,
  ChunkRange,
  CopyPlan,
  QuarantinePlan,
  RefusedTable,
  RelationRead,
  TableName,
  TablePlan,
} from './core/copy-plan.ts';
export type { LogicalKind, LogicalType } from './core/logical-type.ts';
export type { Reader } from './core/reader.ts';
export type {
  AwkwardValues,
  CopyReport,
  RunEvent,
  RunEventListener,
  SourceBill,
  TableReport,
} from './core/run-event.ts';
export type { AwkwardPolicy, Column, SourceColumn, TableSchema } from './core/table-schema.ts';
export type {
  ColumnDifference,
  DatasetVerification,
  DifferingRow,
  Measure,
  VerifyReport,
} from './core/verify-report.ts';
export {
  DraculaError,
  type ErrorCode,
  type ErrorFacts,
  type ExitCode,
  isDraculaError,
  type Retry,
  type SerializedError,
} from './errors.ts';
export type {
  ChunkBy,
  ColumnOptions,
  Consistency,
  CopyOptions,
  NumericForm,
} from './pipeline/copy-options.ts';
export type { VerifyOptions } from './pipeline/verify-options.ts';

requireNode(process.versions.node);

/**
 * Copies tables of a PostgreSQL into a lake folder, or one table into a Parquet file.
 *
 * Resolves with the report, also where single tables failed (`exitCode`, and `error` of each). Rejects with a DraculaError when the
 * run as a whole was not possible: bad options, no connection, no such table, a target that cannot be written, an abort; and with
 * what `onEvent` threw, or its promise was rejected with.
 *
 * @example
 * const report = await copyTables({ url: 'postgresql://app@localhost/shop', target: './lake/', tables: ['orders', 'billing.*'] });
 * console.log(report.rows, report.source.bytesSent);
 */
export async function copyTables(options: CopyOptions): Promise<CopyReport> {
  return (await import('./pipeline/copy.ts')).copyTables(options);
}

/** What `copyTables` would do with these options: nothing is read, and nothing is written. */
export async function planTables(options: CopyOptions): Promise<CopyPlan> {
  return (await import('./pipeline/copy.ts')).planTables(options);
}

/**
 * Compares datasets of a lake with the tables that they were copied from, as these are now.
 *
 * Resolves with the report, also where datasets differ or could not be compared. Rejects with a DraculaError when nothing could be
 * done at all: no lake, no such dataset, no connection, an abort.
 *
 * @example
 * const { datasets } = await verifyDatasets({ lake: './lake', url: 'postgresql://app@localhost/shop' });
 * console.log(datasets.filter(({ status }) => status !== 'same'));
 */
export async function verifyDatasets(options: VerifyOptions): Promise<VerifyReport> {
  return (await import('./pipeline/verify.ts')).verifyDatasets(options);
}
