/**
 * Where a part's bytes go: a file of its own, or a range of one file that several threads write.
 *
 * A sink reserves first and writes into what it reserved, so that two writers of one file never meet. Writes are synchronous:
 * they run in a worker thread that has nothing better to do, and a slow disk then slows the reading down by itself.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { ByteSink } from '../parquet/byte-sink.ts';
import { writeError } from './file-error.ts';

export interface PartFile extends ByteSink {
  /** Bytes reserved by this writer. */
  readonly bytes: number;
  close(): void;
}

/** A new file of its own; `path` must not exist. */
export function createPartFile(path: string): PartFile {
  let next = 0;
  return openPart(path, 'wx', (bytes) => {
    const offset = next;
    next += bytes;
    return offset;
  });
}

/** A share of the file at `path`, whose end so far is the one BigInt64 of `end`. */
export function openSharedPartFile(path: string, end: SharedArrayBuffer): PartFile {
  const next = new BigInt64Array(end);
  return openPart(path, 'r+', (bytes) => Number(Atomics.add(next, 0, BigInt(bytes))));
}

/** Writes the last bytes and closes the file. Where both fail, why it could not be written tells more. */
export function finishPartFile(file: PartFile, bytes: Uint8Array): void {
  try {
    file.write(file.reserve(bytes.length), bytes);
  } catch (error) {
    try {
      file.close();
    } catch {
      // Thrown is why it could not be written.
    }
    throw error;
  }
  file.close();
}

function openPart(path: string, flags: string, reserve: (bytes: number) => number): PartFile {
  const guarded = <T>(doing: string, work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw writeError(cause, doing, path);
    }
  };
  const file = guarded('open the part', () => openSync(path, flags));
  let bytes = 0;
  let closed = false;
  return {
    get bytes() {
      return bytes;
    },
    reserve(count) {
      bytes += count;
      return reserve(count);
    },
    write(offset, data) {
      guarded('write the part', () => {
        for (let done = 0; done < data.length; ) done += writeSync(file, data, done, data.length - done, offset + done);
      });
    },
    close() {
      if (closed) return;
      // Once, whatever comes of it: afterwards the descriptor's number may be another file's.
      closed = true;
      guarded('close the part', () => closeSync(file));
    },
  };
}
