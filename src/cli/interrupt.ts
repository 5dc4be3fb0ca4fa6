/**
 * Ctrl-C and its kin. The first signal asks the command to stop (its AbortSignal fires: server queries are cancelled,
 * unfinished files removed); the second ends the process at once. Within 10 s the process is gone, whatever happens.
 */
import { DraculaError } from '../errors.ts';
import type { Host, HostEvent } from './host.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly HostEvent[];
const EXIT_INTERRUPTED = 130;
const LEFT = 'What was not committed is not published; the next run removes it.';

/** The same key press can arrive twice: from the terminal, and from a launcher or npx that forwards it. */
const SAME_PRESS_MS = 300;

/** Less than the promised 10 s, so that the message and the exit fit in. */
const WATCHDOG_MS = 9_000;

export interface Interrupts {
  readonly signal: AbortSignal;
  /** The command is done: a signal from now on ends the process at once, with this exit code. */
  finish(code: number): void;
}

/** Listens to the end of the process. `say` prints a line on stderr; `lastWords` is called before the process is ended at once, and must not wait. */
export function watchInterrupts(
  host: Host,
  say: (line: string) => void,
  lastWords: (error: DraculaError) => void = () => {},
  now: () => number = Date.now,
): Interrupts {
  const controller = new AbortController();
  let firstAt: number | null = null;
  let finished: number | null = null;
  let watchdog: NodeJS.Timeout | undefined;

  const exitAtOnce = (message: string) => {
    lastWords(new DraculaError('E_INTERRUPTED', message));
    host.exit(EXIT_INTERRUPTED);
  };
  const onSignal = (name: unknown) => {
    if (finished !== null) return host.exit(finished);
    if (firstAt !== null) {
      if (now() - firstAt >= SAME_PRESS_MS)
        exitAtOnce(`The command was ended at once by ${String(name)}, its second signal. ${LEFT}`);
      return;
    }
    firstAt = now();
    say(`${String(name)}: stopping; once more to exit at once`);
    // A hung server, a full disk or a bug can keep the command from ending. Unref'd: a process that is done does not wait for it.
    watchdog = setTimeout(() => {
      say('did not stop in time: exiting; the next run removes what this one left');
      exitAtOnce(`The command was interrupted by ${String(name)} and did not stop in time. ${LEFT}`);
    }, WATCHDOG_MS).unref();
    controller.abort(new DraculaError('E_INTERRUPTED', `The command was interrupted by ${String(name)}.`));
  };

  for (const name of SIGNALS) host.on(name, onSignal);
  return {
    signal: controller.signal,
    finish(code) {
      clearTimeout(watchdog);
      finished = code;
    },
  };
}
