/**
 * The result of a query: its columns, and its rows read while they are asked for.
 */
import type { DuckDBResult } from '@duckdb/node-api';
import { type Cell, createCellReader } from './cell.ts';
import type { DuckDB } from './load-duckdb.ts';

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

export interface ResultEnds {
  readonly signal: AbortSignal | undefined;
  /** Maps what a read throws. */
  readonly failure: (cause: unknown) => Promise<unknown>;
  /** What ended the result before its last row: DuckDB gives no more rows then, and throws nothing. */
  readonly brokenOff: () => Promise<unknown>;
  /** Runs once the rows are read, or given up. */
  readonly done: () => void;
}

export function readResult(
  duckdb: DuckDB,
  result: DuckDBResult,
  { signal, failure, brokenOff, done }: ResultEnds,
): QueryResult {
  const types = result.columnTypes();
  const columns = distinctNames(result.columnNames()).map((name, i) => {
    const type = types[i]!;
    return { name, type: type.toString(), numeric: NUMERIC.has(duckdb.DuckDBTypeId[type.typeId]!) };
  });
  const readers = columns.map(({ name }, i) => createCellReader(duckdb, types[i]!, name));
  async function* read(): AsyncGenerator<Cell[][]> {
    try {
      for (;;) {
        const chunk = await result.fetchChunk();
        signal?.throwIfAborted();
        if (chunk === null || chunk.rowCount === 0) break;
        yield chunk.getRows().map((row) => row.map((value, i) => readers[i]!(value)));
      }
      // An error in the middle, or an interrupt: the C API has no other sign of it that reaches us.
      if (result.returnType === duckdb.ResultReturnType.INVALID) throw await brokenOff();
    } catch (cause) {
      throw await failure(cause);
    } finally {
      done();
    }
  }
  return { columns, batches: read() };
}

/** Each name once: one that stands there already gets the first of `:1`, `:2`, … that no column has. */
function distinctNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let n = 1; seen.has(distinct) || (distinct !== name && taken.has(distinct)); n++) distinct = `${name}:${n}`;
    seen.add(distinct);
    return distinct;
  });
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
