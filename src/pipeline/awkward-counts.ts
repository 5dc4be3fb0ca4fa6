/**
 * What a column's policy makes of values that it cannot hold: the table stops, they become null, or their rows are set
 * aside; the latter two are counted.
 *
 * A numeric without precision, whose decimal form was chosen by us and not declared, always stops: the main thread then has the
 * table read again with that column as text, which loses nothing.
 */
import type { Column } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import type { AwkwardValue, SetAsideRow } from '../extract/wire/set-aside.ts';
import { isOpenDecimal, refutesGuess } from './guessed-decimal.ts';
import type { AsideCount, AwkwardCount } from './worker-protocol.ts';

export class AwkwardCounts {
  /** Columns whose values become null. */
  readonly #nulled: ReadonlySet<string>;
  /** Columns whose decimal may be a guess, by name: none where the user declared what numerics become. */
  readonly #columns: ReadonlyMap<string, Column>;
  /** Columns whose decimal the user declared for all of numeric without precision. */
  readonly #declared: ReadonlySet<string>;
  readonly #counts = new Map<string, Count>();
  readonly #asideCounts = new Map<string, Count>();
  #asideRows = 0;

  constructor(columns: readonly Column[], options: { readonly numericDeclared: boolean }) {
    this.#nulled = new Set(columns.filter(({ awkward }) => awkward === 'null').map(({ name }) => name));
    this.#columns = new Map(options.numericDeclared ? [] : columns.map((column) => [column.name, column]));
    const open = columns.filter(isOpenDecimal).map(({ name }) => name);
    this.#declared = new Set(options.numericDeclared ? open : []);
  }

  /** True for a value that refutes a guessed decimal, which is no fault of the data. */
  refutesGuess({ column, reason }: { readonly column?: string; readonly reason?: string }): boolean {
    const found = column === undefined ? undefined : this.#columns.get(column);
    return found !== undefined && refutesGuess(found, reason);
  }

  /** Returns when the value becomes null; throws E_AWKWARD_VALUE to stop the table. */
  take(value: AwkwardValue): void {
    if (!this.#nulled.has(value.column) || this.refutesGuess(value)) throw this.#refusal(value);
    count(this.#counts, value);
  }

  /** Counts a row that is set aside; throws E_AWKWARD_VALUE where it is a guess that it refutes. */
  takeAside({ values }: SetAsideRow): void {
    const guess = values.find((value) => this.refutesGuess(value));
    if (guess !== undefined) throw this.#refusal(guess);
    this.#asideRows++;
    for (const value of values) count(this.#asideCounts, value);
  }

  #refusal({ column, row, reason, key }: AwkwardValue): DraculaError {
    return new DraculaError(
      'E_AWKWARD_VALUE',
      `Column ${column} holds a value that its type${this.#declared.has(column) ? ', which `numeric` declares,' : ''} cannot: ` +
        `${reason}, in row ${row + 1} of its chunk.`,
      { column, row, reason, ...(key === undefined ? {} : { key }) },
    );
  }

  /** Values that became null. */
  counts(): AwkwardCount[] {
    return toCounts(this.#counts);
  }

  aside(): AsideCount {
    return { rows: this.#asideRows, values: toCounts(this.#asideCounts) };
  }
}

type Count = AwkwardCount & { count: number };

function count(counts: Map<string, Count>, { column, reason, count = 1 }: AwkwardValue): void {
  const key = JSON.stringify([column, reason]);
  const entry = counts.get(key);
  if (entry) entry.count += count;
  else counts.set(key, { column, reason, count });
}

function toCounts(counts: ReadonlyMap<string, Count>): AwkwardCount[] {
  return [...counts.values()].map((entry) => ({ ...entry }));
}
