/**
 * The text of a value without parts, on both sides: Postgres's own functions make one for each kind, and what DuckDB prints is
 * brought to it. Decimals digit by digit, floats by their bits, text as the type's output function prints it, times to the
 * microsecond.
 */
import type { LogicalKind, LogicalType } from '../../../src/core/logical-type.ts';

export type Leaf = Exclude<LogicalType, { kind: 'list' | 'struct' | 'map' }>;

/** One kind's text on both sides; `read` turns DuckDB's into Postgres's. */
interface Rendering {
  readonly postgres: (x: string, leaf: Leaf) => string;
  readonly duckdb: (x: string) => string;
  readonly read?: (text: string, leaf: Leaf) => string;
}

const same: Rendering = { postgres: (x) => `${x}::text`, duckdb: (x) => `${x}::VARCHAR` };
/** `4713-01-01 (BC) 00:00:00` is Postgres's `4713-01-01 00:00:00 BC`. */
const withEra = (text: string): string => (text.includes(' (BC)') ? `${text.replace(' (BC)', '')} BC` : text);

export const RENDERINGS = {
  bool: same,
  int16: same,
  int32: same,
  int64: same,
  uint32: same,
  float32: {
    postgres: (x) => `encode(float4send(${x}), 'hex')`,
    duckdb: same.duckdb,
    read: (text) => bits(new Float32Array([toNumber(text)])),
  },
  float64: {
    postgres: (x) => `encode(float8send(${x}), 'hex')`,
    duckdb: same.duckdb,
    read: (text) => bits(new Float64Array([toNumber(text)])),
  },
  decimal: {
    // A cast, as money is no number.
    postgres: (x, leaf) => exactScale(`(${x})::numeric`, leaf.kind === 'decimal' ? leaf.scale : 0),
    duckdb: same.duckdb,
    // DuckDB leaves out the zero before the point where there are no other digits.
    read: (text) => text.replace(/^(-?)\./, '$10.'),
  },
  // `format` uses the type's output function: char(n) keeps its padding, inet gets no /32, both of which a cast would change. A row of nulls is no null, though IS NULL says so.
  text: { postgres: (x) => `CASE WHEN num_nulls(${x}) = 0 THEN format('%s', ${x}) END`, duckdb: same.duckdb },
  bytes: { postgres: (x) => `encode(${x}, 'hex')`, duckdb: (x) => `lower(hex(${x}))` },
  uuid: same,
  json: same,
  date: { ...same, read: withEra },
  time: {
    // 24:00:00 is null where the form has none of it.
    postgres: (x, leaf) => {
      const text = `to_char(${x}, 'HH24:MI:SS.US')`;
      return leaf.kind === 'time' && leaf.below24h ? `CASE WHEN ${x} < '24:00' THEN ${text} END` : text;
    },
    duckdb: same.duckdb,
    // A TIME is printed without the zeros at its end.
    read: (text) => `${text}${text.includes('.') ? '' : '.'}`.padEnd(15, '0'),
  },
  timestamp: {
    postgres: (x) => `${x}::text`,
    // Not by DuckDB's calendar of time zones, which is not Postgres's before 1582.
    duckdb: (x) => `make_timestamp(epoch_us(${x}))::VARCHAR`,
    read: (text, leaf) =>
      withEra(leaf.kind === 'timestamp' && leaf.utc ? text.replace(/(:\d\d(\.\d+)?)$/, '$1+00') : text),
  },
  geometry: { postgres: (x) => `encode(ST_AsBinary(${x}, 'NDR'), 'hex')`, duckdb: (x) => `lower(hex(${x}))` },
} as const satisfies Record<Exclude<LogicalKind, 'list' | 'struct' | 'map'>, Rendering>;

export function renderingOf(leaf: Leaf): Rendering {
  return RENDERINGS[leaf.kind];
}

function toNumber(text: string): number {
  return text.endsWith('inf') ? (text.startsWith('-') ? -Infinity : Infinity) : text === 'nan' ? NaN : Number(text);
}

function bits(value: Float32Array | Float64Array): string {
  return Buffer.from(value.buffer).reverse().toString('hex');
}

/** All digits of the scale, zeros too; a value that has more comes as it is, and so differs. */
function exactScale(x: string, scale: number): string {
  return `CASE WHEN ${x} = round(${x}, ${scale}) THEN round(${x}, ${scale}) ELSE ${x} END::text`;
}
