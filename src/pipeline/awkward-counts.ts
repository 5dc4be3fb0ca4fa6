/**
 * What the policy makes of values that their column cannot hold: the table stops, or they become null and are counted.
 *
 * A numeric without precision, whose decimal form was chosen by us and not declared, always stops: the main thread then has the
 * table read again with that column as text, which loses nothing.
 */
import type { Column } from '../core/table-schema.ts';
import { DraculaError } from '../errors.ts';
import type { AwkwardValue } from '../extract/wire/row-decoder.ts';
import type { AwkwardPolicy } from './copy-options.ts';
import { isGuessedDecimal, isOpenDecimal } from './guessed-decimal.ts';
import type { AwkwardCount } from './worker-protocol.ts';

export class AwkwardCounts {
  readonly #policy: AwkwardPolicy;
  readonly #guessed: ReadonlySet<string>;
  /** Columns whose decimal the user declared for all of numeric without precision. */
  readonly #declared: ReadonlySet<string>;
  readonly #counts = new Map<string, AwkwardCount & { count: number }>();

  constructor(
    columns: readonly Column[],
    options: { readonly awkward: AwkwardPolicy; readonly numericDeclared: boolean },
  ) {
    this.#policy = options.awkward;
    const open = columns.filter(isOpenDecimal).map(({ name }) => name);
    this.#declared = new Set(options.numericDeclared ? open : []);
    this.#guessed = new Set(options.numericDeclared ? [] : columns.filter(isGuessedDecimal).map(({ name }) => name));
  }

  /** True for a column whose decimal was a guess: what refutes it is no fault of the data. */
  isGuessed(column: string | undefined): boolean {
    return column !== undefined && this.#guessed.has(column);
  }

  /** Returns when the value becomes null; throws E_AWKWARD_VALUE to stop the table. */
  take({ column, row, reason }: AwkwardValue): void {
    if (this.#policy === 'fail' || this.#guessed.has(column)) {
      throw new DraculaError(
        'E_AWKWARD_VALUE',
        `Column ${column} holds a value that its type${this.#declared.has(column) ? ', which `numeric` declares,' : ''} cannot: ` +
          `${reason}, in row ${row} of its chunk.`,
        { column, row, reason },
      );
    }
    const key = JSON.stringify([column, reason]);
    const entry = this.#counts.get(key);
    if (entry) entry.count++;
    else this.#counts.set(key, { column, reason, count: 1 });
  }

  counts(): AwkwardCount[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }
}
