/**
 * A process that owns an embedded server, for tests of what becomes of the server when its owner ends. It prints
 * `{ pid, url, dataFolder }` as a line of JSON once the server runs, then ends as told: `wait` (until killed), `ignore-sigint`
 * (the same, and SIGINT is ignored), `exit` or `throw`. The second argument is the folder of the binaries.
 */
import { startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';

const [end, binaries] = process.argv.slice(2);
const server = await startEmbeddedPostgres(binaries === undefined ? {} : { binaries });
const { pid, url, dataFolder } = server;
if (end === 'ignore-sigint') process.on('SIGINT', () => {});
process.stdout.write(`${JSON.stringify({ pid, url, dataFolder })}\n`);

if (end === 'exit') process.exit(0);
if (end === 'throw') throw new Error('the owner fails');
setInterval(() => {}, 1000);
