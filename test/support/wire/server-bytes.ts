/**
 * What a PostgreSQL server sends, byte by byte: messages, rows and values in binary form. Written from the documentation and
 * the send functions of PostgreSQL's source, so that the decoders are tested against something that does not share their code.
 */

/** A field of a row: its bytes, or null. */
export type Field = Uint8Array | null;

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  return int32(value | 0);
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

export function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

/** Int32 length and the bytes; -1 for null. */
export function field(value: Field): Buffer {
  return value === null ? int32(-1) : Buffer.concat([int32(value.length), value]);
}

/** Byte1 type, Int32 length including itself, the payload. */
export function message(type: string, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([utf8(type), int32(4 + payload.length), payload]);
}

export function dataRow(fields: readonly Field[]): Buffer {
  return message('D', Buffer.concat([int16(fields.length), ...fields.map(field)]));
}

export function readyForQuery(status: 'I' | 'T' | 'E' = 'T'): Buffer {
  return message('Z', utf8(status));
}

/** numeric_send's header and digits to the base of 10,000, as given: also what no server would send. */
export function numericWords(digits: readonly number[], weight: number, sign = 0, displayScale = 0): Buffer {
  return Buffer.concat([
    int16(digits.length),
    int16(weight),
    ...[sign, displayScale, ...digits].map((word) => int16((word << 16) >> 16)),
  ]);
}

export const NUMERIC_NEGATIVE = 0x4000;
export const NUMERIC_NAN = numericWords([], 0, 0xc000);
export const NUMERIC_INFINITY = numericWords([], 0, 0xd000);
export const NUMERIC_MINUS_INFINITY = numericWords([], 0, 0xf000);

/** unscaled / 10^scale as a server sends it: no zero digit at either end. */
export function numeric(unscaled: bigint, scale: number): Buffer {
  const negative = unscaled < 0n;
  const fractionDigits = Math.ceil(scale / 4);
  let rest = (negative ? -unscaled : unscaled) * 10n ** BigInt(fractionDigits * 4 - scale);
  const digits: number[] = [];
  for (; rest > 0n; rest /= 10_000n) digits.unshift(Number(rest % 10_000n));
  const weight = digits.length - fractionDigits - 1;
  while (digits.at(-1) === 0) digits.pop();
  if (digits.length === 0) return numericWords([], 0, 0, scale);
  return numericWords(digits, weight, negative ? NUMERIC_NEGATIVE : 0, scale);
}

export interface ArrayParts {
  readonly elementOid: number;
  readonly elements: readonly Field[];
  /** Size and lower bound of each; default: one dimension from 1, none when there are no elements. */
  readonly dimensions?: readonly (readonly [size: number, lowerBound: number])[];
}

/** array_send. */
export function array({ elementOid, elements, dimensions }: ArrayParts): Buffer {
  const sizes = dimensions ?? (elements.length === 0 ? [] : [[elements.length, 1] as const]);
  return Buffer.concat([
    int32(sizes.length),
    int32(elements.includes(null) ? 1 : 0),
    uint32(elementOid),
    ...sizes.map(([size, lowerBound]) => Buffer.concat([int32(size), int32(lowerBound)])),
    ...elements.map(field),
  ]);
}

/** record_send: type OID and value of each field. */
export function composite(fields: readonly (readonly [typeOid: number, value: Field])[]): Buffer {
  return Buffer.concat([
    int32(fields.length),
    ...fields.map(([typeOid, value]) => Buffer.concat([uint32(typeOid), field(value)])),
  ]);
}

/** A bound of null is infinite. */
export interface RangeParts {
  readonly lower: Field;
  readonly upper: Field;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
}

/** range_send. */
export function range(parts: RangeParts | 'empty'): Buffer {
  if (parts === 'empty') return Buffer.from([0x01]);
  const { lower, upper, lowerInclusive, upperInclusive } = parts;
  const flags =
    (lowerInclusive ? 0x02 : 0) |
    (upperInclusive ? 0x04 : 0) |
    (lower === null ? 0x08 : 0) |
    (upper === null ? 0x10 : 0);
  return Buffer.concat([Buffer.from([flags]), ...[lower, upper].filter((bound) => bound !== null).map(field)]);
}

/** multirange_send. */
export function multirange(ranges: readonly Uint8Array[]): Buffer {
  return Buffer.concat([int32(ranges.length), ...ranges.map(field)]);
}
