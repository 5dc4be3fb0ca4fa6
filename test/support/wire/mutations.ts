/** Random changes of bytes, the same for the same seed. */

/** xorshift32. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export type Random = ReturnType<typeof randomOf>;

/** Bytes that make trouble in lengths and counts. */
const INTERESTING = [0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0xff, 0xfe, 0x44, 0x5a, 0x40, 0xc0, 0xd0];

/** 32-bit words that do. */
const WORDS = [0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x3fffffff, 0x10000000, 0xffff, 0, 1, 2, 4];

/** Changes a few bytes from `at` on. */
export function changeBytes(random: Random, bytes: Buffer, at: number, count: number): void {
  for (let k = at; k < at + count; k++)
    bytes[k] =
      random(3) === 0
        ? random(256)
        : random(2) === 0
          ? INTERESTING[random(INTERESTING.length)]!
          : bytes[k]! ^ (1 << random(8));
}

/** A value with bytes lost, doubled, added or changed somewhere. */
export function mutatedValue(random: Random, value: Uint8Array): Buffer {
  const at = random(value.length + 1);
  const some = 1 + random(9);
  const bytes = Buffer.from(value);
  switch (random(7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + some)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - some))]);
    case 3:
      if (bytes.length >= 4) bytes.writeUInt32BE(WORDS[random(WORDS.length)]!, random(bytes.length - 3));
      return bytes;
    default:
      changeBytes(random, bytes, at, Math.min(1 + random(4), bytes.length - at));
      return bytes;
  }
}

/** The head of one value and the tail of another; now and then the whole of it. */
export function splicedValue(random: Random, value: Uint8Array, other: Uint8Array): Buffer {
  if (random(4) === 0) return Buffer.from(other);
  return Buffer.concat([value.subarray(0, random(value.length + 1)), other.subarray(random(other.length + 1))]);
}
