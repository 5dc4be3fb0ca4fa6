/** The target's disk is full: E_DISK_FULL, the last version whole, nothing left over; with room again the next run succeeds. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../support/cli-process.ts';
import { copy, fingerprintOfDataset, fingerprintOfFiles, fingerprintOfTable, outcomes } from '../support/copied.ts';
import { testServer } from '../support/postgres.ts';
import { smallDisk } from '../support/small-disk.ts';
import { sourceOfSuite } from '../support/source-of-suite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = await testServer();

/** 9 MB of text that no codec is asked to make smaller. */
const LARGE = `
  CREATE TABLE large (id int PRIMARY KEY, n int, note text);
  INSERT INTO large SELECT i, i, repeat(md5(i::text), 9) FROM generate_series(1, 30000) AS i;
  CREATE TABLE small (id int PRIMARY KEY, n int, note text);
  INSERT INTO small SELECT i, i, 'small' FROM generate_series(1, 100) AS i;`;

const source = sourceOfSuite(server, LARGE, 'large');

const options = () => ({ url: source.url, compression: 'none', rowGroupRows: 2_000, partBytes: 2_000_000 }) as const;
const large = (where = 'true') => fingerprintOfTable(source.client, `large WHERE ${where}`);

test('a lake: the last version stays whole, other tables arrive, and after freeing the next run succeeds', async () => {
  const disk = await smallDisk(20);
  const target = join(disk, 'lake');
  expect((await copy({ ...options(), target, where: 'id <= 1000' })).exitCode).toBe(0);
  const ballast = join(disk, 'ballast');
  await writeFile(ballast, new Uint8Array(13 * 2 ** 20));

  // One at a time: beside it, the small table would find the disk as full as the large one made it.
  const report = await copy({ ...options(), target, connections: 1 });
  expect(outcomes(report)).toEqual({ large: 'E_DISK_FULL', small: 'copied' });
  expect(report.exitCode).toBe(4);
  expect(await fingerprintOfDataset(target, 'large')).toEqual(await large('id <= 1000'));
  expect(await readdir(join(target, 'large', 'data')), 'runs').toHaveLength(1);

  await rm(ballast);
  expect(outcomes(await copy({ ...options(), target }))).toEqual({ large: 'copied', small: 'copied' });
  expect(await fingerprintOfDataset(target, 'large')).toEqual(await large());
});

test('a disk without a byte left: the run fails before it reads, and the lake is not locked for the next', async () => {
  const disk = await smallDisk(20);
  const target = join(disk, 'lake');
  expect((await copy({ ...options(), target, tables: ['small'] })).exitCode).toBe(0);
  const ballast = join(disk, 'ballast');
  await writeFile(ballast, new Uint8Array(21 * 2 ** 20)).catch(() => {}); // as much as there is room for

  const failed = await copy({ ...options(), target, tables: ['small'] }).then(
    (report) => outcomes(report)['small'],
    (error) => error.code,
  );
  expect(failed).toBe('E_DISK_FULL');
  expect(await fingerprintOfDataset(target, 'small')).toMatchObject({ rows: 100 });

  await rm(ballast);
  expect(outcomes(await copy({ ...options(), target, tables: ['small'] }))).toEqual({ small: 'copied' });
});

test('a file: the one that was there stays whole, and nothing lies beside it', async () => {
  const disk = await smallDisk(11);
  const target = join(disk, 'large.parquet');
  const tables = ['large'];
  expect((await copy({ ...options(), target, tables, where: 'id <= 10000' })).exitCode).toBe(0);

  const report = await copy({ ...options(), target, tables, force: true });
  expect(outcomes(report)).toEqual({ large: 'E_DISK_FULL' });
  expect(report.exitCode).toBe(4);
  expect(await fingerprintOfFiles(target)).toEqual(await large('id <= 10000'));
  expect(await readdir(disk)).toEqual(['large.parquet']);

  await rm(target);
  expect(outcomes(await copy({ ...options(), target, tables }))).toEqual({ large: 'copied' });
  expect(await fingerprintOfFiles(target)).toEqual(await large());
});

test('a file on a disk without a byte left: the run fails before it reads, and nothing lies there', async () => {
  const disk = await smallDisk(20);
  await writeFile(join(disk, 'ballast'), new Uint8Array(21 * 2 ** 20)).catch(() => {}); // as much as there is room for
  const report = await copy({ ...options(), target: join(disk, 'small.parquet'), tables: ['small'] });
  expect([outcomes(report), report.wireBytes]).toEqual([{ small: 'E_DISK_FULL' }, 0]);
  expect(await readdir(disk)).toEqual(['ballast']);
});

test.each(['parquet', 'csv'])(
  'the result of a query as %s: the disk is said to be full, and nothing lies there',
  async (format) => {
    const disk = await smallDisk(1);
    const lake = join(await temporaryFolder('disk-lake'), 'lake');
    expect((await copy({ ...options(), target: lake, tables: ['large'] })).exitCode).toBe(0);
    const result = await runCli([
      'query',
      'SELECT *, uuid() AS a, uuid() AS b, uuid() AS c FROM large',
      '--lake',
      lake,
      '-o',
      join(disk, `large.${format}`),
    ]);
    expect({ code: result.code, stderr: result.stderr }).toEqual({
      code: 4,
      stderr: expect.stringMatching(/^error\[E_DISK_FULL\]: /),
    });
    expect(await readdir(disk)).toEqual([]);
  },
);
