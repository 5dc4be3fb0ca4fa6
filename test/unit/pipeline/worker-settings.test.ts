import { expect, it } from 'vitest';
import { hostileSettings } from '../../../src/pipeline/worker-settings.ts';
import { HOSTILE } from '../../support/hostile.ts';

const parquet = {
  compression: 'zstd',
  rowGroupRows: 1_000,
  rowGroupBytes: 2e6,
  pageRows: 100,
  pageBytes: 1e6,
} as const;

it('takes the stream as it comes, and row groups as they are asked for', () => {
  expect(hostileSettings(parquet, {})).toEqual({ parquet, cutBytes: null });
});

it('cuts the stream and the row groups in the hostile run, whatever the options say', () => {
  expect(hostileSettings(parquet, HOSTILE)).toEqual({ parquet: { ...parquet, rowGroupRows: 3 }, cutBytes: 7 });
});
