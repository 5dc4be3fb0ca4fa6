import { describe, expect, it } from 'vitest';
import { withBothZeros } from '../../../src/parquet/both-zeros.ts';
import { buildDictionary } from '../../../src/parquet/dictionary.ts';
import { batchesOf, schemaOf } from '../../support/parquet/batch-of.ts';
import { writeParquet } from '../../support/parquet/memory-file.ts';
import { useDuckDB } from '../../support/parquet/read-back.ts';

const duckdb = useDuckDB();

/** The file, and the values of its only dictionary. */
function write(kind: 'float32' | 'float64', values: readonly number[], entries: number) {
  const schema = schemaOf({ c: { kind } });
  const { file, rowGroups } = writeParquet(schema, batchesOf(schema, [values], 10_000), { compression: 'none' });
  const { dictionaryPageOffset, dataPageOffset } = rowGroups[0]!.columns[0]!;
  expect(dictionaryPageOffset).not.toBeNull();
  const bytes = file.slice(dataPageOffset - entries * (kind === 'float32' ? 4 : 8), dataPageOffset).buffer;
  return { file, dictionary: [...(kind === 'float32' ? new Float32Array(bytes) : new Float64Array(bytes))] };
}

describe.each(['float32', 'float64'] as const)('a dictionary of %s', (kind) => {
  it.each([
    ['-0.0 alone', [-0], [-0, 0]],
    ['0.0 alone', [0], [0, -0]],
    ['-0.0 among others', [1, -0, -1], [1, -0, -1, 0]],
    ['both', [0, 2, -0], [0, 2, -0]],
    ['neither', [1, 0.5], [1, 0.5]],
  ])('holds both zeros or neither: %s', async (_, distinct, expected) => {
    const values = Array.from({ length: 300 }, (_, i) => distinct[i % distinct.length]!);
    const { file, dictionary } = write(kind, values, expected.length);
    expect(dictionary).toEqual(expected);
    const read = await duckdb.query(file, 'select c::varchar from FILE');
    expect(read.map(([text]) => Number(text))).toEqual(values);
  });
});

it('a full dictionary has no room for the other zero, and there is none', () => {
  const words = Int32Array.from({ length: 32_768 }, (_, i) => i);
  expect(withBothZeros(buildDictionary(words, words.length, 1, null, words.length)!, 1)).toBeNull();
  const without = Int32Array.from(words, (word) => word + 1);
  expect(withBothZeros(buildDictionary(without, words.length, 1, null, words.length)!, 1)?.entries).toBe(32_768);
});
