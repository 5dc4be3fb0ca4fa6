/**
 * Random values of the types without parts, and of those with parts that every server has: the extremes of native-values.ts and
 * other-values.ts, and for most of them anything else that the type can hold and that is not awkward.
 */
import fc from 'fast-check';
import type { DrawnType } from './drawn-types.ts';
import { nativeValues } from './native-values.ts';
import { otherValues } from './other-values.ts';
import { quoteLiteral, type ValueType } from './value-table.ts';

/** Literals of any text, through the type's input function. */
const literals = (texts: fc.Arbitrary<string>) => (type: string) =>
  texts.map((text) => `${quoteLiteral(text)}::${type}`);
const expressions = (sql: fc.Arbitrary<string>) => (type: string) => sql.map((value) => `(${value})::${type}`);
const int = (min: number, max: number) =>
  fc.oneof(fc.integer({ min, max }), fc.integer({ min: Math.max(min, -3), max: 3 }));
const big = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min, max }), fc.bigInt({ min: min < -3n ? -3n : min, max: 3n }));
const bits = (length: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(length) - 1n });
const hex = (bytes: number) => bits(8 * bytes).map((n) => n.toString(16).padStart(2 * bytes, '0'));
const asText = (numbers: fc.Arbitrary<number | bigint>) =>
  literals(numbers.map((n) => (Object.is(n, -0) ? '-0' : String(n))));

/** Any code points but NUL and halves of pairs; now and then long. */
const anyText = fc
  .oneof(
    { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), weight: 8 },
    { arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }), weight: 8 },
    { arbitrary: fc.constantFrom('\uffff', '\u{10000}', '\u{10ffff}'.repeat(30), 'z'.repeat(70)), weight: 2 },
    { arbitrary: fc.string({ unit: 'binary', minLength: 100, maxLength: 3_000 }), weight: 1 },
  )
  .map((text) => text.replaceAll('\0', '\u0001'));
const word = anyText.map((text) => text.slice(0, 20).toWellFormed());
const document = fc
  .oneof(fc.json(), fc.json({ stringUnit: 'binary' }))
  .map((json) => json.replaceAll('\\u0000', '\\u0001'));

const DAY = 86_400_000_000n;
/** Microseconds since 2000 of the first and the last moment that are not awkward. */
const FIRST_MOMENT = -211_813_488_000_000_000n;
const LAST_MOMENT = 9_222_425_352_054_775_806n;
/** Years in which a column's modifier cannot round beyond the last moment. */
const PLAIN_MOMENT = 3_000_000_000_000_000_000n;

function moments(min: bigint, max: bigint): fc.Arbitrary<string> {
  const near = fc.bigInt({ min: -(2n ** 42n), max: 2n ** 53n });
  return fc.oneof(fc.bigInt({ min, max }), near).map((micros) => {
    const day = micros / DAY - (micros % DAY < 0n ? 1n : 0n);
    return `timestamp '2000-01-01' + ${day} * interval '1 day' + ${micros - day * DAY} * interval '1 microsecond'`;
  });
}

const anyMoment = moments(FIRST_MOMENT, LAST_MOMENT);
const timeOfDay = big(0n, DAY - 1n).map((micros) => `time '00:00' + ${micros} * interval '1 microsecond'`);
const float4 = fc.float().map((n) => `'${Object.is(n, -0) ? '-0' : n}'`);
const float8 = fc.double().map((n) => `'${Object.is(n, -0) ? '-0' : n}'`);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 });
const network = fc
  .tuple(
    fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      hex(16).map((h) => h.replace(/(.{4})(?!$)/g, '$1:')),
    ),
    fc.nat(32),
  )
  .map(([address, mask]) => `${address}/${mask}`);
const interval = fc
  .tuple(
    int(-(2 ** 31), 2 ** 31 - 1),
    int(-(2 ** 31), 2 ** 31 - 1),
    int(-1_000_000, 2 ** 31 - 1),
    int(-59_999_999, 59_999_999),
  )
  .map(
    ([months, days, hours, micros]) =>
      `make_interval(months => ${months}, days => ${days}, hours => ${hours}) + ${micros} * interval '1 microsecond'`,
  );
const money = big(-(2n ** 63n), 2n ** 63n - 1n).map((cents) => {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
});
const hstore = fc.array(fc.tuple(word, fc.option(anyText)), { minLength: 1, maxLength: 4 }).map((pairs) => {
  const list = (texts: readonly (string | null)[]) =>
    `ARRAY[${texts.map((text) => (text === null ? 'NULL' : quoteLiteral(text))).join(', ')}]::text[]`;
  return `hstore(${list(pairs.map(([key]) => key))}, ${list(pairs.map(([, value]) => value))})`;
});

/** By name of the type; what is not here has its extremes only, or is numeric. */
const RANDOM: Readonly<Record<string, (type: string) => fc.Arbitrary<string>>> = {
  int2: asText(int(-32768, 32767)),
  int4: asText(int(-(2 ** 31), 2 ** 31 - 1)),
  int8: asText(big(-(2n ** 63n), 2n ** 63n - 1n)),
  oid: asText(int(0, 2 ** 32 - 1)),
  xid: asText(int(0, 2 ** 32 - 1)),
  cid: asText(int(0, 2 ** 32 - 1)),
  float4: expressions(float4),
  float8: expressions(float8),
  text: literals(anyText),
  varchar_44: literals(anyText),
  varchar: literals(anyText),
  char_5: literals(anyText),
  char: literals(anyText),
  name: literals(anyText),
  citext: literals(anyText),
  bytea: literals(fc.uint8Array({ maxLength: 90 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`)),
  uuid: literals(fc.oneof(fc.uuid(), hex(16))),
  json: literals(document),
  jsonb: literals(document),
  date: expressions(
    fc.oneof(int(-2_451_000, 2_145_031_948), int(-40_000, 40_000)).map((day) => `date '2000-01-01' + ${day}`),
  ),
  time: expressions(timeOfDay),
  time_2: expressions(fc.nat(8_639_998).map((n) => `time '00:00' + ${n} * interval '10 milliseconds'`)),
  timestamp: expressions(anyMoment),
  timestamp_3: expressions(moments(FIRST_MOMENT + DAY, PLAIN_MOMENT)),
  timestamptz: expressions(anyMoment.map((moment) => `(${moment}) AT TIME ZONE 'UTC'`)),
  timetz: expressions(
    fc
      .tuple(timeOfDay, int(-57_599, 57_599))
      .map(([time, zone]) => `(${time})::time AT TIME ZONE (${zone} * interval '1 second')`),
  ),
  interval: expressions(interval),
  money: literals(money),
  inet: literals(network),
  cidr: expressions(network.map((address) => `network('${address}'::inet)`)),
  macaddr: literals(hex(6)),
  macaddr8: literals(hex(8)),
  varbit: literals(fc.string({ unit: fc.constantFrom('0', '1'), maxLength: 130 })),
  bit_3: literals(fc.string({ unit: fc.constantFrom('0', '1'), minLength: 3, maxLength: 3 })),
  pg_lsn: literals(
    fc.tuple(int(0, 2 ** 32 - 1), int(0, 2 ** 32 - 1)).map(([a, b]) => `${a.toString(16)}/${b.toString(16)}`),
  ),
  tsvector: expressions(
    fc
      .tuple(anyText, word, fc.constantFrom('A', 'B', 'C', 'D'))
      .map(
        ([text, lexeme, weight]) =>
          `setweight(to_tsvector('simple', ${quoteLiteral(text)}), '${weight}') || array_to_tsvector(ARRAY[${quoteLiteral(`w${lexeme}`)}])`,
      ),
  ),
  point: expressions(fc.tuple(float8, float8).map(([x, y]) => `point(${x}::float8, ${y}::float8)`)),
  box: literals(fc.tuple(finite, finite, finite, finite).map(([a, b, c, d]) => `(${a},${b}),(${c},${d})`)),
  circle: literals(fc.tuple(finite, finite, fc.nat()).map(([x, y, r]) => `<(${x},${y}),${r}>`)),
  path: literals(
    fc
      .array(fc.tuple(finite, finite), { minLength: 1, maxLength: 5 })
      .map((points) => `[${points.map(([x, y]) => `(${x},${y})`).join(',')}]`),
  ),
  one_char: literals(fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code))),
  xid8: asText(big(0n, 2n ** 64n - 1n)),
  int4range: expressions(
    fc
      .tuple(int(-(2 ** 31), 2 ** 31 - 2), int(-(2 ** 31), 2 ** 31 - 2))
      .map(([a, b]) => `int4range(${Math.min(a, b)}, ${Math.max(a, b)}, '[]')`),
  ),
  textrange: expressions(
    fc
      .tuple(anyText, anyText)
      .map(([a, b]) => [quoteLiteral(a), quoteLiteral(b)])
      .map(([a, b]) => `textrange(least(${a}, ${b}), greatest(${a}, ${b}))`),
  ),
  hstore: expressions(hstore),
};

/** What a B-tree cannot hold. */
const WITHOUT_ORDER = new Set(
  (
    'json jsonpath point box circle line lseg path polygon xid cid aclitem txid_snapshot xml boxed bytea_pair shout town address ' +
    'seg regclass one_char oidvector int2vector'
  ).split(' '),
);

const LONG_TEXT = `repeat('${'\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff'}' || U&'\\+010000\\+10FFFF', 40000)`;

/** `below24h`: no 24:00:00, for forms that have none of it. */
export function drawnLeaves(
  major: number,
  extensions: readonly string[],
  hasXml: boolean,
  below24h: boolean,
): DrawnType[] {
  const types = [...nativeValues(major), ...otherValues(major, extensions, hasXml), ...OPEN];
  return types.map((type): DrawnType => {
    const { name } = type;
    return {
      type: type.type,
      what: type.type,
      dimensions: 0,
      hasOrder: !WITHOUT_ORDER.has(name),
      value: valuesOf(type, below24h),
      ddl: [],
    };
  });
}

const OPEN: readonly ValueType[] = [
  {
    name: 'numeric',
    type: 'numeric',
    extremes: ['NaN', '0', '0.00', '-0.10', '1e130', '1e-130', '9999.9999', '10000'],
  },
  { name: 'long_text', type: 'text', extremes: [''] },
];

function valuesOf({ name, type, extremes }: ValueType, below24h: boolean): fc.Arbitrary<string> {
  const known = extremes.filter((value) => !(below24h && value === '24:00:00'));
  const extreme = fc.constantFrom(...known).map((value) => `CAST(${quoteLiteral(value)} AS ${type})`);
  if (name === 'long_text')
    return fc.oneof({ arbitrary: extreme, weight: 30 }, { arbitrary: fc.constant(LONG_TEXT), weight: 1 });
  const random = RANDOM[name]?.(type) ?? numbers(type);
  return random === null ? extreme : fc.oneof({ arbitrary: extreme, weight: 1 }, { arbitrary: random, weight: 2 });
}

/** Of numerics any number of digits, to the last one. */
function numbers(type: string): fc.Arbitrary<string> | null {
  const [, precision, scale] = /^numeric\((\d+),(-?\d+)\)$/.exec(type) ?? (type === 'numeric' ? ['', '60', ''] : []);
  if (precision === undefined) return null;
  const most = 10n ** BigInt(precision) - 1n;
  const unscaled = fc.integer({ min: 1, max: Number(precision) }).chain((digits) => {
    const end = 10n ** BigInt(digits);
    return fc.bigInt({ min: -end + 1n, max: end - 1n });
  });
  const exponent = scale === '' ? fc.integer({ min: -70, max: 30 }) : fc.constant(-Number(scale));
  return fc
    .tuple(fc.oneof(unscaled, fc.constantFrom(most, -most)), exponent)
    .map(([digits, power]) => `'${digits}e${power}'::${type}`);
}
