/** `dracula query`: its options. */
import { type Command, Option } from 'commander';
import { parseChoice } from './option-values.ts';
import { QUERY_FORMATS, type QueryFormat } from './query-format.ts';
import type { Run } from './session.ts';

/** What commander collects. */
export interface QueryFlags {
  readonly lake?: string;
  readonly format?: QueryFormat;
  readonly output?: string;
}

export function addQueryCommand(program: Command, choose: (run: Run) => void): void {
  program
    .command('query')
    .summary('run SQL over a lake, in DuckDB')
    .description('Runs SQL over the current versions of a lake, in DuckDB. Every dataset is a view.')
    .argument('<sql>', 'one statement of DuckDB SQL')
    .helpOption('-h, --help', 'print help')
    .option('--lake <folder>', 'the lake; else $DRACULA_LAKE, else ./lake')
    .addOption(
      new Option('--format <format>', `${QUERY_FORMATS.join(', ')}; else by the end of --output, else table`).argParser(
        parseChoice('--format', QUERY_FORMATS),
      ),
    )
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .option('--no-color', 'no colours (as does NO_COLOR)')
    .addHelpText('after', EXAMPLES)
    .action((sql: string, flags: QueryFlags) => {
      choose(async (session) => (await import('./query-command.ts')).runQuery(sql, flags, session));
    });
}

const EXAMPLES = `
Examples:
  $ dracula query "select status, count(*) from orders group by all"
  $ dracula query --lake ./lake --format csv "from users" > users.csv
  $ dracula query -o top.parquet "from orders order by total desc limit 100"`;
