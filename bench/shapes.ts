/**
 * The tables that the benchmark copies: how each is built, how many rows it has unless BENCH_ROWS says otherwise, and what is to be
 * reached with it. `lineitem` has narrow rows of few bytes a value; `wide` 200 columns of all kinds, half of their values null;
 * `documents` jsonb of 2 KB, text[], uuid, timestamptz and numeric without precision.
 */
import { readFileSync } from 'node:fs';

export interface Shape {
  readonly rows: number;
  /** One statement each, without parameters. */
  readonly statements: (rows: number) => readonly string[];
  /** Of the copy with 2 connections and zstd. */
  readonly goals: {
    readonly wallOverFloor?: number;
    readonly rowsPerCpuSecond?: number;
    /** Binary rows, as COPY counts them. */
    readonly bytesPerCpuSecond?: number;
    readonly peakRssBytes: number;
  };
}

const WIDE_COLUMNS = 200;
/** Values of the columns, in turn; `i` is the row's number. */
const WIDE_VALUES = [
  'i::int4 / 7',
  '(random() * 1e15)::int8',
  `(array['open','closed','waiting','unknown'])[1 + floor(random() * 4)]::text`,
  '(random() * 1e7)::numeric(12,2)',
  `timestamptz '2024-01-01 00:00:00+00' + random() * interval '300 days'`,
  'random() < 0.2',
  `date '2020-01-01' + (random() * 2000)::int`,
  'random()',
  'gen_random_uuid()',
  `('customer number ' || (random() * 100000)::int)::varchar(40)`,
];

export const SHAPES = {
  lineitem: {
    rows: 6_000_000,
    statements: (rows) => statementsOf('lineitem.sql', '6000000', rows),
    goals: { wallOverFloor: 1.4, rowsPerCpuSecond: 1e6, peakRssBytes: 320e6 },
  },
  wide: {
    rows: 600_000,
    statements: wideStatements,
    goals: { bytesPerCpuSecond: 60e6, peakRssBytes: 400e6 },
  },
  documents: {
    rows: 500_000,
    statements: (rows) => statementsOf('documents.sql', '200000', rows),
    goals: { bytesPerCpuSecond: 60e6, peakRssBytes: 400e6 },
  },
} as const satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;

/** Of the command line: the name after `--shape`, or lineitem. */
export function shapeOfArguments(args: readonly string[]): ShapeName {
  const at = args.indexOf('--shape');
  const name = at < 0 ? 'lineitem' : args[at + 1];
  if (name !== undefined && Object.hasOwn(SHAPES, name)) return name as ShapeName;
  throw new Error(`--shape ${name ?? ''}: the shapes are ${Object.keys(SHAPES).join(', ')}`);
}

function statementsOf(file: string, scriptRows: string, rows: number): string[] {
  const sql = readFileSync(new URL(file, import.meta.url), 'utf8');
  return sql
    .replace(`generate_series(1, ${scriptRows}) i`, `generate_series(1, ${rows}) i`)
    .split(/;\s*\n/)
    .filter((statement) => statement.trim() !== '');
}

/** Half of every column is null, each value for itself. */
function wideStatements(rows: number): string[] {
  const columns = Array.from({ length: WIDE_COLUMNS }, (_, c) => {
    const value = WIDE_VALUES[c % WIDE_VALUES.length];
    return `case when random() < 0.5 then ${value} end c${c}`;
  });
  return [
    'drop table if exists wide',
    `create unlogged table wide as select ${columns.join(', ')} from generate_series(1, ${rows}) i`,
    'vacuum analyze wide',
  ];
}
