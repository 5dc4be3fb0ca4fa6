/** `dracula verify`: its options. */
import { type Command, Option } from 'commander';
import { parseDuration, parsePercent } from './option-values.ts';
import type { Run } from './session.ts';

/** What commander collects. */
export interface VerifyFlags {
  readonly lake?: string;
  readonly url?: string;
  readonly sample?: number;
  readonly where?: string;
  readonly strict?: boolean;
  readonly maxBlock?: number;
  readonly maxSnapshotAge?: number;
  readonly json?: boolean;
}

export function addVerifyCommand(program: Command, choose: (run: Run) => void): void {
  program
    .command('verify')
    .summary('compare datasets with their source')
    .description(
      'Compares datasets of a lake with the tables that they were copied from, as these are now: rows, nulls, and a checksum of ' +
        'the values of each column, computed by Postgres and by DuckDB. The proof of a copy itself is `dracula copy --verify`.',
    )
    .argument('[datasets...]', 'names as in `dracula status`; else all')
    .helpOption('-h, --help', 'print help')
    .option('--lake <folder>', 'the lake; else $DRACULA_LAKE, else ./lake')
    .option('--url <url>', 'the source: postgresql://…; else $DATABASE_URL, else PG* and ~/.pgpass')
    .addOption(
      new Option('--sample <percent>', "only so much of each table's blocks, row by row: 1%").argParser(
        parsePercent('--sample'),
      ),
    )
    .option('--where <condition>', 'the condition with which the datasets were copied')
    .option('--strict', 'end with exit code 5 when something differs')
    .addOption(
      new Option('--max-block <duration>', 'give way when somebody waits longer for our lock (1s)').argParser(
        parseDuration('--max-block'),
      ),
    )
    .addOption(
      new Option('--max-snapshot-age <duration>', 'stop rather than hold a snapshot longer (30m)').argParser(
        parseDuration('--max-snapshot-age'),
      ),
    )
    .option('--json', 'print one JSON document on stdout')
    .option('--no-color', 'no colours (as does NO_COLOR)')
    .addHelpText('after', EXAMPLES)
    .action((datasets: string[], flags: VerifyFlags) => {
      choose(async (session) => (await import('./verify-command.ts')).runVerify(datasets, flags, session));
    });
}

const EXAMPLES = `
Examples:
  $ dracula verify                                (source: $DATABASE_URL)
  $ dracula verify orders users --sample 1%
  $ dracula verify --strict --json > verify.json`;
