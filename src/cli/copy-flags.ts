/** `dracula copy`: its options as commander reads them, and their translation into the library's `CopyOptions`. */
import { Argument, type Command, Option } from 'commander';
import { READERS } from '../core/reader.ts';
import { DraculaError } from '../errors.ts';
import type { CopyOptions } from '../index.ts';
import { parseCopyArguments } from './copy-arguments.ts';
import {
  type ColumnChoice,
  type CompressionChoice,
  parseChoice,
  parseColumn,
  parseCompression,
  parseCountOrShare,
  parseDuration,
  parseLevel,
  parseNames,
  parseNumericForm,
  parseReaders,
  parseSize,
  parseWhole,
} from './option-values.ts';
import type { Run } from './session.ts';

/** What commander collects. */
export interface CopyFlags {
  readonly table?: readonly string[];
  readonly exclude?: readonly string[];
  readonly query?: string;
  readonly name?: string;
  readonly columns?: readonly string[];
  readonly where?: string;
  readonly connections?: number;
  readonly chunkBy?: CopyOptions['chunkBy'];
  readonly compression?: CompressionChoice;
  readonly compressionLevel?: string;
  readonly rowGroupRows?: number;
  readonly partBytes?: number;
  readonly memory?: number;
  readonly consistency?: CopyOptions['consistency'];
  readonly maxSnapshotAge?: number;
  readonly maxBlock?: number;
  readonly statementTimeout?: number;
  readonly numeric?: CopyOptions['numeric'];
  readonly readers?: CopyOptions['readers'];
  readonly awkward?: CopyOptions['awkward'];
  readonly maxQuarantined?: CopyOptions['maxQuarantined'];
  readonly column?: readonly ColumnChoice[];
  readonly verify?: boolean;
  readonly failFast?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function addCopyCommand(program: Command, choose: (run: Run) => void): void {
  program
    .command('copy')
    .summary('copy tables of a PostgreSQL database into a lake folder or one Parquet file')
    .description(COPY_DESCRIPTION)
    .usage('[options] [<url>] [table or glob …] <target>')
    .argument('[arguments...]')
    .configureHelp({ visibleArguments: () => ARGUMENTS, argumentTerm: (argument) => `<${argument.name()}>` })
    .helpOption('-h, --help', 'print help')
    .optionsGroup('What:')
    .addOption(
      new Option(
        '--table <name>',
        'a table or glob, as ns.name or name; a view by its exact name (repeatable)',
      ).argParser(collect),
    )
    .addOption(new Option('--exclude <name>', 'leave out a table or glob (repeatable)').argParser(collect))
    .option('--query <select>', 'a SELECT instead of tables; needs --name')
    .option('--name <dataset>', "the dataset of --query's rows")
    .addOption(new Option('--columns <names>', 'only these columns: id,total,"a,b"').argParser(parseNames('--columns')))
    .option('--where <condition>', 'only rows for which this SQL condition holds')
    .optionsGroup('How it is read:')
    .addOption(new Option('--connections <n>', 'reading connections').argParser(parseWhole('--connections', 1)))
    .addOption(
      choice('--consistency <scope>', 'one snapshot for the whole run, one a table, one a chunk', CONSISTENCIES),
    )
    .addOption(choice('--chunk-by <unit>', 'force how relations are cut into reads', CHUNK_UNITS))
    .addOption(duration('--max-snapshot-age', 'stop rather than hold a snapshot longer (30m)'))
    .addOption(duration('--max-block', 'give a chunk back when somebody waits longer for our lock (1s)'))
    .addOption(duration('--statement-timeout', 'for each slice of a read (60s)'))
    .addOption(
      choice(
        '--awkward <policy>',
        'values that no reader can hold: stop the table, make them null, or set their rows aside',
        AWKWARD,
      ),
    )
    .addOption(
      new Option('--max-quarantined <n>', 'fail a table with more rows set aside: a number, or a share (1%)').argParser(
        parseCountOrShare('--max-quarantined'),
      ),
    )
    .addOption(
      new Option(
        '--column <column:settings>',
        'what holds for one column: ns.table.col:dims=2,awkward=null; dims: the dimensions of an array (repeatable)',
      ).argParser((text, before: readonly ColumnChoice[] | undefined) => [
        ...(before ?? []),
        parseColumn('--column', AWKWARD)(text),
      ]),
    )
    .addOption(
      new Option('--numeric <form>', 'numeric without precision: 38,9 or text').argParser(
        parseNumericForm('--numeric'),
      ),
    )
    .option('--verify', 'compare what was written with the source, in the same snapshot, before it is committed')
    .option('--fail-fast', 'stop everything at the first table that fails')
    .optionsGroup('How it is written:')
    .addOption(
      new Option('--readers <names>', `who reads the files (${READERS.join(', ')})`).argParser(
        parseReaders('--readers'),
      ),
    )
    .addOption(
      new Option('--compression <codec>', 'zstd, snappy, gzip or none; with a level: zstd:9').argParser(
        parseCompression('--compression'),
      ),
    )
    .option('--compression-level <n>', 'the level of the codec')
    .addOption(new Option('--row-group-rows <n>', 'rows of a row group').argParser(parseWhole('--row-group-rows', 1)))
    .addOption(size('--part-bytes', 'size of one Parquet file of a dataset (128MiB)'))
    .addOption(
      size(
        '--memory',
        "most memory of the whole process; a row may have half of a connection's share (512MiB, less in a small container)",
      ),
    )
    .option('--force', 'replace the target file if it exists')
    .optionsGroup('Output:')
    .option('--dry-run', 'print the plan and read nothing')
    .option('--json', 'print one JSON document on stdout')
    .option('--quiet', 'print warnings and errors only')
    .option('--no-color', 'no colours (as does NO_COLOR)')
    .addHelpText('after', COPY_EXAMPLES)
    .action((positionals: string[], flags: CopyFlags) => {
      const options = toCopyOptions(positionals, flags);
      choose(async (session) => (await import('./copy-command.ts')).runCopy(options, flags, session));
    });
}

const COPY_DESCRIPTION =
  'Copies tables of a PostgreSQL database into a lake folder, or one table or query into a Parquet file.';

/** What the positionals mean is decided by their form (copy-arguments.ts); commander only knows that there are some. */
const ARGUMENTS = [
  new Argument('<url>', 'postgresql://user@host:port/database?sslmode=…; else $DATABASE_URL, else PG* and ~/.pgpass'),
  new Argument(
    '<table>',
    "names or globs: orders, billing.*, '\"Mixed Case\"'; else every table of the user's schemas; views and foreign tables " +
      'only when named exactly',
  ),
  new Argument('<target>', 'last: a lake folder with a / in it (./lake), or a file that ends in .parquet'),
];

const COPY_EXAMPLES = `
Examples:
  $ dracula copy postgresql://localhost/shop ./lake/
  $ dracula copy orders 'billing.*' --exclude '*_log' ./lake/          (source: $DATABASE_URL)
  $ dracula copy orders --columns id,total --where "total > 0" orders.parquet
  $ dracula copy --query "select * from orders join users using (user_id)" --name joined ./lake/
  $ dracula copy --dry-run ./lake/                                     (what would be done)`;

const CONSISTENCIES = ['run', 'table', 'chunk'] as const;
const CHUNK_UNITS = ['ctid', 'key', 'relation'] as const;
const AWKWARD = ['fail', 'null', 'quarantine'] as const;

function choice(flags: string, description: string, choices: readonly string[]): Option {
  const name = flags.split(' ')[0]!;
  return new Option(flags, `${description} (${choices.join(', ')})`).argParser(parseChoice(name, choices));
}

function duration(name: string, description: string): Option {
  return new Option(`${name} <duration>`, description).argParser(parseDuration(name));
}

function size(name: string, description: string): Option {
  return new Option(`${name} <size>`, description).argParser(parseSize(name));
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** What the library takes; nothing that was not said. Throws E_USAGE where two options contradict each other. */
export function toCopyOptions(positionals: readonly string[], flags: CopyFlags): CopyOptions {
  const { url, tables, target } = parseCopyArguments(positionals);
  const named = [...tables, ...(flags.table ?? [])];
  const query = toQuery(flags, named);
  return {
    target,
    ...withoutUndefined({
      url,
      tables: named.length === 0 ? undefined : named,
      exclude: flags.exclude,
      query,
      columns: flags.columns,
      where: flags.where,
      connections: flags.connections,
      chunkBy: flags.chunkBy,
      compression: flags.compression?.codec,
      compressionLevel: toLevel(flags),
      rowGroupRows: flags.rowGroupRows,
      partBytes: flags.partBytes,
      memoryBytes: flags.memory,
      consistency: flags.consistency,
      maxSnapshotAgeMs: flags.maxSnapshotAge,
      maxBlockMs: flags.maxBlock,
      statementTimeoutMs: flags.statementTimeout,
      numeric: flags.numeric,
      readers: flags.readers,
      awkward: flags.awkward,
      maxQuarantined: flags.maxQuarantined,
      columnOptions: toColumnOptions(flags.column),
      verify: flags.verify,
      failFast: flags.failFast,
      force: flags.force,
    }),
  };
}

function toQuery(flags: CopyFlags, tables: readonly string[]): CopyOptions['query'] | undefined {
  if (flags.query === undefined && flags.name === undefined) return undefined;
  if (flags.query === undefined)
    throw new DraculaError('E_USAGE', '--name names the dataset of a --query, and there is none.');
  if (flags.name === undefined)
    throw new DraculaError('E_USAGE', '--query needs --name: the dataset that its rows become.');
  const others = {
    tables: tables.length > 0,
    '--exclude': flags.exclude,
    '--columns': flags.columns,
    '--where': flags.where,
  };
  const clash = Object.entries(others).find(([, given]) => given);
  if (clash !== undefined)
    throw new DraculaError('E_USAGE', `--query stands alone: it cannot be combined with ${clash[0]}.`);
  return { sql: flags.query, name: flags.name };
}

function toColumnOptions(choices: readonly ColumnChoice[] = []): CopyOptions['columnOptions'] | undefined {
  const columns = choices.map(({ column }) => column);
  const repeated = columns.find((column, i) => columns.indexOf(column) !== i);
  if (repeated !== undefined)
    throw new DraculaError('E_USAGE', `--column names ${repeated} twice: write its settings behind one colon.`);
  return choices.length === 0 ? undefined : Object.fromEntries(choices.map(({ column, options }) => [column, options]));
}

function toLevel({ compression, compressionLevel }: CopyFlags): number | undefined {
  if (compressionLevel === undefined) return compression?.level;
  if (compression?.level !== undefined) {
    throw new DraculaError(
      'E_USAGE',
      'The compression level is given twice: in --compression and in --compression-level.',
    );
  }
  // Without a codec the library's own applies, and the library judges the level.
  if (compression === undefined) return parseWhole('--compression-level', 1)(compressionLevel);
  return parseLevel('--compression-level', compression.codec, compressionLevel);
}

/** `exactOptionalPropertyTypes`: an option that was not given is absent, not undefined. */
function withoutUndefined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
