/**
 * DuckDB over the current versions of a lake: an in-memory database in which every dataset is a view.
 *
 * It reads the parts that the views name and no other file, writes nothing (statements.ts), loads no extension and opens no
 * connection; its configuration is locked. A view pins the version that was current when the engine was opened. Large sorts
 * spill into a temporary folder of their own, removed by `close`.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import type { DatasetFiles } from '../core/dataset-files.ts';
import { DraculaError, isDraculaError } from '../errors.ts';
import { type Cell, createCellReader } from './cell.ts';
import { escapeGlob, plainName, quoteText, viewSql } from './lake-views.ts';
import { type DuckDB, loadDuckDB } from './load-duckdb.ts';
import { copyToParquetSql } from './parquet-output.ts';
import { prepareReading } from './statements.ts';

export interface EngineOptions {
  /** Default: half of the machine's memory, or of the container's. */
  readonly memoryBytes?: number;
  /** Default: one a core. */
  readonly threads?: number;
  /** The one file that `writeParquet` may write. */
  readonly outputPath?: string;
}

export interface QueryColumn {
  /** Distinct: of columns with one name, the later ones get `:1`, `:2`. */
  readonly name: string;
  /** As DuckDB writes it: `DECIMAL(15,2)`, `VARCHAR[]`. */
  readonly type: string;
  /** To be aligned right. */
  readonly numeric: boolean;
}

export interface QueryResult {
  readonly columns: readonly QueryColumn[];
  /** The rows, up to 2,048 at a time, read while they are asked for. To be iterated once. */
  readonly batches: AsyncIterable<readonly (readonly Cell[])[]>;
}

export interface QueryOptions {
  /** Interrupts the query: E_INTERRUPTED. */
  readonly signal?: AbortSignal;
}

export interface LakeEngine {
  /** Datasets that have no view, and why. */
  readonly notices: readonly string[];
  /** Runs one SELECT. Throws E_ENGINE with DuckDB's message. */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** Writes the result of one SELECT to `outputPath`, 128-bit integers as decimal(38,0). Gives the number of rows. */
  writeParquet(sql: string, options?: QueryOptions): Promise<number>;
  close(): Promise<void>;
}

export async function openEngine(datasets: readonly DatasetFiles[], options: EngineOptions = {}): Promise<LakeEngine> {
  const duckdb = await loadDuckDB();
  const spillFolder = join(tmpdir(), `dracula-spill-${randomUUID()}`);
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_persistent_secrets: 'false',
    memory_limit: `${Math.floor((options.memoryBytes ?? defaultMemory()) / 1024)}KiB`,
    threads: String(options.threads ?? availableParallelism()),
    temp_directory: spillFolder,
  });
  const connection = await instance.connect();
  await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
  const { names, notices } = await createViews(connection, datasets);
  await lockDown(connection, datasets, options.outputPath);
  const failure = (cause: unknown, signal?: AbortSignal): unknown => engineError(cause, names, notices, signal);

  return {
    notices,

    async query(sql, { signal } = {}) {
      const own = await instance.connect();
      const stop = interruptOn(own, signal);
      try {
        signal?.throwIfAborted();
        const result = await (await prepareReading(duckdb, own, sql)).stream();
        return readResult(
          duckdb,
          result,
          (cause) => failure(cause, signal),
          () => end(own, stop),
        );
      } catch (cause) {
        end(own, stop);
        throw failure(cause, signal);
      }
    },

    async writeParquet(sql, { signal } = {}) {
      if (options.outputPath === undefined)
        throw new DraculaError('E_INTERNAL', 'The engine was opened without an output path.');
      const own = await instance.connect();
      const stop = interruptOn(own, signal);
      try {
        signal?.throwIfAborted();
        const copy = await copySql(duckdb, own, sql, resolve(options.outputPath));
        return (await own.run(copy)).rowsChanged;
      } catch (cause) {
        throw failure(cause, signal);
      } finally {
        end(own, stop);
      }
    },

    async close() {
      connection.closeSync();
      instance.closeSync();
      await rm(spillFolder, { recursive: true, force: true });
    },
  };
}

function defaultMemory(): number {
  const limit = process.constrainedMemory();
  return (limit > 0 && limit < totalmem() ? limit : totalmem()) / 2;
}

/** The views' names, and a notice for each dataset that has none. Plain names come last: a dataset's own name wins. */
async function createViews(
  connection: DuckDBConnection,
  datasets: readonly DatasetFiles[],
): Promise<{ names: string[]; notices: string[] }> {
  const names: string[] = [];
  const notices: string[] = [];
  const shown: DatasetFiles[] = [];
  for (const files of datasets) {
    const reason = files.columns.length === 0 ? 'it has no columns' : await tryView(connection, files.dataset, files);
    if (reason === null) shown.push(files);
    else notices.push(`The dataset ${files.dataset} cannot be queried: ${reason}.`);
  }
  for (const files of shown) {
    const plain = plainName(files.dataset);
    const named = plain !== null && (await tryView(connection, plain, files)) === null;
    names.push(named ? plain : files.dataset);
  }
  return { names, notices };
}

async function tryView(connection: DuckDBConnection, name: string, files: DatasetFiles): Promise<string | null> {
  try {
    await connection.run(viewSql(name, files));
    return null;
  } catch (cause) {
    return firstLine(cause);
  }
}

async function lockDown(
  connection: DuckDBConnection,
  datasets: readonly DatasetFiles[],
  output: string | undefined,
): Promise<void> {
  // A path is compared as it is written in the view, and again as it was found.
  const parts = datasets.flatMap((files) => files.parts.flatMap((part) => [part, escapeGlob(part)]));
  const paths = new Set(output === undefined ? parts : [...parts, resolve(output)]);
  if (paths.size > 0) await connection.run(`SET allowed_paths = [${[...paths].map(quoteText).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

function readResult(
  duckdb: DuckDB,
  result: DuckDBResult,
  failure: (cause: unknown) => unknown,
  done: () => void,
): QueryResult {
  const types = result.columnTypes();
  const columns = result.deduplicatedColumnNames().map((name, i) => {
    const type = types[i]!;
    return { name, type: type.toString(), numeric: NUMERIC.has(duckdb.DuckDBTypeId[type.typeId]!) };
  });
  const readers = columns.map(({ name }, i) => createCellReader(duckdb, types[i]!, name));
  async function* read(): AsyncGenerator<Cell[][]> {
    try {
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield chunk.getRows().map((row) => row.map((value, i) => readers[i]!(value)));
      }
    } catch (cause) {
      throw failure(cause);
    } finally {
      done();
    }
  }
  return { columns, batches: read() };
}

const NUMERIC: ReadonlySet<string> = new Set([
  ...[
    'TINYINT',
    'SMALLINT',
    'INTEGER',
    'BIGINT',
    'HUGEINT',
    'UTINYINT',
    'USMALLINT',
    'UINTEGER',
    'UBIGINT',
    'UHUGEINT',
  ],
  ...['BIGNUM', 'FLOAT', 'DOUBLE', 'DECIMAL'],
]);

async function copySql(duckdb: DuckDB, connection: DuckDBConnection, sql: string, path: string): Promise<string> {
  const statements = await connection.extractStatements(sql);
  const statement = await prepareReading(duckdb, connection, sql);
  if (statements.count !== 1 || statement.statementType !== duckdb.StatementType.SELECT) {
    throw new DraculaError(
      'E_ENGINE',
      'Parquet is written from one SELECT (no PIVOT, no EXPLAIN). Nothing was written.',
    );
  }
  const columns = Array.from({ length: statement.columnCount }, (_, i) => ({
    name: statement.columnName(i),
    type: statement.columnType(i),
  }));
  const twice = columns.find(
    ({ name }, i) => columns.findIndex((other) => other.name.toLowerCase() === name.toLowerCase()) !== i,
  );
  if (twice !== undefined) {
    throw new DraculaError(
      'E_ENGINE',
      `Two columns of the result are called ${twice.name}: name one with AS. Nothing was written.`,
      { column: twice.name },
    );
  }
  return copyToParquetSql(duckdb, sql.replace(/[\s;]+$/, ''), columns, path);
}

function interruptOn(connection: DuckDBConnection, signal: AbortSignal | undefined): () => void {
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  return () => signal?.removeEventListener('abort', interrupt);
}

function end(connection: DuckDBConnection, stop: () => void): void {
  stop();
  connection.closeSync();
}

/** DuckDB's message; where a table is unknown, with the names that there are. */
function engineError(
  cause: unknown,
  names: readonly string[],
  notices: readonly string[],
  signal?: AbortSignal,
): unknown {
  if (signal?.aborted)
    return new DraculaError('E_INTERRUPTED', 'The query was interrupted. Nothing was changed.', {}, cause);
  if (isDraculaError(cause)) return cause;
  const message = cause instanceof Error ? cause.message.trimEnd() : String(cause);
  const unknownTable = /^Catalog Error: Table with name .* does not exist/.test(message);
  return new DraculaError(
    'E_ENGINE',
    unknownTable ? [message, datasetList(names), ...notices].join('\n') : message,
    {},
    cause,
  );
}

function datasetList(names: readonly string[]): string {
  if (names.length === 0) return 'This lake has no datasets.';
  const listed = names.slice(0, 20).join(', ');
  return `Datasets of this lake: ${listed}${names.length > 20 ? ` and ${names.length - 20} more` : ''}.`;
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!.replace(/[.!]$/, '');
}
