/**
 * Which statements the engine runs: those that read.
 *
 * The files of the lake are the only ones that DuckDB may open, but it may then write them too (a COPY onto a part). So
 * the kind of each statement, as DuckDB itself parses it, must be SELECT (with SHOW, DESCRIBE and SUMMARIZE), or an EXPLAIN of
 * one. Two functions would still write a file of any name (a profile, a log), and two others run SQL that is put together
 * at run time: those are refused by their names, wherever they stand. PIVOT is parsed into two statements, a CREATE TYPE in memory and its SELECT: CREATE may stand before a SELECT.
 */
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { DraculaError } from '../errors.ts';
import type { DuckDB } from './load-duckdb.ts';

/** Runs what must go before, and gives the one statement with the result, prepared. Throws E_SQL, or what DuckDB throws. */
export async function prepareReading(
  duckdb: DuckDB,
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBPreparedStatement> {
  const { StatementType: kind } = duckdb;
  if (isBlank(sql)) throw new DraculaError('E_SQL', 'The query is empty.');
  checkFunctions(sql);
  const statements = await connection.extractStatements(sql);
  const last = statements.count - 1;
  for (let i = 0; i < last; i++) {
    const statement = await statements.prepare(i);
    if (statement.statementType !== kind.CREATE) throw refused('more than one statement');
    await statement.run();
  }
  const statement = await statements.prepare(last);
  if (statement.statementType === kind.EXPLAIN) await checkExplained(duckdb, connection, sql);
  else if (statement.statementType !== kind.SELECT)
    throw refused(`${kind[statement.statementType] ?? 'this'} statement`);
  return statement;
}

/** EXPLAIN ANALYZE runs its statement, so that must be a SELECT by itself. */
async function checkExplained(duckdb: DuckDB, connection: DuckDBConnection, sql: string): Promise<void> {
  const explained = sql.replace(/^\s*explain(\s+analyze)?\s+/i, '');
  if (explained === sql) throw refused('an EXPLAIN with options or comments in front');
  const { statementType } = await connection.prepare(explained);
  if (statementType !== duckdb.StatementType.SELECT)
    throw refused(`EXPLAIN of ${duckdb.StatementType[statementType] ?? 'this'} statement`);
}

const BLANK = String.raw`(?:\s|--[^\n]*\n|/\*[\s\S]*?\*/)*`;
const WRITES_FILES = /\benable_(?:profiling|logging)\b/i;
const RUNS_SQL = new RegExp(String.raw`\b(?:query|json_execute_serialized_sql)"?${BLANK}\(`, 'i');

function checkFunctions(sql: string): void {
  const found = WRITES_FILES.exec(sql) ?? RUNS_SQL.exec(sql);
  if (found !== null) throw refused(`a query with ${found[0].match(/^\w+/)![0]}()`);
}

function isBlank(sql: string): boolean {
  return sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|[\s;]/g, '') === '';
}

function refused(what: string): DraculaError {
  return new DraculaError('E_SQL', `A query reads the lake with one SELECT; ${what} is not run. Nothing was changed.`);
}
