/**
 * Values with parts, taken apart by Postgres's own functions on its side and by DuckDB's on the other, down to leaves as text.
 *
 * A struct is the list of its fields' values; a map the list of its entries in the order of their keys. Postgres's arrays come
 * flat, with what array_dims says, and are folded here.
 */
import { quoteIdentifier } from '../../../src/core/identifiers.ts';
import type { LogicalType, LogicalTypeOf } from '../../../src/core/logical-type.ts';
import type { WireForm } from '../../../src/core/wire-form.ts';
import { renderingOf } from './leaf-renderings.ts';

export type Cell = string | null | readonly Cell[];

/** SQL of Postgres that makes JSON of the value `x`; `wire` says of which functions it has to be made. */
export function postgresJson(x: string, type: LogicalType, wire: WireForm, depth = 0): string {
  if (type.kind === 'struct') return ifNotNull(x, `json_build_array(${structParts(x, type, wire, depth).join(', ')})`);
  if (type.kind === 'map') {
    return ifNotNull(x, `(SELECT coalesce(json_agg(json_build_array(key, value)), '[]') FROM each(${x}))`);
  }
  if (type.kind !== 'list') return `to_json(${renderingOf(type).postgres(x, type)})`;
  const [e, u] = [`e${depth}`, `u${depth}`];
  // In the SELECT list: in FROM a composite would fall apart into columns.
  const elements = `(SELECT row_number() OVER () AS o, s.${e} FROM (SELECT unnest(${x}) AS ${e}) s) ${u}`;
  const each = (element: LogicalType, of: WireForm) =>
    `(SELECT coalesce(json_agg(${postgresJson(`${u}.${e}`, element, of, depth + 1)} ORDER BY ${u}.o), '[]') FROM ${elements})`;
  if (wire.form === 'multirange') return ifNotNull(x, each(type.element, wire.range));
  if (wire.form !== 'array') throw new Error(`a list of the wire form ${wire.form}`);
  const flat = each(elementOf(type, wire.dimensions), wire.element);
  return ifNotNull(x, `json_build_object('dims', array_dims(${x}), 'flat', ${flat})`);
}

/** A row of nulls is no null, though IS NULL says so. */
function ifNotNull(x: string, json: string): string {
  return `CASE WHEN num_nulls(${x}) = 0 THEN ${json} END`;
}

function elementOf(type: LogicalType, dimensions: number): LogicalType {
  return dimensions === 0 ? type : elementOf((type as LogicalTypeOf<'list'>).element, dimensions - 1);
}

function structParts(x: string, type: LogicalTypeOf<'struct'>, wire: WireForm, depth: number): string[] {
  switch (wire.form) {
    case 'composite':
      return type.fields.map((field, i) =>
        postgresJson(`(${x}).${quoteIdentifier(field.name)}`, field.type, wire.fields[i]!.wire, depth + 1),
      );
    case 'range': {
      const bound = (name: string, i: number) =>
        postgresJson(`${name}(${x})`, type.fields[i]!.type, wire.bound, depth + 1);
      const flags = ['lower_inc', 'upper_inc', 'isempty'].map((name) => `${name}(${x})::text`);
      return [bound('lower', 0), bound('upper', 1), ...flags];
    }
    case 'interval': {
      const part = (name: string) => `extract(${name} from ${x})::numeric`;
      return [
        `(${part('year')} * 12 + ${part('month')})::text`,
        `${part('day')}::text`,
        `trunc(${part('hour')} * 3600000000 + ${part('minute')} * 60000000 + ${part('microseconds')})::text`,
      ];
    }
    case 'point':
      return [0, 1].map((i) => `encode(float8send((${x})[${i}]), 'hex')`);
    default:
      throw new Error(`a struct of the wire form ${wire.form}`);
  }
}

type Json = string | null | readonly Json[] | { readonly dims: string | null; readonly flat: readonly Json[] };

/** What `postgresJson` gave, with its arrays folded and its maps in order. */
export function readPostgres(json: Json, type: LogicalType, wire: WireForm): Cell {
  if (json === null || typeof json === 'string') return json;
  if (type.kind === 'struct') {
    return (json as readonly Json[]).map((part, i) => readPostgres(part, type.fields[i]!.type, partWire(wire, i)));
  }
  if (type.kind === 'map') return sortedEntries(json as unknown as readonly (readonly [string, Cell])[]);
  if (wire.form === 'multirange') {
    return (json as readonly Json[]).map((range) => readPostgres(range, elementOf(type, 1), wire.range));
  }
  if (wire.form !== 'array') throw new Error(`parts of a ${type.kind}`);
  const { dims, flat } = json as { readonly dims: string | null; readonly flat: readonly Json[] };
  const elements = flat.map((element) => readPostgres(element, elementOf(type, wire.dimensions), wire.element));
  const sizes = [...(dims ?? '').matchAll(/\[1:(\d+)\]/g)].map(([, size]) => Number(size));
  return fold(elements, sizes.slice(1));
}

function partWire(wire: WireForm, i: number): WireForm {
  if (wire.form === 'composite') return wire.fields[i]!.wire;
  return wire.form === 'range' && i < 2 ? wire.bound : { form: 'text' };
}

/** Rows of the last dimension first. */
function fold(cells: readonly Cell[], sizes: readonly number[]): Cell {
  const size = sizes.at(-1);
  if (size === undefined) return cells;
  const rows = Array.from({ length: cells.length / size }, (_, i) => cells.slice(i * size, (i + 1) * size));
  return fold(rows, sizes.slice(0, -1));
}

function sortedEntries(entries: readonly (readonly [string, Cell])[]): Cell {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** SQL of DuckDB that takes the value `x` apart in the same way, its leaves as text. */
export function duckdbParts(x: string, type: LogicalType, depth = 0): string {
  const e = `e${depth}`;
  switch (type.kind) {
    case 'list':
      return `list_transform(${x}, lambda ${e}: ${duckdbParts(e, type.element, depth + 1)})`;
    case 'struct': {
      const fields = type.fields.map(
        (field, i) => `f${i} := ${duckdbParts(`${x}.${quoteIdentifier(field.name)}`, field.type, depth + 1)}`,
      );
      return `CASE WHEN ${x} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
    }
    case 'map': {
      const value = duckdbParts(`${e}.value`, type.value, depth + 1);
      return `list_transform(map_entries(${x}), lambda ${e}: struct_pack(f0 := ${e}.key, f1 := ${value}))`;
    }
    default:
      return renderingOf(type).duckdb(x);
  }
}

type DuckDBJson = string | null | readonly DuckDBJson[] | { readonly [field: string]: DuckDBJson };

/** What `duckdbParts` gave, its leaves as Postgres prints them. */
export function readDuckDB(json: DuckDBJson, type: LogicalType): Cell {
  if (json === null) return null;
  switch (type.kind) {
    case 'list':
      return (json as readonly DuckDBJson[]).map((element) => readDuckDB(element, type.element));
    case 'struct':
      return type.fields.map((field, i) =>
        readDuckDB((json as { readonly [field: string]: DuckDBJson })[`f${i}`]!, field.type),
      );
    case 'map': {
      const entries = json as readonly { readonly f0: string; readonly f1: DuckDBJson }[];
      return sortedEntries(entries.map(({ f0, f1 }) => [f0, readDuckDB(f1, type.value)]));
    }
    default: {
      const { read } = renderingOf(type);
      return read === undefined ? (json as string) : read(json as string, type);
    }
  }
}
