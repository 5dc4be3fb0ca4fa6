import { expect, it } from 'vitest';
import { columnsOf } from '../../../src/cli/session.ts';
import { FakeHost } from '../../support/fake-host.ts';

it.each([
  [120, 120],
  [0, 80],
  [undefined, 80],
])('a terminal that tells %s columns has %s', (columns, expected) => {
  const { stderr } = new FakeHost({ isTTY: true });
  expect(columnsOf(columns === undefined ? stderr : Object.assign(stderr, { columns }))).toBe(expected);
});
