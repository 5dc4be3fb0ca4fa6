/** The worker threads of a run: start them, talk to them, end them. Who reads what is the scheduler's. */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { DraculaError } from '../errors.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './worker-protocol.ts';

/** In the sources a worker starts from TypeScript, in the package from JavaScript. */
const WORKER_FILE = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
const END_TIMEOUT_MS = 3_000;

/** The old generation that a worker starts with: V8's own start makes it collect all the time while a table is first read. */
const OLD_GENERATION_MB = 16;

/**
 * The young generation of a worker, three times a semi-space. Rows make no objects: with V8's own, of 48 MB, lineitem took 17 MB more
 * at the peak, and no less CPU.
 */
const YOUNG_GENERATION_MB = 6;

export interface WorkerLink {
  readonly id: number;
  send(message: ToWorker): void;
  /** Asks it to hang up; ends it when it does not within three seconds. */
  end(): Promise<void>;
}

export interface WorkerEvents {
  onMessage(workerId: number, message: FromWorker): void;
  /** The thread died: a bug, or memory. */
  onDeath(workerId: number, error: DraculaError): void;
}

export function startWorker(settings: WorkerSettings, events: WorkerEvents): WorkerLink {
  setFlagsFromString(`--initial-old-space-size=${OLD_GENERATION_MB}`);
  const worker = new Worker(WORKER_FILE, {
    workerData: settings,
    name: `reader ${settings.workerId}`,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    execArgv: [],
    argv: [],
  });
  let ended = false;
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('message', (message: FromWorker) => {
    if (message.type !== 'ended') events.onMessage(settings.workerId, message);
  });
  worker.on('error', (cause) => {
    if (!ended) events.onDeath(settings.workerId, deathOf(cause));
    ended = true;
  });
  worker.on('exit', (code) => {
    if (!ended)
      events.onDeath(
        settings.workerId,
        new DraculaError('E_INTERNAL', `A reading thread ended by itself (exit code ${code}).`),
      );
    ended = true;
  });
  return {
    id: settings.workerId,
    send: (message) => worker.postMessage(message),
    async end() {
      if (ended) return;
      ended = true;
      worker.postMessage({ type: 'end' } satisfies ToWorker);
      const timer = setTimeout(() => void worker.terminate(), END_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

function deathOf(cause: unknown): DraculaError {
  if (cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new DraculaError(
      'E_MEMORY',
      'A reading thread ran out of memory; nothing of its table is published.',
      {},
      cause,
    );
  }
  return new DraculaError('E_INTERNAL', cause instanceof Error ? cause.message : String(cause), {}, cause);
}
