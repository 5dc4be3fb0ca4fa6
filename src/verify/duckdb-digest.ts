/**
 * The canonical form of a value as a DuckDB expression over a dataset's view: the counterpart of `postgres-digest.ts`, which
 * says what the forms are. It knows what the Parquet columns hold, not how the values came; the wire form tells only how many
 * levels of lists are one array.
 */
import { quoteIdentifier } from '../core/identifiers.ts';
import type { LogicalKind, LogicalType, LogicalTypeOf } from '../core/logical-type.ts';
import type { Column } from '../core/table-schema.ts';
import type { WireForm } from '../core/wire-form.ts';

type Form<K extends LogicalKind> = (x: string, type: LogicalTypeOf<K>, wire: WireForm, depth: number) => string;

const asText = (x: string): string => `(${x})::VARCHAR`;
const whenPresent = (x: string, form: string): string => `CASE WHEN (${x}) IS NOT NULL THEN ${form} END`;

function float(x: string): string {
  const double = `(${x})::DOUBLE`;
  return (
    `CASE WHEN isnan(${double}) THEN 'nan' WHEN isinf(${double}) THEN if(${double} > 0, 'infinity', '-infinity') ` +
    `ELSE printf('%.16e', ${double}) END`
  );
}

/** Without digits before the point, DuckDB leaves out the zero before it. */
function decimal(x: string, { precision, scale }: LogicalTypeOf<'decimal'>): string {
  return precision > scale ? asText(x) : `regexp_replace(${asText(x)}, '^(-?)\\.', '\\10.')`;
}

function digestOf(form: string): string {
  return `coalesce(md5(${form}), '-')`;
}

/** A number for each element, and their sum: no list of texts is ever held, which would take many times what the elements do. */
function summed(list: string, parameters: string, digest: string): string {
  return `coalesce(list_sum(list_transform(${list}, lambda ${parameters}: ${digestNumber(digest)}))::VARCHAR, '')`;
}

/** The first 60 bits. */
export function digestNumber(digest: string): string {
  return `('0x' || left(${digest}, 15))::BIGINT`;
}

function elements(list: string, type: LogicalType, wire: WireForm, depth: number): string {
  const digest = digestOf(formOf(`e${depth}`, type, wire, depth + 1));
  return summed(list, `e${depth}, i${depth}`, `md5(i${depth} || ':' || ${digest})`);
}

/** The lengths of the dimensions that the server kept in one array, then all elements, each with its ordinal. */
function list(x: string, type: LogicalTypeOf<'list'>, wire: WireForm, depth: number): string {
  const dimensions = wire.form === 'array' ? wire.dimensions : 1;
  let element: LogicalType = type;
  for (let d = 0; d < dimensions; d++) element = (element as LogicalTypeOf<'list'>).element;
  const sizes = Array.from({ length: dimensions }, (_, d) => `len((${x})${'[1]'.repeat(d)})`);
  const flattened = (times: number) => `${'flatten('.repeat(times)}${x}${')'.repeat(times)}`;
  const flat = flattened(dimensions - 1);
  // An array is a box: inner lists of other lengths, or none, are no array of the server's.
  const ragged = sizes
    .slice(1)
    .map(
      (size, d) =>
        `len(list_filter(${flattened(d)}, lambda l${depth}: coalesce(len(l${depth}), -1) IS DISTINCT FROM ${size})) > 0`,
    );
  return (
    `CASE WHEN len(${x}) = 0 THEN '0:' ${ragged.map((is) => `WHEN ${is} THEN 'ragged' `).join('')}` +
    `WHEN (${x}) IS NOT NULL THEN ${sizes.join(` || ',' || `)} || ':' || ` +
    `${elements(flat, element, elementWire(wire), depth)} END`
  );
}

function elementWire(wire: WireForm): WireForm {
  switch (wire.form) {
    case 'array':
      return wire.element;
    case 'multirange':
      return wire.range;
    default:
      return { form: 'float4' };
  }
}

function fieldWires(type: LogicalTypeOf<'struct'>, wire: WireForm): readonly WireForm[] {
  switch (wire.form) {
    case 'composite':
      return wire.fields.map((field) => field.wire);
    case 'range':
      return [wire.bound, wire.bound, ...type.fields.slice(2).map(() => ({ form: 'bool' }) as const)];
    default:
      return type.fields.map(() => ({ form: 'text' }));
  }
}

function struct(x: string, type: LogicalTypeOf<'struct'>, wire: WireForm, depth: number): string {
  const wires = fieldWires(type, wire);
  const fields = type.fields.map((field, i) =>
    digestOf(formOf(`(${x}).${quoteIdentifier(field.name)}`, field.type, wires[i]!, depth)),
  );
  return whenPresent(x, fields.join(' || '));
}

/** Entries in any order. */
function map(x: string, _type: LogicalTypeOf<'map'>, _wire: WireForm, depth: number): string {
  const e = `e${depth}`;
  return whenPresent(x, summed(`map_entries(${x})`, e, `md5(md5(${e}.key) || ${digestOf(`${e}.value`)})`));
}

const FORMS: { readonly [K in LogicalKind]: Form<K> } = {
  bool: asText,
  int16: asText,
  int32: asText,
  int64: asText,
  uint32: asText,
  float32: float,
  float64: float,
  decimal,
  text: (x) => x,
  bytes: (x) => x,
  uuid: asText,
  json: (x) => x,
  date: (x) => `((${x}) - DATE '1970-01-01')::VARCHAR`,
  time: (x) => `left(${asText(x)} || if(contains(${asText(x)}, '.'), '000000', '.000000'), 15)`,
  timestamp: (x) => `epoch_us(${x})::VARCHAR`,
  // Of Parquet's own GEOMETRY DuckDB makes a value of its own.
  geometry: (x, type) => (type.basic ? `ST_AsWKB(${x})` : x),
  list,
  struct,
  map,
};

/** The canonical form of the values of a dataset's column, which `x` names. No column in its reach is called `e<number>`, `i<number>` or `l<number>`. */
export function columnForm(x: string, { type, source }: Pick<Column, 'type' | 'source'>): string {
  return formOf(x, type, source.wire, 0);
}

function formOf(x: string, type: LogicalType, wire: WireForm, depth: number): string {
  return (FORMS[type.kind] as Form<LogicalKind>)(x, type as never, wire, depth);
}
