import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RelationRead } from '../../../src/core/copy-plan.ts';
import { isDraculaError } from '../../../src/errors.ts';
import { type ChunkOptions, planChunks } from '../../../src/extract/plan-chunks.ts';

const MB = 1 << 20;
const OPTIONS: ChunkOptions = { serverVersionNum: 180004, connections: 2, firstId: 0 };

function relation(blocks: number, facts: Partial<RelationRead> = {}): RelationRead {
  return {
    oid: 20000,
    name: { namespace: 'public', name: 'orders' },
    relkind: 'r',
    hasCtid: true,
    blocks,
    estimatedRows: blocks * 100,
    bytes: blocks * 8192,
    expected: [],
    ...facts,
  };
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (e) {
    if (isDraculaError(e)) return e.code;
    throw e;
  }
  return 'nothing thrown';
}

it('covers every block once, without a gap or an overlap, and leaves the last range open', () => {
  const sizes = fc.record({
    blocks: fc.integer({ min: 0, max: 2_000_000 }),
    toastBytes: fc.integer({ min: 0, max: 1 << 30 }),
    connections: fc.integer({ min: 1, max: 64 }),
    chunkBytes: fc.integer({ min: 1, max: 1 << 30 }),
    chunkBy: fc.constantFrom('ctid' as const, undefined),
  });
  fc.assert(
    fc.property(sizes, ({ blocks, toastBytes, connections, chunkBytes, chunkBy }) => {
      fc.pre(blocks * 8192 + toastBytes < chunkBytes * 50_000);
      const read = relation(blocks, { bytes: blocks * 8192 + toastBytes });
      const options = { ...OPTIONS, connections, chunkBytes, ...(chunkBy === undefined ? {} : { chunkBy }) };
      const chunks = planChunks([read], options);
      let next = 0;
      for (const [i, chunk] of chunks.entries()) {
        if (chunk.range.kind === 'relation') {
          expect(chunks).toHaveLength(1);
          return;
        }
        if (chunk.range.kind !== 'ctid') throw new Error(chunk.range.kind);
        expect(chunk.range.fromBlock).toBe(next);
        const isLast = i === chunks.length - 1;
        if (isLast) expect(chunk.range.toBlock).toBeNull();
        else expect(chunk.range.toBlock).toBeGreaterThan(next);
        next = chunk.range.toBlock ?? next;
      }
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.estimatedBytes, 0);
      expect(Math.abs(bytes - read.bytes)).toBeLessThanOrEqual(chunks.length);
    }),
  );
});

it('aims at 48 MB a chunk, TOAST counted, and at less where the connections would run out of work', () => {
  const blocksOf = (bytes: number) => bytes / 8192;
  expect(planChunks([relation(blocksOf(4800 * MB))], OPTIONS)).toHaveLength(100);
  expect(planChunks([relation(100, { bytes: 4800 * MB })], OPTIONS)).toHaveLength(100);
  expect(planChunks([relation(blocksOf(128 * MB))], OPTIONS)).toHaveLength(8); // 4 for each connection
  expect(planChunks([relation(blocksOf(32 * MB))], { ...OPTIONS, connections: 8 })).toHaveLength(4); // 8 MB each
  expect(planChunks([relation(50, { bytes: 4800 * MB })], OPTIONS)).toHaveLength(50); // never less than a block
});

it('reads small relations whole, large ones first, and numbers the chunks from the id that it is given', () => {
  const small = relation(10);
  const large = relation(20_000);
  const chunks = planChunks([small, large, relation(0)], { ...OPTIONS, firstId: 7 });
  expect(chunks.map((chunk) => chunk.id)).toEqual(chunks.map((_, i) => i + 7));
  expect(chunks.map((chunk) => chunk.relation).slice(-3)).toEqual([1, 0, 2]);
  expect(chunks.slice(-2).map((chunk) => chunk.range.kind)).toEqual(['relation', 'relation']);
  expect(chunks[0]!.range).toEqual({ kind: 'ctid', fromBlock: 0, toBlock: 20_000 / 8 });
});

it.each([
  ['a server before 14', relation(20_000), { serverVersionNum: 130010 }],
  ['a relation without ctid', relation(20_000, { hasCtid: false }), {}],
  ['a where that an index serves', relation(20_000), { whereIsIndexed: true }],
  ['--chunk-by relation', relation(20_000), { chunkBy: 'relation' as const }],
])('makes one chunk of %s', (_, read, options) => {
  expect(planChunks([read], { ...OPTIONS, ...options }).map((chunk) => chunk.range)).toEqual([{ kind: 'relation' }]);
});

it('cuts by ctid on demand, small relations and indexed conditions too, or says why not', () => {
  const forced = { ...OPTIONS, chunkBy: 'ctid' as const };
  expect(planChunks([relation(3)], { ...forced, whereIsIndexed: true })[0]!.range).toEqual({
    kind: 'ctid',
    fromBlock: 0,
    toBlock: null,
  });
  expect(codeOf(() => planChunks([relation(3)], { ...forced, serverVersionNum: 130010 }))).toBe('E_CHUNK_BY');
  expect(codeOf(() => planChunks([relation(3, { hasCtid: false })], forced))).toBe('E_CHUNK_BY');
});

it('cuts by key between the bounds, the first and the last range open', () => {
  const values = ['10', '20', '30'];
  const keyBounds = new Map([[20000, { column: 'id', values }]]);
  const keys = planChunks([relation(200_000)], { ...OPTIONS, chunkBy: 'key', keyBounds }).map((chunk) => chunk.range);
  const range = (from: string | null, to: string | null) => ({ kind: 'key', column: 'id', from, to, nulls: false });
  expect(keys).toEqual([range(null, '10'), range('10', '20'), range('20', '30'), range('30', null)]);
});

it('takes as many key bounds as chunks are wanted, evenly', () => {
  const values = Array.from({ length: 101 }, (_, i) => String(i * 10));
  const keyBounds = new Map([[20000, { column: 'id', values }]]);
  const options = { ...OPTIONS, chunkBy: 'key' as const, keyBounds };
  const chunks = planChunks([relation((400 * MB) / 8192)], options);
  expect(chunks).toHaveLength(8);
  const froms = chunks.map((chunk) => (chunk.range.kind === 'key' ? Number(chunk.range.from) : Number.NaN));
  expect(froms).toEqual([0, 120, 250, 370, 500, 630, 750, 880]);
  expect(planChunks([relation(10)], options).map((chunk) => chunk.range)).toEqual([{ kind: 'relation' }]);
});

it('reads a small relation without a key whole, and refuses a large one, under --chunk-by key', () => {
  const options = { ...OPTIONS, chunkBy: 'key' as const, keyBounds: new Map() };
  expect(planChunks([relation(10)], options).map((chunk) => chunk.range)).toEqual([{ kind: 'relation' }]);
  expect(codeOf(() => planChunks([relation(200_000)], options))).toBe('E_CHUNK_BY');
});
