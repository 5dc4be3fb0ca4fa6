/**
 * The WebAssembly memory of a thread: one for all kernels (assembly/), so that what the wire's have decoded is where the writer's read
 * it. Each user takes regions of its own once and keeps them; pages that nothing touches are never resident.
 */
import { instantiate, reserveMemory, type WasmFunctions, type WasmMemory, type WasmModule } from './wasm-module.ts';

const MEMORY_BYTES = 96 * 2 ** 20;
/** The module's own constants come first. */
const CONSTANTS_BYTES = 64 * 1024;

export class KernelMemory {
  readonly #module: WasmModule;
  readonly #memory: WasmMemory;
  #end = CONSTANTS_BYTES;

  /** Throws where the system gives no address space for it. */
  constructor(module: WasmModule) {
    this.#module = module;
    this.#memory = reserveMemory(MEMORY_BYTES);
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /** Whether there are so many bytes left. */
  has(bytes: number): boolean {
    return this.#end + bytes <= MEMORY_BYTES;
  }

  /** Where a region of so many bytes begins, which nobody else gets. It holds zeros. */
  take(bytes: number): number {
    if (!this.has(bytes)) throw new RangeError('The memory of the WebAssembly kernels is used up.');
    const at = this.#end;
    this.#end += bytes;
    return at;
  }

  /** The functions of the module over this memory; `names` are checked to be there. */
  functions<N extends string>(names: readonly N[]): WasmFunctions<N> {
    return instantiate(this.#module, this.#memory, names);
  }
}

/** Null without a module, or where the system gives no address space, under a ulimit for one: JavaScript does the same. */
export function kernelMemory(module: WasmModule | null): KernelMemory | null {
  if (module === null) return null;
  try {
    return new KernelMemory(module);
  } catch {
    return null;
  }
}
