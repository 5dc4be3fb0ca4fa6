/** What a chunk reader makes of a transaction that ends at its last question. The connection is a stand-in: no server can be made to end it there. */
import { expect, test } from 'vitest';
import type { Chunk, TablePlan } from '../../../src/core/copy-plan.ts';
import { DraculaError } from '../../../src/errors.ts';
import { ChunkReader, type ChunkReaderOptions } from '../../../src/pipeline/chunk-reader.ts';
import type { FromWorker, TableJob } from '../../../src/pipeline/worker-protocol.ts';

const name = { namespace: 'public', name: 't' };
const column = { typeOid: 23, typmod: -1, pgType: 'integer', readAs: 'binary', wire: { form: 'int4' } } as const;
const plan: TablePlan = {
  dataset: 't',
  table: name,
  kind: 'table',
  schema: { columns: [{ name: 'id', fieldId: 1, type: { kind: 'int32' }, source: column }] },
  relations: [{ oid: 16_400, name, relkind: 'r', hasCtid: true, blocks: 0, estimatedRows: 0, bytes: 0, expected: [] }],
  chunks: [],
  estimatedRows: 0,
  sourceBytes: 0,
  mutableTypeOids: [16_500],
  textColumns: [],
  notices: [],
};
const chunk: Chunk = { id: 1, relation: 0, range: { kind: 'relation' }, estimatedRows: 0, estimatedBytes: 0 };

test('a read whose last check was cut short is no finished read: it goes on, and is checked again', async () => {
  const asked: string[] = [];
  const posted: FromWorker[] = [];
  const connection = {
    bytesRead: 0,
    async read() {
      asked.push('read');
      return { rows: 0, finished: true };
    },
    async query() {
      asked.push('check');
      if (asked.length === 2) throw new DraculaError('E_RECOVERY_CONFLICT', 'The standby replayed something.');
      return [{ changes: null }];
    },
    async end(how: string) {
      asked.push(how);
    },
  };
  const reader = new ChunkReader({
    job: { jobId: 1, plan, snapshotId: '00000003-00000002-1' } as TableJob,
    chunk,
    writer: { append() {}, beforeLargeRow() {}, afterLargeRow() {} },
    connection: {
      kernels: null,
      open: async () => connection,
      stop() {},
      rollBack: async () => asked.push('rollBack'),
    },
    settings: {
      ...{ sliceBytes: 1_000, maxRowBytes: 1_000_000, slicesInFlight: 1, pauseMs: 0, busyMs: 0 },
      ...{
        statementTimeoutMs: 1_000,
        lockTimeoutMs: 1_000,
        server: { settings: [], encoding: 'UTF8' },
      },
      connection: { host: '127.0.0.1', port: 5432, database: 'shop', user: 'app' },
    },
    post: (message: FromWorker) => void posted.push(message),
  } as unknown as ChunkReaderOptions);
  await reader.readToEnd();
  expect(asked).toEqual(['read', 'check', 'rollBack', 'read', 'check', 'COMMIT']);
  expect(posted.filter(({ type }) => type === 'chunk-done')).toHaveLength(1);
});
