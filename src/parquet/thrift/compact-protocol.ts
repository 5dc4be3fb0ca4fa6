/**
 * Writes Thrift's compact protocol: what Parquet's footer, page headers and page indexes are made of.
 *
 * Field ids go as deltas to the one before in the same struct; integers are zigzag varints; a string or binary has its length
 * before it. Integers are JavaScript numbers: exact up to 2^52, far beyond any offset in a file. Only what Parquet's
 * structs need is here (no maps, no doubles).
 * Specification: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
const BOOLEAN_TRUE = 1;
const BOOLEAN_FALSE = 2;
const I8 = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** Element types of the lists in Parquet's structs. */
export const LIST_OF = { bool: BOOLEAN_TRUE, i32: I32, i64: I64, binary: BINARY, struct: STRUCT } as const;

const utf8 = new TextEncoder();

export class CompactWriter {
  private bytes: Uint8Array;
  private length = 0;
  private lastField = 0;
  private readonly outerFields: number[] = [];

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
  }

  bool(field: number, value: boolean): void {
    this.header(field, value ? BOOLEAN_TRUE : BOOLEAN_FALSE);
  }

  /** One byte as it is, no varint. */
  i8(field: number, value: number): void {
    this.header(field, I8);
    this.byte(value & 255);
  }

  i16(field: number, value: number): void {
    this.header(field, I16);
    this.zigzag(value);
  }

  i32(field: number, value: number): void {
    this.header(field, I32);
    this.zigzag(value);
  }

  i64(field: number, value: number): void {
    this.header(field, I64);
    this.zigzag(value);
  }

  binary(field: number, value: Uint8Array): void {
    this.header(field, BINARY);
    this.binaryElement(value);
  }

  string(field: number, value: string): void {
    this.binary(field, utf8.encode(value));
  }

  /** A struct in a field; `write` writes its fields. */
  struct(field: number, write: () => void): void {
    this.header(field, STRUCT);
    this.structElement(write);
  }

  /** Begins a list in a field; its `count` elements follow by the `…Element` methods. */
  list(field: number, elementType: number, count: number): void {
    this.header(field, LIST);
    if (count < 15) {
      this.byte((count << 4) | elementType);
    } else {
      this.byte(0xf0 | elementType);
      this.varint(count);
    }
  }

  boolElement(value: boolean): void {
    this.byte(value ? BOOLEAN_TRUE : BOOLEAN_FALSE);
  }

  intElement(value: number): void {
    this.zigzag(value);
  }

  binaryElement(value: Uint8Array): void {
    this.varint(value.length);
    this.ensure(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  stringElement(value: string): void {
    this.binaryElement(utf8.encode(value));
  }

  structElement(write: () => void): void {
    this.outerFields.push(this.lastField);
    this.lastField = 0;
    write();
    this.byte(0);
    this.lastField = this.outerFields.pop()!;
  }

  /** A struct that stands by itself: ends it, returns a copy of its bytes, and starts over. */
  take(): Uint8Array {
    this.byte(0);
    const out = this.bytes.slice(0, this.length);
    this.length = 0;
    this.lastField = 0;
    return out;
  }

  private header(field: number, type: number): void {
    const delta = field - this.lastField;
    if (delta > 0 && delta < 16) {
      this.byte((delta << 4) | type);
    } else {
      this.byte(type);
      this.zigzag(field);
    }
    this.lastField = field;
  }

  private zigzag(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  private byte(value: number): void {
    this.ensure(1);
    this.bytes[this.length++] = value;
  }

  private ensure(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
