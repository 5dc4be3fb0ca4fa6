/**
 * The canonical form of PostGIS values: what PostGIS says of them and the well-known binary in the lake have the same check.
 *
 * The embedded server has no PostGIS. So the four functions that the form calls answer here, in a namespace with a blank in its name, what
 * PostGIS 3.3.2 on PostgreSQL 15.18 answered; the form itself is run by the server, and by DuckDB.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LogicalTypeOf } from '../../src/core/logical-type.ts';
import type { Column } from '../../src/core/table-schema.ts';
import { duckdbCheckSql, postgresCheckSql } from '../../src/verify/column-checks.ts';
import { parseCheck, type TableCheck } from '../../src/verify/table-check.ts';
import { createDatabase, type TestDatabase, testServer } from '../support/postgres.ts';

/** As EWKB; then ST_SRID, ST_AsText and ST_AsBinary of it. */
const POINT = [
  '0101000020110f0000000000000000f03f0000000000000040',
  3857,
  'POINT(1 2)',
  '0101000000000000000000f03f0000000000000040',
] as const;
const ZM = [
  '01010000e0110f0000000000000000f03f000000000000004000000000000008400000000000001040',
  3857,
  'POINT ZM (1 2 3 4)',
  '01b90b0000000000000000f03f000000000000004000000000000008400000000000001040',
] as const;
const EMPTY = [
  '0101000020110f0000000000000000f87f000000000000f87f',
  3857,
  'POINT EMPTY',
  '0101000000000000000000f87f000000000000f87f',
] as const;
const COLLECTION_M = [
  '0107000060110f0000010000000101000040000000000000f03f00000000000000400000000000000840',
  3857,
  'GEOMETRYCOLLECTION M (POINT M (1 2 3))',
  '01d70700000100000001d1070000000000000000f03f00000000000000400000000000000840',
] as const;
const ELSEWHERE = [
  '0101000020e6100000000000000000f03f0000000000000040',
  4326,
  'POINT(1 2)',
  '0101000000000000000000f03f0000000000000040',
] as const;
const CURVE = [
  '0107000020110f00000100000001080000000300000000000000000000000000000000000000000000000000f03f000000000000f03f00000000000000400000000000000000',
  3857,
  'GEOMETRYCOLLECTION(CIRCULARSTRING(0 0,1 1,2 0))',
  '01070000000100000001080000000300000000000000000000000000000000000000000000000000f03f000000000000f03f00000000000000400000000000000000',
] as const;
const ANSWERS = [POINT, ZM, EMPTY, COLLECTION_M, ELSEWHERE, CURVE];

const MERCATOR: LogicalTypeOf<'geometry'> = { kind: 'geometry', geography: false, srid: 3857 };
const BASIC: LogicalTypeOf<'geometry'> = { ...MERCATOR, basic: true };
const GEOGRAPHY: LogicalTypeOf<'geometry'> = { kind: 'geometry', geography: true, srid: null };

let database: TestDatabase;
let source: pg.Client;
let lake: DuckDBConnection;

beforeAll(async () => {
  database = await createDatabase(await testServer());
  source = await database.client();
  const rows = ANSWERS.map(
    ([ewkb, srid, text, wkb]) => `('\\x${ewkb}'::bytea, ${srid}, '${text}', '\\x${wkb}'::bytea)`,
  );
  await source.query(`CREATE SCHEMA "Geo Stuff"; CREATE DOMAIN "Geo Stuff".geometry AS bytea;
    CREATE TABLE "Geo Stuff".answers (ewkb, srid, wkt, wkb) AS VALUES ${rows.join(', ')};
    ${answering('st_srid(g "Geo Stuff".geometry) RETURNS int', 'srid')}
    ${answering('st_astext(g "Geo Stuff".geometry, digits int) RETURNS text', 'wkt')}
    ${answering('st_asbinary(g "Geo Stuff".geometry, byteorder text) RETURNS bytea', "wkb WHERE byteorder = 'NDR'")}
    SET search_path = pg_catalog`);
  lake = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(() => database?.drop());

function answering(signature: string, answer: string): string {
  const [column, where = ''] = answer.split(' WHERE ');
  const condition = where === '' ? '' : ` AND ${where}`;
  return `CREATE FUNCTION "Geo Stuff".${signature} LANGUAGE sql STABLE AS
    $$ SELECT ${column} FROM "Geo Stuff".answers WHERE ewkb = g::pg_catalog.bytea${condition} $$;`;
}

function columnOf(type: LogicalTypeOf<'geometry'>): Column {
  const wire = { form: 'ewkb', namespace: '"Geo Stuff"' } as const;
  const source = { pgType: 'any', typeOid: 0, typmod: -1, readAs: 'binary', wire } as const;
  return { name: 'g', type, fieldId: 1, source, awkward: 'null' };
}

async function sourceCheck(column: Column, values: readonly (typeof ANSWERS)[number][]): Promise<TableCheck> {
  const rows = values.map(([ewkb]) => `SELECT '\\x${ewkb}'::bytea AS g`).join(' UNION ALL ');
  return parseCheck((await source.query(postgresCheckSql([column], `FROM (${rows}) AS t`))).rows[0], [column]);
}

/** The well-known binaries as DuckDB reads them: bytes, or values of Parquet's own GEOMETRY. */
async function lakeCheck(column: Column, values: readonly (string | null)[]): Promise<TableCheck> {
  const isBasic = (column.type as LogicalTypeOf<'geometry'>).basic === true;
  const cells = values.map((wkb) =>
    wkb === null ? 'NULL' : isBasic ? `ST_GeomFromWKB(from_hex('${wkb}'))` : `from_hex('${wkb}')`,
  );
  const rows = cells.map((cell) => `SELECT ${cell} AS g`).join(' UNION ALL ');
  const result = await lake.runAndReadAll(duckdbCheckSql([column], `(${rows})`));
  return parseCheck(result.getRowObjectsJson()[0] as Record<string, string>, [column]);
}

it.each([
  ['bytes', MERCATOR, [POINT, ZM, EMPTY, COLLECTION_M, CURVE], [POINT[3], ZM[3], EMPTY[3], COLLECTION_M[3], CURVE[3]]],
  ["Parquet's own geometries", BASIC, [POINT, ZM, EMPTY, COLLECTION_M], [POINT[3], ZM[3], EMPTY[3], COLLECTION_M[3]]],
  ['a curve, at any depth, which they do not know', BASIC, [POINT, CURVE], [POINT[3], null]],
  ['a value of another SRID than its column', MERCATOR, [POINT, ELSEWHERE], [POINT[3], null]],
  ['a geography, in degrees unless it says otherwise', GEOGRAPHY, [ELSEWHERE, POINT], [ELSEWHERE[3], null]],
] as const)('%s', async (_title, type, values, inLake) => {
  const column = columnOf(type);
  const expected = await sourceCheck(column, values);
  expect(expected.columns[0]!.values).toBe(BigInt(inLake.filter((wkb) => wkb !== null).length));
  expect(await lakeCheck(column, inLake)).toEqual(expected);
});

it.each([
  ['in its last bit', '0101000000010000000000f03f0000000000000040'],
  ['in its dimensions', ZM[3]],
  ['for a null', null],
] as const)('a point that differs %s has another check', async (_title, wkb) => {
  for (const type of [MERCATOR, BASIC])
    expect(await lakeCheck(columnOf(type), [wkb])).not.toEqual(await sourceCheck(columnOf(type), [POINT]));
});
