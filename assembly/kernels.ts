/** What the module exports. src/extract/wire/wire-kernels.ts lays its memory out and calls it. */
export {
  decodeBool,
  decodeDate,
  decodeInt16,
  decodeInt32,
  decodeInt64,
  decodeTime,
  decodeTimestamp,
  decodeUint32,
  decodeUuid,
} from './fixed-width';
export { decodeDecimal32, decodeDecimal64 } from './numeric';
export { scanEnd, scanRows } from './scan-rows';
export { decodeBinary, decodeVersionedText } from './variable-width';
