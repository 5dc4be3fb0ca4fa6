/**
 * The WebAssembly kernels against the JavaScript ones, which are the reference: the same streams, whole, changed and cut, give the same
 * rows, the same awkward values and the same errors.
 */
import { describe, expect, it } from 'vitest';
import { createVector, vectorStorage } from '../../../../src/core/column-batch.ts';
import type { LogicalType } from '../../../../src/core/logical-type.ts';
import { isDraculaError } from '../../../../src/errors.ts';
import { TileMemory } from '../../../../src/extract/wire/tile-memory.ts';
import type { WireKernels } from '../../../../src/extract/wire/wire-kernels.ts';
import { fuzzMs, fuzzTimeout } from '../../../support/fuzz-budget.ts';
import { SEED, titled } from '../../../support/property.ts';
import { CAPTURED_COLUMNS, CAPTURED_STREAM } from '../../../support/wire/captured-rows.ts';
import { CAPTURED_VALUES, streamOf } from '../../../support/wire/captured-values.ts';
import { type DecodeOptions, decodeRows, type WireColumn, wireOf } from '../../../support/wire/decode-rows.ts';
import { KINDS, kindFields, kindStream } from '../../../support/wire/every-kind.ts';
import { changeBytes, mutatedValue, type Random, randomOf } from '../../../support/wire/mutations.ts';
import {
  dataRow,
  type Field,
  int16,
  int32,
  int64,
  NUMERIC_INFINITY,
  NUMERIC_MINUS_INFINITY,
  NUMERIC_NAN,
  NUMERIC_NEGATIVE,
  numeric,
  numericWords,
  utf8,
} from '../../../support/wire/server-bytes.ts';
import { testWireKernels } from '../../../support/wire/wire-kernels.ts';

/** Of each of the two fuzzers. */
const SHARE = 0.1;
const kernels = testWireKernels();

/** What came of a stream: rows and what was awkward, or the error with its place. */
function outcome(stream: Uint8Array, options: DecodeOptions): unknown {
  try {
    return decodeRows(stream, options);
  } catch (error) {
    if (!isDraculaError(error)) throw error;
    return { code: error.code, message: error.message, facts: error.facts };
  }
}

function expectSame(stream: Uint8Array, options: DecodeOptions): void {
  expect(outcome(stream, { ...options, wireKernels: kernels })).toEqual(outcome(stream, options));
}

const INT64_MAX = 2n ** 63n - 1n;
const MICROS_TO_2000 = 946_684_800_000_000n;
const DAY_MICROS = 86_400_000_000n;

/** Values at the edges of each form: the last that a kernel takes, and the first that it leaves. */
const EDGES: readonly (readonly [WireColumn, readonly Field[]])[] = [
  [
    { type: { kind: 'date' } },
    [-(2 ** 31), -(2 ** 31) + 1, 2 ** 31 - 1, 2 ** 31 - 10_957, 2 ** 31 - 10_958].map(int32),
  ],
  [
    { type: { kind: 'timestamp', utc: true } },
    [-INT64_MAX - 1n, -(2n ** 63n) + 2n ** 32n, -(2n ** 63n) + 2n ** 32n - 1n]
      .concat([0n, 1n, 2n, 3n].map((n) => INT64_MAX - MICROS_TO_2000 - 1n + n))
      .concat(INT64_MAX)
      .map(int64),
  ],
  [{ type: { kind: 'time' } }, [0n, DAY_MICROS - 1n, DAY_MICROS].map(int64)],
  [{ type: { kind: 'time', below24h: true } }, [0n, DAY_MICROS - 1n, DAY_MICROS].map(int64)],
  [{ type: { kind: 'time' } }, [DAY_MICROS + 1n, -1n].map(int64)],
  [
    { type: { kind: 'text' } },
    [utf8(''), utf8('x'.repeat(255)), utf8('x'.repeat(256)), null, utf8('x'.repeat(70_000))],
  ],
  [
    { type: { kind: 'text' }, wire: { form: 'text', encoding: 'SQL_ASCII' } },
    [utf8('good'), Buffer.from([0x66, 0xff]), null],
  ],
  [{ type: { kind: 'json' }, wire: { form: 'versioned text' } }, [Buffer.from([1]), Buffer.from([1, 65]), null]],
  [
    { type: { kind: 'json' }, wire: { form: 'versioned text' } },
    [Buffer.from([2, 65]), Buffer.from([0, 65]), utf8('')],
  ],
];

describe('at the edges of what they take, the kernels leave the rest to JavaScript', () => {
  it.each(EDGES.map(([column, fields]) => ({ kind: column.type.kind, column, fields })))(
    '$kind',
    ({ column, fields }) => {
      // One by one and all together: a value that is left takes its tile with it.
      for (const field of fields) expectSame(streamOf([field]), { columns: [column] });
      expectSame(streamOf(fields), { columns: [column] });
      expectSame(streamOf([...fields, null, ...fields]), { columns: [column], cuts: [997] });
    },
  );

  const DECIMALS = [
    [1, 0],
    [4, 4],
    [5, 1],
    [9, 2],
    [10, 10],
    [15, 2],
    [18, 0],
    [18, 3],
    [18, 9],
    [18, 18],
  ] as const;
  it.each(DECIMALS)('numeric(%i,%i)', (precision, scale) => {
    const column: WireColumn = { type: { kind: 'decimal', precision, scale } };
    const most = 10n ** BigInt(precision);
    const powers = Array.from({ length: precision + 1 }, (_, k) => 10n ** BigInt(k));
    const near = powers.flatMap((p) => [p - 1n, p, p + 1n, -p]).filter((n) => n < most && n > -most);
    const good = [0n, most - 1n, 1n - most, ...near].map((n) => numeric(n, scale));
    expectSame(streamOf(good), { columns: [column] });
    const rest = [
      numeric(most, scale),
      numeric(10n * most + 1n, scale + 1),
      numeric(1n, scale + 1),
      numeric(1n, scale + 5),
      numericWords([0, 0, 7], 2),
      numericWords([7, 0, 0, 0, 0, 0], 0),
      numericWords([], 0, NUMERIC_NEGATIVE),
      numericWords([], 300),
      numericWords([1], -32_768),
      numericWords([9_999], 32_767),
      numericWords([10_000], 0),
      numericWords([0x8000], 0),
      numericWords([1, 2], 0, 0x1234),
      numericWords([1], 0).subarray(0, 9),
      NUMERIC_NAN,
      NUMERIC_INFINITY,
      NUMERIC_MINUS_INFINITY,
    ];
    for (const field of rest) {
      expectSame(streamOf([field]), { columns: [column] });
      expectSame(streamOf([...good, field, ...good]), { columns: [column] });
    }
  });

  it(titled('numerics of random digits, weights and scales'), () => {
    const random = randomOf(SEED);
    for (let k = 0; k < 3_000; k++) {
      const precision = 1 + random(18);
      const digits = Array.from({ length: random(7) }, () => [0, 1, 9_999, 1_000, 100, 10, random(10_000)][random(7)]!);
      const field = numericWords(digits, random(7) - 4, random(2) * NUMERIC_NEGATIVE);
      const scale = random(precision + 1);
      expectSame(streamOf([field]), { columns: [{ type: { kind: 'decimal', precision, scale } }] });
    }
  });
});

it('a column of every kind, nulls among them, in tiles and pieces of any size', () => {
  const stream = kindStream(2_100);
  expectSame(stream.subarray(0, 500_000), { columns: KINDS });
  for (const cut of [4_093, 65_536, 400_000]) expectSame(stream, { columns: KINDS, cuts: [cut] });
});

it('lengths that change after the scan has learnt to expect others', () => {
  const rows = (length: number, count: number): Field[][] =>
    Array.from({ length: count }, (_, i) => [Buffer.alloc(length, 65), i % 5 === 0 ? null : int16(i)]);
  const columns: WireColumn[] = [{ type: { kind: 'text' } }, { type: { kind: 'int16' } }];
  const all = [
    ...rows(3, 1_500),
    ...rows(4, 1_100),
    ...rows(0, 1_030),
    ...rows(300, 20),
    ...rows(255, 1_100),
    ...rows(3, 9),
  ];
  const stream = Buffer.concat(all.map(dataRow));
  expectSame(stream, { columns, cuts: [100_000] });
  expectSame(stream, { columns, cuts: [999] });
});

/** Changes the row's bytes: its own length stands at 1, the number of its fields at 5, the first field's length at 7, the second's at 13. */
const CONTRADICTIONS: readonly (readonly [string, (row: Buffer) => Buffer])[] = [
  ['a last field that ends before its row', (row) => row.fill(row.readInt32BE(13) - 1, 16, 17)],
  ['a last field that ends behind its row', (row) => row.fill(row.readInt32BE(13) + 1, 16, 17)],
  ['a byte behind the last field', (row) => Buffer.concat([row.fill(row.length, 4, 5), Buffer.from([0])])],
  ['a length of -2', (row) => writeInt32(row, 13, -2)],
  ['a length of -2, with nothing behind', (row) => writeInt32(writeInt32(row, 1, 16), 13, -2).subarray(0, 17)],
  ['the greatest length', (row) => writeInt32(row, 7, 2 ** 31 - 1)],
  ['the least length', (row) => writeInt32(row, 7, -(2 ** 31))],
  ['another number of fields', (row) => row.fill(3, 6, 7)],
  ['a row shorter than its frame', (row) => writeInt32(row, 1, 5)],
  ['a row of a negative length', (row) => writeInt32(row, 1, -1)],
];

function writeInt32(row: Buffer, at: number, value: number): Buffer {
  row.writeInt32BE(value, at);
  return row;
}

describe('rows that contradict themselves are refused as without them', () => {
  it.each(CONTRADICTIONS)('%s', (_, change) => {
    const columns: WireColumn[] = [{ type: { kind: 'int16' } }, { type: { kind: 'text' } }];
    const rows = Array.from({ length: 20 }, (_, i) => dataRow([int16(i), utf8('abcd')]));
    for (const at of [0, 3, 19]) {
      const stream = Buffer.concat(rows.with(at, change(Buffer.from(rows[at]!))));
      expectSame(stream, { columns });
      // When the scan has learnt what lengths to expect.
      expectSame(Buffer.concat([...rows, stream]), { columns, cuts: [20 * rows[0]!.length] });
    }
  });
});

it('a negative length is refused where lengths vary, whatever stands behind it', () => {
  const columns: WireColumn[] = [{ type: { kind: 'text' } }, { type: { kind: 'int16' } }];
  const varied = Array.from({ length: 8 }, (_, i) => dataRow([Buffer.alloc(300 + i, 65), int16(i)]));
  for (let last = 0; last < 256; last++) {
    const negative = writeInt32(dataRow([Buffer.alloc(last, 65), int16(1)]), 7, -256 + last);
    expectSame(Buffer.concat([...varied, negative]), { columns, cuts: [Buffer.concat(varied).length] });
  }
});

it('rows are set aside, and ctids kept, as without them', () => {
  const columns: WireColumn[] = [{ type: { kind: 'date' }, awkward: 'quarantine' }, { type: { kind: 'int32' } }];
  const ctid = (i: number) => Buffer.concat([int32(i >> 3), int16(i & 7)]);
  const rows = Array.from({ length: 2_000 }, (_, i) =>
    dataRow([ctid(i), int32(i % 97 === 5 ? 2 ** 31 - 1 : i), int32(i)]),
  );
  expectSame(Buffer.concat(rows), { columns, selectsCtid: true });
});

describe('a tile takes as much memory as without them', () => {
  const rest: readonly WireColumn[] = [
    { type: { kind: 'bytes' } },
    { type: { kind: 'json' }, wire: { form: 'versioned text' } },
  ];
  it.each([{ type: { kind: 'text' } } as WireColumn, ...rest])('$type.kind', (column) => {
    const stream = streamOf([Buffer.alloc(3_000, 1), null, Buffer.alloc(700, 1)]);
    // What came, and the writer's copy of the values.
    const takes = stream.length + 3_700;
    expectSame(stream, { columns: [column], maxTileBytes: takes });
    expectSame(stream, { columns: [column], maxTileBytes: takes - 1 });
    expect(outcome(stream, { columns: [column], maxTileBytes: takes, wireKernels: kernels })).toHaveProperty('rows');
    expect(outcome(stream, { columns: [column], maxTileBytes: takes - 1, wireKernels: kernels })).toMatchObject({
      code: 'E_VALUE_TOO_LARGE',
      facts: { takesBytes: takes },
    });
  });
});

function fuzz(look: (random: Random) => void): void {
  const until = performance.now() + fuzzMs(SHARE);
  let tried = 0;
  for (; performance.now() < until || tried < 50; tried++) {
    try {
      look(randomOf(Math.imul(SEED + tried, 0x9e3779b1)));
    } catch (error) {
      throw new Error(`mutant ${tried} of seed ${SEED}: ${(error as Error).message}`, { cause: error });
    }
  }
}

const cutsOf = (random: Random) => (random(2) === 0 ? {} : { cuts: [1 + random(700), 1 + random(70)] });

describe(titled('changed streams'), { timeout: fuzzTimeout(SHARE) }, () => {
  it('rows captured from a server, with bytes changed or lost', () => {
    fuzz((random) => {
      const at = random(CAPTURED_STREAM.length);
      const changed = Buffer.from(CAPTURED_STREAM);
      changeBytes(random, changed, at, Math.min(1 + random(4), changed.length - at));
      const lost = Buffer.concat([changed.subarray(0, at), changed.subarray(at + random(3))]);
      expectSame(random(3) === 0 ? lost : changed, { columns: CAPTURED_COLUMNS, ...cutsOf(random) });
    });
  });

  it('values of every form, changed', () => {
    fuzz((random) => {
      const { type, wire, fields } = CAPTURED_VALUES[random(CAPTURED_VALUES.length)]!;
      const changed = random(fields.length);
      const value = fields[changed];
      if (value === null || value === undefined) return;
      const stream = streamOf(fields.with(changed, mutatedValue(random, value)));
      expectSame(stream, { columns: [{ type, wire }], ...cutsOf(random) });
    });
  });
});

/** What a kernel says of one tile of these fields; undefined where the form has none. */
function taken(wireKernels: WireKernels, column: WireColumn, fields: readonly Field[]): boolean | undefined {
  const stream = streamOf(fields);
  wireKernels.buffer.set(stream);
  const tile = wireKernels.tileArrays(1, 1024)!;
  const vector = createVector(column.type, 1024);
  const kernel = tile.place(vector, column.type, wireOf(column));
  expect(wireKernels.scan(0, stream.length, tile, 1024)).toBe(fields.length);
  expect(wireKernels.scanEnd).toBe(stream.length);
  return kernel?.(0, fields.length, new TileMemory(Number.POSITIVE_INFINITY));
}

describe('what they take and what they leave', () => {
  const scalar = KINDS.map((column, c) => ({
    column,
    c,
    storage: vectorStorage(column.type),
    kind: column.type.kind,
  })).filter(({ storage }) => !['list', 'struct', 'int128'].includes(storage));
  it.each(scalar)('a tile of good values, $kind as $storage', ({ column, c, storage }) => {
    const fields: readonly Field[] = [0, 1, 2, 3, 5].map((row) => kindFields(row + 7 * c)[c]!);
    expect(taken(kernels, column, fields)).toBe(true);
    expect(taken(kernels, column, fields.with(2, null))).toBe(true);
    // bytea and text have no wrong length.
    if (storage !== 'binary') expect(taken(kernels, column, [...fields, Buffer.alloc(3)])).toBe(false);
  });

  it.each<LogicalType>([
    { kind: 'decimal', precision: 38, scale: 10 },
    { kind: 'list', element: { kind: 'int32' } },
  ])('nothing of $kind', (type) => {
    expect(taken(kernels, { type, elementOid: 23 }, [null])).toBeUndefined();
  });
});
