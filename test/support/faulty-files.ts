/**
 * A file system whose calls can be made to fail, or to be the last: `node:fs/promises` with every call counted, those on
 * open files too. `onCall` runs before a call, `onDone` after it; what either throws is the call's answer.
 */
import * as nodeFiles from 'node:fs/promises';
import type { FileSystem } from '../../src/lake/storage.ts';

export interface FileCall {
  /** From 1. */
  readonly number: number;
  /** `link`, `open`, `file.sync`, … */
  readonly name: string;
  readonly path: string;
}

export interface FaultHooks {
  readonly onCall?: (call: FileCall) => void;
  readonly onDone?: (call: FileCall) => void;
}

export function faultyFiles({ onCall, onDone }: FaultHooks): FileSystem {
  let number = 0;
  const count = async (name: string, path: string, run: () => Promise<unknown>): Promise<unknown> => {
    const call = { number: ++number, name, path };
    onCall?.(call);
    const result = await run();
    try {
      onDone?.(call);
    } catch (fault) {
      if (name === 'open') await (result as nodeFiles.FileHandle).close();
      throw fault;
    }
    return name === 'open' ? watchFile(result as nodeFiles.FileHandle, path) : result;
  };
  const watchFile = (file: nodeFiles.FileHandle, path: string): nodeFiles.FileHandle =>
    new Proxy(file, {
      get(target, name) {
        if (!COUNTED.has(name)) return bound(target, name);
        return (...args: unknown[]) => count(`file.${String(name)}`, path, () => bound(target, name)!(...args));
      },
    });
  return new Proxy(nodeFiles as FileSystem, {
    get(target, name: keyof FileSystem) {
      return (...args: unknown[]) => count(name, String(args[0]), () => (target[name] as Call)(...args));
    },
  });
}

/** Calls on an open file that can fail. A file is always closed: a descriptor left open would be the test's own fault. */
const COUNTED: ReadonlySet<string | symbol> = new Set(['writeFile', 'sync', 'stat']);

function bound(file: nodeFiles.FileHandle, name: string | symbol): Call | undefined {
  const method = file[name as keyof nodeFiles.FileHandle] as unknown;
  return typeof method === 'function' ? (method.bind(file) as Call) : undefined;
}

type Call = (...args: unknown[]) => Promise<unknown>;

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
