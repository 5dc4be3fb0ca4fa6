/** `dracula status`: its options. */
import type { Command } from 'commander';
import type { Run } from './session.ts';

/** What commander collects. */
export interface StatusFlags {
  readonly lake?: string;
  readonly json?: boolean;
}

export function addStatusCommand(program: Command, choose: (run: Run) => void): void {
  program
    .command('status')
    .summary('list the datasets of a lake')
    .description('Lists the datasets of a lake: version, rows, files, bytes, age.')
    .helpOption('-h, --help', 'print help')
    .option('--lake <folder>', 'the lake; else $DRACULA_LAKE, else ./lake')
    .option('--json', 'print one JSON document on stdout')
    .option('--no-color', 'no colours (as does NO_COLOR)')
    .action((flags: StatusFlags) => {
      choose(async (session) => (await import('./status-command.ts')).runStatus(flags, session));
    });
}
