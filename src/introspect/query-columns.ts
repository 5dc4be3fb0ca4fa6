/**
 * The columns of a `--query`, as the server describes them: the query stands where a table would.
 *
 * It is parsed and described, never executed, under the session's own search_path, in the form in which it will be read:
 * as a subquery, so that it can only be one SELECT, and a data-modifying WITH is refused by the server; and by itself.
 */
import type { Client } from 'pg';
import { DraculaError } from '../errors.ts';
import { describeGiven, describeStatement } from './describe-statement.ts';
import { givenSqlError } from './given-sql.ts';
import { probe } from './probe.ts';
import type { SourceRelation, SourceTable } from './source-table.ts';
import { readTypes } from './type-facts.ts';

/** Describes the query as a table of kind `query` with this name. `client` is in a transaction. E_SQL, E_USAGE. */
export async function describeQuery(
  client: Client,
  { sql: written, name }: { readonly sql: string; readonly name: string },
): Promise<SourceTable> {
  const sql = written.replace(/[\s;]+$/, '');
  const before = 'SELECT * FROM (\n';
  const statement = `${before}${sql}\n) AS query`;
  const refused = 'The query (`query`) is refused';
  const refuse = (prefix: string) => (error: unknown) => {
    throw givenSqlError(error, { refused, before: prefix, sql });
  };
  // What closes the parentheses and opens others is no statement by itself.
  await probe(client, 'session', () => describeStatement(client, sql)).catch(refuse(''));
  const { fields, parameters, named } = await probe(client, 'session', () => describeGiven(client, statement)).catch(
    refuse(before),
  );
  if (parameters > 0)
    throw new DraculaError(
      'E_SQL',
      `${refused}: it has the parameter $1, which nothing is put in place of. Nothing of it was read.`,
    );
  const names = fields.map((field) => field.name);
  const repeated = names.find((column, i) => names.indexOf(column) !== i);
  if (repeated !== undefined) {
    throw new DraculaError('E_USAGE', `The query has two columns named ${repeated}: name them apart with AS.`, {
      column: repeated,
    });
  }
  const { pgTypes, types } = await probe(client, 'pg_catalog', async () => ({
    pgTypes: await formatTypes(client, fields),
    types: await readTypes(
      client,
      fields.map((field) => field.dataTypeID),
    ),
  }));
  const root: SourceRelation = {
    oid: 0,
    name: { namespace: '', name },
    relkind: 'q',
    accessMethod: null,
    privileges: { namespace: true, select: true, columns: [] },
    rowSecurity: false,
    persistence: 'permanent',
    populated: true,
    blocks: 0,
    bytes: 0,
    estimatedRows: null,
    allVisibleBlocks: 0,
    attnums: fields.map((_, i) => i + 1),
  };
  return {
    oid: 0,
    name: root.name,
    kind: 'query',
    comment: null,
    columns: fields.map((field, i) => ({
      attnum: i + 1,
      name: field.name,
      typeOid: field.dataTypeID,
      typmod: field.dataTypeModifier,
      dimensions: 0,
      pgType: pgTypes[i]!,
      comment: null,
    })),
    root,
    relations: [root],
    detaching: [],
    hasInheritors: false,
    statisticsFitDecimal: new Set(),
    keyColumn: null,
    types,
    query: {
      sql,
      named,
      described: fields.map((field) => ({
        tableOid: field.tableID,
        attnum: field.columnID,
        typeOid: field.dataTypeID,
        typmod: field.dataTypeModifier,
      })),
    },
  };
}

const FORMAT_TYPES = `
  SELECT pg_catalog.format_type(t.oid, t.typmod) AS "pgType"
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[])) WITH ORDINALITY AS t(oid, typmod, place)
  ORDER BY t.place`;

async function formatTypes(
  client: Client,
  fields: readonly { readonly dataTypeID: number; readonly dataTypeModifier: number }[],
): Promise<string[]> {
  const { rows } = await client.query<{ pgType: string }>(FORMAT_TYPES, [
    fields.map((field) => field.dataTypeID),
    fields.map((field) => field.dataTypeModifier),
  ]);
  return rows.map((row) => row.pgType);
}
