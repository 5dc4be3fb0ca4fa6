/**
 * The pure push parser of DataRow messages: bytes in, column batches out.
 *
 * It owns the batch it hands out, and the batch points into the bytes of the call: a batch is valid until `onBatch` returns.
 * It refuses to keep bytes: an incomplete message is left to the caller, who gives it again with the rest behind it. So any split of
 * the stream gives the same rows. Lengths of an incomplete row that contradict each other are refused as soon as they are there.
 *
 * Frame (PostgreSQL documentation, "Message Formats"): 'D', Int32 length including itself, Int16 number of fields, then per field
 * Int32 length (-1 = null) and the value. A first pass over each row notes where its fields are and checks that the lengths add up
 * to the message's; then each column's kernel runs over the noted positions of a tile of rows.
 *
 * Rows in the read buffer of a connection with WebAssembly go through its scan and kernels (wire-kernels.ts), which take only what is
 * plainly right; what they leave, and all other rows, goes through the loops and kernels here.
 */
import { type ColumnBatch, createVector } from '../../core/column-batch.ts';
import type { Column } from '../../core/table-schema.ts';
import { DraculaError } from '../../errors.ts';
import type { AwkwardReason, Kernel, OnAwkward, Tile } from './kernel.ts';
import { createKernel } from './kernels.ts';
import { keyText } from './key-text.ts';
import { type AwkwardValue, type Ctid, dropRows, type SetAsideRow, TileNotes } from './set-aside.ts';
import type { TileArrays, WireKernel } from './tile-arrays.ts';
import { TileMemory } from './tile-memory.ts';
import type { WireKernels } from './wire-kernels.ts';

const DATA_ROW = 0x44;
const FRAME_BYTES = 7;
/** Rows of a tile: at 200 bytes a row, its bytes and positions stay in a core's second-level cache. */
const TILE_ROWS = 1024;
/** Bound on rows x columns of a tile: 1,600 columns take tiles of 40 rows. */
const TILE_FIELDS = 65_536;
/** Added to the distance between two columns' positions, so that they do not all fall into the same cache sets. */
const STRIDE_PADDING = 16;

export interface RowDecoderOptions {
  readonly columns: readonly Column[];
  /** The first field is the row's ctid: kept aside as `lastCtid`, not part of the batch. */
  readonly selectsCtid: boolean;
  /** The column that names a row in errors: of an integer type or uuid. */
  readonly rowKey?: string | undefined;
  /** What the rows that are decoded together may take, as they came and as what becomes of them; default: anything. */
  readonly maxTileBytes?: number;
  readonly onBatch: (batch: ColumnBatch) => void;
  /** Returns when the value becomes null; throws to stop. */
  readonly onAwkward: (value: AwkwardValue) => void;
  /** Of the connection that the rows come from; without it JavaScript decodes them. */
  readonly wireKernels?: WireKernels | null;
  /** A row is left out of the next batch: columns with the policy `quarantine` need it, and `selectsCtid`. Throws to stop. */
  readonly onSetAside?: (row: SetAsideRow) => void;
}

/**
 * @example
 * const decoder = new RowDecoder({ columns, selectsCtid: false, onBatch: (b) => writer.append(b), onAwkward: stop });
 * from = decoder.push(bytes, view, from, end); // what is left is the beginning of a message
 */
export class RowDecoder {
  /** Rows that came so far, delivered or set aside. */
  rows = 0;

  readonly #options: RowDecoderOptions;
  readonly #fields: number;
  readonly #tileRows: number;
  readonly #stride: number;
  readonly #positions: Int32Array;
  readonly #kernels: readonly Kernel[];
  readonly #wireKernels: WireKernels | null;
  /** Null without `#wireKernels`. */
  readonly #tileArrays: TileArrays | null;
  /** A kernel for each column that has one. */
  readonly #wireKernelOf: readonly (WireKernel | null)[];
  /** The bytes of this call are where `#wireKernels` can read them. */
  #inWireBuffer = false;
  readonly #batch: ColumnBatch;
  readonly #memory: TileMemory;
  readonly #tile: Tile;
  #lastBlock = 0;
  #lastOffset = 0;
  #failed = false;
  /** Null where no column sets rows aside. */
  readonly #notes: TileNotes | null;
  /** A tile is decoded once more, and what is awkward in it is known. */
  #again = false;

  constructor(options: RowDecoderOptions) {
    this.#options = options;
    this.#fields = options.columns.length + (options.selectsCtid ? 1 : 0);
    this.#tileRows = Math.max(8, Math.min(TILE_ROWS, Math.floor(TILE_FIELDS / Math.max(1, this.#fields))) & ~7);
    this.#stride = this.#tileRows + STRIDE_PADDING;
    this.#wireKernels = options.wireKernels ?? null;
    this.#tileArrays = this.#wireKernels?.tileArrays(this.#fields, this.#stride) ?? null;
    this.#positions = this.#tileArrays?.positions ?? new Int32Array(this.#stride * Math.max(1, this.#fields));
    const vectors = options.columns.map((column) => createVector(column.type, this.#tileRows));
    this.#wireKernelOf = options.columns.map(
      ({ type, source }, c) => this.#tileArrays?.place(vectors[c]!, type, source.wire) ?? null,
    );
    this.#notes = options.columns.some(({ awkward }) => awkward === 'quarantine') ? new TileNotes() : null;
    this.#kernels = options.columns.map((column, c) => {
      const onAwkward: OnAwkward = (row, reason) => this.#takeAwkward(column, row, reason);
      return createKernel(vectors[c]!, column.type, column.source.wire, onAwkward);
    });
    this.#batch = { rows: 0, columns: vectors };
    this.#memory = new TileMemory(options.maxTileBytes ?? Number.POSITIVE_INFINITY);
    this.#tile = { bytes: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)), memory: this.#memory };
  }

  /** The ctid of the last row delivered; null before the first. */
  get lastCtid(): Ctid | null {
    return this.#options.selectsCtid && this.rows > 0 ? { block: this.#lastBlock, offset: this.#lastOffset } : null;
  }

  /**
   * Decodes the complete DataRow messages that stand at bytes[from .. end) and delivers them. Returns the position of the first
   * byte that is not part of one: another message, or an incomplete one.
   * Throws E_WIRE (with the byte offset) for a row that contradicts itself, E_VALUE_TOO_LARGE for one that takes more than `maxTileBytes`; the
   * decoder is unusable afterwards.
   */
  push(bytes: Uint8Array, view: DataView, from: number, end: number): number {
    if (this.#failed) throw new DraculaError('E_WIRE', 'The row decoder was used after it failed.');
    this.#failed = true;
    this.#tile.bytes = bytes;
    this.#tile.view = view;
    this.#inWireBuffer = this.#tileArrays !== null && this.#wireKernels!.holds(bytes);
    let p = from;
    for (;;) {
      const scanned = this.#scan(bytes, view, p, end);
      if (scanned === p) break;
      p = scanned;
    }
    this.#failed = false;
    return p;
  }

  /** Notes the fields of up to a tile of rows, delivers them, and returns where it stopped. */
  #scan(bytes: Uint8Array, view: DataView, from: number, end: number): number {
    const fields = this.#fields;
    const stride = this.#stride;
    const tileRows = this.#tileRows;
    const positions = this.#positions;
    let p = from;
    let row = 0;
    if (this.#inWireBuffer) {
      row = this.#wireKernels!.scan(from, end, this.#tileArrays!, tileRows);
      p = this.#wireKernels!.scanEnd;
    }
    while (row < tileRows && p + FRAME_BYTES <= end && bytes[p] === DATA_ROW) {
      const length = view.getInt32(p + 1);
      if (length < 6) this.#contradiction(p, `a row of ${length} bytes`);
      const next = p + 1 + length;
      if (view.getInt16(p + 5) !== fields)
        this.#contradiction(p, `a row of ${view.getInt16(p + 5)} fields instead of ${fields}`);
      if (next > end) {
        this.#checkBeginning(view, p, next, end);
        break;
      }
      let q = p + FRAME_BYTES;
      let worst = 0;
      for (let f = 0, slot = row; f < fields; f++, slot += stride) {
        if (q + 4 > next) this.#contradiction(p, `a row that ends within field ${f}`);
        positions[slot] = q;
        const size = view.getInt32(q);
        worst |= size + 1;
        q += size > 0 ? size + 4 : 4;
      }
      if (q !== next || worst < 0) this.#contradiction(p, 'a row whose fields do not add up to its length');
      p = next;
      row++;
    }
    if (row > 0) this.#deliver(row, from, p);
    return p;
  }

  /** Of a row that is not here to its end: lengths that contradict each other would have it waited for, maybe for ever. */
  #checkBeginning(view: DataView, from: number, next: number, end: number): void {
    let q = from + FRAME_BYTES;
    for (let left = this.#fields - 1; left >= 0; left--) {
      if (q + 4 > end) return;
      const size = view.getInt32(q);
      q += size > 0 ? size + 4 : 4;
      if (size < -1 || q + 4 * left > next)
        this.#contradiction(from, `a row with a field of ${size} bytes, which its length has no room for`);
    }
    if (q !== next) this.#contradiction(from, 'a row whose fields do not add up to its length');
  }

  #deliver(rows: number, from: number, end: number): void {
    if (this.#options.selectsCtid) {
      const { block, offset } = this.#ctidAt(this.#positions[rows - 1]!);
      this.#lastBlock = block;
      this.#lastOffset = offset;
    }
    this.#memory.begin(rows, from, end - from);
    this.#decode(rows);
    const delivered = this.#notes === null || this.#notes.isEmpty ? rows : this.#settle(this.#notes, rows);
    this.#memory.afterDecoding();
    if (delivered > 0) {
      this.#batch.rows = delivered;
      this.#options.onBatch(this.#batch);
    }
    this.#memory.afterDelivery();
    this.rows += rows;
  }

  #decode(rows: number): void {
    let base = this.#options.selectsCtid ? this.#stride : 0;
    for (let c = 0; c < this.#kernels.length; c++, base += this.#stride) {
      const isDone = this.#inWireBuffer && this.#wireKernelOf[c]?.(base, rows, this.#memory);
      if (!isDone) this.#kernels[c]!(this.#tile, this.#positions, base, rows);
    }
  }

  #takeAwkward(column: Column, row: number, reason: AwkwardReason): void {
    if (this.#again) return;
    const value = { column: column.name, row: this.rows + row, reason };
    // What stops the table does so at once.
    if ((column.awkward ?? 'fail') === 'fail') this.#options.onAwkward({ ...value, ...this.#keyOf(row) });
    else if (this.#notes === null) this.#options.onAwkward(value);
    else this.#notes.note(column, value);
  }

  /** Read where it stands: behind the kernel of the awkward value, whose column may come before the key's. */
  #keyOf(row: number): Pick<AwkwardValue, 'key'> {
    const { columns, rowKey, selectsCtid } = this.#options;
    const index = columns.findIndex(({ name }) => name === rowKey);
    if (index === -1) return {};
    const position = this.#positions[(index + (selectsCtid ? 1 : 0)) * this.#stride + row]!;
    const key = keyText(columns[index]!.source.wire, this.#tile.view, position);
    return key === null ? {} : { key };
  }

  /** Tells what was noted of the tile, decodes it once more without the rows that are set aside, and returns how many are left. */
  #settle(notes: TileNotes, rows: number): number {
    const { aside, nulls } = notes.take();
    for (const value of nulls) this.#options.onAwkward(value);
    if (aside.size === 0) return rows;
    for (const [row, values] of aside)
      this.#options.onSetAside?.({ ctid: this.#ctidAt(this.#positions[row - this.rows]!), values });
    const tile = { stride: this.#stride, fields: this.#fields, rows };
    const left = dropRows(this.#positions, tile, (row) => aside.has(this.rows + row));
    this.#memory.beginAgain();
    this.#again = true;
    this.#decode(left);
    this.#again = false;
    return left;
  }

  /** ctid on the wire (PostgreSQL: tidsend): Int32 block, Int16 offset. */
  #ctidAt(q: number): Ctid {
    const { view } = this.#tile;
    if (view.getInt32(q) !== 6) this.#contradiction(q, 'a ctid that is not 6 bytes long');
    return { block: view.getUint32(q + 4), offset: view.getUint16(q + 8) };
  }

  #contradiction(position: number, what: string): never {
    throw new DraculaError(
      'E_WIRE',
      `The server sent ${what}, after ${this.rows} good rows of this chunk; they are dropped.`,
      {
        byteOffset: position,
        row: this.rows,
      },
    );
  }
}
