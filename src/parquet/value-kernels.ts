/**
 * The WebAssembly that runs over the fixed-width values of a row group when it is written (assembly/): their extremes and their
 * dictionary. One for the thread, as the buffers of dictionaries and pages are.
 *
 * Values are copied into its memory for each call, which costs less than what it saves; what stands there afterwards is valid until the
 * next call. Without it, or with more values than it has room for, the JavaScript loops do the same.
 */
import { instantiate, reserveMemory, type WasmModule } from '../core/wasm-module.ts';

const MEMORY_BYTES = 4 * 2 ** 20;
const RESULT_AT = 48 * 1024;
const SLOTS_AT = 64 * 1024;
const SLOTS_BYTES = 2 ** 18;
const ENTRIES_AT = SLOTS_AT + SLOTS_BYTES;
const ENTRIES_BYTES = 2 ** 18;
const CODES_AT = ENTRIES_AT + ENTRIES_BYTES;
const CODES_BYTES = 2 ** 19;
const WORDS_AT = CODES_AT + CODES_BYTES;
/** 262,144 values of one word or two. */
const MAX_VALUES = CODES_BYTES / 2;

const NAMES = [
  'directPairs',
  'directSingles',
  'extremesOfPairs',
  'extremesOfSingles',
  'hashPairs',
  'hashSingles',
] as const;

type Functions = ReturnType<typeof instantiate<(typeof NAMES)[number]>>;

export class ValueKernels {
  readonly #functions: Functions;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #entries: Int32Array<ArrayBuffer>;
  readonly codes: Uint16Array<ArrayBuffer>;
  /** Of the last `findExtremes`: the least value, then the greatest. */
  readonly extremes: Int32Array<ArrayBuffer>;

  constructor(module: WasmModule) {
    const memory = reserveMemory(MEMORY_BYTES);
    this.#functions = instantiate(module, memory, NAMES);
    this.#words = new Int32Array(memory.buffer, WORDS_AT, MAX_VALUES * 2);
    this.#entries = new Int32Array(memory.buffer, ENTRIES_AT, ENTRIES_BYTES / 4);
    this.codes = new Uint16Array(memory.buffer, CODES_AT, MAX_VALUES);
    this.extremes = new Int32Array(memory.buffer, RESULT_AT, 4);
  }

  /** Whether there is room for so many values. */
  take(count: number): boolean {
    return count <= MAX_VALUES;
  }

  /** Of values from .. to), at least one and at most as many as there is room for. */
  findExtremes(words: Int32Array, from: number, to: number, wordsPerValue: 1 | 2): void {
    const { extremesOfSingles, extremesOfPairs } = this.#functions;
    this.#words.set(words.subarray(from * wordsPerValue, to * wordsPerValue));
    (wordsPerValue === 1 ? extremesOfSingles : extremesOfPairs)(WORDS_AT, to - from, RESULT_AT);
  }

  /** As `directSingles` and `directPairs` of dictionary.ts: into `codes` and `entryWords`. */
  direct(words: Int32Array, count: number, wordsPerValue: 1 | 2, least: number, span: number, most: number): number {
    this.#words.set(words.subarray(0, count * wordsPerValue));
    const build = wordsPerValue === 1 ? this.#functions.directSingles : this.#functions.directPairs;
    return build(WORDS_AT, count, least, span, most, SLOTS_AT, CODES_AT, ENTRIES_AT);
  }

  /** As `hashSingles` and `hashPairs`. */
  hash(words: Int32Array, count: number, wordsPerValue: 1 | 2, slots: number, most: number): number {
    this.#words.set(words.subarray(0, count * wordsPerValue));
    const build = wordsPerValue === 1 ? this.#functions.hashSingles : this.#functions.hashPairs;
    return build(WORDS_AT, count, slots - 1, most, SLOTS_AT, CODES_AT, ENTRIES_AT);
  }

  /** The entries of the last dictionary. */
  entryWords(words: number): Int32Array<ArrayBuffer> {
    return this.#entries.subarray(0, words);
  }
}

let kernels: ValueKernels | null = null;

/** From now on, in this thread; null: JavaScript does all. */
export function useValueKernels(module: WasmModule | null): void {
  try {
    kernels = module === null ? null : new ValueKernels(module);
  } catch {
    // No address space for it: JavaScript does the same.
    kernels = null;
  }
}

/** Null where there are none, or there are too many values. */
export function valueKernels(count: number): ValueKernels | null {
  return kernels?.take(count) ? kernels : null;
}
