/**
 * What pyarrow reads in nested columns: random types of up to four levels with random values, against the values themselves; the
 * types and field ids; filters below structs. No server is needed: the files come from the writer alone.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogicalType, LogicalTypeOf } from '../../src/core/logical-type.ts';
import type { LeafType } from '../../src/parquet/parquet-type.ts';
import { batchesOf, type StructValue, schemaOf, type Value } from '../support/parquet/batch-of.ts';
import { decimalText, KINDS, type SampleName } from '../support/parquet/kinds.ts';
import { writeParquet } from '../support/parquet/memory-file.ts';
import {
  anySample,
  leafSample,
  listSample,
  mapSample,
  rowsOf,
  structSample,
} from '../support/parquet/nested-samples.ts';
import { ask } from './ask-pyarrow.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dracula-test-nested-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a file whose column `c` has this type; row groups of 3 rows and pages of 2 where `tiny`. */
async function write(name: string, type: LogicalType, rows: readonly Value[], tiny: boolean): Promise<string> {
  const schema = schemaOf({ c: type });
  const options = tiny ? { rowGroupRows: 3, pageRows: 2, pageBytes: 20 } : {};
  const path = join(folder, `${name}.parquet`);
  await writeFile(path, writeParquet(schema, batchesOf(schema, [rows], 4), options).file);
  return path;
}

test('every value of any type of up to four levels is what was written', async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
  console.log(`pyarrow, nested: FUZZ_SEED=${seed}`);
  const kinds = Object.keys(KINDS) as SampleName[];
  const cases = anySample(4, kinds).chain(({ type, ...sample }) =>
    fc.record({ type: fc.constant(type), rows: rowsOf({ type, ...sample }), tiny: fc.boolean() }),
  );
  const drawn = fc.sample(cases, { seed, numRuns: 150 });
  const files: string[] = [];
  for (const [i, { type, rows, tiny }] of drawn.entries()) files.push(await write(`${i}`, type, rows, tiny));
  const read = await ask<{ files: unknown[][] }>({ do: 'nested', files });
  expect(read.files.length).toBe(drawn.length);
  for (const [i, { type, rows }] of drawn.entries())
    expect(read.files[i], JSON.stringify(type)).toEqual(rows.map((value) => cell(type, value)));
});

test('a row of 100,000 elements is read', async () => {
  const rows = [Array.from({ length: 100_000 }, (_, i) => ({ a: i, m: new Map([['k', i]]) })), null, []];
  const { type } = listSample(structSample({ a: leafSample('int32'), m: mapSample(leafSample('int32')) }));
  const read = await ask<{ files: unknown[][] }>({ do: 'nested', files: [await write('long', type, rows, true)] });
  const expected = JSON.stringify(rows.map((value) => cell(type, value)));
  expect(JSON.stringify(read.files[0]) === expected, 'all values are equal').toBe(true);
});

test('the schema is read as the types and field ids that were meant', async () => {
  const int = leafSample('int32');
  const { type } = structSample({
    a: listSample(structSample({ b: int, c: mapSample(listSample(leafSample('text'))) })),
    d: leafSample('geometry'),
  });
  const answer = await ask<{ types: string[]; ids: object[] }>({
    do: 'fields',
    files: [await write('s', type, [], false)],
  });
  expect(answer.types).toEqual(['struct<a: list<struct<b: int32, c: map<string, list<string>>>>, d: binary>']);
  expect(answer.ids).toEqual([
    {
      c: 1,
      'c.a': 1_000_001,
      'c.a.element': 2_000_001,
      'c.a.element.b': 3_000_001,
      'c.a.element.c': 4_000_001,
      'c.a.element.c.key': 5_000_001,
      'c.a.element.c.value': 6_000_001,
      'c.a.element.c.value.element': 7_000_001,
      'c.d': 8_000_001,
    },
  ]);
});

test('a filter on a field of a struct in a struct finds what a full scan finds', async () => {
  const { type } = structSample({ s: structSample({ a: leafSample('int32') }) });
  const rows = Array.from({ length: 40 }, (_, i): Value => {
    if (i % 7 === 0) return null;
    return { s: i % 5 === 0 ? null : { a: i % 3 === 0 ? null : (i * 37) % 50 } };
  });
  const files = [await write('filtered', type, rows, true)];
  const { compared, wrong } = await ask<{ compared: number; wrong: string[] }>({
    do: 'nested filters',
    files,
    path: ['c', 's', 'a'],
  });
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(100);
});

/** A value as the reader answers it. */
function cell(type: LogicalType, value: Value): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'list':
      return (value as readonly Value[]).map((element) => cell(type.element, element));
    case 'map':
      return [...(value as ReadonlyMap<string, Value>)].map(([key, item]) => [key, cell(type.value, item)]);
    case 'struct':
      return type.fields.map((field) => cell(field.type, (value as StructValue)[field.name]!));
    default:
      return leafCell(type, value);
  }
}

function leafCell(type: LeafType, value: Exclude<Value, null>): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  const bits = Buffer.alloc(type.kind === 'float32' ? 4 : 8);
  if (type.kind === 'float32') bits.writeFloatBE(value as number);
  if (type.kind === 'float64') bits.writeDoubleBE(value as number);
  if (type.kind.startsWith('float')) return bits.toString('hex');
  if (type.kind === 'decimal') return decimalText(value as bigint, (type as LogicalTypeOf<'decimal'>).scale);
  return type.kind === 'time' ? KINDS.time.text(value) : String(value);
}
