/** Queries of DuckDB over Parquet files, and constants in them. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { Leaf } from '../support/values/leaf-renderings.ts';

const instance = DuckDBInstance.create(':memory:', { threads: '1' });

/** `FILES` in the query stands for the files. */
export async function queryDuckDB(files: readonly string[], sql: string): Promise<readonly (readonly unknown[])[]> {
  const connection = await (await instance).connect();
  try {
    const list = files.map((path) => quoted(path)).join(', ');
    const from = `read_parquet([${list}], hive_partitioning = false)`;
    return (await connection.runAndReadAll(sql.replaceAll('FILES', () => from))).getRows();
  } finally {
    connection.closeSync();
  }
}

/** Of a value in the form of filter-targets.ts. */
export function duckdbConstant(value: string, type: Leaf): string {
  switch (type.kind) {
    case 'bool':
      return value;
    case 'float32':
    case 'float64':
      return floatConstant(value);
    case 'decimal':
      return `'${value}'::DECIMAL(${type.precision}, ${type.scale})`;
    case 'bytes':
    case 'geometry':
      return `from_hex('${value}')`;
    case 'date':
      return `make_date(${value})`;
    case 'timestamp':
      return timestampConstant(value, type.utc ? 'TIMESTAMPTZ' : 'TIMESTAMP');
    case 'text':
    case 'json':
    case 'uuid':
    case 'time':
      return quoted(value);
    default:
      return `'${value}'::BIGINT`;
  }
}

/** The last microsecond is its infinity. */
function timestampConstant(micros: string, type: 'TIMESTAMP' | 'TIMESTAMPTZ'): string {
  if (BigInt(micros) === 2n ** 63n - 1n) return `'infinity'::${type}`;
  return `make_${type.toLowerCase()}(${micros}::BIGINT)`;
}

function floatConstant(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  const [number, type] = bytes.length === 4 ? [bytes.readFloatBE(), 'FLOAT'] : [bytes.readDoubleBE(), 'DOUBLE'];
  return `'${Object.is(number, -0) ? '-0' : number}'::${type}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
