import { afterEach, expect, it, vi } from 'vitest';
import { compiledKernels } from '../../../src/pipeline/compiled-kernels.ts';

afterEach(() => vi.unstubAllEnvs());

it('the kernels that the build made are compiled, once', () => {
  vi.stubEnv('DRACULA_KERNELS', undefined);
  expect(compiledKernels()).not.toBeNull();
  expect(compiledKernels()).toBe(compiledKernels());
});

it('the environment leaves them out', () => {
  vi.stubEnv('DRACULA_KERNELS', 'javascript');
  expect(compiledKernels()).toBeNull();
});
