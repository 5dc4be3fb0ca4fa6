/**
 * How a table ends: with its commit, or with a failure that takes away what was written of it.
 *
 * A table that fails is dropped first: every worker that may hold an open part of it lets go of that, and only then is what was
 * written removed. A table that is to be read anew is dropped in the same way. Of several errors the first counts.
 */
import { formatDataset, formatTable } from '../core/identifiers.ts';
import type { RunEventListener } from '../core/run-event.ts';
import { isDraculaError, serializeError, toDraculaError } from '../errors.ts';
import type { Reader } from './reader.ts';
import { stoppedBy, type TableCopy } from './table-copy.ts';
import type { Committed } from './target.ts';

export interface TableEndingsOptions {
  readonly tables: readonly TableCopy[];
  readonly failFast: boolean;
  /** The workers that may have an open part of the table. */
  readonly holdersOf: (table: TableCopy) => readonly Reader[];
  /** Commits the table; its rows are all in its parts. */
  readonly commit: (table: TableCopy) => Promise<Committed>;
  readonly onEvent: RunEventListener;
}

export class TableEndings {
  readonly #options: TableEndingsOptions;
  /** Workers that still have to let go of a table, and what happens then. */
  readonly #drops = new Map<TableCopy, { readonly waiting: Set<Reader>; readonly then: () => void }>();
  readonly #allEnded: Promise<void>;
  #settle!: () => void;

  constructor(options: TableEndingsOptions) {
    this.#options = options;
    this.#allEnded = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Resolves when every table has been committed or has failed. */
  async allEnded(): Promise<void> {
    this.#checkDone();
    await this.#allEnded;
  }

  async commit(table: TableCopy): Promise<void> {
    table.state = 'committing';
    try {
      table.committed = await this.#options.commit(table);
      table.settle('copied');
      this.#warnOfSetAside(table);
      this.#options.onEvent({ type: 'table-finished', dataset: table.plan.dataset, table: table.report() });
    } catch (error) {
      this.#stopOthers(table, error);
      await this.#abandon(table, error);
    }
    this.#checkDone();
  }

  #warnOfSetAside({ plan, aside }: TableCopy): void {
    if (plan.quarantine === undefined || aside.rows === 0) return;
    this.#options.onEvent({
      type: 'notice',
      level: 'warning',
      dataset: plan.dataset,
      message: `${aside.rows} ${aside.rows === 1 ? 'row' : 'rows'} of ${formatTable(plan.table)} set aside in ${formatDataset(plan.quarantine.dataset)}, since the types of its columns cannot hold a value of them.`,
    });
  }

  /** The table ends here; what was written of it is removed. The others go on, unless the first failure ends all. */
  fail(table: TableCopy, error: unknown): void {
    if (table.isSettled || table.state === 'committing' || table.error !== null) return;
    table.error = serializeError(error);
    this.drop(table, () => void this.#abandon(table, error).then(() => this.#checkDone()));
    this.#stopOthers(table, error);
  }

  /** Fails every table that is not committed yet. */
  failAll(error: unknown): void {
    for (const table of this.#options.tables) this.fail(table, error);
  }

  #stopOthers(table: TableCopy, error: unknown): void {
    if (this.#options.failFast && !isDraculaError(error, 'E_INTERRUPTED'))
      this.failAll(stoppedBy(formatTable(table.plan.table)));
  }

  async #abandon(table: TableCopy, error: unknown): Promise<void> {
    table.error = serializeError(error);
    try {
      await table.target.abandon();
    } catch (cause) {
      const { message } = toDraculaError(cause);
      this.#options.onEvent({
        type: 'notice',
        level: 'warning',
        dataset: table.plan.dataset,
        message: `What was written could not be removed: ${message} A later run clears it.`,
      });
    }
    table.settle('failed');
    this.#options.onEvent({ type: 'table-failed', dataset: table.plan.dataset, table: table.report() });
  }

  #checkDone(): void {
    if (this.#options.tables.every((table) => table.isSettled)) this.#settle();
  }

  // Letting go.

  /** The workers let go of what they have of the table; then this happens. */
  drop(table: TableCopy, then: () => void): void {
    const waiting = new Set(this.#options.holdersOf(table));
    table.state = 'dropping';
    this.#drops.set(table, { waiting, then });
    for (const reader of waiting) reader.drop(table);
    this.#checkDropped(table);
  }

  /** This worker let go of it. */
  dropped(table: TableCopy, reader: Reader): void {
    this.#drops.get(table)?.waiting.delete(reader);
    this.#checkDropped(table);
  }

  /** These workers are gone, and with them what they had of any table. */
  lost(readers: Iterable<Reader>): void {
    for (const reader of readers) for (const { waiting } of this.#drops.values()) waiting.delete(reader);
    for (const table of [...this.#drops.keys()]) this.#checkDropped(table);
  }

  #checkDropped(table: TableCopy): void {
    const drop = this.#drops.get(table);
    if (drop === undefined || drop.waiting.size > 0) return;
    this.#drops.delete(table);
    drop.then();
  }
}
