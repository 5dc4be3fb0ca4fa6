/** Plans, table reports and run reports for tests of what is made of them: complete, small, with figures that show in the output. */
import type { CopyPlan, TablePlan } from '../../src/core/copy-plan.ts';
import type { LogicalType } from '../../src/core/logical-type.ts';
import type { CopyReport, TableReport } from '../../src/core/run-event.ts';
import type { Column } from '../../src/core/table-schema.ts';

export function sampleColumn(name: string, pgType: string, type: LogicalType, fieldId = 1): Column {
  return { name, type, fieldId, source: { pgType, typeOid: 25, typmod: -1, readAs: 'binary', wire: { form: 'text' } } };
}

export function sampleTablePlan(overrides: Partial<TablePlan> = {}): TablePlan {
  const name = overrides.table ?? { namespace: 'public', name: 'orders' };
  return {
    dataset: 'orders',
    table: name,
    kind: 'table',
    schema: { columns: [sampleColumn('id', 'bigint', { kind: 'int64' })] },
    relations: [
      {
        oid: 16_400,
        name,
        relkind: 'r',
        hasCtid: true,
        blocks: 100,
        estimatedRows: 1_000_000,
        bytes: 123_400_000,
        expected: [],
      },
    ],
    chunks: [0, 1].map((id) => ({
      id,
      relation: 0,
      range: { kind: 'ctid', fromBlock: id * 50, toBlock: id === 0 ? 50 : null },
      estimatedRows: 500_000,
      estimatedBytes: 61_700_000,
    })),
    estimatedRows: 1_000_000,
    sourceBytes: 123_400_000,
    textColumns: [],
    notices: [],
    ...overrides,
  };
}

export function samplePlan(overrides: Partial<CopyPlan> = {}): CopyPlan {
  return { serverVersion: '18.4', serverVersionNum: 180_004, tables: [sampleTablePlan()], refused: [], ...overrides };
}

export function sampleTableReport(overrides: Partial<TableReport> = {}): TableReport {
  return {
    dataset: 'orders',
    table: 'public.orders',
    status: 'copied',
    rows: 1_000_000,
    sourceBytes: 123_400_000,
    wireBytes: 98_000_000,
    parquetBytes: 34_500_000,
    parts: 2,
    seconds: 8.2,
    version: 3,
    textColumns: [],
    awkward: [],
    quarantine: null,
    chunksRetried: 0,
    error: null,
    ...overrides,
  };
}

export function sampleReport(overrides: Partial<CopyReport> = {}): CopyReport {
  return {
    format: 1,
    runId: '20261122T101112-abcdef',
    target: './lake/',
    server: 'PostgreSQL 18.4',
    consistency: 'run',
    tables: [sampleTableReport()],
    rows: 1_000_000,
    wireBytes: 98_000_000,
    parquetBytes: 34_500_000,
    seconds: 8.5,
    cpuSeconds: 7.9,
    peakRssBytes: 187_600_000,
    source: {
      connections: 4,
      bytesSent: 98_000_000,
      snapshotSeconds: 8.4,
      blocksHit: 14_000,
      blocksRead: 1_063,
      yields: 1,
    },
    exitCode: 0,
    ...overrides,
  };
}
