/**
 * The whole copy of a table against its floor (and, with --peers, against DuckDB), interleaved, median of the rounds.
 *
 *   npm run bench                      BENCH_ROWS=6000000 BENCH_ROUNDS=3 BENCH_URL=postgresql://…
 *   npm run bench -- --shape wide      another table than lineitem: shapes.ts has them
 *   npm run bench -- --peers           DuckDB with its postgres extension too
 *   npm run bench -- --growth          peak memory with ten times the rows
 *
 * Prints a table and writes JSON to bench/results/. What is measured, and what is not, is in README.md.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchDecode } from './decode.ts';
import { benchEncode } from './encode.ts';
import { folderBytes, median, runMeasured } from './measure.ts';
import { duckdbCommand, preparePeers } from './peers.ts';
import { printResult, type Run, summarise } from './report.ts';
import { SHAPES, shapeOfArguments } from './shapes.ts';
import { openSource, type Source } from './source.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLI = join(ROOT, 'bin/dracula.js');
const shape = shapeOfArguments(process.argv);
const rows = Number(process.env['BENCH_ROWS'] ?? SHAPES[shape].rows);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const withPeers = process.argv.includes('--peers');
const withGrowth = process.argv.includes('--growth');

const work = mkdtempSync(join(tmpdir(), 'dracula-bench-'));
const source = await openSource(shape, rows);
try {
  const python = withPeers ? preparePeers(ROOT) : null;
  const runs = { dracula: [] as Run[], floor: [] as Run[], duckdb: [] as Run[] };
  await copy(source, shape); // warm: the server's cache, the disk's
  for (let round = 0; round < rounds; round++) {
    runs.floor.push(await floor(source));
    runs.dracula.push(await copy(source, shape));
    if (python !== null) runs.duckdb.push(await duckdb(python, source));
    console.error(
      `round ${round + 1} of ${rounds}: ${Object.entries(runs)
        .flatMap(([name, all]) => (all.length > 0 ? [`${name} ${all.at(-1)!.wallSeconds.toFixed(2)} s`] : []))
        .join(', ')}`,
    );
  }
  const start = await measureStart(source);
  const growth = withGrowth ? await measureGrowth(source) : null;
  const result = {
    measuredAt: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? '',
      cores: cpus().length,
      node: process.version,
      server: source.version,
      transport: source.transport,
    },
    shape,
    rows,
    rounds,
    summary: summarise(runs, rows, source.binaryBytes),
    start,
    growth,
    decode: await benchDecode(source.url, shape, Math.min(200_000, Math.round((rows * 64e6) / source.binaryBytes))),
    encode: shape === 'lineitem' ? benchEncode({ rows: 1_048_576 }) : null, // its rows are those of lineitem
    runs,
  };
  printResult(result);
  mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
  const file = join(ROOT, 'bench/results', `${shape}-${result.measuredAt.slice(0, 19).replaceAll(':', '')}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`\n${file.slice(ROOT.length)}`);
} finally {
  await source.close();
  rmSync(work, { recursive: true, force: true });
}

async function copy({ url }: Source, table: string): Promise<Run> {
  const lake = join(work, 'lake');
  rmSync(lake, { recursive: true, force: true });
  const run = await runMeasured(
    process.execPath,
    [CLI, 'copy', table, `${lake}/`, '--connections', '2', '--compression', 'zstd', '--quiet'],
    { DATABASE_URL: url },
  );
  return { ...run, bytesOut: folderBytes(lake, '.parquet') };
}

/** Two psql that read half of the table each, and throw the bytes away. */
async function floor({ psql, psqlEnv, halfBlock }: Source): Promise<Run> {
  const half = (condition: string) =>
    runMeasured(
      psql,
      ['-q', '-o', '/dev/null', '-c', `copy (select * from ${shape} where ${condition}) to stdout (format binary)`],
      psqlEnv,
    );
  const startedAt = performance.now();
  const both = await Promise.all([half(`ctid < '(${halfBlock},0)'`), half(`ctid >= '(${halfBlock},0)'`)]);
  return {
    wallSeconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: both[0].cpuSeconds + both[1].cpuSeconds,
    peakRssBytes: Math.max(both[0].peakRssBytes, both[1].peakRssBytes),
  };
}

async function duckdb(python: string, { duckdbDsn }: Source): Promise<Run> {
  const file = join(work, 'duckdb.parquet');
  rmSync(file, { force: true });
  const run = await runMeasured(python, duckdbCommand(duckdbDsn, shape, file), {});
  return { ...run, bytesOut: statSync(file).size };
}

/** `--version`, and a table without rows: medians in milliseconds. */
async function measureStart({ url, run }: Source) {
  await run('drop table if exists nothing', 'create table nothing (id int8, name text)');
  const version: number[] = [];
  const empty: number[] = [];
  for (let i = 0; i < 7; i++) {
    version.push((await runMeasured(process.execPath, [CLI, '--version'], {})).wallSeconds * 1000);
    empty.push(
      (
        await runMeasured(process.execPath, [CLI, 'copy', 'nothing', `${join(work, 'empty')}/`, '--quiet'], {
          DATABASE_URL: url,
        })
      ).wallSeconds * 1000,
    );
  }
  return { versionMs: median(version), emptyTableMs: median(empty) };
}

/** Ten times the rows, from a table that holds all of them ten times. */
async function measureGrowth(source: Source) {
  await source.run(
    'drop table if exists ten_times',
    `create unlogged table ten_times as select t.* from ${shape} t, generate_series(1, 10)`,
    'vacuum analyze ten_times',
  );
  const once = await copy(source, shape);
  const ten = await copy(source, 'ten_times');
  await source.run('drop table ten_times');
  return {
    rssOnce: once.peakRssBytes,
    rssTenTimes: ten.peakRssBytes,
    ratio: ten.peakRssBytes / once.peakRssBytes,
    wallTenTimes: ten.wallSeconds,
  };
}
