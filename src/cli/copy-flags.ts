/** `dracula copy`: its options as commander reads them. What the library takes of them: to-copy-options.ts. */
import { Argument, type Command, Option } from 'commander';
import { READERS } from '../core/reader.ts';
import { AWKWARD_POLICIES } from '../core/table-schema.ts';
import {
  type ColumnChoice,
  parseChoice,
  parseColumn,
  parseCompression,
  parseCountOrShare,
  parseDuration,
  parseNames,
  parseNumericForm,
  parseReaders,
  parseSize,
  parseWhole,
} from './option-values.ts';
import type { Run } from './session.ts';
import { type CopyFlags, toCopyOptions } from './to-copy-options.ts';

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
        AWKWARD_POLICIES,
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
        'what holds for one column: ns.table.col:dims=2,awkward=null; dims: the dimensions of an array, or json (repeatable)',
      ).argParser((text, before: readonly ColumnChoice[] | undefined) => [
        ...(before ?? []),
        parseColumn('--column', AWKWARD_POLICIES)(text),
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
      new Option(
        '--readers <names>',
        `who reads the files beside DuckDB, our own engine (${READERS.join(', ')})`,
      ).argParser(parseReaders('--readers')),
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
