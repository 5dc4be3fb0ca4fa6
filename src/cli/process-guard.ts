/**
 * What a process needs around a command: a closed pipe is no error, an error that nobody caught is reported like one that
 * somebody did, and a command that is done ends.
 */
import { DraculaError } from '../errors.ts';
import type { Host } from './host.ts';

export interface ProcessGuard {
  /** Sees to it that the process ends soon after, with this exit code. */
  exitSoon(code: number): void;
  dispose(): void;
}

/** A worker or a native thread that still holds the event loop after the command's end gets this long. */
const LINGER_MS = 2_000;

/** `report` prints an error and resolves with its exit code. */
export function guardProcess(host: Host, report: (error: unknown) => Promise<number>): ProcessGuard {
  let reporting: Promise<number> | undefined;
  const onUncaught = (error: unknown) => {
    // What the report meets, a stream that it cannot write say, is not reported in turn.
    reporting ??= report(error);
    reporting.then((code) => host.exit(code));
  };
  host.on('uncaughtException', onUncaught);
  host.on('unhandledRejection', onUncaught);
  // `dracula query … | head`: the reader has gone, which is its right. These listeners stay: a late write may still fail.
  host.stdout.on('error', (error) => isClosedPipe(error) || onUncaught(cannotWrite(error, 'output')));
  host.stderr.on('error', (error) => isClosedPipe(error) || onUncaught(cannotWrite(error, 'error output')));
  return {
    exitSoon(code) {
      // Unref'd: it fires only when something forgotten keeps the process alive, which must not hang a cron job.
      setTimeout(() => host.exit(code), LINGER_MS).unref();
    },
    dispose() {
      host.off('uncaughtException', onUncaught);
      host.off('unhandledRejection', onUncaught);
    },
  };
}

function isClosedPipe({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE';
}

function cannotWrite({ code = 'unknown' }: NodeJS.ErrnoException, which: string): DraculaError {
  const message = `The standard ${which} cannot be written (${code}). What was committed stays.`;
  return new DraculaError(code === 'ENOSPC' ? 'E_DISK_FULL' : 'E_WRITE', message, { reason: code });
}
