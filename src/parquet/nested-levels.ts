/**
 * Levels of a leaf below lists, structs and maps, as the Dremel paper counts them (LogicalTypes.md, "Nested Types").
 *
 * The definition level of a slot is the number of optional and repeated nodes on the leaf's path that are there: the leaf's
 * greatest level is a value, less tells how far down the path something is null or empty. The repetition level is the number
 * of lists that go on: 0 starts a row.
 *
 * The path falls into stretches, each ended by a list or by the leaf. The vectors of a stretch have their rows in common (row i
 * of a struct is row i of its fields, and null where the struct is), so its definition level is that of a row where nothing
 * is null, less one for each of its vectors that is null there.
 */
import type { ListVector, StructVector, Vector } from '../core/column-batch.ts';
import { freeBuffer } from '../core/free-buffer.ts';
import { DraculaError } from '../errors.ts';
import { maxHybridBytes, writeLevels } from './encodings/rle.ts';
import { grownCodes, grownInts } from './growth.ts';
import type { PathStep } from './leaf-column.ts';
import { type Levels, putLength } from './levels.ts';
import { levelBuffer } from './page-buffer.ts';

/** Of a slot's two bytes the low one is the definition level, the high one the repetition level. */
const DEFINITION = 0xff;
const REPETITION_SHIFT = 8;

interface Stretch {
  /** How its first vector is reached from the list above, then the fields from there on. */
  readonly steps: PathStep[];
  /** Definition level of a row where nothing of the stretch is null. */
  full: number;
  /** Repetition level of its rows behind the first of a list, at its place in a slot. */
  readonly repeated: number;
  /** Of the batch at hand: the validity of each vector that has nulls. */
  readonly validities: Uint8Array[];
  /** Of the batch at hand: where each row's elements start in the next stretch; null where the leaf ends this one. */
  offsets: Int32Array | null;
}

/** To the column itself: as if all rows were the elements of one list. */
const TO_COLUMN: PathStep = { into: 'elements', isOptional: true };

function stretchesOf(steps: readonly PathStep[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const step of [TO_COLUMN, ...steps]) {
    const above = stretches.at(-1);
    const optional = step.isOptional ? 1 : 0;
    if (above !== undefined && step.into !== 'elements') {
      above.steps.push(step);
      above.full += optional;
      continue;
    }
    const full = (above === undefined ? 0 : above.full + 1) + optional;
    stretches.push({
      steps: [step],
      full,
      repeated: stretches.length << REPETITION_SHIFT,
      validities: [],
      offsets: null,
    });
  }
  return stretches;
}

function bitsOf(level: number): number {
  return 32 - Math.clz32(level);
}

export class NestedLevels implements Levels {
  rows = 0;
  slots = 0;
  private readonly stretches: readonly Stretch[];
  private readonly maxRepetition: number;
  private readonly maxDefinition: number;
  private levels = new Uint16Array(0);
  /** Below a list; else a row is a slot. */
  private rowStarts = new Int32Array(1);

  constructor(steps: readonly PathStep[]) {
    this.stretches = stretchesOf(steps);
    this.maxRepetition = this.stretches.length - 1;
    this.maxDefinition = this.stretches.at(-1)!.full;
  }

  get bufferedBytes(): number {
    return this.slots * 2 + (this.maxRepetition > 0 ? this.rows * 4 : 0);
  }

  append(vector: Vector, from: number, to: number): void {
    const slots = this.useBatch(vector, from, to);
    this.levels = grownCodes(this.levels, this.slots, this.slots + slots);
    if (this.maxRepetition === 0) {
      this.appendLeaves(this.stretches[0]!, from, to, 0);
      this.rows += to - from;
    } else {
      this.rowStarts = grownInts(this.rowStarts, this.rows + 1, this.rows + to - from + 1);
      this.appendLists(0, from, to, 0);
    }
  }

  /** Looks up what the stretches are in this batch; returns the most slots that rows from .. to) can take. */
  private useBatch(vector: Vector, from: number, to: number): number {
    let at = vector;
    let start = from;
    let end = to;
    let slots = to - from;
    for (const stretch of this.stretches) {
      stretch.validities.length = 0;
      for (const [i, step] of stretch.steps.entries()) {
        if (i > 0) at = (at as StructVector).children[step.into as number]!;
        if (at.nulls === 0) continue;
        if (!step.isOptional)
          throw new DraculaError('E_INTERNAL', 'A map of a batch has an entry or a key that is null.');
        stretch.validities.push(at.validity);
      }
      if (stretch === this.stretches.at(-1)) return slots;
      const { offsets, child } = at as ListVector;
      stretch.offsets = offsets;
      start = offsets[start]!;
      end = offsets[end]!;
      slots += end - start;
      at = child;
    }
    return slots;
  }

  /** Slots of rows from .. to) of a stretch that a list ends; `first` is the repetition level of the first of them. */
  private appendLists(index: number, from: number, to: number, first: number): void {
    const { full, repeated, validities, offsets } = this.stretches[index]!;
    const leaves = index + 1 === this.maxRepetition ? this.stretches[index + 1]! : null;
    let repetition = first;
    for (let row = from; row < to; row++) {
      const start = offsets![row]!;
      const end = offsets![row + 1]!;
      if (start === end) this.levels[this.slots++] = (full - countNulls(validities, row)) | repetition;
      else if (leaves !== null) this.appendLeaves(leaves, start, end, repetition);
      else this.appendLists(index + 1, start, end, repetition);
      repetition = repeated;
      if (index === 0) this.rowStarts[++this.rows] = this.slots;
    }
  }

  /** The same where the leaf ends the stretch. */
  private appendLeaves({ full, repeated, validities }: Stretch, from: number, to: number, first: number): void {
    const { levels } = this;
    const level = full | repeated;
    const start = this.slots;
    let slot = start;
    if (validities.length === 0) {
      for (let row = from; row < to; row++) levels[slot++] = level;
    } else if (validities.length === 1) {
      const validity = validities[0]!;
      for (let row = from; row < to; row++) levels[slot++] = level - 1 + ((validity[row >> 3]! >> (row & 7)) & 1);
    } else {
      for (let row = from; row < to; row++) levels[slot++] = level - countNulls(validities, row);
    }
    if (slot > start) levels[start] = levels[start]! - repeated + first;
    this.slots = slot;
  }

  slotOfRow(row: number): number {
    return this.maxRepetition === 0 ? row : this.rowStarts[row]!;
  }

  countValues(from: number, to: number): number {
    const { levels, maxDefinition } = this;
    let values = 0;
    for (let i = from; i < to; i++) if ((levels[i]! & DEFINITION) === maxDefinition) values++;
    return values;
  }

  rowAfterValues(from: number, values: number): number {
    let seen = 0;
    for (let row = from; row < this.rows; row++) {
      seen += this.countValues(this.slotOfRow(row), this.slotOfRow(row + 1));
      if (seen > values) return Math.max(row, from + 1);
    }
    return this.rows;
  }

  encode(from: number, to: number): Uint8Array {
    const slots = to - from;
    const repetitionBits = bitsOf(this.maxRepetition);
    const definitionBits = bitsOf(this.maxDefinition);
    const out = levelBuffer(8 + maxHybridBytes(slots, repetitionBits) + maxHybridBytes(slots, definitionBits));
    let at = 0;
    if (repetitionBits > 0) {
      at = writeLevels(this.levels, from, to, REPETITION_SHIFT, repetitionBits, out, 4);
      putLength(out, 0, at);
    }
    const end = writeLevels(this.levels, from, to, 0, definitionBits, out, at + 4);
    putLength(out, at, end);
    return out.subarray(0, end);
  }

  reset(keepBytes: number): void {
    this.rows = 0;
    this.slots = 0;
    if (this.levels.byteLength > keepBytes) {
      freeBuffer(this.levels);
      this.levels = new Uint16Array(0);
    }
  }
}

function countNulls(validities: readonly Uint8Array[], row: number): number {
  let nulls = 0;
  for (const validity of validities) nulls += 1 - ((validity[row >> 3]! >> (row & 7)) & 1);
  return nulls;
}
