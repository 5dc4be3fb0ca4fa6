import { expect, it } from 'vitest';
import { longestBusyMs } from '../../../src/pipeline/busy-time.ts';

const MIB = 2 ** 20;
const seconds = (options: Parameters<typeof longestBusyMs>[0], maxRowBytes = 0) =>
  Math.round(longestBusyMs(options, { rowGroupBytes: 64 * MIB, maxRowBytes }) / 1000);

it('a row group takes seconds as it is compressed by default, and minutes at the highest levels', () => {
  expect(seconds({ compression: 'zstd' })).toBe(4);
  expect(seconds({ compression: 'zstd', compressionLevel: 9 })).toBe(13);
  expect(seconds({ compression: 'zstd', compressionLevel: 16 })).toBe(537);
  expect(seconds({ compression: 'zstd', compressionLevel: 22 })).toBe(537);
  expect(seconds({ compression: 'gzip' })).toBe(19);
  for (const compression of ['snappy', 'none'] as const) expect(seconds({ compression })).toBe(3);
});

it('a row may be larger than a row group, and as large as a message can be', () => {
  expect(seconds({ compression: 'zstd' }, 200 * MIB)).toBe(13);
  expect(seconds({ compression: 'zstd' }, 1024 * MIB)).toBe(67);
  expect(seconds({ compression: 'zstd' }, 9000 * MIB)).toBe(67);
});

it('never less at a higher level', () => {
  for (let level = 2; level <= 22; level++) {
    const at = (compressionLevel: number) => seconds({ compression: 'zstd', compressionLevel });
    expect(at(level)).toBeGreaterThanOrEqual(at(level - 1));
  }
});
