/**
 * Changed values that a decoder takes, given to the server in binary: what it takes for a value is the same value to both. So a wrong
 * stream that can be told from a right one is refused, or read as the server itself would read it.
 */
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDraculaError } from '../../src/errors.ts';
import { createDatabase, DEFAULT_MAJOR, type TestDatabase, testServer } from '../support/postgres.ts';
import { SEED, titled } from '../support/property.ts';
import { asText, CAPTURED_VALUES, type CapturedValues, jsonOf, streamOf } from '../support/wire/captured-values.ts';
import { decodeRows } from '../support/wire/decode-rows.ts';
import { mutatedValue, randomOf } from '../support/wire/mutations.ts';

const MUTANTS = 300;

const CANONICAL = 'a range of nothing becomes the empty one, one of whole numbers is brought to [)';

/** What the server makes something else of on its way in, though it never sends it. */
const NOT_ASKED: Readonly<Record<string, string>> = {
  'numeric as decimal': 'digits behind the display scale are dropped by the server, and kept by the decoder',
  jsonpath: 'the text is parsed anew',
  tsvector: 'lexemes are sorted anew',
  int4range: CANONICAL,
  numrange: CANONICAL,
  'range of text': CANONICAL,
  daterange: CANONICAL,
  int8multirange: CANONICAL,
  datemultirange: CANONICAL,
  ...(DEFAULT_MAJOR >= 14
    ? {}
    : {
        interval: 'the server says its microseconds in double precision',
        'numeric as text': 'a NaN that has a weight is cut to 0 by the server',
      }),
};

/** Of types that the server itself has: those of others hold OIDs of the server that they were captured from. */
const CAPTURES = CAPTURED_VALUES.filter(
  ({ name, server, wire }) =>
    NOT_ASKED[name] === undefined && !server.includes(',') && !JSON.stringify(wire).includes('composite'),
);

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase(
    await testServer(),
    'CREATE EXTENSION hstore; CREATE TYPE textrange AS RANGE (subtype = text);',
  );
  client = await database.client();
  await client.query("SET TimeZone = 'UTC'");
});
afterAll(() => database?.drop());

/** What the server says of the value, as the captures do; undefined where it takes the bytes for none. */
async function askServer({ query }: CapturedValues, bytes: Buffer): Promise<unknown> {
  const from = query.lastIndexOf(' FROM (VALUES');
  const [, type] = /::([\w[\]]+)\)\) t \(v\)$/.exec(query)!;
  const { rows } = await client
    .query<{ value: unknown }>(`${query.slice(0, from)} FROM (SELECT $1::${type}) t (v)`, [bytes])
    .catch((error: { code?: string }) => {
      if (error.code === undefined) throw error;
      return { rows: [] };
    });
  return rows[0]?.value;
}

/** What the decoder makes of it; undefined where it refuses it, or its column's type cannot hold it. */
function decodeOne({ type, wire }: CapturedValues, bytes: Buffer): unknown {
  try {
    const { rows, awkward } = decodeRows(streamOf([bytes]), { columns: [{ type, wire }] });
    return awkward.length > 0 ? undefined : jsonOf(type, rows[0]![0]!);
  } catch (error) {
    if (!isDraculaError(error)) throw error;
    return undefined;
  }
}

/** Leaves as text; floats however they are written, zeros without a sign, and addresses without the mask that only the flag of a cidr prints. */
function comparable({ wire }: CapturedValues, value: unknown): unknown {
  return JSON.parse(JSON.stringify(asText(value)), (_, leaf) => {
    if (typeof leaf !== 'string') return leaf;
    return wire.form === 'point' ? Number(leaf) + 0 : leaf.replace(/(?<=[.:].*)\/(32|128)$/, '');
  });
}

describe(titled('a changed value that both take is the same to both'), () => {
  it.each(CAPTURES)('$name', async (capture) => {
    const random = randomOf(Math.imul(SEED + capture.name.length, 0x9e3779b1));
    const originals = capture.fields.filter((field) => field !== null);
    let both = 0;
    const different: unknown[] = [];
    for (let k = 0; k < MUTANTS; k++) {
      const bytes = mutatedValue(random, originals[random(originals.length)]!);
      const decoded = decodeOne(capture, bytes);
      if (decoded === undefined) continue;
      const said = await askServer(capture, bytes);
      if (said === undefined) continue;
      if (!isDeepStrictEqual(comparable(capture, said), comparable(capture, decoded)))
        different.push([bytes.toString('hex'), said, decoded]);
      else both++;
    }
    expect(different).toEqual([]);
    expect(both).toBeGreaterThan(0);
  });
});
