/** The WebAssembly kernels for tests, which are to fail where they are missing, not to go on with JavaScript. */
import { readFileSync } from 'node:fs';
import { KernelMemory } from '../../../src/core/kernel-memory.ts';
import { compileModule } from '../../../src/core/wasm-module.ts';
import { WireKernels } from '../../../src/extract/wire/wire-kernels.ts';

export const testModule = compileModule(readFileSync(new URL('../../../src/kernels.wasm', import.meta.url)));

export function testWireKernels(): WireKernels {
  return new WireKernels(new KernelMemory(testModule));
}
