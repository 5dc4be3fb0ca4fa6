/**
 * Filters of DuckDB over Parquet files, which leave out row groups by their statistics, against the same filters over the same
 * values in a table of DuckDB's own. At the smallest value, the one in the middle and the largest, just beside each, and on null.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteIdentifier } from '../../../src/core/identifiers.ts';
import type { LogicalKind, LogicalType } from '../../../src/core/logical-type.ts';
import type { Column } from '../../../src/core/table-schema.ts';
import { loadDuckDB } from '../../../src/engine/load-duckdb.ts';

type Leaf = Exclude<LogicalType, { kind: 'list' | 'struct' | 'map' }>;

/** A value's key, from which an SQL constant is made again, and those of what is next to it. */
interface Targets {
  readonly key: (x: string) => string;
  readonly constant: (key: string, leaf: Leaf) => string;
  /** Constants beside a key; beyond the type's own end there are none. */
  readonly beside: (key: string, leaf: Leaf) => readonly string[];
  /** Asked in any case. */
  readonly always?: readonly string[];
}

const OPERATORS = ['<', '<=', '=', '>=', '>', '<>'];

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const steps = (key: string) => [BigInt(key) - 1n, BigInt(key) + 1n];

function whole(type: string, bits: number, isSigned = true): Targets {
  const least = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
  const most = least + 2n ** BigInt(bits) - 1n;
  const constant = (key: string) => `'${key}'::${type}`;
  const beside = (key: string) =>
    steps(key)
      .filter((n) => n >= least && n <= most)
      .map((n) => constant(String(n)));
  return { key: (x) => `${x}::VARCHAR`, constant, beside };
}

function float(type: 'FLOAT' | 'DOUBLE'): Targets {
  const constant = (key: string) => `'${key}'::${type}`;
  return {
    key: (x) => `${x}::VARCHAR`,
    constant,
    beside: (key) =>
      ['nan', 'inf', '-inf'].includes(key)
        ? []
        : ['inf', '-inf'].map((end) => `nextafter(${constant(key)}, ${constant(end)})`),
    always: ['nan', '-0', '0', 'inf', '-inf', '5'].map(constant),
  };
}

/** Whatever DuckDB compares as text, and the types that it reads from text. */
function text(type: string): Targets {
  const constant = (key: string) => `${literal(key)}::${type}`;
  const isText = type === 'VARCHAR';
  return {
    key: (x) => `${x}::VARCHAR`,
    constant,
    beside: (key) => (isText ? [`${key}\u0001`, [...key].slice(0, -1).join('')].map(constant) : []),
    ...(isText ? { always: ['', '\uffff', '\u{10000}', '\u{10ffff}'].map(constant) } : {}),
  };
}

function moments(make: string): Targets {
  return {
    key: (x) => `epoch_us(${x})::VARCHAR`,
    constant: (key) => `${make}('${key}'::BIGINT)`,
    beside: (key) =>
      steps(key)
        .filter((n) => n < 2n ** 63n - 1n) // infinity to DuckDB
        .map((n) => `${make}('${n}'::BIGINT)`),
  };
}

function decimal(precision: number, scale: number): Targets {
  const constant = (key: string) => `'${key}'::DECIMAL(${precision},${scale})`;
  const unscaled = (key: string) => BigInt(key.replace('.', ''));
  const most = 10n ** BigInt(precision) - 1n;
  const scaled = (n: bigint) => {
    const digits = String(n < 0n ? -n : n).padStart(scale + 1, '0');
    return `${n < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`;
  };
  return {
    key: (x) => `${x}::VARCHAR`,
    constant,
    beside: (key) =>
      steps(String(unscaled(key)))
        .filter((n) => n >= -most && n <= most)
        .map((n) => constant(scaled(n))),
    always: [constant('0')],
  };
}

const TARGETS = {
  bool: { key: (x) => `${x}::VARCHAR`, constant: (key) => key, beside: () => [], always: ['true', 'false'] },
  int16: whole('SMALLINT', 16),
  int32: whole('INTEGER', 32),
  int64: whole('BIGINT', 64),
  uint32: whole('BIGINT', 32, false),
  float32: float('FLOAT'),
  float64: float('DOUBLE'),
  bytes: {
    key: (x) => `hex(${x})`,
    constant: (key) => `unhex('${key}')`,
    beside: (key) => [`unhex('${key}00')`, `unhex('${key.slice(0, -2)}')`],
  },
  date: {
    key: (x) => `date_diff('day', DATE '1970-01-01', ${x})::VARCHAR`,
    constant: (key) => `(DATE '1970-01-01' + '${key}'::INTEGER)`,
    beside: (key) => steps(key).map((n) => `(DATE '1970-01-01' + '${n}'::INTEGER)`),
  },
} as const satisfies Partial<Record<LogicalKind, Targets>>;

/** Null for what DuckDB does not compare. `type`: DuckDB's own of the column. */
function targetsOf(leaf: Leaf, type: string): Targets | null {
  switch (leaf.kind) {
    case 'geometry':
      return null;
    case 'decimal':
      return decimal(leaf.precision, leaf.scale);
    case 'timestamp':
      return moments(leaf.utc ? 'make_timestamptz' : 'make_timestamp');
    case 'text':
    case 'json':
    case 'uuid':
    case 'time':
      return text(type);
    default:
      return TARGETS[leaf.kind];
  }
}

interface LeafPath {
  readonly sql: string;
  readonly leaf: Leaf;
}

/** What of a column a filter can name: not what is below lists and maps. */
function leavesOf(sql: string, type: LogicalType): LeafPath[] {
  if (type.kind === 'list' || type.kind === 'map') return [];
  if (type.kind !== 'struct') return [{ sql, leaf: type }];
  return type.fields.flatMap((field) => leavesOf(`${sql}.${quoteIdentifier(field.name)}`, field.type));
}

export interface Filtered {
  readonly compared: number;
  /** With the path and the constant. */
  readonly wrong: readonly string[];
}

/** All leaves of these columns. */
export async function filterFiles(files: readonly string[], columns: readonly Column[]): Promise<Filtered> {
  const instance = await (await loadDuckDB()).DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    const source = `read_parquet([${files.map(literal).join(', ')}], hive_partitioning = false)`;
    await connection.run(
      `SET TimeZone = 'UTC'; SET parquet_metadata_cache = true; CREATE TABLE scanned AS SELECT ${list} FROM ${source}`,
    );
    const results: Filtered[] = [];
    for (const { name, type } of columns)
      for (const path of leavesOf(quoteIdentifier(name), type))
        results.push(await filterLeaf(connection, source, path));
    return {
      compared: results.reduce((sum, { compared }) => sum + compared, 0),
      wrong: results.flatMap(({ wrong }) => wrong),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function filterLeaf(connection: DuckDBConnection, source: string, { sql, leaf }: LeafPath): Promise<Filtered> {
  const ask = async (query: string) => (await connection.runAndReadAll(query)).getRowsJson();
  const [[type]] = (await ask(`SELECT any_value(typeof(${sql})) FROM scanned`)) as [[string | null]];
  const targets = type === null ? null : targetsOf(leaf, type);
  const constants = targets === null ? [] : await constantsOf(ask, targets, { sql, leaf });
  const conditions = [
    ...constants.flatMap((constant) => OPERATORS.map((op) => `${sql} ${op} ${constant}`)),
    `${sql} IS NULL`,
    `${sql} IS NOT NULL`,
  ];
  const pruned = conditions.map((condition) => `(SELECT count(*) FROM ${source} WHERE ${condition})`);
  // An aggregate's filter is not pushed into a scan.
  const scanned = conditions.map((condition) => `count(*) FILTER (WHERE ${condition})`);
  const [[got, expected]] = (await ask(`SELECT [${pruned.join(', ')}], [${scanned.join(', ')}] FROM scanned`)) as [
    [string[], string[]],
  ];
  const wrong = conditions.filter((_, i) => got[i] !== expected[i]);
  return { compared: conditions.length, wrong };
}

async function constantsOf(
  ask: (query: string) => Promise<unknown[][]>,
  { key, constant, beside, always = [] }: Targets,
  { sql, leaf }: LeafPath,
): Promise<string[]> {
  const rows = await ask(
    `SELECT k FROM (SELECT DISTINCT ${sql} AS x, ${key(sql)} AS k FROM scanned WHERE ${sql} IS NOT NULL) ORDER BY x`,
  );
  const keys = [0, rows.length >> 1, rows.length - 1].flatMap((i) =>
    rows[i] === undefined ? [] : [rows[i][0] as string],
  );
  const constants = keys.flatMap((k) => [constant(k, leaf), ...beside(k, leaf)]);
  return [...new Set([...constants, ...always])];
}
