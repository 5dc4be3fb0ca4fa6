/**
 * Values of every wire form from real servers (captured-values.json): the bytes of the type's send function and, in JSON, what the
 * same server says of the same value. Made by the query that stands with them; `setup` made the types and extensions.
 */
import { readFileSync } from 'node:fs';
import type { LogicalType, StructField } from '../../../src/core/logical-type.ts';
import type { WireForm } from '../../../src/core/wire-form.ts';
import { textOf } from './captured-rows.ts';
import type { PlainValue } from './decode-rows.ts';
import { dataRow, type Field } from './server-bytes.ts';

/** Leaves are text; numbers too, as the server writes them. */
export type Json = null | string | readonly Json[] | { readonly [name: string]: Json };

export interface CapturedValues {
  readonly name: string;
  /** Its version; behind a comma that of the extension that it was made with. */
  readonly server: string;
  /** Gives the bytes and what the server says of them, of values `v`. */
  readonly query: string;
  readonly type: LogicalType;
  readonly wire: WireForm;
  readonly fields: readonly Field[];
  readonly values: readonly Json[];
  /** Row and reason. */
  readonly awkward: readonly (readonly [number, string])[];
}

interface CaptureFile {
  readonly captures: readonly (Omit<CapturedValues, 'fields'> & { readonly bytes: readonly (string | null)[] })[];
}

const file = JSON.parse(readFileSync(new URL('captured-values.json', import.meta.url), 'utf8')) as CaptureFile;

export const CAPTURED_VALUES: readonly CapturedValues[] = file.captures.map(({ bytes, ...capture }) => ({
  ...capture,
  fields: bytes.map((hex) => (hex === null ? null : Buffer.from(hex, 'hex'))),
  values: capture.values.map(asText),
}));

/** One DataRow for each field. */
export function streamOf(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map((field) => dataRow([field])));
}

/** The decoded value in the form of the captured ones. */
export function jsonOf(type: LogicalType, value: PlainValue): Json {
  if (value === null) return null;
  switch (type.kind) {
    case 'list':
      return (value as readonly PlainValue[]).map((element) => jsonOf(type.element, element));
    case 'struct':
      return Object.fromEntries(
        (value as readonly PlainValue[]).map((field, f) => [type.fields[f]!.name, jsonOf(fieldType(type, f), field)]),
      );
    case 'map':
      return Object.fromEntries(
        (value as readonly (readonly PlainValue[])[]).map(([key, v]) => [
          textOf({ kind: 'text' }, key!),
          jsonOf(type.value, v!),
        ]),
      );
    case 'geometry':
      return Buffer.from(value as string, 'latin1').toString('hex');
    default:
      return textOf(type, value);
  }
}

function fieldType({ fields }: { readonly fields: readonly StructField[] }, f: number): LogicalType {
  return fields[f]!.type;
}

/** JSON with its leaves as text. */
export function asText(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, asText(v)]));
  return String(value);
}
