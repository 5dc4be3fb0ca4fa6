import { expect, test } from 'vitest';
import type { Cell } from '../../../src/engine/cell.ts';
import type { QueryResult } from '../../../src/engine/query-result.ts';
import { formatCsv, formatJson } from '../../../src/engine/result-format.ts';

function result(names: readonly string[], ...batches: (readonly Cell[])[][]): QueryResult {
  async function* read() {
    yield* batches;
  }
  return { columns: names.map((name) => ({ name, type: 'VARCHAR', numeric: false })), batches: read() };
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

const VALUES: Cell[] = [
  ...[null, true, 1, -0, 0.1, 1e300, Number.NaN, Number.NEGATIVE_INFINITY, 12345678901234567890n, '1.50', ''],
  ...['a,b', 'say "hi"', 'two\nlines', '\u2028é🦆', [1, null, 'x'], { fields: [['a "b"', [2n ** 64n]]] } as const],
];
const NAMES = VALUES.map((_, i) => (i === 0 ? 'a "quoted", name' : `c${i}`));

test('JSON is one array of objects, a row a line, with what JSON numbers cannot hold as texts', async () => {
  const text = await textOf(formatJson(result(NAMES, [VALUES], [VALUES, VALUES])));
  expect(text.split('\n')).toHaveLength(6);
  const rows = JSON.parse(text) as Record<string, unknown>[];
  expect(rows).toHaveLength(3);
  expect(Object.keys(rows[0]!)).toEqual(NAMES);
  expect(Object.values(rows[2]!)).toEqual([
    ...[null, true, 1, -0, 0.1, 1e300, 'NaN', '-Infinity', '12345678901234567890', '1.50', ''],
    ...['a,b', 'say "hi"', 'two\nlines', '\u2028é🦆', [1, null, 'x'], { 'a "b"': ['18446744073709551616'] }],
  ]);
});

test('JSON of no rows is an empty array', async () => {
  expect(await textOf(formatJson(result(['a'])))).toBe('[]\n');
  expect(await textOf(formatJson(result(['a'], [])))).toBe('[]\n');
});

test('CSV follows RFC 4180, and tells null from an empty text', async () => {
  const text = await textOf(formatCsv(result(NAMES, [VALUES])));
  const [header, ...rest] = text.split('\r\n');
  expect(header).toBe(`"a ""quoted"", name",${NAMES.slice(1).join(',')}`);
  expect(rest.join('\r\n')).toBe(
    ',true,1,-0,0.1,1e+300,NaN,-Infinity,12345678901234567890,1.50,"","a,b","say ""hi""","two\nlines",\u2028é🦆,' +
      '"[1,null,""x""]","{""a \\""b\\"""":[""18446744073709551616""]}"\r\n',
  );
});
