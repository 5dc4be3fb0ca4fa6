/**
 * The rows of a tile that are set aside, for tables in which a column has the policy `quarantine`.
 *
 * While the kernels run, what is awkward is only noted: whether a value becomes null or its row goes is known when all columns are
 * through. Then the noted rows are taken out of the tile's positions and its kernels run once more: tiles without such a row, nearly
 * all of them, pay nothing.
 */
import type { Column } from '../../core/table-schema.ts';
import type { AwkwardReason } from './kernel.ts';

/** A value that the column's type cannot hold. `row` is the ordinal in the chunk, from 0. */
export interface AwkwardValue {
  readonly column: string;
  readonly row: number;
  readonly reason: AwkwardReason;
  /** How many values of the column are so in this row, where they are more than one: elements of an array, fields of a composite. */
  readonly count?: number;
  /** Of the row, where the column's policy is to stop and there is one (see key-text.ts). */
  readonly key?: string;
}

/** Place of a row in its heap. */
export interface Ctid {
  readonly block: number;
  readonly offset: number;
}

/** A row that is not among those delivered, since a column that sets rows aside cannot hold a value of it. */
export interface SetAsideRow {
  readonly ctid: Ctid;
  /** Everything in it that is awkward, in the order of the columns. */
  readonly values: readonly AwkwardValue[];
}

/** What was noted of one tile. */
export class TileNotes {
  #values: (AwkwardValue & { count?: number })[] = [];
  readonly #rows = new Set<number>();

  /** Of a column whose values become null or set their row aside. */
  note({ awkward }: Pick<Column, 'awkward'>, value: AwkwardValue): void {
    const noted = this.#notedBefore(value);
    if (noted === undefined) this.#values.push({ ...value });
    else noted.count = (noted.count ?? 1) + 1;
    if (awkward === 'quarantine') this.#rows.add(value.row);
  }

  /** An array may have millions of such elements. Their kernel tells of them one behind the other, so only the last notes are looked at. */
  #notedBefore({ column, row, reason }: AwkwardValue) {
    for (let i = this.#values.length - 1; i >= 0; i--) {
      const last = this.#values[i]!;
      if (last.row !== row || last.column !== column) return undefined;
      if (last.reason === reason) return last;
    }
    return undefined;
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  /** Forgets what was noted, and gives it: values by their rows to be set aside, and those that become null in the other rows. */
  take(): { readonly aside: ReadonlyMap<number, readonly AwkwardValue[]>; readonly nulls: readonly AwkwardValue[] } {
    const inAside = (value: AwkwardValue) => this.#rows.has(value.row);
    const aside = Map.groupBy(this.#values.filter(inAside), ({ row }) => row);
    const nulls = this.#values.filter((value) => !inAside(value));
    this.#values = [];
    this.#rows.clear();
    return { aside, nulls };
  }
}

/** Moves the positions of the rows that stay together, column by column, and returns how many they are. */
export function dropRows(
  positions: Int32Array,
  { stride, fields, rows }: { readonly stride: number; readonly fields: number; readonly rows: number },
  isDropped: (row: number) => boolean,
): number {
  let kept = 0;
  for (let row = 0; row < rows; row++) {
    if (isDropped(row)) continue;
    for (let f = 0, base = 0; f < fields; f++, base += stride) positions[base + kept] = positions[base + row]!;
    kept++;
  }
  return kept;
}
