/**
 * Fields of a fixed width on the wire: bool, integers, the bits of floats, oid, date, time, timestamps, uuid.
 *
 * Values become little-endian words at their row's index (column-batch.ts). Dates and timestamps count from 2000-01-01 on the wire, from
 * 1970-01-01 here. Each loop is src/extract/wire/fixed-width.ts for values that are plainly right, and leaves the tile at any other.
 */
import { markNull } from './validity';
import {
  fieldAt,
  int16At,
  int32At,
  int64At,
  LENGTH_1,
  LENGTH_2,
  LENGTH_4,
  LENGTH_8,
  LENGTH_16,
  NOT_MINE,
  NULL_LENGTH,
} from './wire-bytes';

/** Days from 1970-01-01 to 2000-01-01. */
const EPOCH_DAYS: i32 = 10_957;
/** Microseconds from 1970-01-01 to 2000-01-01. */
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const DAY_MICROS: u64 = 86_400_000_000;

/** Values are a bitmap, like the validity. */
export function decodeBool(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  memory.fill(values, 0, (rows + 7) >>> 3);
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_1) {
      const value = load<u8>(q, 4);
      if (value > 1) return NOT_MINE;
      const at = values + (i >>> 3);
      store<u8>(at, load<u8>(at) | (value << (<u8>(i & 7))));
    } else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}

export function decodeInt16(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_2) store<i32>(values + ((<usize>i) << 2), int16At(q + 4));
    else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}

/** int4 and the bits of a float4. */
export function decodeInt32(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_4) store<i32>(values + ((<usize>i) << 2), int32At(q + 4));
    else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}

/** oid: unsigned, in eight bytes. */
export function decodeUint32(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_4) store<u64>(values + ((<usize>i) << 3), <u64>(<u32>int32At(q + 4)));
    else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}

/** int8 and the bits of a float8. */
export function decodeInt64(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_8) store<i64>(values + ((<usize>i) << 3), int64At(q + 4));
    else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}

/** ±infinity and what is out of range is awkward. */
export function decodeDate(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_4) {
      const days = int32At(q + 4);
      if (days >= i32.MAX_VALUE - EPOCH_DAYS || days === i32.MIN_VALUE) return NOT_MINE;
      store<i32>(values + ((<usize>i) << 2), days + EPOCH_DAYS);
    } else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}

/** 24:00 is awkward for some columns, and rare. */
export function decodeTime(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_8) {
      const micros = <u64>int64At(q + 4);
      if (micros >= DAY_MICROS) return NOT_MINE;
      store<u64>(values + ((<usize>i) << 3), micros);
    } else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}

/** ±infinity and what is out of range is awkward. */
export function decodeTimestamp(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_8) {
      const micros = int64At(q + 4);
      if (micros >= i64.MAX_VALUE - EPOCH_MICROS || micros >> 32 === <i64>i32.MIN_VALUE) return NOT_MINE;
      store<i64>(values + ((<usize>i) << 3), micros + EPOCH_MICROS);
    } else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}

export function decodeUuid(wire: usize, positions: usize, rows: i32, values: usize, validity: usize): i32 {
  let nulls = 0;
  for (let i = 0; i < rows; i++) {
    const q = fieldAt(wire, positions, i);
    const length = load<i32>(q);
    if (length === LENGTH_16) v128.store(values + ((<usize>i) << 4), v128.load(q, 4));
    else if (length === NULL_LENGTH) nulls = markNull(validity, i, rows, nulls);
    else return NOT_MINE;
  }
  return nulls;
}
