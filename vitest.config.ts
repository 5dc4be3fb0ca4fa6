/**
 * The lanes of the test suite, one project each: `vitest run --project unit`. All that `npm test` runs needs only Node; the
 * readers' lane needs Python and is run by `npm run test:readers`, which sets it up first, and that of locales the sources of the
 * operating system's, by `npm run test:locales`.
 */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { HOSTILE, NOT_HOSTILE } from './test/support/hostile.ts';

/** What is built once before the lanes that start `bin/dracula.js`, pack the package or run the WebAssembly kernels. */
const built = 'test/support/build.ts';

/** A row group has a price whatever it holds, and so has a piece of the stream: what takes seconds elsewhere takes longer here. */
const hostile = { env: HOSTILE, exclude: [...NOT_HOSTILE], testTimeout: 300_000 };

/**
 * Each copy starts its readers from TypeScript: node takes the types out of a hundred files and compiles them, half a second of CPU a
 * reader. What it made of a file it keeps here, and uses while the file is the same.
 */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '.cache', 'compiled');

const readers = process.env['DRACULA_TEST_PYTHON'] !== undefined;
const locales = process.env['DRACULA_TEST_LOCALES'] !== undefined;
const jvmReaders = process.env['DRACULA_TEST_TRINO'] !== undefined;

export default defineConfig({
  test: {
    projects: [
      lane('unit', 'test/unit/**/*.test.ts', built),
      lane('architecture', 'test/architecture/**/*.test.ts'),
      lane('integration', 'test/integration/**/*.test.ts', built),
      lane('hostile', 'test/integration/**/*.test.ts', built, hostile),
      lane('cli', 'test/cli/**/*.test.ts', built),
      lane('fault', 'test/fault/**/*.test.ts', built),
      lane('package', 'test/package/**/*.test.ts', built),
      ...(readers ? [lane('readers', 'test/readers/*.test.ts', built)] : []),
      ...(locales ? [lane('locales', 'test/locales/*.test.ts', built)] : []),
      ...(jvmReaders ? [lane('jvm-readers', 'test/readers/jvm/*.test.ts')] : []),
    ],
    globalSetup: 'test/support/data-folders.ts',
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
  },
});

function lane(
  name: string,
  include: string,
  globalSetup?: string,
  more: { readonly env?: Record<string, string>; readonly exclude?: string[]; readonly testTimeout?: number } = {},
) {
  return {
    extends: true as const,
    test: {
      name,
      include: [include],
      testTimeout: 120_000,
      hookTimeout: 120_000,
      // What is waited for with `expect.poll` comes on a busy machine too.
      expect: { poll: { timeout: 30_000 } },
      ...(globalSetup === undefined ? {} : { globalSetup }),
      ...more,
    },
  };
}
