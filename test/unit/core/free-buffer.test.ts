import { expect, it } from 'vitest';
import { freeBuffer } from '../../../src/core/free-buffer.ts';

it('the memory of a large buffer is gone at once', () => {
  const bytes = new Uint8Array(50 << 20).fill(1);
  const before = process.memoryUsage().arrayBuffers;
  freeBuffer(bytes);
  expect(bytes.length).toBe(0);
  expect(before - process.memoryUsage().arrayBuffers).toBeGreaterThan(45 << 20);
});

it("a small buffer stays, and with it Node's pool that others share", () => {
  const pooled = Buffer.from('abc');
  freeBuffer(pooled as Uint8Array<ArrayBuffer>);
  expect(pooled.toString()).toBe('abc');
});
