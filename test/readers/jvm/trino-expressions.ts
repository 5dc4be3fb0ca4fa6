/** SQL of Trino that takes values apart, down to leaves as text in the form of `reader-cells.ts`, and constants in it. */
import { quoteIdentifier } from '../../../src/core/identifiers.ts';
import type { LogicalKind, LogicalType } from '../../../src/core/logical-type.ts';
import type { Leaf } from '../../support/values/leaf-renderings.ts';
import { timestampText } from '../calendar.ts';

export function trinoParts(x: string, type: LogicalType, depth = 0): string {
  const e = `e${depth}`;
  switch (type.kind) {
    case 'list':
      return `transform(${x}, ${e} -> ${trinoParts(e, type.element, depth + 1)})`;
    case 'struct': {
      const parts = type.fields.map((field) =>
        trinoParts(`${x}.${quoteIdentifier(field.name)}`, field.type, depth + 1),
      );
      return `if(${x} IS NULL, NULL, ROW(${parts.join(', ')}))`;
    }
    case 'map':
      return `transform(map_entries(${x}), ${e} -> ROW(${e}[1], ${trinoParts(`${e}[2]`, type.value, depth + 1)}))`;
    default:
      return LEAVES[type.kind].text(x);
  }
}

interface LeafSql {
  readonly text: (x: string) => string;
  readonly constant: (text: string, type: Leaf) => string;
}

const asVarchar = (x: string): string => `CAST(${x} AS varchar)`;
const asHex = (x: string): string => `lower(to_hex(${x}))`;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const number = (name: string): LeafSql => ({ text: asVarchar, constant: (text) => `${name} '${text}'` });
const text: LeafSql = { text: (x) => x, constant: quoted };
const bytes: LeafSql = { text: asHex, constant: (hex) => `X'${hex}'` };
const float = (bits: 32 | 64): LeafSql => ({
  text: (x) => asHex(`to_ieee754_${bits}(${x})`),
  constant: (hex) => `from_ieee754_${bits}(X'${hex}')`,
});

const LEAVES = {
  bool: { text: asVarchar, constant: (x) => x },
  int16: number('integer'),
  int32: number('integer'),
  int64: number('bigint'),
  uint32: number('bigint'),
  float32: float(32),
  float64: float(64),
  decimal: number('decimal'),
  text,
  bytes,
  uuid: text,
  json: text,
  date: {
    text: (x) => asVarchar(`date_diff('day', date '1970-01-01', ${x})`),
    constant: (days) => `date_add('day', ${days}, date '1970-01-01')`,
  },
  time: text,
  timestamp: { text: asVarchar, constant: timestampConstant },
  geometry: bytes,
} as const satisfies Record<Exclude<LogicalKind, 'list' | 'struct' | 'map'>, LeafSql>;

/** Of a value in the form of `reader-cells.ts`. */
export function trinoConstant(value: string, type: Leaf): string {
  return (LEAVES[type.kind] as LeafSql).constant(value, type);
}

function timestampConstant(micros: string, type: Leaf): string {
  const postgres = timestampText(BigInt(micros), false);
  const [, year, rest] = /^(\d+)(.*?)( BC)?$/.exec(postgres)!;
  const astronomical = postgres.endsWith(' BC') ? 1 - Number(year) : Number(year);
  const shown = `${astronomical < 0 ? '-' : ''}${String(Math.abs(astronomical)).padStart(4, '0')}`;
  const fraction = rest!.includes('.') ? rest!.padEnd(22, '0') : `${rest}.000000`;
  return `timestamp '${shown}${fraction}${type.kind === 'timestamp' && type.utc ? ' UTC' : ''}'`;
}
