/**
 * The types with a native form that are not made of others: what each becomes, and whose bytes it sends.
 *
 * Types of pg_catalog are known by their OID, which no server changes; those of an extension by the extension that they are
 * members of and their name, wherever it was installed. Left out, and so read as text: what has no better form than text, as
 * its binary form would have to be printed here (`"char"`, xid8, tsquery, txid_snapshot, reg*, the shapes but `point`).
 */
import type { LogicalType } from '../core/logical-type.ts';
import type { Feature } from '../core/reader-table.ts';
import type { ScalarWire, WireForm } from '../core/wire-form.ts';
import type { TypeFacts } from './type-facts.ts';

/** What values become, and the bytes in which they come. */
export interface NativeForm {
  readonly type: LogicalType;
  readonly wire: WireForm;
}

/** What the form depends on beside the type itself. */
export interface ScalarContext {
  /** The form of a numeric without precision here. */
  readonly openNumeric: OpenNumericForm;
  /** Fraction digits of money in the session: those of its lc_monetary. */
  readonly moneyScale: number;
  /** What the readers of the files share; absent: nothing. Parquet's own TIME and GEOMETRY hold less than Postgres's. */
  readonly features?: ReadonlySet<Feature>;
  /** `server_encoding`; absent: UTF8. */
  readonly encoding?: string;
}

/** The form of a numeric without precision. */
export type OpenNumericForm = 'text' | { readonly precision: number; readonly scale: number };

type Make = (typmod: number, context: ScalarContext) => NativeForm;

export const NUMERIC_OID = 1700;
const MAX_DECIMAL_PRECISION = 38;
/** 19 digits hold every int64. */
const MONEY_PRECISION = 19;

const TEXT: LogicalType = { kind: 'text' };
const FLOATS: LogicalType = { kind: 'list', element: { kind: 'float32' } };

const plain = (type: LogicalType, form: ScalarWire): Make => {
  const native: NativeForm = { type, wire: { form } };
  return () => native;
};
const text = (form: ScalarWire): Make => plain(TEXT, form);
const struct = (fields: readonly (readonly [name: string, kind: 'int32' | 'int64' | 'float64'])[]): LogicalType => ({
  kind: 'struct',
  fields: fields.map(([name, kind]) => ({ name, type: { kind } })),
});

const INTERVAL = struct([
  ['months', 'int32'],
  ['days', 'int32'],
  ['micros', 'int64'],
]);
const POINT = struct([
  ['x', 'float64'],
  ['y', 'float64'],
]);

const numeric: Make = (typmod, { openNumeric }) => ({
  type: decimalOrText(typmod < 0 ? openNumeric : numericTypmod(typmod)),
  wire: { form: 'numeric' },
});

const money: Make = (_typmod, { moneyScale }) => ({
  type: { kind: 'decimal', precision: MONEY_PRECISION, scale: moneyScale },
  wire: { form: 'money' },
});

const time: Make = (_typmod, { features }) => ({
  type: features?.has('TIME') ? { kind: 'time', below24h: true } : { kind: 'time' },
  wire: { form: 'time' },
});

const BY_OID: ReadonlyMap<number, Make> = new Map<number, Make>([
  [16, plain({ kind: 'bool' }, 'bool')],
  [17, plain({ kind: 'bytes' }, 'bytea')],
  [19, text('text')], // name
  [20, plain({ kind: 'int64' }, 'int8')],
  [21, plain({ kind: 'int16' }, 'int2')],
  [23, plain({ kind: 'int32' }, 'int4')],
  [25, text('text')],
  [26, plain({ kind: 'uint32' }, 'oid')],
  [28, plain({ kind: 'uint32' }, 'oid')], // xid
  [29, plain({ kind: 'uint32' }, 'oid')], // cid
  [114, plain({ kind: 'json' }, 'json')],
  [142, text('text')], // xml
  [600, plain(POINT, 'point')],
  [650, text('inet')], // cidr
  [700, plain({ kind: 'float32' }, 'float4')],
  [701, plain({ kind: 'float64' }, 'float8')],
  [774, text('macaddr8')],
  [790, money],
  [829, text('macaddr')],
  [869, text('inet')],
  [1042, text('text')], // character(n), with its padding
  [1043, text('text')], // character varying
  [1082, plain({ kind: 'date' }, 'date')],
  [1083, time],
  [1114, plain({ kind: 'timestamp', utc: false }, 'timestamp')],
  [1184, plain({ kind: 'timestamp', utc: true }, 'timestamp')],
  [1186, plain(INTERVAL, 'interval')],
  [1266, text('timetz')],
  [1560, text('bit')],
  [1562, text('bit')], // bit varying
  [NUMERIC_OID, numeric],
  [2950, plain({ kind: 'uuid' }, 'uuid')],
  [3220, text('pg_lsn')],
  [3614, text('tsvector')],
  [3802, plain({ kind: 'json', wellFormed: true }, 'versioned text')], // jsonb
  [4072, text('versioned text')], // jsonpath
]);

const basic = ({ features }: ScalarContext) => (features?.has('GEOMETRY') ? ({ basic: true } as const) : {});

const geography: Make = (typmod, context) => ({
  type: { kind: 'geometry', geography: true, srid: postgisSrid(typmod), ...basic(context) },
  wire: { form: 'ewkb' },
});

/** Each value of a column that declares no SRID may have one of its own, which only PostGIS's own form (EWKB) holds: it stays so. */
const geometry: Make = (typmod, context) => {
  const srid = postgisSrid(typmod);
  return srid === null
    ? { type: { kind: 'bytes' }, wire: { form: 'bytea' } }
    : { type: { kind: 'geometry', geography: false, srid, ...basic(context) }, wire: { form: 'ewkb' } };
};

/** By `extension.typname`. */
const BY_EXTENSION: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['citext.citext', text('text')],
  ['hstore.hstore', plain({ kind: 'map', value: TEXT }, 'hstore')],
  ['ltree.ltree', text('versioned text')],
  ['ltree.lquery', text('versioned text')],
  ['ltree.ltxtquery', text('versioned text')],
  ['postgis.geography', geography],
  ['postgis.geometry', geometry],
  ['vector.halfvec', plain(FLOATS, 'halfvec')],
  ['vector.vector', plain(FLOATS, 'vector')],
]);

/** The form of a base type; nothing where it has to be read as text. */
export function nativeScalar(type: TypeFacts, typmod: number, context: ScalarContext): NativeForm | undefined {
  const member = `${type.extension}.${type.typname}`;
  if (member === 'hstore.hstore' && isConverted(context)) return undefined;
  const make = type.extension === null ? BY_OID.get(type.oid) : BY_EXTENSION.get(member);
  const form = make?.(typmod, context);
  if (form?.wire.form !== 'ewkb') return form;
  return { ...form, wire: { form: 'ewkb', namespace: namespaceOf(type) } };
}

/** Of a type of an extension: what stands before its name. */
function namespaceOf({ name, typname }: TypeFacts): string {
  return name === typname ? 'pg_catalog' : name.slice(0, -(typname.length + 1));
}

/**
 * True where the server converts text on its way out. hstore_send does not reckon with it: before each key and value it says the
 * length that the text has in the server's encoding. So its bytes cannot be told apart, and hstore is read as text there.
 */
function isConverted({ encoding = 'UTF8' }: ScalarContext): boolean {
  return encoding !== 'UTF8' && encoding !== 'SQL_ASCII';
}

/** Of an enum the wire holds the label. */
export const ENUM_FORM: NativeForm = { type: TEXT, wire: { form: 'text' } };

function decimalOrText(form: OpenNumericForm): LogicalType {
  if (form === 'text') return TEXT;
  const { precision, scale } = form;
  const fits = precision <= MAX_DECIMAL_PRECISION && scale >= 0 && scale <= precision;
  return fits ? { kind: 'decimal', precision, scale } : TEXT;
}

/** A numeric's typmod: precision in the upper half of (typmod - 4), scale in its low 11 bits, signed since 15. */
export function numericTypmod(typmod: number): { precision: number; scale: number } {
  const packed = typmod - 4;
  return { precision: (packed >> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 1024) - 1024 };
}

/** PostGIS packs the SRID into bits 8 to 28 of the typmod, signed; 0 is an unknown one. */
export function postgisSrid(typmod: number): number | null {
  if (typmod < 0) return null;
  const srid = ((typmod & 0x0fffff00) - (typmod & 0x10000000)) >> 8;
  return srid > 0 ? srid : null;
}
