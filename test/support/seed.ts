/**
 * Random moments that can be had again: a seed is printed with each test that uses it, and DRACULA_FAULT_SEED sets it.
 * DRACULA_FAULT_ROUNDS multiplies the rounds of the default run (1); a night's run takes 20.
 */

const seed = Number(process.env['DRACULA_FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const factor = Number(process.env['DRACULA_FAULT_ROUNDS'] ?? 1);

/** Numbers from 0 (inclusive) to 1 (exclusive), by xorshift32: the same for the same seed and name. */
export function randomOf(name: string): () => number {
  console.log(`${name}: DRACULA_FAULT_SEED=${seed}`);
  let state = [...name].reduce((hash, char) => Math.imul(hash, 31) + char.charCodeAt(0), seed) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** 1 … count, times the factor. */
export function rounds(count: number): number[] {
  return Array.from({ length: count * factor }, (_, i) => i + 1);
}
