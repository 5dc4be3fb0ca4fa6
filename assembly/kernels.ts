/** What the module exports. src/extract/wire/wire-kernels.ts and src/parquet/value-kernels.ts lay its memory out and call it. */
export { packCodes } from './bit-packing';
export { encodeByteArrays } from './byte-array-dictionary';
export { directPairs, directSingles, hashPairs, hashSingles } from './dictionary';
export { extremesOfPairs, extremesOfSingles } from './extremes';
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
export { binaryBytes, decodeBinary, decodeVersionedText } from './variable-width';
