/** The public API of `dracula-etl`: an explicit list. */

export type {
  Chunk,
  ChunkRange,
  CopyPlan,
  RefusedTable,
  RelationRead,
  TableName,
  TablePlan,
} from './core/copy-plan.ts';
export type { LogicalKind, LogicalType } from './core/logical-type.ts';
export type { Reader } from './core/reader.ts';
export type { CopyReport, RunEvent, RunEventListener, SourceBill, TableReport } from './core/run-event.ts';
export type { Column, SourceColumn, TableSchema } from './core/table-schema.ts';
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
export { copyTables, planTables } from './pipeline/copy.ts';
export type {
  AwkwardPolicy,
  ChunkBy,
  Compression,
  Consistency,
  CopyOptions,
  NumericForm,
} from './pipeline/copy-options.ts';
export { verifyDatasets } from './pipeline/verify.ts';
export type { VerifyOptions } from './pipeline/verify-options.ts';
