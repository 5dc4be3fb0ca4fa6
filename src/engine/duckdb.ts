/**
 * DuckDB over the current versions of a lake: an in-memory database in which every dataset is a view.
 *
 * It reads the parts that the views name and no other file, writes nothing (statements.ts), loads no extension and opens no
 * connection; its configuration is locked. A view pins the version that was current when the engine was opened. Large sorts
 * spill into a temporary folder of their own, removed by `close`.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import type { DatasetFiles } from '../core/dataset-files.ts';
import { formatName } from '../core/identifiers.ts';
import { DraculaError, isDraculaError } from '../errors.ts';
import { findDamagedPart } from './damaged-part.ts';
import { shownMessage } from './duckdb-message.ts';
import { type DatabaseOptions, type LakeNames, openDatabase } from './lake-database.ts';
import { type DuckDB, loadDuckDB } from './load-duckdb.ts';
import { copyToParquetSql } from './parquet-output.ts';
import { type QueryResult, readResult } from './query-result.ts';
import { prepareReading } from './statements.ts';

export type EngineOptions = DatabaseOptions;

export interface QueryOptions {
  /** Interrupts the query: E_INTERRUPTED. */
  readonly signal?: AbortSignal;
}

export interface LakeEngine {
  /** Runs one SELECT. Throws E_SQL for what is no SELECT, E_MEMORY where its memory does not suffice, E_DATASET_NOT_FOUND, E_ENGINE with what of DuckDB's message may be shown; what it asks of a dataset that cannot be read: that one's error. */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** Writes the result of one SELECT to `outputPath`, 128-bit integers as decimal(38,0). Gives the number of rows. */
  writeParquet(sql: string, options?: QueryOptions): Promise<number>;
  close(): Promise<void>;
}

export async function openEngine(datasets: readonly DatasetFiles[], options: EngineOptions = {}): Promise<LakeEngine> {
  const duckdb = await loadDuckDB();
  const spillFolder = join(tmpdir(), `dracula-spill-${randomUUID()}`);
  const { instance, ...names } = await openDatabase(duckdb, datasets, spillFolder, options);
  const failure = async (cause: unknown, sql: string, signal?: AbortSignal): Promise<unknown> => {
    const damaged = signal?.aborted || isDraculaError(cause) ? null : await findDamagedPart(instance, datasets, cause);
    return damaged ?? engineError(cause, sql, names, signal);
  };

  return {
    async query(sql, { signal } = {}) {
      const own = await instance.connect();
      const stop = interruptOn(own, signal);
      try {
        const statement = await prepareReading(duckdb, own, sql);
        signal?.throwIfAborted(); // DuckDB forgets an interrupt from before
        return readResult(duckdb, await statement.stream(), {
          signal,
          failure: (cause) => failure(cause, sql, signal),
          brokenOff: () => whatEnds(own, sql),
          done: () => end(own, stop),
        });
      } catch (cause) {
        end(own, stop);
        throw await failure(cause, sql, signal);
      }
    },

    async writeParquet(sql, { signal } = {}) {
      if (options.outputPath === undefined)
        throw new DraculaError('E_INTERNAL', 'The engine was opened without an output path.');
      const own = await instance.connect();
      const stop = interruptOn(own, signal);
      try {
        const copy = await copySql(duckdb, own, sql, resolve(options.outputPath));
        signal?.throwIfAborted(); // DuckDB forgets an interrupt from before
        return (await own.run(copy)).rowsChanged;
      } catch (cause) {
        throw await failure(cause, sql, signal);
      } finally {
        end(own, stop);
      }
    },

    async close() {
      instance.closeSync();
      await rm(spillFolder, { recursive: true, force: true });
    },
  };
}

async function copySql(duckdb: DuckDB, connection: DuckDBConnection, sql: string, path: string): Promise<string> {
  const statements = await connection.extractStatements(sql);
  const statement = await prepareReading(duckdb, connection, sql);
  if (statements.count !== 1 || statement.statementType !== duckdb.StatementType.SELECT) {
    throw new DraculaError('E_SQL', 'Parquet is written from one SELECT (no PIVOT, no EXPLAIN). Nothing was written.');
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
      'E_SQL',
      `Two columns of the result are called ${twice.name}: name one with AS. Nothing was written.`,
      { column: twice.name },
    );
  }
  return copyToParquetSql(duckdb, withoutEnd(sql), columns, path);
}

/**
 * The error of a query whose result broke off, which says no more than that: by computing all of it once more, into one row. It takes as long as
 * the query, and of several errors it may name another.
 */
async function whatEnds(connection: DuckDBConnection, sql: string): Promise<unknown> {
  const once = `SELECT bit_xor(hash(COLUMNS(*))) FROM (\n${withoutEnd(sql)}\n)`;
  const unknown = 'DuckDB ended the result before its last row, and does not say why. What came is not all of it.';
  // What does not fit between parentheses says nothing of the query, which was run.
  let asked: DuckDBPreparedStatement;
  try {
    asked = await connection.prepare(once);
  } catch (cause) {
    const isOurs = /^(?:Error: )?(?:Parser|Binder) Error/.test(String(cause));
    return isOurs ? new DraculaError('E_ENGINE', unknown) : cause;
  }
  try {
    await asked.run();
    return new DraculaError('E_ENGINE', unknown);
  } catch (cause) {
    return cause;
  } finally {
    asked.destroySync();
  }
}

/** Without semicolons at its end. */
function withoutEnd(sql: string): string {
  return sql.replace(/[\s;]+$/, '');
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

/** What of DuckDB's message may be shown; where a table is unknown, why it cannot be shown, or the names that there are. */
function engineError(cause: unknown, sql: string, { names, withoutView }: LakeNames, signal?: AbortSignal): unknown {
  if (signal?.aborted)
    return new DraculaError('E_INTERRUPTED', 'The query was interrupted. Nothing was changed.', {}, cause);
  if (isDraculaError(cause)) return cause;
  const message = cause instanceof Error ? cause.message.trimEnd() : String(cause);
  if (NO_SPACE.test(message))
    return new DraculaError('E_DISK_FULL', `${shownMessage(message, sql).replace(/\.$/, '')}. Nothing was changed.`);
  if (message.startsWith(OUT_OF_MEMORY)) return outOfMemory(message.slice(OUT_OF_MEMORY.length), cause);
  const unknown = /^Catalog Error: Table with name (.*?) does not exist/s.exec(message)?.[1];
  // Not as the cause either, which programs log.
  if (unknown === undefined) return new DraculaError('E_ENGINE', shownMessage(message, sql));
  return (
    withoutView.get(unknown.toLowerCase()) ??
    new DraculaError('E_DATASET_NOT_FOUND', `There is no dataset ${formatName(unknown)}. ${datasetList(names)}`)
  );
}

const NO_SPACE = /^IO Error: .*No space left on device/s;
const OUT_OF_MEMORY = 'Out of Memory Error: ';

/** Without DuckDB's advice, which names settings of its own. */
function outOfMemory(message: string, cause: unknown): DraculaError {
  const [what = ''] = message.split('\n', 1);
  return new DraculaError(
    'E_MEMORY',
    `DuckDB needs more memory than its share: ${what.replace(/[.!]$/, '')}. Nothing was changed.`,
    {},
    cause,
  );
}

function datasetList(names: readonly string[]): string {
  if (names.length === 0) return 'This lake has no datasets.';
  const listed = names.slice(0, 20).map(formatName).join(', ');
  return `Datasets of this lake: ${listed}${names.length > 20 ? ` and ${names.length - 20} more` : ''}.`;
}
