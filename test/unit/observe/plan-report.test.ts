import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import type { Column, ReadAs } from '../../../src/core/table-schema.ts';
import { DraculaError, ERROR_CODES, serializeError } from '../../../src/errors.ts';
import { renderPlan } from '../../../src/observe/plan-report.ts';
import { sampleColumn, samplePlan, sampleTablePlan } from '../../support/run-samples.ts';

function asText(name: string, pgType: string, type: LogicalType, readAs: ReadAs): Column {
  const column = sampleColumn(name, pgType, type);
  return { ...column, source: { ...column.source, readAs } };
}

describe('plan report', () => {
  it('says of each table what is expected and what each column becomes', () => {
    const columns = [
      sampleColumn('id', 'bigint', { kind: 'int64' }),
      sampleColumn('total', 'numeric(15,2)', { kind: 'decimal', precision: 15, scale: 2 }),
      sampleColumn('exact', 'numeric(38,9)', { kind: 'decimal', precision: 38, scale: 9 }),
      sampleColumn('at', 'timestamp with time zone', { kind: 'timestamp', utc: true }),
      sampleColumn('tags', 'text[]', { kind: 'list', element: { kind: 'text' } }),
      asText('shape', 'box', { kind: 'text' }, 'text'),
      asText('shapes', 'box[]', { kind: 'list', element: { kind: 'text' } }, 'text[]'),
    ];
    const orders = sampleTablePlan({
      schema: { columns },
      textColumns: ['shape', 'shapes'],
      where: 'total > 0',
      notices: ['never vacuumed'],
    });
    expect(renderPlan(samplePlan({ tables: [orders] }))).toBe(`\
1 table, about 1,000,000 rows, 123.4 MB in 2 chunks (PostgreSQL 18.4)

orders: table public.orders, about 1,000,000 rows, 123.4 MB in 2 chunks
  column  in Postgres               type                         in Parquet
  id      bigint                    int64                        INT64
  total   numeric(15,2)             decimal(15,2)                DECIMAL(15,2) on INT64
  exact   numeric(38,9)             decimal(38,9)                DECIMAL(38,9) on 16 bytes
  at      timestamp with time zone  timestamp(utc)               TIMESTAMP(MICROS, UTC)
  tags    text[]                    list<text>                   LIST<STRING>
  shape   box                       text (read as text)          STRING
  shapes  box[]                     list<text> (read as text[])  LIST<STRING>
  where: total > 0
  note: never vacuumed

Nothing was read and nothing was written.
`);
  });

  it('counts the leaves of a partitioned table and names a query as one', () => {
    const leaf = sampleTablePlan().relations[0]!;
    const events = sampleTablePlan({
      dataset: 'events',
      table: { namespace: 'App', name: 'events' },
      kind: 'partitioned',
      relations: [leaf, leaf],
    });
    const query = sampleTablePlan({
      dataset: 'top',
      kind: 'query',
      table: { namespace: '', name: 'top' },
      query: 'select 1',
      schema: { columns: [] },
    });
    const text = renderPlan(samplePlan({ tables: [events, query] }));
    expect(text).toContain(
      'events: partitioned table "App".events, about 1,000,000 rows, 123.4 MB in 2 chunks of 2 relations\n',
    );
    expect(text).toContain('top: query, about 1,000,000 rows, 123.4 MB in 2 chunks\n  (no columns)\n');
  });

  it('lists what is refused, with the way out', () => {
    const error = serializeError(new DraculaError('E_PERMISSION', 'no right to read', { table: 'public.secret' }));
    const refused = [{ dataset: 'secret', table: { namespace: 'public', name: 'secret' }, error }];
    expect(renderPlan(samplePlan({ tables: [], refused }))).toBe(`\
0 tables, about 0 rows, 0 B in 0 chunks, 1 table refused (PostgreSQL 18.4)

secret: refused
  error[E_PERMISSION]: no right to read
    at: table public.secret
    try: ${ERROR_CODES.E_PERMISSION.hint.replace('`exclude`', '`--exclude`')}

Nothing was read and nothing was written.
`);
  });
});
