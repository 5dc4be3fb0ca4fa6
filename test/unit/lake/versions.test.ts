import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { isDraculaError } from '../../../src/errors.ts';
import type { DatasetVersion } from '../../../src/lake/dataset-version.ts';
import { createFolderStorage, type Storage } from '../../../src/lake/storage.ts';
import { commitVersion, loadNewest, loadVersion, repairHint } from '../../../src/lake/versions.ts';
import { emptyDraft } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const T0 = Date.UTC(2026, 10, 22);

async function commitMany(storage: Storage, count: number): Promise<DatasetVersion | null> {
  let base: DatasetVersion | null = null;
  for (let i = 0; i < count; i++) base = await commitVersion(storage, 'orders', base, emptyDraft(`r${i}`), T0 + i);
  return base;
}

const metadata = (root: string, name: string): string => join(root, 'orders', 'metadata', name);

test('a version comes back as it was committed, whatever its names and types', async () => {
  const storage = createFolderStorage(await temporaryFolder());
  const type: fc.Arbitrary<LogicalType> = fc.letrec<{ type: LogicalType }>((tie) => ({
    type: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<LogicalType>(
        ...(
          [
            'bool',
            'int16',
            'int32',
            'int64',
            'uint32',
            'float32',
            'float64',
            'text',
            'bytes',
            'uuid',
            'json',
            'date',
            'time',
          ] as const
        ).map((kind) => ({ kind })),
      ),
      fc.record({
        kind: fc.constant('decimal' as const),
        precision: fc.integer({ min: 1, max: 38 }),
        scale: fc.nat(38),
      }),
      fc.record({ kind: fc.constant('timestamp' as const), utc: fc.boolean() }),
      fc.record({
        kind: fc.constant('geometry' as const),
        geography: fc.boolean(),
        srid: fc.option(fc.integer({ min: 1, max: 999_999 })),
      }),
      fc.record({ kind: fc.constant('list' as const), element: tie('type') }),
      fc.record({ kind: fc.constant('map' as const), value: tie('type') }),
      fc.record({
        kind: fc.constant('struct' as const),
        fields: fc.array(fc.record({ name: fc.string({ unit: 'binary' }), type: tie('type') }), { maxLength: 3 }),
      }),
    ),
  })).type;
  const column = fc.record({ name: fc.string({ unit: 'binary' }), fieldId: fc.nat(), type, pgType: fc.string() });
  const part = fc.record({
    path: fc.uuid().map((id) => `data/${id}/part-00000.parquet`),
    rows: fc.maxSafeNat(),
    bytes: fc.maxSafeNat(),
  });
  let base: DatasetVersion | null = null;
  await fc.assert(
    fc.asyncProperty(fc.array(column), fc.array(part), fc.maxSafeNat(), async (columns, parts, rows) => {
      const draft = {
        ...emptyDraft('r'),
        schema: { columns },
        parts,
        rows,
        summary: { seconds: 1.5, of: ['a', null] },
      };
      base = await commitVersion(storage, 'orders', base, draft);
      expect(base).toMatchObject(draft);
      expect(await loadNewest(storage, 'orders')).toEqual(base);
    }),
    { numRuns: 15 },
  );
});

test('the newest is found with any hint: missing, old, garbage, beyond the end', async () => {
  const root = await temporaryFolder();
  const storage = createFolderStorage(root);
  expect(await loadNewest(storage, 'orders')).toBeNull();
  const newest = await commitMany(storage, 37);
  const hint = metadata(root, 'version-hint.text');
  expect(await readFile(hint, 'utf8')).toBe('37\n');
  for (const text of ['1', '20\n', '36', '37', '38', '1000000', '', 'x', '-3', '0', '37.5', '9'.repeat(30)]) {
    await writeFile(hint, text);
    expect(await loadNewest(storage, 'orders'), text).toEqual(newest);
  }
  await rm(hint);
  expect(await loadNewest(storage, 'orders')).toEqual(newest);
  await repairHint(storage, 'orders', 37);
  expect(await readFile(hint, 'utf8')).toBe('37\n');
});

test('the search takes steps in the logarithm of the number of versions', async () => {
  const asked: string[] = [];
  const storage: Storage = {
    ...createFolderStorage(await temporaryFolder()),
    exists(key) {
      asked.push(key);
      return Promise.resolve(Number(/v(\d+)\.json$/.exec(key)![1]) <= 5000);
    },
    read: (key) => Promise.resolve(key.endsWith('.text') ? null : '{'),
  };
  await expect(loadNewest(storage, 'orders')).rejects.toMatchObject({
    facts: { path: expect.stringContaining('v5000.json') },
  });
  expect(asked.length).toBeLessThan(30);
});

test('of twenty that commit at once one wins each number, and the others are told of the conflict', async () => {
  const storage = createFolderStorage(await temporaryFolder());
  const winners: string[] = [];
  for (let round = 1; round <= 5; round++) {
    const base = await loadNewest(storage, 'orders');
    const ends = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => commitVersion(storage, 'orders', base, emptyDraft(`r${i}`))),
    );
    const won = ends.filter((end) => end.status === 'fulfilled').map((end) => end.value);
    const lost = ends.filter((end) => end.status === 'rejected').map((end) => end.reason as unknown);
    expect(won.map(({ version }) => version)).toEqual([round]);
    expect(lost.filter((reason) => isDraculaError(reason, 'E_COMMIT_CONFLICT'))).toHaveLength(19);
    winners.push(won[0]!.commitId);
  }
  for (let n = 1; n <= 5; n++) expect((await loadVersion(storage, 'orders', n)).commitId).toBe(winners[n - 1]);
});

test('a writer that slept on an old version cannot commit after it, with or without the hint', async () => {
  const root = await temporaryFolder();
  const storage = createFolderStorage(root);
  const first = await commitMany(storage, 1);
  let newest = first;
  for (let i = 0; i < 5; i++) newest = await commitVersion(storage, 'orders', newest, emptyDraft(`r${i}`));
  await expect(commitVersion(storage, 'orders', first, emptyDraft('late'))).rejects.toMatchObject({
    code: 'E_COMMIT_CONFLICT',
    facts: { dataset: 'orders', path: metadata(root, 'v2.json') },
  });
  await expect(commitVersion(storage, 'orders', null, emptyDraft('late'))).rejects.toMatchObject({
    code: 'E_COMMIT_CONFLICT',
  });
  expect(await loadNewest(storage, 'orders')).toEqual(newest);
});

test('a taken number whose file cannot be read is unknown, and stays as it is', async () => {
  const root = await temporaryFolder();
  const storage = createFolderStorage(root);
  const base = await commitMany(storage, 1);
  await writeFile(metadata(root, 'v2.json'), '{"half');
  await expect(commitVersion(storage, 'orders', base, emptyDraft('r'))).rejects.toMatchObject({
    code: 'E_COMMIT_UNKNOWN',
    message: expect.stringContaining('Nothing was deleted'),
  });
  expect(await readFile(metadata(root, 'v2.json'), 'utf8')).toBe('{"half');
});

test('the time of a version never goes back, even when the clock does', async () => {
  const storage = createFolderStorage(await temporaryFolder());
  const first = await commitVersion(storage, 'orders', null, emptyDraft('a'), T0);
  const second = await commitVersion(storage, 'orders', first, emptyDraft('b'), T0 - 5_000);
  expect([first.committedAt, second.committedAt]).toEqual(['2026-11-22T00:00:00.000Z', '2026-11-22T00:00:00.000Z']);
});

test('a version that is damaged, of another dataset or number, of a newer format, or leads out of its folder is refused with its path', async () => {
  const root = await temporaryFolder();
  const storage = createFolderStorage(root);
  const version = (await commitMany(storage, 1))!;
  const path = metadata(root, 'v1.json');
  const part = { path: 'data/r/part-00000.parquet', rows: 1, bytes: 1 };
  const cases: [change: object | string, code: string, says: string][] = [
    ['', 'E_LAKE_CORRUPT', 'not JSON'],
    ['[]', 'E_LAKE_CORRUPT', 'not a JSON object'],
    [{ formatVersion: 2 }, 'E_LAKE_VERSION', 'format 2'],
    [{ formatVersion: 0 }, 'E_LAKE_CORRUPT', '"formatVersion" is 0'],
    [{ version: 2 }, 'E_LAKE_CORRUPT', 'version 2'],
    [{ dataset: 'users' }, 'E_LAKE_CORRUPT', 'another dataset'],
    [{ commitId: null }, 'E_LAKE_CORRUPT', '"commitId"'],
    [{ committedAt: 'soon' }, 'E_LAKE_CORRUPT', '"committedAt"'],
    [{ rows: -1 }, 'E_LAKE_CORRUPT', '"rows"'],
    [{ rows: 1.5 }, 'E_LAKE_CORRUPT', '"rows"'],
    [{ summary: [] }, 'E_LAKE_CORRUPT', '"summary"'],
    [{ source: { ...version.source, consistency: 'none' } }, 'E_LAKE_CORRUPT', '"source.consistency"'],
    [
      { schema: { columns: [{ name: 'a', fieldId: 1, type: { kind: 'int128' }, pgType: 'x' }] } },
      'E_LAKE_CORRUPT',
      '"schema.columns[0].type.kind"',
    ],
    [
      { schema: { columns: [{ name: 'a', fieldId: 1, type: { kind: 'list' }, pgType: 'x' }] } },
      'E_LAKE_CORRUPT',
      '"schema.columns[0].type.element"',
    ],
    [
      {
        schema: {
          columns: [{ name: 'a', fieldId: 1, type: { kind: 'struct', fields: [{ name: 'x' }] }, pgType: 'x' }],
        },
      },
      'E_LAKE_CORRUPT',
      '"schema.columns[0].type.fields[0].type"',
    ],
    [{ parts: [{ ...part, bytes: '1' }] }, 'E_LAKE_CORRUPT', '"parts[0].bytes"'],
    ...['/etc/passwd', '../users/data/r/p', 'data/../../x/y', 'data/r', 'data//x', 'data/r/..\\x'].map(
      (bad): [object, string, string] => [{ parts: [{ ...part, path: bad }] }, 'E_LAKE_CORRUPT', 'not below data/'],
    ),
  ];
  for (const [change, code, says] of cases) {
    await writeFile(path, typeof change === 'string' ? change : JSON.stringify({ ...version, ...change }));
    await expect(loadNewest(storage, 'orders'), JSON.stringify(change)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says),
      facts: { path },
    });
  }
  await writeFile(path, JSON.stringify({ ...version, parts: [part], unknown: 'is left alone' }));
  expect(await loadNewest(storage, 'orders')).toMatchObject({ parts: [part] });
});
