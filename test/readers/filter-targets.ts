/**
 * The values that filters ask for: the least and the greatest of a column, the next ones beside them, inside and outside, and what is awkward
 * in a kind. In the form of `reader-cells.ts`: dates as days, timestamps as microseconds, floats as the hex of their bits.
 */
import { formatLogicalType } from '../../src/core/logical-type.ts';
import type { Column } from '../../src/core/table-schema.ts';
import type { Leaf } from '../support/values/leaf-renderings.ts';
import type { Cell } from '../support/values/nested-values.ts';
import { daysOf, microsOf } from './calendar.ts';

/** Columns without parts; a domain is its base type. */
function isFiltered({ name, type }: Column): boolean {
  const hasParts = type.kind === 'list' || type.kind === 'struct' || type.kind === 'map';
  return !hasParts && !name.endsWith('_d');
}

/** One column of each type, with its place: to a reader that takes a second for each, text of `text` and of `inet` are the same. */
export function filteredColumns(columns: readonly Column[]): readonly (readonly [at: number, column: Column])[] {
  const firsts = new Map<string, readonly [number, Column]>();
  columns.forEach((column, at) => {
    const type = formatLogicalType(column.type);
    if (!isFiltered(column) || (type === 'text' && !column.source.pgType.startsWith('text'))) return;
    const key = column.name.endsWith('_v') ? type : column.name;
    if (!firsts.has(key)) firsts.set(key, [at, column]);
  });
  return [...firsts.values()];
}

/** `values` as Postgres prints them. */
export function filterTargets(type: Leaf, values: readonly Cell[]): string[] {
  const texts = values.filter((value): value is string => typeof value === 'string');
  const found = targetsOf(type, texts);
  return [...new Set(found)];
}

function targetsOf(type: Leaf, texts: readonly string[]): string[] {
  switch (type.kind) {
    case 'bool':
      return ['true', 'false'];
    case 'float32':
    case 'float64':
      return floatTargets(texts, type.kind === 'float32' ? 4 : 8);
    case 'bytes':
    case 'geometry':
      return edges(texts, byteOrder('hex')).flatMap((hex) => [hex, `${hex}00`, hex.slice(0, -2)]);
    case 'text':
    case 'json':
    case 'uuid':
    case 'time':
      return edges(texts, byteOrder('utf8')).flatMap((text) => [
        text,
        `${text}\u0001`,
        [...text].slice(0, -1).join(''),
      ]);
    default:
      return numberTargets(type, texts);
  }
}

function edges<T>(values: readonly T[], order: (a: T, b: T) => number): T[] {
  const sorted = [...values].sort(order);
  return sorted.length === 0 ? [] : [sorted[0]!, sorted.at(-1)!];
}

function byteOrder(encoding: 'hex' | 'utf8'): (a: string, b: string) => number {
  return (a, b) => Buffer.compare(Buffer.from(a, encoding), Buffer.from(b, encoding));
}

type NumberType = Exclude<
  Leaf,
  { kind: 'bool' | 'float32' | 'float64' | 'bytes' | 'geometry' | 'text' | 'json' | 'uuid' | 'time' }
>;

function numberTargets(type: NumberType, texts: readonly string[]): string[] {
  const [least, greatest] = rangeOf(type);
  const found = edges(
    texts.map((text) => numberOf(type, text)),
    (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  );
  return found
    .flatMap((n) => [n, n - 1n, n + 1n])
    .filter((n) => n >= least && n <= greatest)
    .map((n) => (type.kind === 'decimal' ? withPoint(n, type.scale) : String(n)));
}

function numberOf(type: NumberType, text: string): bigint {
  if (type.kind === 'date') return BigInt(daysOf(text));
  return type.kind === 'timestamp' ? microsOf(text) : BigInt(text.replace('.', ''));
}

/** Of what the Parquet type holds. */
function rangeOf(type: NumberType): readonly [bigint, bigint] {
  if (type.kind === 'decimal') return [1n - 10n ** BigInt(type.precision), 10n ** BigInt(type.precision) - 1n];
  const bits = type.kind === 'int16' || type.kind === 'int32' || type.kind === 'date' ? 31n : 63n;
  return [-(2n ** bits), 2n ** bits - 1n];
}

function withPoint(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return unscaled < 0n ? `-${text}` : text;
}

function floatTargets(texts: readonly string[], bytes: 4 | 8): string[] {
  const read = (hex: string) =>
    bytes === 4 ? Buffer.from(hex, 'hex').readFloatBE() : Buffer.from(hex, 'hex').readDoubleBE();
  const numbers = texts.filter((hex) => !Number.isNaN(read(hex)));
  const neighbours = edges(numbers, (a, b) => read(a) - read(b)).flatMap((hex) => [
    hex,
    stepped(hex, 1n),
    stepped(hex, -1n),
  ]);
  return [
    ...neighbours.filter((hex) => hex !== null && !Number.isNaN(read(hex))).map((hex) => hex!),
    ...[5, 0, NaN].map((value) => hexOf(value, bytes)),
  ];
}

/** The next float in this direction of its magnitude; null beyond infinity and below zero. */
function stepped(hex: string, by: 1n | -1n): string | null {
  const bits = BigInt(`0x${hex}`);
  const magnitude = bits & (2n ** BigInt(hex.length * 4 - 1) - 1n);
  return magnitude === 0n && by < 0n ? null : (bits + by).toString(16).padStart(hex.length, '0');
}

function hexOf(value: number, bytes: 4 | 8): string {
  const out = Buffer.alloc(bytes);
  if (bytes === 4) out.writeFloatBE(value);
  else out.writeDoubleBE(value);
  return out.toString('hex');
}
