/**
 * The few parts of WebAssembly that this program uses, typed: neither the language's nor Node's types describe it.
 *
 * A compiled module can be sent to worker threads, which then share its machine code.
 */
declare const compiled: unique symbol;

/** A compiled module; opaque. */
export interface WasmModule {
  readonly [compiled]: true;
}

/** Memory of a fixed size. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** What a module exports, by name. */
export type WasmFunctions<N extends string> = Readonly<Record<N, (...parameters: number[]) => number>>;

type WasmExports = Readonly<Record<string, (...parameters: number[]) => number>>;

interface WebAssembly {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: WasmExports };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssembly };

const PAGE_BYTES = 64 * 1024;

/** Throws where WebAssembly is missing, or lacks what the module uses. */
export function compileModule(bytes: Uint8Array): WasmModule {
  return new WebAssembly.Module(bytes);
}

/** Pages become resident when they are touched. Throws where the system gives no address space. */
export function reserveMemory(bytes: number): WasmMemory {
  const pages = bytes / PAGE_BYTES;
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

/** The functions of a module over this memory; `names` are checked to be there. */
export function instantiate<N extends string>(
  module: WasmModule,
  memory: WasmMemory,
  names: readonly N[],
): WasmFunctions<N> {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  for (const name of names) if (typeof exports[name] !== 'function') throw new Error(`the module has no ${name}`);
  return exports as WasmFunctions<N>;
}
