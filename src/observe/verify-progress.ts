/**
 * How far a verification is, on stderr: a live line on a terminal, a plain line every 10 s otherwise. The results go to stdout as they come;
 * `hide` takes the live line away for one of them, since both may be the same terminal.
 */
import type { RunEvent, RunEventListener } from '../core/run-event.ts';
import { LiveDisplay } from './live-display.ts';
import { cut } from './live-lines.ts';
import { formatSeconds, formatShare } from './number-format.ts';
import { printableDataset } from './printable-text.ts';
import { FRAME_MS, PLAIN_INTERVAL_MS, type ProgressOptions } from './progress.ts';
import { describeEvent } from './run-messages.ts';

export type VerifyProgress = RunEventListener & {
  /** Until the next frame there is no live line. */
  hide(): void;
  /** Takes it away for good and stops the timer. */
  close(): void;
};

interface Comparing {
  readonly dataset: string;
  readonly startedAtMs: number;
  fraction: number;
}

/** A listener for `onEvent`; call `close` when the verification ended, however it ended. */
export function createVerifyProgress(options: Omit<ProgressOptions, 'rows' | 'quiet'>): VerifyProgress {
  const { stream, isTty, color = false, now = Date.now, columns = () => 80 } = options;
  const display = new LiveDisplay(stream, columns);
  let comparing: Comparing | null = null;
  const show = () => {
    if (comparing === null) return;
    const line = describe(comparing, now());
    if (isTty) display.draw([cut(line, Math.max(1, columns() - 1))]);
    else stream.write(`${line}\n`);
  };
  const timer = setInterval(show, isTty ? FRAME_MS : PLAIN_INTERVAL_MS).unref();
  const hide = () => {
    comparing = null;
    display.clear();
  };
  const listen = (event: RunEvent) => {
    if (event.type === 'verify-progress') {
      if (comparing?.dataset !== event.dataset)
        comparing = { dataset: event.dataset, startedAtMs: now(), fraction: event.fraction };
      comparing.fraction = event.fraction;
      return;
    }
    if (event.type === 'notice') for (const { text } of describeEvent(event, color)) display.printAbove(text);
  };
  const close = () => {
    clearInterval(timer);
    hide();
  };
  return Object.assign(listen, { hide, close });
}

/** `orders: 45 % compared, 12.4 s` */
function describe({ dataset, fraction, startedAtMs }: Comparing, nowMs: number): string {
  const seconds = formatSeconds((nowMs - startedAtMs) / 1000);
  return `${printableDataset(dataset)}: ${formatShare(fraction)} compared, ${seconds}`;
}
