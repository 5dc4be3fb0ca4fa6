/**
 * What the values of a tile take beside the bytes that they came in: counted before it is taken, and given back at once.
 *
 * A row of some megabytes can hold millions of elements, each with its place, its slot in a vector, and soon its slot in the
 * writer's buffers and in a page. So the kernels claim what they are about to fill; what is more than the limit is refused while
 * there is nothing but the message. What they grow for such a row is not kept for the next: `afterDecoding` frees what no batch
 * points into, `afterDelivery` the rest.
 */
import { vectorStorage } from '../../core/column-batch.ts';
import { freeBuffer } from '../../core/free-buffer.ts';
import type { LogicalType } from '../../core/logical-type.ts';
import { DraculaError } from '../../errors.ts';

/** Tiles that take less leave the buffers as they are, for the next one. */
const KEPT_BYTES = 4 << 20;
/** A definition and a repetition level in the writer. */
const LEVEL_BYTES = 2;
/** Where a kernel notes that an element stands. */
const POSITION_BYTES = 4;

/** Of one value, in bytes, its text or bytes left out. */
interface SlotBytes {
  /** In its vector. */
  readonly vector: number;
  /** In the writer, until its page is made. */
  readonly stored: number;
  /** In a page, in the longest form that a reader may need: a uuid or a time as text. */
  readonly page: number;
}

const VALIDITY = 1 / 8;
const OWN_SLOTS = {
  bool: { vector: 1 / 8, stored: 1 / 8, page: 1 / 8 },
  int32: { vector: 4, stored: 4, page: 4 },
  int64: { vector: 8, stored: 8, page: 8 },
  int128: { vector: 16, stored: 16, page: 16 },
  fixed16: { vector: 16, stored: 16, page: 40 },
  // The length before the bytes, and the code in a dictionary.
  binary: { vector: 8, stored: 6, page: 4 },
  list: { vector: 4, stored: 0, page: 0 },
  struct: { vector: 0, stored: 0, page: 0 },
} as const satisfies Record<ReturnType<typeof vectorStorage>, SlotBytes>;
/** Of a decimal, while it is decoded: its number as a double, and its row where that is too short. */
const DECIMAL_BYTES = 12;
const TIME_SLOT: SlotBytes = { vector: 8, stored: 8, page: 20 };

/** What an element of this type takes beside its bytes on the wire, at the moment when that is the most. */
export function elementBytes(type: LogicalType): number {
  const { slots, leaves } = slotsOf(type);
  const levels = leaves * LEVEL_BYTES;
  const decoding = slots.vector + scratch(type) + Math.max(POSITION_BYTES * leaves, slots.stored + levels);
  // The message is gone by then: a length word and at least the value's own width.
  const writing = slots.stored + levels + 2 * slots.page - (POSITION_BYTES + slots.stored);
  return Math.max(decoding, writing);
}

function scratch(type: LogicalType): number {
  return (type.kind === 'decimal' ? DECIMAL_BYTES : 0) + partsOf(type).reduce((sum, part) => sum + scratch(part), 0);
}

function slotsOf(type: LogicalType): { readonly slots: SlotBytes; readonly leaves: number } {
  const own = type.kind === 'time' ? TIME_SLOT : OWN_SLOTS[vectorStorage(type)];
  const parts = partsOf(type).map(slotsOf);
  const add = (measure: keyof SlotBytes) => parts.reduce((sum, { slots }) => sum + slots[measure], own[measure]);
  return {
    slots: { vector: add('vector') + VALIDITY, stored: add('stored'), page: add('page') },
    leaves: Math.max(
      1,
      parts.reduce((sum, { leaves }) => sum + leaves, 0),
    ),
  };
}

/** Of a struct its fields, which have its rows; what is below a list has its own number of them, and claims for itself. */
function partsOf(type: LogicalType): readonly LogicalType[] {
  return type.kind === 'struct' ? type.fields.map((field) => field.type) : [];
}

export class TileMemory {
  readonly #limitBytes: number;
  #claimed = 0;
  #bytes = 0;
  #rows = 0;
  #position = 0;
  #places: Int32Array<ArrayBuffer>[] = [];
  #vectors: (() => void)[] = [];

  /** `limitBytes`: of a tile, with the bytes that it came in. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** A tile of so many rows begins, which stands at `position` and has `bytes`. */
  begin(rows: number, position: number, bytes: number): void {
    this.#rows = rows;
    this.#position = position;
    this.#bytes = bytes;
    this.#claimed = bytes;
  }

  /** The same tile is decoded once more. */
  beginAgain(): void {
    this.#claimed = this.#bytes;
  }

  /** Throws E_VALUE_TOO_LARGE; nothing of what is claimed may have been taken. */
  claim(bytes: number): void {
    this.#claimed += bytes;
    if (this.#claimed <= this.#limitBytes) return;
    const rows = this.#rows === 1 ? 'A row' : `${this.#rows} rows that came together`;
    throw new DraculaError(
      'E_VALUE_TOO_LARGE',
      `${rows} would take ${Math.ceil(this.#claimed)} bytes of memory, elements and texts counted; at most ${this.#limitBytes} are there for it. The rows of this chunk are dropped.`,
      { byteOffset: this.#position, takesBytes: Math.ceil(this.#claimed) },
    );
  }

  /** Places of elements, of use until the tile is decoded: emptied then, if the tile is large. */
  lendPlaces(places: Int32Array<ArrayBuffer>): void {
    this.#places.push(places);
  }

  /** Called when the tile was delivered, if it is large: nobody points into the vector any more. */
  onDelivered(free: () => void): void {
    this.#vectors.push(free);
  }

  afterDecoding(): void {
    if (this.#claimed < KEPT_BYTES) return;
    for (const places of this.#places) freeBuffer(places);
    this.#places = [];
  }

  afterDelivery(): void {
    if (this.#claimed < KEPT_BYTES) return;
    for (const free of this.#vectors) free();
    this.#vectors = [];
  }
}
