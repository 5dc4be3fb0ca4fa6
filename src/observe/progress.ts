/**
 * Progress on stderr: listens to run events and shows them the way that suits the stream.
 *
 * - a terminal: one live line per running table and a total, drawn at most ten times a second; warnings, errors and second
 *   readings stay above it;
 * - anything else (a log, a pipe): plain lines: start and end of each table, and every 10 s how far the running ones are;
 * - quiet: warnings and errors only.
 *
 * The clock is the caller's (`now`, milliseconds); the timers only ask it, and never keep the process alive.
 */
import type { RunEvent, RunEventListener } from '../core/run-event.ts';
import { LiveDisplay, type TextStream } from './live-display.ts';
import { describePace, describeProgress, layoutLive } from './live-lines.ts';
import { applyRunEvent, createRunProgress } from './progress-state.ts';
import { describeEvent, describeRunning, type MessageLevel } from './run-messages.ts';

export interface ProgressOptions {
  readonly stream: TextStream;
  readonly isTty: boolean;
  /** Width of the terminal now. Default 80. */
  readonly columns?: (() => number) | undefined;
  /** Height of the terminal now. Default 24. */
  readonly rows?: (() => number) | undefined;
  /** Default `Date.now`. */
  readonly now?: () => number;
  /** Warnings and errors only. */
  readonly quiet?: boolean;
  readonly color?: boolean;
  /** Aborted when the run is to stop: no more is said of how far it is. */
  readonly signal?: AbortSignal;
}

export type Progress = RunEventListener & {
  /** Takes the live block away and stops the timers. Events after it are still printed, as plain lines. */
  close(): void;
};

export const FRAME_MS = 100;
export const PLAIN_INTERVAL_MS = 10_000;

/** A listener for `onEvent`; call `close` when the run ended, however it ended. */
export function createProgress(options: ProgressOptions): Progress {
  if (options.quiet) return quietProgress(options);
  return options.isTty ? liveProgress(options) : plainProgress(options);
}

function quietProgress({ stream, color = false }: ProgressOptions): Progress {
  const listen = (event: RunEvent) => {
    for (const { level, text } of describeEvent(event, color)) if (level === 'problem') stream.write(`${text}\n`);
  };
  return Object.assign(listen, { close() {} });
}

function plainProgress({ stream, color = false, now = Date.now, signal }: ProgressOptions): Progress {
  const run = createRunProgress(now());
  const printRunning = () => {
    if (run.running.size === 0 || signal?.aborted) return;
    for (const table of run.running.values()) {
      const pace = describePace(table.wireBytes, (now() - table.startedAtMs) / 1000);
      stream.write(`${describeRunning(table)}${table.verified === null ? `, ${pace}` : ''}\n`);
    }
    stream.write(`${describeProgress(run, now())}\n`);
  };
  const timer = setInterval(printRunning, PLAIN_INTERVAL_MS).unref();
  const listen = (event: RunEvent) => {
    applyRunEvent(run, event, now());
    for (const { text } of describeEvent(event, color)) stream.write(`${text}\n`);
  };
  return Object.assign(listen, { close: () => clearInterval(timer) });
}

const KEPT_ON_A_TERMINAL: readonly MessageLevel[] = ['event', 'problem'];

function liveProgress(options: ProgressOptions): Progress {
  const { stream, color = false, now = Date.now, columns = () => 80, rows = () => 24, signal } = options;
  const run = createRunProgress(now());
  const display = new LiveDisplay(stream, columns);
  let closed = false;
  const timer = setInterval(() => {
    run.stopping = signal?.aborted ?? false;
    display.draw(layoutLive(run, { columns: columns(), rows: rows() }, now()));
  }, FRAME_MS);
  timer.unref();
  const listen = (event: RunEvent) => {
    applyRunEvent(run, event, now());
    for (const { level, text } of describeEvent(event, color)) {
      if (!KEPT_ON_A_TERMINAL.includes(level)) continue;
      if (closed) stream.write(`${text}\n`);
      else display.printAbove(text);
    }
  };
  const close = () => {
    closed = true;
    clearInterval(timer);
    display.clear();
  };
  return Object.assign(listen, { close });
}
