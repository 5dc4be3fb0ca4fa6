/**
 * The ledger against a model of what workers do: each reads chunk after chunk, each row into its open part, which it closes when it
 * likes, in the middle of a chunk too. Whatever fails when, the rows of the accepted parts are one reading of every chunk.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../../src/core/copy-plan.ts';
import { ChunkLedger, type LedgerPart } from '../../../src/pipeline/chunk-ledger.ts';
import { check, titled } from '../../support/property.ts';

function chunks(count: number): Chunk[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    relation: 0,
    range: { kind: 'relation' },
    estimatedRows: 1,
    estimatedBytes: 10 + id,
  }));
}

/** Row n of a chunk, as its reading with this number gave it. */
interface ReadRow {
  readonly chunk: number;
  readonly reading: number;
  readonly n: number;
}

interface RowsPart extends LedgerPart {
  readonly content: readonly ReadRow[];
}

const ROWS_OF_A_CHUNK = 3;

class Worker {
  readonly #ledger: ChunkLedger<RowsPart>;
  readonly #readings: Map<number, number>;
  readonly #name: number;
  #open: ReadRow[] = [];
  #chunk: Chunk | undefined;
  #next = 0;
  #parts = 0;

  constructor(ledger: ChunkLedger<RowsPart>, readings: Map<number, number>, name: number) {
    this.#ledger = ledger;
    this.#readings = readings;
    this.#name = name;
  }

  get isBusy(): boolean {
    return this.#chunk !== undefined;
  }

  /** Takes a chunk, or reads the next row of the one it has, or finishes that. */
  step(): void {
    if (this.#chunk === undefined) {
      this.#chunk = this.#ledger.take();
      this.#next = 0;
      if (this.#chunk !== undefined) this.#readings.set(this.#chunk.id, (this.#readings.get(this.#chunk.id) ?? 0) + 1);
    } else if (this.#next < ROWS_OF_A_CHUNK) {
      const { id } = this.#chunk;
      this.#open.push({ chunk: id, reading: this.#readings.get(id)!, n: this.#next++ });
    } else {
      this.#ledger.finish(this.#chunk.id, ROWS_OF_A_CHUNK);
      this.#chunk = undefined;
    }
  }

  closePart(): void {
    if (this.#open.length === 0) return;
    this.#ledger.addPart({
      id: `${this.#name}-${this.#parts++}`,
      rows: this.#open.length,
      bytes: 1,
      chunkIds: chunkIdsOf(this.#open),
      content: this.#open,
    });
    this.#open = [];
  }

  fail(): void {
    if (this.#chunk === undefined) return;
    const { id } = this.#chunk;
    this.#chunk = undefined;
    const open = chunkIdsOf(this.#open);
    this.#open = [];
    this.#ledger.fail(id, open);
  }
}

function chunkIdsOf(rows: readonly ReadRow[]): number[] {
  return [...new Set(rows.map(({ chunk }) => chunk))];
}

describe(titled('one reading of every chunk'), () => {
  it('is what the parts hold in the end, whatever failed and in whatever order', () => {
    const act = fc.oneof(
      { weight: 8, arbitrary: fc.constant('step' as const) },
      { weight: 2, arbitrary: fc.constant('closePart' as const) },
      { weight: 1, arbitrary: fc.constant('fail' as const) },
    );
    const cases = fc.record({
      chunkCount: fc.integer({ min: 1, max: 8 }),
      workerCount: fc.integer({ min: 1, max: 3 }),
      acts: fc.array(fc.tuple(fc.nat(2), act), { maxLength: 200 }),
    });
    check(
      cases,
      ({ chunkCount, workerCount, acts }) => {
        const ledger = new ChunkLedger<RowsPart>(chunks(chunkCount));
        const readings = new Map<number, number>();
        const workers = Array.from({ length: workerCount }, (_, name) => new Worker(ledger, readings, name));
        for (const [w, what] of acts) workers[w % workerCount]![what]();
        while (!ledger.chunksDone) for (const worker of workers) worker.step();
        for (const worker of workers) worker.closePart();

        const held = ledger.parts.flatMap(({ content }) => content);
        const expected = chunks(chunkCount).flatMap(({ id }) =>
          Array.from({ length: ROWS_OF_A_CHUNK }, (_, n) => ({ chunk: id, reading: readings.get(id)!, n })),
        );
        const key = ({ chunk, reading, n }: ReadRow) => `${chunk} ${reading} ${n}`;
        expect(held.map(key).sort()).toEqual(expected.map(key).sort());
        expect(ledger.rows).toBe(chunkCount * ROWS_OF_A_CHUNK);
        expect(ledger.pending).toBe(0);
        expect(ledger.bytesLeft).toBe(0);
      },
      1_000,
    );
  });
});

describe('a chunk that fails', () => {
  const part = (id: string, ...chunkIds: number[]): LedgerPart => ({ id, rows: 1, bytes: 1, chunkIds });

  it('takes every part along that shares a chunk with one that goes, and no other', () => {
    const ledger = new ChunkLedger(chunks(6));
    for (let i = 0; i < 6; i++) ledger.take();
    for (const id of [0, 1, 2, 4]) ledger.finish(id, 10);
    const parts = [part('a', 0, 1), part('b', 1, 2), part('c', 2, 3), part('other', 4)];
    for (const each of parts) ledger.addPart(each);
    expect(
      ledger
        .fail(3, [])
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'c']);
    expect(ledger.parts.map(({ id }) => id)).toEqual(['other']);
    expect(ledger.rows).toBe(10);
    expect([0, 1, 2, 3].map(() => ledger.take()?.id)).toEqual([0, 1, 2, 3]);
    expect(ledger.take()).toBeUndefined();
    expect(ledger.chunksDone).toBe(false);
  });

  it('sends the chunks of the open part back to be read again, in the order of the plan', () => {
    const ledger = new ChunkLedger(chunks(4));
    const [first, second] = [ledger.take()!, ledger.take()!];
    ledger.finish(first.id, 10);
    expect(ledger.bytesLeft).toBe(11 + 12 + 13);
    expect(ledger.fail(second.id, [first.id, second.id])).toEqual([]);
    expect(ledger.bytesLeft).toBe(10 + 11 + 12 + 13);
    expect(ledger.pending).toBe(4);
    expect([1, 2, 3, 4].map(() => ledger.take()?.id)).toEqual([0, 1, 2, 3]);
  });
});
