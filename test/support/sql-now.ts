/**
 * SQL that runs to its end while this process stands still: from a listener of run events, which is called synchronously, the
 * world changes at exactly that moment of a run, whatever the timing.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('sql-child.ts', import.meta.url));

export type TextFields = Record<string, string | null>;

/**
 * Runs the statements one after the other on a connection of their own, each in a transaction of its own unless they say
 * otherwise; returns the rows of the last one as text. A lock that does not come within 5 s is an error.
 */
export function runSqlNow(url: string, statements: readonly string[]): TextFields[] {
  const output = execFileSync(process.execPath, [CHILD, url], {
    input: JSON.stringify(statements),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
    maxBuffer: 64 * 2 ** 20,
  });
  return JSON.parse(output) as TextFields[];
}
