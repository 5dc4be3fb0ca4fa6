/**
 * The row scan: notes where the fields of whole, faultless DataRow messages stand, and stops before anything else.
 *
 * Frame (PostgreSQL documentation, "Message Formats"): 'D', Int32 length including itself, Int16 number of fields, then per field Int32
 * length (-1 = null) and the value.
 *
 * Where a field stands is known only when the length of the one before has been read: a chain of loads, the slowest part of decoding. So
 * a length that was the same in the first rows of the tile before is expected to stay: the processor goes on with it while the load is
 * under way. What is expected is a guess and never believed: each length is compared with it.
 */
import { lengthAt } from './wire-bytes';

const DATA_ROW: u32 = 0x44;
const FRAME_BYTES: usize = 7;
/** Rows whose lengths are compared to find out what to expect. */
const SAMPLE: i32 = 4;
/** What is expected where lengths vary: that of an empty value, which is as right as any when it comes. */
const NO_GUESS: u32 = 0;

let scannedTo: usize = 0;

/** Where the last scan stopped, in bytes from the start of the wire buffer. */
export function scanEnd(): usize {
  return scannedTo;
}

/**
 * Notes the fields of up to `most` rows at wire[from .. end): where field f of row r stands, in bytes from the start of the buffer, as the
 * Int32 number r at positions + f * strideBytes. Returns the number of rows.
 *
 * `expected`: a word for each field that belongs to the scan, 0 at first. Each is a length from 0 to 255, never a negative one, so that what is as
 * expected needs no further check; it may lead at most 259 bytes a field behind the row, and the row's own length shows that.
 */
export function scanRows(
  wire: usize,
  from: usize,
  end: usize,
  fields: i32,
  positions: usize,
  strideBytes: usize,
  most: i32,
  expected: usize,
): i32 {
  const last = wire + end;
  const lastHint = expected + ((<usize>fields) << 2);
  let p = wire + from;
  let row = 0;
  while (row < most && p + FRAME_BYTES <= last && load<u8>(p) === DATA_ROW) {
    const length = <i32>bswap<u32>(load<u32>(p, 1));
    if (length < 6 || <i32>bswap<u16>(load<u16>(p, 5)) !== fields || <u32>length > <u32>(last - p - 1)) break;
    const next = p + 1 + <usize>length;
    let q = p + FRAME_BYTES;
    let slot = positions + ((<usize>row) << 2);
    let hint = expected;
    while (hint !== lastHint) {
      store<i32>(slot, <i32>(q - wire));
      slot += strideBytes;
      const likely = load<u32>(hint);
      if (likely === load<u32>(q)) q += 4 + <usize>(likely >>> 24);
      else {
        const size = lengthAt(q);
        if (size < -1 || q > next || <u32>max(size, 0) + 4 > <u32>(next - q)) break;
        q += 4 + <usize>max(size, 0);
      }
      hint += 4;
    }
    if (hint !== lastHint || q !== next) break;
    p = next;
    row++;
  }
  if (row >= SAMPLE) expectLengths(wire, fields, positions, strideBytes, expected);
  scannedTo = p - wire;
  return row;
}

function expectLengths(wire: usize, fields: i32, positions: usize, strideBytes: usize, expected: usize): void {
  let slot = positions;
  for (let f = 0; f < fields; f++) {
    const raw = load<u32>(wire + <usize>load<u32>(slot));
    let same = (raw & 0x00ff_ffff) === 0;
    for (let row = 1; row < SAMPLE; row++)
      same = same && load<u32>(wire + <usize>load<u32>(slot + ((<usize>row) << 2))) === raw;
    store<u32>(expected + ((<usize>f) << 2), same ? raw : NO_GUESS);
    slot += strideBytes;
  }
}
