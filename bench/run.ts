/**
 * The whole copy of `lineitem` against its floor (and, with --peers, against DuckDB), interleaved, median of the rounds.
 *
 *   npm run bench                      BENCH_ROWS=6000000 BENCH_ROUNDS=3 BENCH_URL=postgresql://…
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
import { folderBytes, type Measured, median, runMeasured } from './measure.ts';
import { duckdbCommand, preparePeers } from './peers.ts';
import { openSource, type Source } from './source.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLI = join(ROOT, 'bin/dracula.js');
const rows = Number(process.env['BENCH_ROWS'] ?? 6_000_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const withPeers = process.argv.includes('--peers');
const withGrowth = process.argv.includes('--growth');

interface Run extends Measured {
  readonly bytesOut?: number;
}

const work = mkdtempSync(join(tmpdir(), 'dracula-bench-'));
const source = await openSource(rows);
try {
  const python = withPeers ? preparePeers(ROOT) : null;
  const runs = { dracula: [] as Run[], floor: [] as Run[], duckdb: [] as Run[] };
  await copy(source, 'lineitem'); // warm: the server's cache, the disk's
  for (let round = 0; round < rounds; round++) {
    runs.floor.push(await floor(source));
    runs.dracula.push(await copy(source, 'lineitem'));
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
    rows,
    rounds,
    summary: summarise(runs),
    start,
    growth,
    decode: await benchDecode(source.url),
    encode: benchEncode({ rows: 1_048_576 }),
    runs,
  };
  print(result.summary, result);
  mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
  const file = join(ROOT, 'bench/results', `lineitem-${result.measuredAt.slice(0, 19).replaceAll(':', '')}.json`);
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

/** Two psql that read half the table each, and throw the bytes away. */
async function floor({ psql, psqlEnv, halfBlock }: Source): Promise<Run> {
  const half = (condition: string) =>
    runMeasured(
      psql,
      ['-q', '-o', '/dev/null', '-c', `copy (select * from lineitem where ${condition}) to stdout (format binary)`],
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
  const run = await runMeasured(python, duckdbCommand(duckdbDsn, file), {});
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

/** Ten times the rows, from a table that holds lineitem ten times. */
async function measureGrowth(source: Source) {
  await source.run(
    'drop table if exists lineitem10',
    'create unlogged table lineitem10 as select l.* from lineitem l, generate_series(1, 10)',
    'vacuum analyze lineitem10',
  );
  const once = await copy(source, 'lineitem');
  const ten = await copy(source, 'lineitem10');
  await source.run('drop table lineitem10');
  return {
    rssOnce: once.peakRssBytes,
    rssTenTimes: ten.peakRssBytes,
    ratio: ten.peakRssBytes / once.peakRssBytes,
    wallTenTimes: ten.wallSeconds,
  };
}

function summarise(runs: Readonly<Record<'dracula' | 'floor' | 'duckdb', readonly Run[]>>) {
  const of = (all: readonly Run[]) => ({
    wallSeconds: median(all.map((run) => run.wallSeconds)),
    cpuSeconds: median(all.map((run) => run.cpuSeconds)),
    peakRssBytes: median(all.map((run) => run.peakRssBytes)),
    bytesOut: median(all.map((run) => run.bytesOut ?? 0)),
  });
  const dracula = of(runs.dracula);
  // Ratios within a round: the machine's speed drifts from round to round.
  const ratio = (others: readonly Run[], what: 'wallSeconds' | 'cpuSeconds') =>
    median(runs.dracula.map((run, i) => run[what] / others[i]![what]));
  return {
    dracula,
    rowsPerCpuSecond: rows / dracula.cpuSeconds,
    floor: of(runs.floor),
    wallOverFloor: ratio(runs.floor, 'wallSeconds'),
    ...(runs.duckdb.length === 0
      ? {}
      : {
          duckdb: of(runs.duckdb),
          wallOverDuckdb: ratio(runs.duckdb, 'wallSeconds'),
          cpuOverDuckdb: ratio(runs.duckdb, 'cpuSeconds'),
          bytesOverDuckdb: dracula.bytesOut / of(runs.duckdb).bytesOut,
        }),
  };
}

function print(
  summary: ReturnType<typeof summarise>,
  result: {
    start: { versionMs: number; emptyTableMs: number };
    growth: { ratio: number } | null;
    decode: { rowsPerCpuSecond: number };
    encode: { rowsPerCpuSecond: number };
  },
): void {
  const line = (name: string, value: string, reach = '') =>
    console.log(`${name.padEnd(44)} ${value.padStart(12)}  ${reach}`);
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  line('lineitem, zstd, 2 connections: wall', `${summary.dracula.wallSeconds.toFixed(2)} s`);
  line('floor, 2 x psql COPY binary: wall', `${summary.floor.wallSeconds.toFixed(2)} s`);
  line('wall over the floor', summary.wallOverFloor.toFixed(2), '<= 1.4');
  line('client CPU', `${summary.dracula.cpuSeconds.toFixed(2)} s`);
  line('rows per client CPU-second', `${(summary.rowsPerCpuSecond / 1e6).toFixed(2)} M`, '>= 1.0 M');
  line('peak resident memory', mb(summary.dracula.peakRssBytes), '<= 320 MB');
  line('bytes out', mb(summary.dracula.bytesOut));
  if (summary.duckdb !== undefined) {
    line(
      'DuckDB: wall, client CPU',
      `${summary.duckdb.wallSeconds.toFixed(2)}, ${summary.duckdb.cpuSeconds.toFixed(2)}`,
    );
    line('wall over DuckDB', summary.wallOverDuckdb!.toFixed(2), '<= 0.8');
    line('client CPU over DuckDB', summary.cpuOverDuckdb!.toFixed(2), '<= 0.6');
    line('bytes out over DuckDB', summary.bytesOverDuckdb!.toFixed(2), '<= 1.0');
  }
  line('decode only, rows per CPU-second', `${(result.decode.rowsPerCpuSecond / 1e6).toFixed(2)} M`);
  line('encode only, rows per CPU-second', `${(result.encode.rowsPerCpuSecond / 1e6).toFixed(2)} M`);
  line('dracula --version', `${result.start.versionMs.toFixed(0)} ms`, '<= 100 ms');
  line('copy of an empty table', `${result.start.emptyTableMs.toFixed(0)} ms`, '<= 700 ms');
  if (result.growth !== null) line('memory with ten times the rows', result.growth.ratio.toFixed(2), '<= 1.05');
}
