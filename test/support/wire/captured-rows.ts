/** Rows of a real server, captured once (captured-rows.json): the bytes, the text of the same values, and how to get from one to the other. */
import { readFileSync } from 'node:fs';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { PlainValue, WireColumn } from './decode-rows.ts';

interface Captured {
  readonly oids: Readonly<Record<string, number>>;
  readonly stream: readonly string[];
  readonly text: readonly (readonly (string | null)[])[];
}

const captured = JSON.parse(readFileSync(new URL('captured-rows.json', import.meta.url), 'utf8')) as Captured;

const TYPES: Readonly<Record<string, LogicalType>> = {
  b: { kind: 'bool' },
  i2: { kind: 'int16' },
  i4: { kind: 'int32' },
  i8: { kind: 'int64' },
  o: { kind: 'uint32' },
  f4: { kind: 'float32' },
  f8: { kind: 'float64' },
  n7: { kind: 'decimal', precision: 7, scale: 2 },
  n18: { kind: 'decimal', precision: 18, scale: 4 },
  n38: { kind: 'decimal', precision: 38, scale: 10 },
  t: { kind: 'text' },
  bin: { kind: 'bytes' },
  u: { kind: 'uuid' },
  j: { kind: 'json' },
  jb: { kind: 'json' },
  d: { kind: 'date' },
  tm: { kind: 'time' },
  ts: { kind: 'timestamp', utc: false },
  tz: { kind: 'timestamp', utc: true },
  m: { kind: 'text' },
  ch: { kind: 'text' },
  ai: { kind: 'list', element: { kind: 'int32' } },
  at: { kind: 'list', element: { kind: 'text' } },
  an: { kind: 'list', element: { kind: 'decimal', precision: 9, scale: 3 } },
  nul: { kind: 'int32' },
};
const ELEMENT_OIDS: Readonly<Record<string, number>> = { ai: 23, at: 25, an: 1700 };

/** In the order of the stream's fields. */
export const CAPTURED_COLUMNS: readonly WireColumn[] = Object.keys(captured.oids).map((name) => {
  const type = TYPES[name]!;
  const elementOid = ELEMENT_OIDS[name];
  if (elementOid !== undefined) return { type, elementOid };
  return name === 'jb' ? { type, wire: { form: 'versioned text' } } : { type };
});
export const CAPTURED_STREAM: Buffer = Buffer.from(captured.stream.join(''), 'base64');
export const CAPTURED_TEXT: readonly (readonly (string | null)[])[] = captured.text;

/** A decoded value as the server writes it. */
export function textOf(type: LogicalType, value: PlainValue): string | null {
  if (value === null) return null;
  switch (type.kind) {
    case 'bool':
      return value ? 't' : 'f';
    case 'float32': {
      const [float] = new Float32Array(Int32Array.of(value as number).buffer);
      return shortestFloat32(float!);
    }
    case 'float64':
      return String(new Float64Array(BigInt64Array.of(value as bigint).buffer)[0]);
    case 'decimal':
      return decimalText(BigInt(value as number | bigint), type.scale);
    case 'bytes':
    case 'geometry':
      return `\\x${Buffer.from(value as string, 'latin1').toString('hex')}`;
    case 'uuid':
      return (value as string).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'text':
    case 'json':
      return Buffer.from(value as string, 'latin1').toString('utf8');
    case 'date':
      return new Date((value as number) * 86_400_000).toISOString().slice(0, 10);
    case 'time':
      return momentText(value as bigint).slice(11);
    case 'timestamp':
      return `${momentText(value as bigint)}${type.utc ? '+00' : ''}`;
    case 'list': {
      const elements = (value as readonly PlainValue[]).map((e) => textOf(type.element, e) ?? 'NULL');
      return `{${elements.map((e) => (e === '' ? '""' : e)).join(',')}}`;
    }
    default:
      return String(value);
  }
}

/** The fewest digits that give the same float. */
function shortestFloat32(float: number): string {
  let digits = 1;
  while (Math.fround(Number(float.toPrecision(digits))) !== float) digits++;
  return String(Number(float.toPrecision(digits)));
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function momentText(micros: bigint): string {
  const iso = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const fraction = String(micros % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction === '' ? iso : `${iso}.${fraction}`;
}
