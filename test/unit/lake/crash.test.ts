import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DatasetVersion } from '../../../src/lake/dataset-version.ts';
import { type Lake, openLake } from '../../../src/lake/lake.ts';
import { createFolderStorage } from '../../../src/lake/storage.ts';
import { loadVersion } from '../../../src/lake/versions.ts';
import { copyOnce } from '../../support/lake-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SUPPORT = join(import.meta.dirname, '../../support');

interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runChild(script: string, ...args: string[]): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(SUPPORT, script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** All versions up to the newest, each with its parts at their sizes. */
async function checkVersions(lake: Lake): Promise<DatasetVersion[]> {
  const newest = await lake.dataset('orders').load();
  const versions: DatasetVersion[] = [];
  for (let n = 1; n <= (newest?.version ?? 0); n++) {
    const version = await loadVersion(createFolderStorage(lake.root), 'orders', n);
    for (const part of version.parts) {
      expect((await stat(lake.dataset('orders').locatePart(part))).size).toBe(part.bytes);
    }
    versions.push(version);
  }
  return versions;
}

test('kill -9 before any change of the file system leaves the old version or the new one, and the next run cleans up', async () => {
  const root = await temporaryFolder();
  const lake = await openLake(root, { create: true });
  await copyOnce(lake);
  let versions = await checkVersions(lake);
  let [kills, killedAfterCommit] = [0, 0];
  for (let last = 1; ; last++) {
    const end = await runChild('run-in-child.ts', root, String(last));
    const now = await checkVersions(lake);
    expect(now.slice(0, versions.length)).toEqual(versions);
    expect(now.length - versions.length, `killed before change ${last}`).toBeLessThanOrEqual(1);
    if (end.signal === null) {
      expect(end).toMatchObject({ code: 0, stderr: '' });
      expect(now.length).toBe(versions.length + 1);
      break;
    }
    expect(end.signal).toBe('SIGKILL');
    kills++;
    killedAfterCommit += now.length - versions.length;
    versions = now;
  }
  expect(kills).toBeGreaterThan(25);
  expect(killedAfterCommit).toBeGreaterThan(2);

  versions = await checkVersions(lake);
  expect(versions.length).toBeGreaterThan(2);
  expect((await readdir(join(root, 'orders', 'data'))).sort()).toEqual(versions.map(({ runId }) => runId).sort());
  const metadata = versions.map(({ version }) => `v${version}.json`);
  expect((await readdir(join(root, 'orders', 'metadata'))).sort()).toEqual(
    [...metadata, 'named-runs.text', 'version-hint.text'].sort(),
  );
  expect(await readdir(join(root, 'orders', 'lease'))).toHaveLength(1);
});

test('processes that commit at once never share or reuse a number', async () => {
  const root = await temporaryFolder();
  const lake = await openLake(root, { create: true });
  const ends = await Promise.all([1, 2, 3, 4].map(() => runChild('commit-in-child.ts', root, '15')));
  for (const end of ends) expect(end).toMatchObject({ code: 0, stderr: '' });
  const told = ends.flatMap(({ stdout }) => stdout.trim().split('\n')).sort();
  const found = (await checkVersions(lake)).map(({ version, commitId }) => `${version} ${commitId}`).sort();
  expect(found).toHaveLength(60);
  expect(told).toEqual(found);
});
