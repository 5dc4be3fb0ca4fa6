/**
 * Text, json, bytea, and text with a version byte (jsonb and others) before it. No byte is copied: a vector says where they stand.
 */
import { markNull } from './validity';
import { lengthAt, NOT_MINE } from './wire-bytes';

const TEXT_VERSION: u8 = 1;

let lengthsInAll: i32 = 0;

/** Bytes of the last tile's values, of each with its version byte. */
export function binaryBytes(): i32 {
  return lengthsInAll;
}

export function decodeBinary(
  wire: usize,
  positions: usize,
  rows: i32,
  starts: usize,
  validity: usize,
  lengths: usize,
): i32 {
  let nulls = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const slot = (<usize>i) << 2;
    const at = load<i32>(positions + slot);
    const length = lengthAt(wire + at);
    store<i32>(starts + slot, at + 4);
    if (length >= 0) {
      store<i32>(lengths + slot, length);
      total += length;
    } else {
      store<i32>(lengths + slot, 0);
      nulls = markNull(validity, i, rows, nulls);
    }
  }
  lengthsInAll = total;
  return nulls;
}

export function decodeVersionedText(
  wire: usize,
  positions: usize,
  rows: i32,
  starts: usize,
  validity: usize,
  lengths: usize,
): i32 {
  let nulls = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const slot = (<usize>i) << 2;
    const at = load<i32>(positions + slot);
    const length = lengthAt(wire + at);
    store<i32>(starts + slot, at + 5);
    if (length > 0) {
      if (load<u8>(wire + at, 4) !== TEXT_VERSION) return NOT_MINE;
      store<i32>(lengths + slot, length - 1);
      total += length;
    } else if (length === -1) {
      store<i32>(lengths + slot, 0);
      nulls = markNull(validity, i, rows, nulls);
    } else return NOT_MINE;
  }
  lengthsInAll = total;
  return nulls;
}
