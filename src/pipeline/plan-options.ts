/** What the plan is made from beside the server and the tables. */

import type { Reader } from '../core/reader.ts';
import type { AwkwardPolicy } from '../core/table-schema.ts';
import type { KeyFacts } from '../introspect/key-facts.ts';
import type { WhereFacts } from '../introspect/where-facts.ts';
import type { ChunkBy, ColumnOptions, Consistency, NumericForm } from './copy-options.ts';
import type { LakeForms } from './dataset-readers.ts';

/** What of the options the plan depends on, and facts that were asked for because of them. */
export interface PlanOptions {
  readonly columns?: readonly string[];
  readonly where?: string;
  readonly chunkBy?: ChunkBy;
  readonly numeric?: NumericForm;
  /** For every column; default `fail`. */
  readonly awkward?: AwkwardPolicy;
  readonly columnOptions?: Readonly<Record<string, ColumnOptions>>;
  readonly consistency?: Consistency;
  readonly connections: number;
  /** Who reads the files, where the run says. */
  readonly readers?: readonly Reader[];
  /** What the datasets of the lake say; default: it has none. */
  readonly lake?: LakeForms;
  /** Aim of a chunk; default: that of `planChunks`. */
  readonly chunkBytes?: number;
  /** By table OID, for `where`: from `readWhereFacts`. */
  readonly whereFacts?: ReadonlyMap<number, WhereFacts>;
  /** By relation OID, for `chunkBy: 'key'`: from `readKeyFacts`. */
  readonly keyFacts?: ReadonlyMap<number, KeyFacts>;
}
