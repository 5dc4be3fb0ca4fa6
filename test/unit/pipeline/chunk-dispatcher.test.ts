import { expect, it } from 'vitest';
import type { TablePlan } from '../../../src/core/copy-plan.ts';
import { ChunkDispatcher } from '../../../src/pipeline/chunk-dispatcher.ts';
import { Reader } from '../../../src/pipeline/reader.ts';
import { TableCopy } from '../../../src/pipeline/table-copy.ts';
import type { TableTarget } from '../../../src/pipeline/target.ts';

/** What the dispatcher asks of a plan and a target. */
function tableOf(jobId: number): TableCopy {
  const chunk = { id: jobId, relation: 0, range: { kind: 'relation' }, estimatedRows: 1, estimatedBytes: 1 };
  return new TableCopy({ chunks: [chunk] } as unknown as TablePlan, { lost: null } as unknown as TableTarget, jobId);
}

it('any number of tables that are not to be started any more are passed over', () => {
  const tables = Array.from({ length: 20_000 }, (_, i) => tableOf(i));
  const reader = new Reader({ id: 0, send: () => undefined, end: async () => undefined });
  const dispatcher = new ChunkDispatcher({
    tables,
    readers: new Map([[0, reader]]),
    describeJob: () => expect.fail('no table is read'),
    admit: () => {
      throw new Error('too late');
    },
    fail: (table) => table.settle('failed'),
    onEvent: () => undefined,
  });
  dispatcher.assignAll();
  expect(tables.filter(({ state }) => state !== 'failed')).toEqual([]);
  expect(reader.isFree).toBe(true);
});
