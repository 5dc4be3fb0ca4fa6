/**
 * Samples of nested types, put together from those of the kinds: lists, structs and maps of each other, drawn at random.
 *
 * What is read back and what is expected are both JSON: texts at the leaves, arrays for lists, objects for structs, arrays of
 * pairs for maps.
 */
import fc from 'fast-check';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { StructValue, Value } from './batch-of.ts';
import { KINDS, type KindSample, type SampleName } from './kinds.ts';

export interface NestedSample {
  readonly type: LogicalType;
  /** Never null; what it holds may be. */
  readonly arbitrary: fc.Arbitrary<Value>;
  /** DuckDB's expression for a value. */
  readonly sql: (value: string) => string;
  /** What the expression gives, made comparable. */
  readonly read: (json: unknown) => unknown;
  readonly expected: (value: Value) => unknown;
  /** What hyparquet makes of a value; null where it does not read every leaf exactly. */
  readonly hyparquet: ((value: Value) => unknown) | null;
}

/** A leaf of this kind. DuckDB and JavaScript choose exponents of floats differently: they are compared as numbers. */
export function leafSample(name: SampleName): NestedSample {
  const kind: KindSample = KINDS[name];
  const isNumber = (text: string) => kind.type.kind.startsWith('float') && /[0-9]/.test(text);
  const read = (json: unknown) => {
    const text = json as string;
    if (!isNumber(text)) return text;
    return Object.is(Number(text), -0) ? '-0' : String(Number(text));
  };
  return {
    type: kind.type,
    arbitrary: fc.oneof(kind.arbitrary, fc.constantFrom(...kind.extremes)),
    sql: kind.sql,
    read,
    expected: (value) => read(kind.text(value)),
    hyparquet: kind.hyparquet ?? null,
  };
}

const nullable = (sample: NestedSample) => fc.option(sample.arbitrary, { freq: 4 });

/** Nulls stay null. */
const orNull =
  <T>(map: (value: T) => unknown) =>
  (value: T | null) =>
    value === null ? null : map(value);

/** Lambdas stand in one another: each has a parameter of its own. */
let lambdas = 0;

function eachOf(list: string, element: (parameter: string) => string): string {
  const parameter = `x${lambdas++}`;
  return `list_transform(${list}, lambda ${parameter}: ${element(parameter)})`;
}

export function listSample(element: NestedSample): NestedSample {
  const { hyparquet } = element;
  return {
    type: { kind: 'list', element: element.type },
    arbitrary: fc.array(nullable(element), { maxLength: 5 }),
    sql: (value) => eachOf(value, element.sql),
    read: (json) => (json as unknown[]).map(orNull(element.read)),
    expected: (value) => (value as Value[]).map(orNull(element.expected)),
    hyparquet: hyparquet && ((value) => (value as Value[]).map(orNull(hyparquet))),
  };
}

export function structSample(fields: Readonly<Record<string, NestedSample>>): NestedSample {
  const entries = Object.entries(fields);
  const mapFields = (map: (field: NestedSample) => (value: Value) => unknown) => (value: unknown) =>
    Object.fromEntries(entries.map(([name, field]) => [name, orNull(map(field))((value as StructValue)[name]!)]));
  const arbitraries = Object.fromEntries(entries.map(([name, field]) => [name, nullable(field)]));
  const isReadable = entries.every(([, { hyparquet }]) => hyparquet !== null);
  return {
    type: { kind: 'struct', fields: entries.map(([name, { type }]) => ({ name, type })) },
    arbitrary: fc.record(arbitraries),
    sql: (value) => {
      const packed = entries.map(([name, field]) => `"${name}" := ${field.sql(`${value}."${name}"`)}`);
      return `case when ${value} is null then null else struct_pack(${packed.join(', ')}) end`;
    },
    read: mapFields((field) => field.read),
    expected: mapFields((field) => field.expected),
    hyparquet: isReadable ? mapFields((field) => field.hyparquet!) : null,
  };
}

export function mapSample(value: NestedSample): NestedSample {
  const key = leafSample('text');
  const { hyparquet } = value;
  const pairs = (map: Value) => [...(map as ReadonlyMap<string, Value>)];
  return {
    type: { kind: 'map', value: value.type },
    arbitrary: fc
      .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), nullable(value)), {
        maxLength: 4,
        selector: ([name]) => name,
      })
      .map((entries) => new Map(entries)),
    sql: (map) =>
      eachOf(`map_entries(${map})`, (entry) => `{'key': ${entry}.key, 'value': ${value.sql(`${entry}.value`)}}`),
    read: (json) =>
      (json as { key: string; value: unknown }[]).map((entry) => [
        key.read(entry.key),
        orNull(value.read)(entry.value),
      ]),
    expected: (map) => pairs(map).map(([name, of]) => [name, orNull(value.expected)(of)]),
    hyparquet:
      hyparquet && ((map) => Object.fromEntries(pairs(map).map(([name, of]) => [name, orNull(hyparquet)(of)]))),
  };
}

/** Any type of up to `depth` lists, structs and maps in one another. */
export function anySample(depth: number, leaves: readonly SampleName[]): fc.Arbitrary<NestedSample> {
  const leaf = fc.constantFrom(...leaves).map(leafSample);
  if (depth === 0) return leaf;
  const below = anySample(depth - 1, leaves);
  return fc.oneof(
    { arbitrary: leaf, weight: 1 },
    { arbitrary: below.map(listSample), weight: 2 },
    { arbitrary: below.map(mapSample), weight: 1 },
    {
      arbitrary: fc
        .array(below, { minLength: 1, maxLength: 3 })
        .map((fields) => structSample(Object.fromEntries(fields.map((field, i) => [`f${i}`, field])))),
      weight: 2,
    },
  );
}

/** Rows of a nested column, nulls among them; sometimes nothing but nulls. */
export function rowsOf(sample: NestedSample, maxLength = 30): fc.Arbitrary<Value[]> {
  return fc.oneof(
    { arbitrary: fc.array(nullable(sample), { maxLength }), weight: 9 },
    { arbitrary: fc.array(fc.constant(null), { maxLength }), weight: 1 },
  );
}

/** As `expected` and `hyparquet`, for rows that may be null. */
export function mapRows(rows: readonly unknown[], map: (value: never) => unknown): unknown[] {
  return rows.map((row) => (row === null || row === undefined ? null : map(row as never)));
}
