/**
 * What a command line of `dracula copy` says, as the library takes it: nothing that was not said, so that the library's defaults
 * apply. Options that contradict each other, or that one flag gives twice, are refused here.
 */
import { DraculaError } from '../errors.ts';
import type { CopyOptions } from '../index.ts';
import { parseCopyArguments } from './copy-arguments.ts';
import { type ColumnChoice, type CompressionChoice, parseLevel, parseWhole } from './option-values.ts';
import { withoutUndefined } from './without-undefined.ts';

/** What commander collects. */
export interface CopyFlags {
  readonly table?: readonly string[];
  readonly exclude?: readonly string[];
  readonly query?: string;
  readonly name?: string;
  readonly columns?: readonly string[];
  readonly where?: string;
  readonly connections?: number;
  readonly chunkBy?: CopyOptions['chunkBy'];
  readonly compression?: CompressionChoice;
  readonly compressionLevel?: string;
  readonly rowGroupRows?: number;
  readonly partBytes?: number;
  readonly memory?: number;
  readonly consistency?: CopyOptions['consistency'];
  readonly maxSnapshotAge?: number;
  readonly maxBlock?: number;
  readonly statementTimeout?: number;
  readonly numeric?: CopyOptions['numeric'];
  readonly readers?: CopyOptions['readers'];
  readonly awkward?: CopyOptions['awkward'];
  readonly maxQuarantined?: CopyOptions['maxQuarantined'];
  readonly column?: readonly ColumnChoice[];
  readonly verify?: boolean;
  readonly failFast?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Throws E_USAGE where two options contradict each other. */
export function toCopyOptions(positionals: readonly string[], flags: CopyFlags): CopyOptions {
  const { url, tables, target } = parseCopyArguments(positionals);
  const named = [...tables, ...(flags.table ?? [])];
  const query = toQuery(flags, named);
  return {
    target,
    ...withoutUndefined({
      url,
      tables: named.length === 0 ? undefined : named,
      exclude: flags.exclude,
      query,
      columns: flags.columns,
      where: flags.where,
      connections: flags.connections,
      chunkBy: flags.chunkBy,
      compression: flags.compression?.codec,
      compressionLevel: toLevel(flags),
      rowGroupRows: flags.rowGroupRows,
      partBytes: flags.partBytes,
      memoryBytes: flags.memory,
      consistency: flags.consistency,
      maxSnapshotAgeMs: flags.maxSnapshotAge,
      maxBlockMs: flags.maxBlock,
      statementTimeoutMs: flags.statementTimeout,
      numeric: flags.numeric,
      readers: flags.readers,
      awkward: flags.awkward,
      maxQuarantined: flags.maxQuarantined,
      columnOptions: toColumnOptions(flags.column),
      verify: flags.verify,
      failFast: flags.failFast,
      force: flags.force,
    }),
  };
}

function toQuery(flags: CopyFlags, tables: readonly string[]): CopyOptions['query'] | undefined {
  if (flags.query === undefined && flags.name === undefined) return undefined;
  if (flags.query === undefined)
    throw new DraculaError('E_USAGE', '--name names the dataset of a --query, and there is none.');
  if (flags.name === undefined)
    throw new DraculaError('E_USAGE', '--query needs --name: the dataset that its rows become.');
  const others = {
    tables: tables.length > 0,
    '--exclude': flags.exclude,
    '--columns': flags.columns,
    '--where': flags.where,
  };
  const clash = Object.entries(others).find(([, given]) => given);
  if (clash !== undefined)
    throw new DraculaError('E_USAGE', `--query stands alone: it cannot be combined with ${clash[0]}.`);
  return { sql: flags.query, name: flags.name };
}

function toColumnOptions(choices: readonly ColumnChoice[] = []): CopyOptions['columnOptions'] | undefined {
  const columns = choices.map(({ column }) => column);
  const repeated = columns.find((column, i) => columns.indexOf(column) !== i);
  if (repeated !== undefined)
    throw new DraculaError('E_USAGE', `--column names ${repeated} twice: write its settings behind one colon.`);
  return choices.length === 0 ? undefined : Object.fromEntries(choices.map(({ column, options }) => [column, options]));
}

function toLevel({ compression, compressionLevel }: CopyFlags): number | undefined {
  if (compressionLevel === undefined) return compression?.level;
  if (compression?.level !== undefined) {
    throw new DraculaError(
      'E_USAGE',
      'The compression level is given twice: in --compression and in --compression-level.',
    );
  }
  // Without a codec the library's own applies, and the library judges the level.
  if (compression === undefined) return parseWhole('--compression-level', 1)(compressionLevel);
  return parseLevel('--compression-level', compression.codec, compressionLevel);
}
