/** What a verification can be told: the same for the CLI's flags and for `verifyDatasets`. */
import type { RunEventListener } from '../core/run-event.ts';
import type { DatasetVerification } from '../core/verify-report.ts';

export interface VerifyOptions {
  /** The lake folder. */
  readonly lake: string;
  /** Names of datasets. Default: all that come from a table. */
  readonly datasets?: readonly string[];
  /** `postgresql://…`. Default: `$DATABASE_URL`, else `PG*` and `~/.pgpass`. */
  readonly url?: string;
  /** Compare only this share of each table's blocks, in percent (0 to 100), row by row. Default: everything. */
  readonly samplePercent?: number;
  /** The condition with which the datasets were copied. */
  readonly where?: string;
  /** A difference is a failure: exit code 5. Without it only the report tells. */
  readonly strict?: boolean;
  /** How long somebody may wait for a lock of ours before a question is given back. Default 1,000. */
  readonly maxBlockMs?: number;
  /** Default 30 minutes. */
  readonly maxSnapshotAgeMs?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Notices about the connection and the plan. */
  readonly onEvent?: RunEventListener;
  /** Each dataset, as soon as it is compared; the next one waits for its promise. */
  readonly onDataset?: (verification: DatasetVerification) => unknown;
}
