/**
 * The canonical form of a value as a Postgres expression, for each form in which a column's values come.
 *
 * The same value has the same form in `duckdb-digest.ts`, byte for byte, though the two engines print numbers, dates and floats
 * differently. It is computed from the stored value by the server's own functions, never by Dracula's decoders: so a mistake in
 * those cannot hide. A value that the column's type cannot hold (awkward: NaN, infinity, overflow, …) has the form NULL where the
 * policy `null` leaves it so in the lake, else one that nothing in a lake has; a value that was changed on the way differs.
 *
 * Every function, operator and type is qualified, and no text is made by a cast, which users may define: neither the search_path nor what they
 * define changes what is computed. Times are UTC.
 */

import { quoteIdentifier } from '../core/identifiers.ts';
import type { LogicalType, LogicalTypeOf } from '../core/logical-type.ts';
import { printedSql } from '../core/printed-sql.ts';
import { type Column, READ_AS } from '../core/table-schema.ts';
import { escapedSql, isUtf8Sql } from '../core/utf8-sql.ts';
import type { ScalarForm, ScalarWire, WireForm, WireFormOf } from '../core/wire-form.ts';

/** A canonical form: `text` or `bytea`, null for a null. `x` is an SQL expression that may be repeated. */
type Form<F extends WireForm['form']> = (
  x: string,
  type: LogicalType,
  wire: F extends ScalarWire ? ScalarForm : WireFormOf<F>,
  at: Place,
) => string;

/** Where a value stands: how many arrays it is in, and whether its column lets what is awkward become null. */
interface Place {
  readonly depth: number;
  readonly nulled: boolean;
}

/** The form of what is awkward: a number, since numbers are summed, that no column of a lake holds. */
const AWKWARD = `1${'0'.repeat(60)}`;

/** The last day and the last microsecond that a dataset holds: one more is infinity to DuckDB. */
const MAX_DAYS = 2_147_483_647 - 1;
const LAST_MICROS = "'294247-01-10 04:00:54.775806'::pg_catalog.timestamp";
const EPOCH = "'1970-01-01'::pg_catalog.timestamp";

/** An operator of pg_catalog's, in parentheses: so written all of them bind alike. */
const calc = (left: string, operator: string, right: string): string =>
  `(${left} OPERATOR(pg_catalog.${operator}) ${right})`;
/** Of texts. */
const joined = (...texts: string[]): string => `(${texts.join(' OPERATOR(pg_catalog.||) ')})`;

/** By the output function of its type, which is strict. */
const asText = (x: string, out: 'int2out' | 'int4out' | 'int8out' | 'float8out' | 'numeric_out' | 'uuid_out'): string =>
  `pg_catalog.textin(pg_catalog.${out}(${x}))`;
const int2Text = (x: string): string => asText(x, 'int2out');
const int4Text = (x: string): string => asText(x, 'int4out');
const int8Text = (x: string): string => asText(x, 'int8out');
/** A bool's cast to text is the server's own. */
const boolText = (x: string): string => `(${x})::pg_catalog.text`;
/** As Postgres prints the value in a result, in UTF-8: padding of char(n) kept, no mask added to an inet. */
const asPrinted = (x: string): string => `pg_catalog.convert_to(pg_catalog.format('%s', ${x}), 'UTF8')`;
const whenPresent = (x: string, form: string): string => `CASE WHEN (${x}) IS NOT NULL THEN ${form} END`;
/** Unlike IS NOT NULL, the condition is true for a composite of which a field is null. */
const printed = (x: string): string => `CASE WHEN (${x}) IS DISTINCT FROM NULL THEN ${asPrinted(x)} END`;

/** Of a form with text in it: in a SQL_ASCII database the bytes as they are, where they are UTF-8. */
const written = (x: string, _type: LogicalType, { encoding, escaped }: ScalarForm): string => {
  if (encoding === undefined) return printed(x);
  const text = `pg_catalog.format('%s', ${x})`;
  if (!escaped) return uncheckedBytes(text, x);
  return `CASE WHEN (${x}) IS DISTINCT FROM NULL THEN pg_catalog.convert_to(${escapedSql(text)}, 'SQL_ASCII') END`;
};

function uncheckedBytes(text: string, present: string): string {
  return `CASE WHEN (${present}) IS NOT NULL AND ${isUtf8Sql(text)} THEN pg_catalog.convert_to(${text}, 'SQL_ASCII') END`;
}

/** 17 significant digits, which tell every double from every other; the sign of a zero is kept. */
function float(x: string): string {
  const double = `(${x})::pg_catalog.float8`;
  return (
    `CASE WHEN ${calc(double, '=', "'NaN'::pg_catalog.float8")} OR ${calc(`pg_catalog.abs(${double})`, '=', "'Infinity'::pg_catalog.float8")} ` +
    `THEN pg_catalog.lower(${asText(double, 'float8out')}) ` +
    `ELSE pg_catalog.btrim(pg_catalog.to_char(${double}, '9.9999999999999999EEEE')) END`
  );
}

function date(x: string): string {
  const days = calc(`(${x})`, '-', "'1970-01-01'::pg_catalog.date");
  return `CASE WHEN pg_catalog.isfinite(${x}) AND ${calc(days, '<=', String(MAX_DAYS))} THEN ${int4Text(days)} END`;
}

/** Null where the decimal cannot hold it: a rounded value in the lake is then one too many. */
function decimal(x: string, { precision, scale }: LogicalTypeOf<'decimal'>): string {
  const rounded = `pg_catalog.round(${x}, ${scale})`;
  const fits = [
    calc(`(${x})`, '<>', "'NaN'::pg_catalog.numeric"),
    calc(`pg_catalog.abs(${x})`, '<', `1e${precision - scale}::pg_catalog.numeric`),
    calc(`(${x})`, '=', rounded),
  ];
  return `CASE WHEN ${fits.join(' AND ')} THEN ${asText(rounded, 'numeric_out')} END`;
}

function numeric(x: string, type: LogicalType): string {
  return type.kind === 'decimal' ? decimal(x, type) : printedSql(`(${x})`);
}

function micros(x: string, isUtc: boolean): string {
  const local = isUtc ? `((${x}) AT TIME ZONE 'UTC')` : `(${x})`;
  const since = calc(local, '-', EPOCH);
  const part = (name: string, micros: number): string =>
    calc(`pg_catalog.date_part('${name}', ${since})::pg_catalog.int8`, '*', `${micros}::pg_catalog.int8`);
  const parts = [
    part('day', 86_400_000_000),
    part('hour', 3_600_000_000),
    part('minute', 60_000_000),
    part('microseconds', 1),
  ];
  const sum = parts.reduce((left, right) => calc(left, '+', right));
  const holds = `pg_catalog.isfinite(${local}) AND ${calc(local, '<=', LAST_MICROS)}`;
  return `CASE WHEN ${holds} THEN ${int8Text(sum)} END`;
}

/** Digest of a part of a nested value: 32 hexadecimal digits, or `-` for a null. */
function digestOf(form: string): string {
  return `coalesce(pg_catalog.md5(${form}), '-')`;
}

function range(x: string, { fields }: LogicalTypeOf<'struct'>, wire: WireFormOf<'range'>, at: Place): string {
  const bound = fields[0]!.type;
  const [lower, upper] = (['lower', 'upper'] as const).map((end) =>
    formOf(`pg_catalog.${end}(${x})`, bound, wire.bound, at),
  );
  const lost = (end: string, form: string): string => `(pg_catalog.${end}(${x}) IS NOT NULL AND ${form} IS NULL)`;
  const flags = ['lower_inc', 'upper_inc', 'isempty'].map((flag) => digestOf(boolText(`pg_catalog.${flag}(${x})`)));
  return (
    `CASE WHEN (${x}) IS NOT NULL AND NOT (${lost('lower', lower!)} OR ${lost('upper', upper!)}) ` +
    `THEN ${joined(digestOf(lower!), digestOf(upper!), ...flags)} END`
  );
}

/** The elements in order, behind the lengths of the dimensions. Other dimensions or lower bounds have no form. */
function array(x: string, type: LogicalTypeOf<'list'>, wire: WireFormOf<'array'>, at: Place): string {
  let element: LogicalType = type;
  for (let d = 0; d < wire.dimensions; d++) element = (element as LogicalTypeOf<'list'>).element;
  const dimensions = Array.from({ length: wire.dimensions }, (_, d) => d + 1);
  const regular = [
    calc(`pg_catalog.array_ndims(${x})`, '=', String(wire.dimensions)),
    ...dimensions.map((d) => calc(`pg_catalog.array_lower(${x}, ${d})`, '=', '1')),
  ].join(' AND ');
  const lengths = dimensions.flatMap((d) => [int4Text(`pg_catalog.array_length(${x}, ${d})`), `','`]).slice(0, -1);
  const all = joined(...lengths, `':'`, elements(elementsOf(x), element, wire.element, at));
  return `CASE WHEN ${calc(`pg_catalog.cardinality(${x})`, '=', '0')} THEN '0:' WHEN ${regular} THEN ${all} END`;
}

/** The sum of the first 60 bits of rows' digests: no text as long as all of them is made, and none are sorted. */
export function digestSum(digest: string): string {
  const bits = joined("'x'::pg_catalog.text", `pg_catalog.left(${digest}, 15)`);
  const number = `pg_catalog.bit_in(pg_catalog.textout(${bits}), 0, 60)::pg_catalog.int8`;
  return asText(`pg_catalog.sum(${number})`, 'numeric_out');
}

/** The elements, each with its ordinal. `rows` gives them as v, with their ordinals as o. */
function elements(rows: string, type: LogicalType, wire: WireForm, at: Place): string {
  const { depth } = at;
  const digest = digestOf(formOf(`e${depth}.v`, type, wire, { ...at, depth: depth + 1 }));
  const sum = digestSum(`pg_catalog.md5(${joined(int8Text(`e${depth}.o`), `':'`, digest)})`);
  return `(SELECT coalesce(${sum}, '') FROM ${rows} AS e${depth})`;
}

/** In the select list, where an element that is a composite stays one value. */
function elementsOf(x: string): string {
  return `(SELECT pg_catalog.unnest(${x}) AS v, pg_catalog.generate_series(1, pg_catalog.cardinality(${x})) AS o)`;
}

function multirange(x: string, type: LogicalTypeOf<'list'>, wire: WireFormOf<'multirange'>, at: Place): string {
  const rows = `(SELECT r.v, r.o FROM pg_catalog.unnest(${x}) WITH ORDINALITY AS r(v, o))`;
  const count = `(SELECT pg_catalog.count(*) FROM pg_catalog.unnest(${x}))`;
  return whenPresent(x, joined(int8Text(count), `':'`, elements(rows, type.element, wire.range, at)));
}

function composite(x: string, type: LogicalTypeOf<'struct'>, wire: WireFormOf<'composite'>, at: Place): string {
  const fields = type.fields.map((field, i) =>
    digestOf(formOf(`(${x}).${quoteIdentifier(field.name)}`, field.type, wire.fields[i]!.wire, at)),
  );
  // Unlike IS NOT NULL, true for a composite whose fields are all null.
  return `CASE WHEN (${x}) IS DISTINCT FROM NULL THEN ${joined(...fields)} END`;
}

function interval(x: string): string {
  const part = (name: string, factor = 1): string =>
    calc(`pg_catalog.date_part('${name}', ${x})::pg_catalog.int8`, '*', `${factor}::pg_catalog.int8`);
  const months = calc(part('year', 12), '+', part('month'));
  const time = calc(calc(part('hour', 3_600_000_000), '+', part('minute', 60_000_000)), '+', part('microseconds'));
  const fields = [months, part('day'), time].map((field) => digestOf(int8Text(field)));
  return `CASE WHEN pg_catalog.isfinite(${x}) THEN ${joined(...fields)} END`;
}

/** Null where a key is no text: keys cannot be. A value that is none is null where the policy makes it so. */
function hstore(x: string, _type: LogicalType, { encoding }: ScalarForm, { nulled }: Place): string {
  const bytes = (text: string) =>
    encoding === undefined ? `pg_catalog.convert_to(${text}, 'UTF8')` : uncheckedBytes(text, text);
  const key = `pg_catalog.md5(${bytes('h.key')})`;
  const pairs = `pg_catalog.json_each_text((${x})::pg_catalog.json)`;
  const kept = `CASE WHEN h.value IS NOT NULL THEN coalesce(${bytes('h.value')}, '${AWKWARD}') END`;
  const value = digestOf(nulled ? bytes('h.value') : kept);
  const all = `coalesce(${digestSum(`pg_catalog.md5(${joined(key, value)})`)}, '')`;
  const keyed = `CASE WHEN ${calc('pg_catalog.count(*)', '=', `pg_catalog.count(${key})`)} THEN ${all} END`;
  return whenPresent(x, `(SELECT ${encoding === undefined ? all : keyed} FROM ${pairs} AS h)`);
}

function vector(x: string, type: LogicalType, _wire: WireForm, at: Place): string {
  const floats: WireFormOf<'array'> = { form: 'array', elementOid: 700, element: { form: 'float4' }, dimensions: 1 };
  return array(`((${x})::pg_catalog.float4[])`, type as LogicalTypeOf<'list'>, floats, at);
}

/** WKT's names of what Parquet's own GEOMETRY does not know, at any depth. */
const BEYOND_BASIC = '(CURVE|CIRCULAR|SURFACE|TIN|TRIANGLE)';
/** Of a geography that says none. */
const WGS_84 = 4326;

/** ISO well-known binary, little-endian. Null where the column cannot hold the value: of another SRID, or of a shape that it does not know. */
function geometry(x: string, type: LogicalTypeOf<'geometry'>, { namespace = 'public' }: ScalarForm): string {
  const of = (name: string) => `${namespace}.${name}`;
  const value = `((${x})::${of('geometry')})`;
  const srid = type.srid ?? (type.geography ? WGS_84 : 0);
  const holds = [
    calc(`${of('st_srid')}(${value})`, '=', String(srid)),
    ...(type.basic ? [calc(`${of('st_astext')}(${value}, 0)`, '!~', `'${BEYOND_BASIC}'`)] : []),
  ];
  return `CASE WHEN ${holds.join(' AND ')} THEN ${of('st_asbinary')}(${value}, 'NDR') END`;
}

function point(x: string): string {
  return whenPresent(x, joined(...[0, 1].map((i) => digestOf(float(`(${x})[${i}]`)))));
}

const FORMS: { readonly [F in WireForm['form']]: Form<F> } = {
  bool: boolText,
  int2: int2Text,
  int4: int4Text,
  int8: int8Text,
  oid: (x) => printedSql(`(${x})`), // xid and cid too
  float4: float,
  float8: float,
  numeric,
  money: (x, type) => numeric(`(${x})::pg_catalog.numeric`, type),
  text: written,
  // A cast, since a geometry without an SRID comes as its bytes too.
  bytea: (x) => `(${x})::pg_catalog.bytea`,
  json: written,
  'versioned text': written,
  uuid: (x) => asText(x, 'uuid_out'),
  date,
  // As an interval, since a time has no 24th hour to be printed.
  time: (x, type) => {
    const form = `pg_catalog.to_char((${x})::pg_catalog.interval, 'HH24:MI:SS.US')`;
    const isBelow = calc(`(${x})`, '<', "'24:00'::pg_catalog.time");
    return (type as LogicalTypeOf<'time'>).below24h ? `CASE WHEN ${isBelow} THEN ${form} END` : form;
  },
  timetz: printed,
  timestamp: (x, type) => micros(x, (type as LogicalTypeOf<'timestamp'>).utc),
  interval,
  inet: printed,
  macaddr: printed,
  macaddr8: printed,
  bit: printed,
  pg_lsn: printed,
  tsvector: written,
  point,
  hstore,
  vector,
  halfvec: vector,
  ewkb: (x, type, wire) => geometry(x, type as LogicalTypeOf<'geometry'>, wire),
  array: (x, type, wire, at) => array(x, type as LogicalTypeOf<'list'>, wire, at),
  composite: (x, type, wire, at) => composite(x, type as LogicalTypeOf<'struct'>, wire, at),
  range: (x, type, wire, at) => range(x, type as LogicalTypeOf<'struct'>, wire, at),
  multirange: (x, type, wire, at) => multirange(x, type as LogicalTypeOf<'list'>, wire, at),
};

/** The canonical form of a column's values, which are read as they are or cast by the server. */
export function columnForm({ name, type, source, awkward }: Column): string {
  const x = READ_AS[source.readAs](quoteIdentifier(name));
  const at = { depth: 0, nulled: awkward === 'null' };
  return formOf(source.readAs === 'binary' ? x : `(${x})`, type, source.wire, at);
}

/** The canonical form of the value of `x`; NULL where it is null, or became null since the type cannot hold it. */
function formOf(x: string, type: LogicalType, wire: WireForm, at: Place): string {
  const form = (FORMS[wire.form] as Form<WireForm['form']>)(x, type, wire as never, at);
  if (at.nulled) return form;
  // Unlike IS NOT NULL, the condition is true for a composite of which a field is null.
  return `CASE WHEN (${x}) IS DISTINCT FROM NULL THEN coalesce(${form}, '${AWKWARD}') END`;
}
