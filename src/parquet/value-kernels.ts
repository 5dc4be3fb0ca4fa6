/**
 * The WebAssembly that runs over values (assembly/): over those of a fixed width when a row group is written, for their extremes and
 * their dictionary, and over text and bytes as they arrive, for theirs. One for the thread, as the buffers of dictionaries and pages are.
 *
 * Values of a fixed width are copied into its memory for each call, which costs less than what it saves; what stands there afterwards is
 * valid until the next call. Without it, or with more values than it has room for, the JavaScript loops do the same.
 */
import type { KernelMemory } from '../core/kernel-memory.ts';
import type { WasmFunctions } from '../core/wasm-module.ts';
import { DICTIONARY_TABLES_BYTES, DictionaryTables } from './dictionary-tables.ts';

const RESULT_BYTES = 64;
const SLOTS_BYTES = 2 ** 18;
const ENTRIES_BYTES = 2 ** 18;
const CODES_BYTES = 2 ** 19;
/** 262,144 values of one word or two. */
const MAX_VALUES = CODES_BYTES / 2;
const WORDS_BYTES = MAX_VALUES * 8;
const REGION_BYTES = RESULT_BYTES + SLOTS_BYTES + ENTRIES_BYTES + CODES_BYTES + WORDS_BYTES;
/** Columns of text or bytes that have theirs in WebAssembly at the same time; further ones are JavaScript's. */
const MAX_TABLES = 40;

const NAMES = [
  'directPairs',
  'directSingles',
  'encodeByteArrays',
  'extremesOfPairs',
  'extremesOfSingles',
  'hashPairs',
  'hashSingles',
  'packCodes',
] as const;

type Functions = WasmFunctions<(typeof NAMES)[number]>;

export class ValueKernels {
  readonly memory: ArrayBuffer;
  readonly #kernelMemory: KernelMemory;
  readonly #functions: Functions;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #entries: Int32Array<ArrayBuffer>;
  readonly #slotsAt: number;
  /** Lent to nobody. */
  readonly #freeTables: DictionaryTables[] = [];
  #tables = 0;
  readonly codes: Uint16Array<ArrayBuffer>;
  /** Of the last `findExtremes`: the least value, then the greatest. */
  readonly extremes: Int32Array<ArrayBuffer>;

  constructor(memory: KernelMemory) {
    this.memory = memory.buffer;
    this.#kernelMemory = memory;
    this.#functions = memory.functions(NAMES);
    const resultAt = memory.take(REGION_BYTES);
    this.#slotsAt = resultAt + RESULT_BYTES;
    const entriesAt = this.#slotsAt + SLOTS_BYTES;
    const codesAt = entriesAt + ENTRIES_BYTES;
    this.extremes = new Int32Array(this.memory, resultAt, 4);
    this.#entries = new Int32Array(this.memory, entriesAt, ENTRIES_BYTES / 4);
    this.codes = new Uint16Array(this.memory, codesAt, MAX_VALUES);
    this.#words = new Int32Array(this.memory, codesAt + CODES_BYTES, MAX_VALUES * 2);
  }

  /** Whether there is room for so many values. */
  take(count: number): boolean {
    return count <= MAX_VALUES;
  }

  /** Of values from .. to), at least one and at most as many as there is room for. */
  findExtremes(words: Int32Array, from: number, to: number, wordsPerValue: 1 | 2): void {
    const { extremesOfSingles, extremesOfPairs } = this.#functions;
    this.#words.set(words.subarray(from * wordsPerValue, to * wordsPerValue));
    (wordsPerValue === 1 ? extremesOfSingles : extremesOfPairs)(
      this.#words.byteOffset,
      to - from,
      this.extremes.byteOffset,
    );
  }

  /** As `directSingles` and `directPairs` of dictionary.ts: into `codes` and `entryWords`. */
  direct(words: Int32Array, count: number, wordsPerValue: 1 | 2, least: number, span: number, most: number): number {
    this.#words.set(words.subarray(0, count * wordsPerValue));
    const build = wordsPerValue === 1 ? this.#functions.directSingles : this.#functions.directPairs;
    return build(this.#words.byteOffset, count, least, span, most, ...this.#dictionaryAt());
  }

  /** As `hashSingles` and `hashPairs`. */
  hash(words: Int32Array, count: number, wordsPerValue: 1 | 2, slots: number, most: number): number {
    this.#words.set(words.subarray(0, count * wordsPerValue));
    const build = wordsPerValue === 1 ? this.#functions.hashSingles : this.#functions.hashPairs;
    return build(this.#words.byteOffset, count, slots - 1, most, ...this.#dictionaryAt());
  }

  /**
   * Codes of `width` bits from .. to), a whole number of eights, packed. Where the codes are those of a dictionary made here, they are
   * packed in place.
   */
  pack(codes: Uint16Array, from: number, to: number, width: number): Uint8Array<ArrayBuffer> {
    const { byteOffset } = this.#words;
    const isHere = codes.buffer === this.memory;
    if (!isHere) new Uint16Array(this.memory, byteOffset, to - from).set(codes.subarray(from, to));
    const codesAt = isHere ? codes.byteOffset + from * 2 : byteOffset;
    const packedAt = byteOffset + WORDS_BYTES / 2;
    this.#functions.packCodes(codesAt, to - from, width, packedAt);
    return new Uint8Array(this.memory, packedAt, ((to - from) >> 3) * width);
  }

  #dictionaryAt(): [number, number, number] {
    return [this.#slotsAt, this.codes.byteOffset, this.#entries.byteOffset];
  }

  /** For the dictionary of a column, until it gives them back; null where as many are lent as there are. */
  lendTables(): DictionaryTables | null {
    const free = this.#freeTables.pop();
    if (free !== undefined) return free;
    if (this.#tables === MAX_TABLES || !this.#kernelMemory.has(DICTIONARY_TABLES_BYTES)) return null;
    this.#tables++;
    const { encodeByteArrays } = this.#functions;
    return new DictionaryTables(this.#kernelMemory, encodeByteArrays, this.codes, (tables) => this.#takeBack(tables));
  }

  /** The first made are lent first: no more pages are touched than have to be, and a column gets the ones that it had. */
  #takeBack(tables: DictionaryTables): void {
    this.#freeTables.push(tables);
    this.#freeTables.sort((a, b) => b.starts.byteOffset - a.starts.byteOffset);
  }

  /** The entries of the last dictionary. */
  entryWords(words: number): Int32Array<ArrayBuffer> {
    return this.#entries.subarray(0, words);
  }
}

let kernels: ValueKernels | null = null;

/** From now on, in this thread; null: JavaScript does all. */
export function useValueKernels(own: ValueKernels | null): void {
  kernels = own;
}

/** Null where there are none, or there are too many values. */
export function valueKernels(count: number): ValueKernels | null {
  return kernels?.take(count) ? kernels : null;
}

/** For a dictionary of values in `memory`; null where that is not the kernels', or they have none left. */
export function lendTables(memory: ArrayBufferLike): DictionaryTables | null {
  return kernels !== null && kernels.memory === memory ? kernels.lendTables() : null;
}
