/** The caller's listener: what it throws, or is rejected with, ends the run, as the caller's signal does. */
import type { RunEvent } from '../core/run-event.ts';
import type { CopyOptions } from './copy-options.ts';

export class RunListener {
  readonly #onEvent: CopyOptions['onEvent'];
  readonly #interruption: AbortSignal | undefined;
  readonly #failed = new AbortController();
  readonly #promised = new Set<Promise<unknown>>();
  readonly #interrupted: Promise<void>;
  readonly #failure: Promise<void>;

  /** `interruption`: the caller's signal, which it ends for the run. */
  constructor(onEvent: CopyOptions['onEvent'], interruption: AbortSignal | undefined) {
    this.#onEvent = onEvent;
    this.#interruption = interruption;
    this.#interrupted = aborting(interruption);
    this.#failure = aborting(this.failed);
  }

  /** Aborted with what the listener failed with. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  tell(event: RunEvent): void {
    try {
      const returned: unknown = this.#onEvent?.(event);
      if (isThenable(returned)) this.#promise(returned);
    } catch (error) {
      this.#failed.abort(error);
    }
  }

  #promise(returned: PromiseLike<unknown>): void {
    const promise = Promise.resolve(returned)
      .catch((error: unknown) => this.#failed.abort(error ?? new Error('The listener was rejected without a reason.')))
      .finally(() => this.#promised.delete(promise));
    this.#promised.add(promise);
  }

  /** Waits for what the listener promised so far. Rejects with what it failed with, or with the interruption that ended the wait. */
  async listened(): Promise<void> {
    await this.#settled();
    this.#failed.signal.throwIfAborted();
    if (this.#promised.size > 0) this.#interruption?.throwIfAborted();
  }

  /** Waits for the answer of another listener of the caller's. Rejects as it does, or with the failure or the interruption that ended the wait. */
  async answered(answer: unknown): Promise<void> {
    await Promise.race([answer, this.#interrupted, this.#failure]);
    this.failed.throwIfAborted();
    this.#interruption?.throwIfAborted();
  }

  /** Of a run that failed with this error, the one to tell: what the listener failed with before it, else itself. Waits for the listener, but not where the caller aborted. */
  async firstError(error: unknown): Promise<unknown> {
    if (this.#failed.signal.aborted) return this.#failed.signal.reason;
    await this.#settled();
    return error;
  }

  /** All that was promised is settled, or the caller aborted: a listener may itself wait for the run's end. */
  async #settled(): Promise<void> {
    while (this.#promised.size > 0 && !this.#interruption?.aborted)
      await Promise.race([Promise.all(this.#promised), this.#interrupted]);
  }
}

/** Resolves when the signal is aborted, at once where it is; never without one. */
function aborting(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
