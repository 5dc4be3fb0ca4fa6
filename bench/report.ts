/** What the rounds come to: medians, ratios within a round, and the table that is printed, with what is to be reached. */
import { type Measured, median } from './measure.ts';
import { SHAPES, type Shape, type ShapeName } from './shapes.ts';

export interface Run extends Measured {
  readonly bytesOut?: number;
}

/** `binaryBytes` are those of the whole table. */
export function summarise(
  runs: Readonly<Record<'dracula' | 'floor' | 'duckdb', readonly Run[]>>,
  rows: number,
  binaryBytes: number,
) {
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
    binaryBytes,
    rowsPerCpuSecond: rows / dracula.cpuSeconds,
    bytesPerCpuSecond: binaryBytes / dracula.cpuSeconds,
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

export function printResult({
  shape,
  summary,
  start,
  growth,
  decode,
  encode,
}: {
  readonly shape: ShapeName;
  readonly summary: ReturnType<typeof summarise>;
  readonly start: { readonly versionMs: number; readonly emptyTableMs: number };
  readonly growth: { readonly ratio: number } | null;
  readonly decode: { readonly rowsPerCpuSecond: number };
  readonly encode: { readonly rowsPerCpuSecond: number } | null;
}): void {
  const { goals }: Shape = SHAPES[shape];
  const line = (name: string, value: string, goal = '') =>
    console.log(`${name.padEnd(44)} ${value.padStart(12)}  ${goal}`);
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const millions = (count: number) => `${(count / 1e6).toFixed(2)} M`;
  const reach = (sign: '>=' | '<=', goal: number | undefined, text: (goal: number) => string) =>
    goal === undefined ? '' : `${sign} ${text(goal)}`;
  line(`${shape}, zstd, 2 connections: wall`, `${summary.dracula.wallSeconds.toFixed(2)} s`);
  line('floor, 2 x psql COPY binary: wall', `${summary.floor.wallSeconds.toFixed(2)} s`);
  line(
    'wall over the floor',
    summary.wallOverFloor.toFixed(2),
    reach('<=', goals.wallOverFloor, (ratio) => ratio.toFixed(1)),
  );
  line('client CPU', `${summary.dracula.cpuSeconds.toFixed(2)} s`);
  line('rows per client CPU-second', millions(summary.rowsPerCpuSecond), reach('>=', goals.rowsPerCpuSecond, millions));
  line('binary rows', mb(summary.binaryBytes));
  line('binary rows per client CPU-second', mb(summary.bytesPerCpuSecond), reach('>=', goals.bytesPerCpuSecond, mb));
  line('peak resident memory', mb(summary.dracula.peakRssBytes), reach('<=', goals.peakRssBytes, mb));
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
  line('decode only, rows per CPU-second', millions(decode.rowsPerCpuSecond));
  if (encode !== null) line('encode only, rows per CPU-second', millions(encode.rowsPerCpuSecond));
  line('dracula --version', `${start.versionMs.toFixed(0)} ms`, '<= 100 ms');
  line('copy of an empty table', `${start.emptyTableMs.toFixed(0)} ms`, '<= 700 ms');
  if (growth !== null) line('memory with ten times the rows', growth.ratio.toFixed(2), '<= 1.05');
}
