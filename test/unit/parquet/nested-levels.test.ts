import { expect, it } from 'vitest';
import type { LogicalType } from '../../../src/core/logical-type.ts';
import { NestedLevels } from '../../../src/parquet/nested-levels.ts';
import { type Value, vectorOf } from '../../support/parquet/batch-of.ts';

const int: LogicalType = { kind: 'int32' };
const lists: LogicalType = { kind: 'list', element: { kind: 'list', element: int } };
const TO_ELEMENT = { into: 'elements', isOptional: true } as const;

it('counts values and slots of rows, and ends pages between rows', () => {
  const levels = new NestedLevels([TO_ELEMENT, TO_ELEMENT]);
  const rows: Value[] = [[[1, null], [], null, [2]], null, [], [[3, 4, 5]], [[null]]];
  levels.append(vectorOf(lists, rows), 0, 2);
  levels.append(vectorOf(lists, rows), 2, 5);
  expect([levels.rows, levels.slots]).toEqual([5, 11]);
  expect([0, 1, 2, 3, 4, 5].map((row) => levels.slotOfRow(row))).toEqual([0, 5, 6, 7, 10, 11]);
  expect(levels.countValues(0, 11)).toBe(5);
  expect([levels.rowAfterValues(0, 1), levels.rowAfterValues(0, 2), levels.rowAfterValues(1, 3)]).toEqual([1, 3, 5]);
});

it('writes repetition levels, then definition levels, as the specification of nested types has them', () => {
  const levels = new NestedLevels([TO_ELEMENT, TO_ELEMENT]);
  levels.append(vectorOf(lists, [[[1, null], [], null, [2]], null, []]), 0, 3);
  // Bit-packed groups of 8, two bits and three bits a level: 0 2 1 1 1 0 0, and 5 4 3 2 5 0 1.
  const packed = (values: number[], width: number) =>
    values.reduce((sum, value, i) => sum | (BigInt(value) << BigInt(i * width)), 0n);
  const repetition = Buffer.alloc(2);
  repetition.writeUInt16LE(Number(packed([0, 2, 1, 1, 1, 0, 0], 2)));
  const definition = Buffer.alloc(3);
  definition.writeUIntLE(Number(packed([5, 4, 3, 2, 5, 0, 1], 3)), 0, 3);
  expect([...levels.encode(0, 7)]).toEqual([3, 0, 0, 0, 3, ...repetition, 4, 0, 0, 0, 3, ...definition]);
});

it('has no repetition levels below structs alone, where a row is a slot', () => {
  const type: LogicalType = { kind: 'struct', fields: [{ name: 'a', type: int }] };
  const levels = new NestedLevels([{ into: 0, isOptional: true }]);
  levels.append(vectorOf(type, [{ a: 1 }, null, { a: null }]), 0, 3);
  expect([levels.slots, levels.slotOfRow(2), levels.countValues(0, 3)]).toEqual([3, 2, 1]);
  expect([...levels.encode(0, 3)]).toEqual([3, 0, 0, 0, 3, 0b010010, 0]);
});
