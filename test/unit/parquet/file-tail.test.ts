import { describe, expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { columnRefusal } from '../../../src/parquet/schema-node.ts';
import { batchesOf, schemaOf } from '../../support/parquet/batch-of.ts';
import { KINDS } from '../../support/parquet/kinds.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import { metadataOf, useDuckDB } from '../../support/parquet/read-back.ts';

const duckdb = useDuckDB();

function elementOf(type: LogicalType) {
  const [, element] = metadataOf(writeParquet(schemaOf({ c: type }), []).file).schema;
  const { name, field_id, repetition_type, ...rest } = element!;
  expect({ name, field_id, repetition_type }).toEqual({ name: 'c', field_id: 1, repetition_type: 'OPTIONAL' });
  return rest;
}

const decimal = (precision: number, scale: number) => ({
  converted_type: 'DECIMAL',
  precision,
  scale,
  logical_type: { type: 'DECIMAL', precision, scale },
});
const string = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
const timestamp = (utc: boolean) => ({
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: utc, unit: 'MICROS' },
});

describe('the schema', () => {
  it.each([
    ['bool', KINDS.bool.type, { type: 'BOOLEAN' }],
    ['int16', KINDS.int16.type, { type: 'INT32' }],
    ['int32', KINDS.int32.type, { type: 'INT32' }],
    ['int64', KINDS.int64.type, { type: 'INT64' }],
    ['uint32', KINDS.uint32.type, { type: 'INT64' }],
    ['float32', KINDS.float32.type, { type: 'FLOAT' }],
    ['float64', KINDS.float64.type, { type: 'DOUBLE' }],
    ['decimal(9,2)', { kind: 'decimal', precision: 9, scale: 2 }, { type: 'INT32', ...decimal(9, 2) }],
    ['decimal(10,2)', { kind: 'decimal', precision: 10, scale: 2 }, { type: 'INT64', ...decimal(10, 2) }],
    ['decimal(18,0)', { kind: 'decimal', precision: 18, scale: 0 }, { type: 'INT64', ...decimal(18, 0) }],
    [
      'decimal(19,2)',
      { kind: 'decimal', precision: 19, scale: 2 },
      { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 9, ...decimal(19, 2) },
    ],
    [
      'decimal(38,18)',
      { kind: 'decimal', precision: 38, scale: 18 },
      { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, ...decimal(38, 18) },
    ],
    ['text', KINDS.text.type, string],
    ['bytes', KINDS.bytes.type, { type: 'BYTE_ARRAY' }],
    ['geometry', KINDS.geometry.type, { type: 'BYTE_ARRAY' }],
    ['uuid', KINDS.uuid.type, string],
    ['json', KINDS.json.type, string],
    ['date', KINDS.date.type, { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }],
    ['time', KINDS.time.type, string],
    ['timestamp', KINDS.timestamp.type, timestamp(false)],
    ['timestamp(utc)', KINDS.timestampUtc.type, timestamp(true)],
  ] as const)('writes %s in the form that all readers read', (_, type, expected) => {
    expect(elementOf(type)).toEqual(expected);
  });

  it('writes a list in three levels, with the id of the column on the list and one above all columns on its element', () => {
    const { schema } = metadataOf(
      writeParquet(schemaOf({ a: { kind: 'bool' }, l: { kind: 'list', element: { kind: 'date' } } }), []).file,
    );
    expect(schema.slice(2)).toEqual([
      {
        name: 'l',
        repetition_type: 'OPTIONAL',
        num_children: 1,
        converted_type: 'LIST',
        field_id: 2,
        logical_type: { type: 'LIST' },
      },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      {
        name: 'element',
        repetition_type: 'OPTIONAL',
        field_id: 1_000_002,
        type: 'INT32',
        converted_type: 'DATE',
        logical_type: { type: 'DATE' },
      },
    ]);
  });
});

describe('the schema of nested columns', () => {
  const struct = (fields: Record<string, LogicalType>): LogicalType => ({
    kind: 'struct',
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  });
  const list = (element: LogicalType): LogicalType => ({ kind: 'list', element });
  const map = (value: LogicalType): LogicalType => ({ kind: 'map', value });
  const int: LogicalType = { kind: 'int32' };
  const elementsOf = (types: Record<string, LogicalType>) =>
    metadataOf(writeParquet(schemaOf(types), []).file).schema.slice(1);

  it('writes a struct as a group without annotation', () => {
    expect(elementsOf({ s: struct({ a: int, b: { kind: 'date' } }) })).toEqual([
      { name: 's', repetition_type: 'OPTIONAL', num_children: 2, field_id: 1 },
      { name: 'a', repetition_type: 'OPTIONAL', field_id: 1_000_001, type: 'INT32' },
      {
        name: 'b',
        repetition_type: 'OPTIONAL',
        field_id: 2_000_001,
        type: 'INT32',
        converted_type: 'DATE',
        logical_type: { type: 'DATE' },
      },
    ]);
  });

  it('writes a map as a repeated group of a required key and a value', () => {
    expect(elementsOf({ m: map(int) })).toEqual([
      {
        name: 'm',
        repetition_type: 'OPTIONAL',
        num_children: 1,
        converted_type: 'MAP',
        field_id: 1,
        logical_type: { type: 'MAP' },
      },
      { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
      { name: 'key', repetition_type: 'REQUIRED', field_id: 1_000_001, ...string },
      { name: 'value', repetition_type: 'OPTIONAL', field_id: 2_000_001, type: 'INT32' },
    ]);
  });

  it('numbers what is below a column depth first, and leaves the repeated groups out', () => {
    const c = struct({ a: list(struct({ b: int, c: map(list(int)) })), d: int });
    const ids = elementsOf({ before: int, c, after: list(list(int)) }).map(({ name, field_id }) => [name, field_id]);
    expect(ids).toEqual([
      ['before', 1],
      ['c', 2],
      ['a', 1_000_002],
      ['list', undefined],
      ['element', 2_000_002],
      ['b', 3_000_002],
      ['c', 4_000_002],
      ['key_value', undefined],
      ['key', 5_000_002],
      ['value', 6_000_002],
      ['list', undefined],
      ['element', 7_000_002],
      ['d', 8_000_002],
      ['after', 3],
      ['list', undefined],
      ['element', 1_000_003],
      ['list', undefined],
      ['element', 2_000_003],
    ]);
  });

  it('is what DuckDB reads as types, and its paths are those of the leaves', async () => {
    const c = struct({ a: list(struct({ b: int, c: map(list({ kind: 'text' })) })), '"d.e"': int });
    const schema = schemaOf({ c });
    const row = { a: [{ b: 1, c: new Map([['k', ['v']]]) }], '"d.e"': 2 };
    const { file } = writeParquet(schema, batchesOf(schema, [[row]], 1));
    expect(await duckdb.query(file, 'select typeof(c) from FILE')).toEqual([
      ['STRUCT(a STRUCT(b INTEGER, c MAP(VARCHAR, VARCHAR[]))[], """d.e""" INTEGER)'],
    ]);
    const paths = metadataOf(file).row_groups[0]!.columns.map((column) => column.meta_data!.path_in_schema.join('/'));
    expect(paths).toEqual([
      'c/a/list/element/b',
      'c/a/list/element/c/key_value/key',
      'c/a/list/element/c/key_value/value/list/element',
      'c/"d.e"',
    ]);
  });

  describe('refuses', () => {
    const wide = (fields: number) =>
      struct(Object.fromEntries(Array.from({ length: fields }, (_, i) => [`f${i}`, int])));
    const deep = (structs: number): LogicalType => (structs === 0 ? int : struct({ f: deep(structs - 1) }));

    it.each<[string, LogicalType, RegExp]>([
      ['more nodes than have an id', wide(2148), /it has 2148 fields and elements below it, only 2147 can be numbered/],
      ['more levels than are counted', deep(255), /it is nested 256 levels deep, only 255 can be written/],
      ['a struct without fields', list(struct({})), /a struct in it has no fields/],
    ])('%s', (_, type, message) => {
      const schema = schemaOf({ c: type });
      const refusal = expect.objectContaining({ code: 'E_UNSUPPORTED_TYPE', facts: { column: 'c' } });
      expect(() => writeParquet(schema, [])).toThrow(refusal);
      expect(() => writeParquet(schema, [])).toThrow(message);
      expect(columnRefusal(schema.columns[0]!)).toMatch(message);
    });

    it('nothing short of that', () => {
      for (const type of [wide(2147), deep(254)]) {
        const schema = schemaOf({ c: type });
        expect(columnRefusal(schema.columns[0]!)).toBeNull();
        expect(Math.max(...elementsOf({ c: type }).map(({ field_id }) => field_id!))).toBeLessThan(2 ** 31);
      }
      expect(columnRefusal({ type: wide(2147), fieldId: 483_647 })).toBeNull();
      expect(columnRefusal({ type: wide(2147), fieldId: 483_648 })).toMatch(
        /it has 2147 fields and elements below it, only 2146 can be numbered/,
      );
    });
  });
});

describe('the footer', () => {
  const schema = schemaOf({
    i: { kind: 'int32' },
    t: { kind: 'text' },
    l: { kind: 'list', element: { kind: 'text' } },
  });
  const rows = 100;
  const columns = [
    Array.from({ length: rows }, (_, i) => i * 100_003),
    Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? null : 'abc')),
    Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? [] : ['x', null])),
  ];
  const written = writeParquet(
    schema,
    batchesOf(schema, columns, 9),
    { rowGroupRows: 40, pageRows: 16 },
    { 'dracula.table': 'shop.orders', ü: 'ß' },
  );
  const { file } = written;
  const metadata = metadataOf(file);

  it('says who wrote the file, and what the caller has to say', () => {
    expect(metadata.version).toBe(2);
    expect(metadata.created_by).toBe('dracula-etl test');
    expect(metadata.key_value_metadata).toEqual([
      { key: 'dracula.table', value: 'shop.orders' },
      { key: 'ü', value: 'ß' },
    ]);
  });

  it('counts rows, values and nulls', () => {
    expect(metadata.num_rows).toBe(100n);
    expect(metadata.row_groups.map((group) => group.num_rows)).toEqual([40n, 40n, 20n]);
    const [i, t, l] = metadata.row_groups[0]!.columns.map((column) => column.meta_data!);
    expect([i!.num_values, t!.num_values, l!.num_values]).toEqual([40n, 40n, 60n]);
    expect([i!.statistics!.null_count, t!.statistics!.null_count, l!.statistics!.null_count]).toEqual([0n, 14n, 40n]);
  });

  it('names the encodings of each chunk and counts its pages', () => {
    const [i, t, l] = metadata.row_groups[0]!.columns.map((column) => column.meta_data!);
    expect(i).toMatchObject({ encodings: ['PLAIN', 'RLE'], path_in_schema: ['i'], codec: 'ZSTD' });
    expect(i!.dictionary_page_offset).toBeUndefined();
    expect(i!.encoding_stats).toEqual([{ page_type: 'DATA_PAGE', encoding: 'PLAIN', count: 3 }]);
    expect(t).toMatchObject({ encodings: ['PLAIN', 'RLE', 'RLE_DICTIONARY'] });
    expect(l).toMatchObject({ path_in_schema: ['l', 'list', 'element'] });
    expect(t!.encoding_stats).toEqual([
      { page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 },
      { page_type: 'DATA_PAGE', encoding: 'RLE_DICTIONARY', count: 3 },
    ]);
  });

  it('gives sizes and offsets that fill the file without a gap', () => {
    let offset = 4n;
    metadata.row_groups.forEach((group, ordinal) => {
      expect(group).toMatchObject({ file_offset: offset, ordinal });
      for (const { meta_data: chunk } of group.columns) {
        expect(chunk!.dictionary_page_offset ?? chunk!.data_page_offset).toBe(offset);
        offset += chunk!.total_compressed_size;
      }
      expect(group.total_compressed_size).toBe(
        group.columns.reduce((sum, c) => sum + c.meta_data!.total_compressed_size, 0n),
      );
      expect(group.total_byte_size).toBe(
        group.columns.reduce((sum, c) => sum + c.meta_data!.total_uncompressed_size, 0n),
      );
    });
    // All column indexes, all offset indexes, the footer.
    const indexes = [
      ...metadata.row_groups.flatMap((g) =>
        g.columns.map((c) => [c.column_index_offset!, c.column_index_length!] as const),
      ),
      ...metadata.row_groups.flatMap((g) =>
        g.columns.map((c) => [c.offset_index_offset!, c.offset_index_length!] as const),
      ),
    ];
    for (const [start, length] of indexes) {
      expect(start).toBe(offset);
      offset += BigInt(length);
    }
    expect(Number(offset) + metadata.metadata_length + 8).toBe(file.length);
    expect(written.bytes).toBe(file.length);
    expect(Buffer.from(file.subarray(-4)).toString()).toBe('PAR1');
  });

  it('gives uncompressed sizes that are the compressed ones where nothing is compressed', () => {
    const plain = writeParquet(schema, batchesOf(schema, columns, 9), { compression: 'none' });
    for (const chunk of plain.rowGroups[0]!.columns)
      expect(chunk.totalUncompressedSize).toBe(chunk.totalCompressedSize);
    const sizes = (groups: typeof plain.rowGroups) => groups[0]!.columns.map((chunk) => chunk.dataPages);
    expect(sizes(plain.rowGroups)).toEqual([1, 1, 1]);
  });

  it('says the same to DuckDB', async () => {
    const sql =
      'select path_in_schema, sum(num_values)::int, sum(stats_null_count)::int, min(stats_min_value), any_value(compression) from parquet_metadata(FILE) group by 1 order by 1';
    expect(await duckdb.query(file, sql)).toEqual([
      ['i', 100, 0, '0', 'ZSTD'],
      ['l, list, element', 150, 100, 'x', 'ZSTD'],
      ['t', 100, 34, 'abc', 'ZSTD'],
    ]);
    expect(
      await duckdb.query(file, 'select name, field_id from parquet_schema(FILE) where field_id is not null'),
    ).toEqual([
      ['i', '1'],
      ['t', '2'],
      ['l', '3'],
      ['element', '1000003'],
    ]);
  });
});

describe('a file', () => {
  it('of a table without columns has its rows', () => {
    const { file } = writeParquet(
      schemaOf({}),
      [
        { rows: 5, columns: [] },
        { rows: 4, columns: [] },
      ],
      { rowGroupRows: 6 },
    );
    const { num_rows, schema, row_groups } = metadataOf(file);
    expect([num_rows, row_groups.map((group) => group.num_rows)]).toEqual([9n, [6n, 3n]]);
    expect(schema).toEqual([{ name: 'schema', num_children: 0 }]);
  });

  it('of 1,600 columns is read', async () => {
    const types = Object.fromEntries(
      Array.from({ length: 1600 }, (_, i): [string, LogicalType] => [
        `c${i}`,
        { kind: i % 2 === 0 ? 'text' : 'int32' },
      ]),
    );
    const schema = schemaOf(types);
    const columns = schema.columns.map((column, i) => (column.type.kind === 'text' ? [`v${i}`, null] : [i, null]));
    const { file } = writeParquet(schema, batchesOf(schema, columns, 2));
    expect(await duckdb.query(file, 'select c0, c1, c1598, c1599 from FILE')).toEqual([
      ['v0', 1, 'v1598', 1599],
      [null, null, null, null],
    ]);
  });
});
