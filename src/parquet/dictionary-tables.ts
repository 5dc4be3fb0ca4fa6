/**
 * The tables of a dictionary of text or bytes in the thread's WebAssembly memory, each with room for the largest dictionary, and the
 * kernel that looks values up in them (assembly/byte-array-dictionary.ts). Lent to a column for a row group.
 *
 * The state in front of them, in words: entries, slots and guesses in use, then of the last call the values encoded and their bytes, then
 * where each table stands.
 */
import type { KernelMemory } from '../core/kernel-memory.ts';
import { MAX_DICTIONARY_BYTES, MAX_ENTRIES } from './dictionary-limits.ts';

const STATE_BYTES = 64;
/** A quarter full with the most entries. */
const MAX_SLOTS = MAX_ENTRIES * 4;
const SINGLES = 256;

/** Room of one more than the most entries, for where the last ends, in whole cache lines. */
const STARTS_BYTES = MAX_ENTRIES * 4 + 64;
const HASHES_BYTES = MAX_ENTRIES * 4;
const SLOTS_BYTES = MAX_SLOTS * 2;
const SINGLES_BYTES = SINGLES * 2;
const ARENA_BYTES = MAX_DICTIONARY_BYTES;

/** Of one dictionary. */
export const DICTIONARY_TABLES_BYTES =
  STATE_BYTES + STARTS_BYTES + HASHES_BYTES + 2 * SLOTS_BYTES + SINGLES_BYTES + ARENA_BYTES;

/** Rows of a binary vector; `bytes` and `view` are of the same memory. */
export interface BinarySource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  /** Null where all rows are valid. */
  readonly validity: Uint8Array | null;
}

type EncodeByteArrays = (...parameters: number[]) => number;

export class DictionaryTables {
  readonly arena: Uint8Array<ArrayBuffer>;
  readonly starts: Int32Array<ArrayBuffer>;
  readonly hashes: Int32Array<ArrayBuffer>;
  readonly singles: Uint16Array<ArrayBuffer>;
  /** Of the last `encode`. */
  readonly codes: Uint16Array<ArrayBuffer>;
  readonly #encode: EncodeByteArrays;
  readonly #giveBack: (tables: DictionaryTables) => void;
  readonly #memory: ArrayBuffer;
  readonly #slotsAt: number;
  readonly #guessesAt: number;
  readonly #state: Int32Array<ArrayBuffer>;

  /** `codes`: of this memory too. */
  constructor(
    memory: KernelMemory,
    encode: EncodeByteArrays,
    codes: Uint16Array<ArrayBuffer>,
    giveBack: (tables: DictionaryTables) => void,
  ) {
    this.#encode = encode;
    this.codes = codes;
    this.#giveBack = giveBack;
    this.#memory = memory.buffer;
    const stateAt = memory.take(DICTIONARY_TABLES_BYTES);
    const startsAt = stateAt + STATE_BYTES;
    const hashesAt = startsAt + STARTS_BYTES;
    this.#slotsAt = hashesAt + HASHES_BYTES;
    this.#guessesAt = this.#slotsAt + SLOTS_BYTES;
    const singlesAt = this.#guessesAt + SLOTS_BYTES;
    const arenaAt = singlesAt + SINGLES_BYTES;
    this.starts = new Int32Array(this.#memory, startsAt, MAX_ENTRIES + 1);
    this.hashes = new Int32Array(this.#memory, hashesAt, MAX_ENTRIES);
    this.singles = new Uint16Array(this.#memory, singlesAt, SINGLES);
    this.arena = new Uint8Array(this.#memory, arenaAt, ARENA_BYTES);
    this.#state = new Int32Array(this.#memory, stateAt, STATE_BYTES / 4);
    this.#state.set([arenaAt, startsAt, hashesAt, this.#slotsAt, this.#guessesAt, singlesAt], 5);
  }

  /** The first so many slots, as they are. */
  slots(size: number): Uint16Array<ArrayBuffer> {
    return new Uint16Array(this.#memory, this.#slotsAt, size);
  }

  guesses(size: number): Uint16Array<ArrayBuffer> {
    return new Uint16Array(this.#memory, this.#guessesAt, size);
  }

  giveBack(): void {
    this.#giveBack(this);
  }

  /** Whether `encode` can read so many rows of it. */
  holds({ bytes, starts, lengths, validity }: BinarySource, rows: number): boolean {
    const memory = this.#memory;
    return (
      bytes.buffer === memory &&
      starts.buffer === memory &&
      lengths.buffer === memory &&
      (validity === null || validity.buffer === memory) &&
      rows <= this.codes.length
    );
  }

  /** The codes of the valid rows from .. to), written to `codes`. Returns the row behind the last that got one. */
  encode({ bytes, starts, lengths, validity }: BinarySource, from: number, to: number): number {
    return this.#encode(
      this.#state.byteOffset,
      bytes.byteOffset,
      starts.byteOffset,
      lengths.byteOffset,
      validity?.byteOffset ?? 0,
      from,
      to,
      this.codes.byteOffset,
    );
  }

  /** How far the dictionary is, which the kernel goes on from. */
  setSize(entries: number, slots: number, guesses: number): void {
    this.#state[0] = entries;
    this.#state[1] = slots;
    this.#state[2] = guesses;
  }

  get entries(): number {
    return this.#state[0]!;
  }

  get slotsInUse(): number {
    return this.#state[1]!;
  }

  get guessesInUse(): number {
    return this.#state[2]!;
  }

  get encodedValues(): number {
    return this.#state[3]!;
  }

  get encodedBytes(): number {
    return this.#state[4]!;
  }
}
