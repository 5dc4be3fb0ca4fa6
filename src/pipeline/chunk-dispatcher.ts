/**
 * Hands chunks to workers that are free. A worker stays with its tables while those have chunks; large tables come first. A table
 * begins with its first chunk, unless it is not to be read any more by then; while it rests, none of its chunks is handed out.
 */
import type { RunEventListener } from '../core/run-event.ts';
import type { Reader } from './reader.ts';
import type { TableCopy } from './table-copy.ts';
import type { TableJob } from './worker-protocol.ts';

export interface ChunkDispatcherOptions {
  /** Largest first. */
  readonly tables: readonly TableCopy[];
  readonly readers: ReadonlyMap<number, Reader>;
  /** What the workers need to know of a table, for its job id of now. */
  readonly describeJob: (table: TableCopy) => TableJob;
  /** Throws when the table should not be started any more. */
  readonly admit: (table: TableCopy) => void;
  readonly fail: (table: TableCopy, error: unknown) => void;
  readonly onEvent: RunEventListener;
}

export class ChunkDispatcher {
  readonly #options: ChunkDispatcherOptions;
  /** Of tables that rest. */
  readonly #rests = new Set<NodeJS.Timeout>();

  constructor(options: ChunkDispatcherOptions) {
    this.#options = options;
  }

  assignAll(): void {
    for (const reader of this.#options.readers.values()) this.assign(reader);
  }

  assign(reader: Reader): void {
    if (!reader.isFree) return;
    let table = this.#next(reader);
    // Not by recursion: a run that has become too old passes over every table that is left.
    while (table?.state === 'waiting' && !this.#start(table)) table = this.#next(reader);
    if (table === undefined) return;
    const chunk = table.ledger.take();
    if (chunk !== undefined) reader.read(table, chunk, this.#options.describeJob);
  }

  /** Nothing of the table is handed out for so long: what ended one read would end the next one too. */
  rest(table: TableCopy, delayMs: number): void {
    if (delayMs === 0) {
      this.assignAll();
      return;
    }
    table.resting++;
    const timer = setTimeout(() => {
      this.#rests.delete(timer);
      table.resting--;
      this.assignAll();
    }, delayMs);
    this.#rests.add(timer);
  }

  /** Every table has ended: a rest that is not over would only keep the process alive. */
  close(): void {
    for (const timer of this.#rests) clearTimeout(timer);
    this.#rests.clear();
  }

  #next(reader: Reader): TableCopy | undefined {
    const hasWork = (table: TableCopy) =>
      (table.state === 'reading' || table.state === 'waiting') && table.resting === 0 && table.ledger.pending > 0;
    return [...reader.openTables].find(hasWork) ?? this.#options.tables.find(hasWork);
  }

  #start(table: TableCopy): boolean {
    const { admit, fail, onEvent } = this.#options;
    const { lost } = table.target;
    try {
      lost?.throwIfAborted();
      admit(table);
    } catch (error) {
      fail(table, error);
      return false;
    }
    table.start();
    const { dataset, estimatedRows, sourceBytes } = table.plan;
    onEvent({ type: 'table-started', dataset, estimatedRows, sourceBytes });
    lost?.addEventListener('abort', () => fail(table, lost.reason), { once: true });
    return true;
  }
}
