/**
 * The WebAssembly kernels (assembly/), compiled once for the process; the worker threads share the machine code. The one place that
 * decides whether they are used: where they cannot be, JavaScript does all, with the same result.
 *
 * `DRACULA_KERNELS=javascript` in the environment leaves them out, for tests and benchmarks.
 */
import { readFileSync } from 'node:fs';
import { compileModule, type WasmModule } from '../core/wasm-module.ts';

/** `npm run build` puts it beside the sources and beside what is compiled of them. */
const FILE = new URL('../kernels.wasm', import.meta.url);

let compiled: WasmModule | null | undefined;

/** Null: JavaScript does all. */
export function compiledKernels(): WasmModule | null {
  if (process.env['DRACULA_KERNELS'] === 'javascript') return null;
  compiled ??= compile();
  return compiled;
}

function compile(): WasmModule | null {
  try {
    return compileModule(readFileSync(FILE));
  } catch {
    // No WebAssembly, or without SIMD, or no such file: slower, and as exact.
    return null;
  }
}
