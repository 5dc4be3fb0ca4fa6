/** The command line straight from the sources, for tests that end it: `node cli-from-source.ts copy …`. */
import { main } from '../../src/cli/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
