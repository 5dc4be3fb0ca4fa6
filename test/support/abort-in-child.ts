/**
 * A program that copies with the library and gives up while a chunk waits to be read for another time:
 * `node abort-in-child.ts <url> <lake>`. It aborts at the third failure of a read, says when its promise was rejected, and then has
 * nothing left to do.
 */
import { copyTables, isDraculaError } from '../../src/index.ts';

const [url, target] = process.argv.slice(2);
const end = new AbortController();
let failures = 0;
try {
  await copyTables({
    url: url!,
    target: `${target}/`,
    env: {},
    signal: end.signal,
    onEvent: (event) => {
      if (event.type === 'table-retried' && ++failures === 3) end.abort();
    },
  });
} catch (error) {
  process.stdout.write(`${isDraculaError(error) ? error.code : error}\n`);
}
