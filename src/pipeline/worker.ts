/**
 * A worker thread: one connection, one chunk at a time, from the socket to the part.
 *
 * It owns its connection and its open part. It never decides what is read: the main thread hands out chunks, and learns of
 * everything that happens by the messages of worker-protocol.ts. After an error the chunk's rows are gone with the open part.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { kernelMemory } from '../core/kernel-memory.ts';
import { useValueKernels, ValueKernels } from '../parquet/value-kernels.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './worker-protocol.ts';
import { WorkerReader } from './worker-reader.ts';

if (parentPort !== null) {
  const port = parentPort;
  const settings = workerData as WorkerSettings;
  const memory = kernelMemory(settings.kernels);
  useValueKernels(memory === null ? null : new ValueKernels(memory));
  const reader = new WorkerReader(settings, memory, (message: FromWorker) => port.postMessage(message));
  port.on('message', (message: ToWorker) => {
    if (message.type === 'end') void reader.end().then(() => port.close());
    else reader.receive(message);
  });
}
