/**
 * The bytes in which a column's values come: what chooses the decoder. The logical type says what they become.
 *
 * A form is named after the type whose send function makes it (PostgreSQL sources, `src/backend/utils/adt`); types that
 * send the same bytes share one: `text` is also varchar, char(n), name, citext, xml and every enum's label, `int8` is also the
 * number inside money, `oid` is also xid and cid. Nested forms hold the OIDs that the wire repeats for each element or field, so
 * that a type changed under the run is noticed.
 */
export type ScalarWire =
  | 'bool'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'oid'
  | 'float4'
  | 'float8'
  | 'numeric'
  | 'money'
  | 'text'
  | 'bytea'
  | 'json'
  /** A version byte (1), then text: jsonb, jsonpath, ltree and its queries. */
  | 'versioned text'
  | 'uuid'
  | 'date'
  | 'time'
  | 'timetz'
  | 'timestamp'
  | 'interval'
  | 'inet'
  | 'macaddr'
  | 'macaddr8'
  | 'bit'
  | 'pg_lsn'
  | 'tsvector'
  | 'point'
  | 'hstore'
  /** pgvector: 32-bit and 16-bit floats. */
  | 'vector'
  | 'halfvec'
  /** PostGIS: extended well-known binary, geometry and geography. */
  | 'ewkb';

export interface ScalarForm {
  readonly form: ScalarWire;
  /** Of text in a SQL_ASCII database, where no server checks it: any bytes but NUL. Absent: the server vouches for UTF-8, or there is no text. */
  readonly encoding?: 'SQL_ASCII';
  /** Of such text that was set aside: in the lake stands what `escapedSql` makes of it. */
  readonly escaped?: true;
  /** In SQL, where the functions of the type's extension are; absent where nobody asks for them. */
  readonly namespace?: string;
}

export type WireForm =
  | ScalarForm
  /** `dimensions`: how many levels of lists the values are expected to have. */
  | {
      readonly form: 'array';
      readonly elementOid: number;
      readonly element: WireForm;
      readonly dimensions: number;
    }
  | { readonly form: 'composite'; readonly fields: readonly CompositeField[] }
  | { readonly form: 'range'; readonly bound: WireForm }
  | { readonly form: 'multirange'; readonly range: WireFormOf<'range'> };

export interface CompositeField {
  readonly typeOid: number;
  readonly wire: WireForm;
}

/** The forms with bytes in them that a user wrote. (Others become text here, or are printed in ASCII.) */
const WITH_TEXT: ReadonlySet<WireForm['form']> = new Set(['text', 'json', 'versioned text', 'tsvector', 'hstore']);

/** The same form as a SQL_ASCII database sends it. */
export function inSqlAscii(wire: WireForm): WireForm {
  switch (wire.form) {
    case 'array':
      return { ...wire, element: inSqlAscii(wire.element) };
    case 'composite':
      return { ...wire, fields: wire.fields.map((field) => ({ ...field, wire: inSqlAscii(field.wire) })) };
    case 'range':
      return { ...wire, bound: inSqlAscii(wire.bound) };
    case 'multirange':
      return { ...wire, range: { ...wire.range, bound: inSqlAscii(wire.range.bound) } };
    default:
      return WITH_TEXT.has(wire.form) ? { ...wire, encoding: 'SQL_ASCII' } : wire;
  }
}

/** True where some part of a value may be text that is not UTF-8. */
export function isInSqlAscii(wire: WireForm): boolean {
  switch (wire.form) {
    case 'array':
      return isInSqlAscii(wire.element);
    case 'composite':
      return wire.fields.some((field) => isInSqlAscii(field.wire));
    case 'range':
      return isInSqlAscii(wire.bound);
    case 'multirange':
      return isInSqlAscii(wire.range);
    default:
      return wire.encoding === 'SQL_ASCII';
  }
}

/** The member of the union with this form. */
export type WireFormOf<F extends WireForm['form']> = Extract<WireForm, { form: F }>;
