import { expect, it } from 'vitest';
import { createVector, type ListVector } from '../../../../src/core/column-batch.ts';
import { fillOffsets, grownCapacity, rowOfElement } from '../../../../src/extract/wire/list-child.ts';

it('grows seldom, however many lists come one after the other', () => {
  let capacity = 0;
  let copied = 0;
  let times = 0;
  const elements = 3_000_000;
  for (let needed = 2; needed <= elements; needed += 2) {
    if (needed <= capacity) continue;
    copied += capacity;
    times++;
    capacity = grownCapacity(capacity, needed);
  }
  expect(times).toBeLessThan(32);
  expect(copied).toBeLessThan(6 * elements);
  expect(capacity).toBeLessThan(1.3 * elements);
});

it('takes no more for one large list than it needs', () => {
  expect(grownCapacity(0, 3_000_000)).toBe(3_000_000);
});

it('finds the list of an element behind empty ones', () => {
  const list = createVector({ kind: 'list', element: { kind: 'int32' } }, 4) as ListVector;
  const view = new DataView(new ArrayBuffer(16));
  const lengths = [0, 2, 0, 3];
  lengths.forEach((length, i) => {
    view.setInt32(i * 4, length);
  });
  const tile = { bytes: new Uint8Array(view.buffer), view, memory: undefined as never };
  const count = fillOffsets(list, tile, Int32Array.of(0, 4, 8, 12), 0, 4, (_tile, _q, length) => length);
  expect(count).toBe(5);
  expect([0, 1, 2, 3, 4].map((element) => rowOfElement(list.offsets, 4, element))).toEqual([1, 1, 3, 3, 3]);
});
