import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { expect, it } from 'vitest';
import { PartWriter } from '../../../src/pipeline/part-writer.ts';
import type { WrittenPart } from '../../../src/pipeline/worker-protocol.ts';
import { batchOf, schemaOf } from '../../support/parquet/batch-of.ts';
import { sampleTablePlan } from '../../support/run-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const schema = schemaOf({ n: { kind: 'int32' } });
const rows = (...numbers: number[]) => batchOf(schema, [numbers]);

async function open(partBytes: number, rowGroupBytes = 1 << 20) {
  const folder = await temporaryFolder();
  const parts: WrittenPart[] = [];
  const writer = new PartWriter(
    {
      jobId: 1,
      plan: sampleTablePlan({ schema }),
      snapshotId: null,
      target: { kind: 'folder', folder, nextPart: new SharedArrayBuffer(4) },
      keyValues: {},
      quarantine: null,
    },
    {
      workerId: 0,
      createdBy: 'test',
      partBytes,
      parquet: { compression: 'zstd', rowGroupRows: 2, rowGroupBytes, pageRows: 100, pageBytes: 1 << 20 },
    },
    (part) => parts.push(part),
  );
  const read = async (part: WrittenPart) => {
    const bytes = new Uint8Array(readFileSync(join(folder, part.name!)));
    expect(bytes.length).toBe(part.bytes);
    return (await parquetReadObjects({ file: bytes.buffer, compressors })).map(({ n }) => n);
  };
  return { writer, parts, read, files: () => readdirSync(folder) };
}

it('a part that was closed on request is followed by another, with the rows that came since', async () => {
  const { writer, parts, read } = await open(1 << 20);
  writer.append(rows(1, 2, 3), 0);
  writer.close();
  writer.close();
  writer.append(rows(4), 1);
  writer.close();
  expect(await Promise.all(parts.map(read))).toEqual([[1, 2, 3], [4]]);
  expect(parts.map(({ chunkIds, rows: count }) => [chunkIds, count])).toEqual([
    [[0], 3],
    [[1], 1],
  ]);
});

it('a full part ends with its batch, in the middle of a chunk too', async () => {
  const { writer, parts, read } = await open(10);
  writer.append(rows(1, 2, 3), 0);
  writer.append(rows(4, 5), 0);
  expect(await Promise.all(parts.map(read))).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

it('a part that was dropped leaves neither a file nor rows for the next, and names its chunks', async () => {
  const { writer, parts, read, files } = await open(1 << 20);
  writer.append(rows(1, 2, 3), 0);
  writer.append(rows(4), 1);
  expect(writer.drop()).toEqual([0, 1]);
  expect([files(), writer.drop()]).toEqual([[], []]);
  writer.append(rows(5), 1);
  writer.close();
  expect(await Promise.all(parts.map(read))).toEqual([[5]]);
});

it('before a large row what is buffered is written, and its own row group once its memory is free', async () => {
  const { writer, parts, read } = await open(1 << 20);
  writer.append(rows(1), 0);
  writer.beforeLargeRow(2 << 20);
  expect(writer.bufferedRows).toBe(0);
  writer.append(rows(2, 3), 0);
  expect(writer.bufferedRows).toBe(2);
  writer.afterLargeRow();
  expect(writer.bufferedRows).toBe(0);
  writer.append(rows(4), 0);
  writer.close();
  expect(await Promise.all(parts.map(read))).toEqual([[1, 2, 3, 4]]);
});

it('a part ends when the facts of its row groups would take more memory than a row group', async () => {
  const { writer, parts, read } = await open(1 << 30, 3_400);
  for (let n = 0; n < 10; n++) writer.append(rows(n, n), 0);
  writer.close();
  expect(parts.length).toBe(3);
  expect((await Promise.all(parts.map(read))).flat()).toEqual(Array.from({ length: 20 }, (_, i) => i >> 1));
});
